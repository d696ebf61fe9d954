/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Callbacks that somebody received and saved, read instead of asking: measurements, and how a session is. Nobody listens here; a web server that writes what it
 * gets to files is enough.
 */
#include "api.h"
#include "base/file.h"
#include "base/time.h"
#include "net/api_send.h"
#include <string.h>

struct saved {
	struct api_run *run;
	const struct hk_node *notification;
	struct hk_api_result *result;
	bool about_one;                  /* of all only those about the id that is asked for, and of those the latest */
	const char *id;
	bool any;
	double latest;
};

/* Whether it is about what is asked for, and not older than what was read before. */
static int is_wanted(struct saved *s, const struct hk_node *root, bool *wanted, struct hk_err *err)
{
	static const struct hk_http_headers none;
	const char *id = hk_api_read_id(hk_node_get(s->notification, "id"), root, &none, NULL, &s->result->arena),
	    *at = hk_node_string(hk_node_get(s->notification, "at"));
	const struct hk_node *time = at ? hk_pointer_get(root, at, NULL) : NULL;
	double seconds = 0;
	*wanted = id && strcmp(id, s->id) == 0;
	if (!*wanted)
		return 0;
	if (at && (!hk_node_string(time) || !hk_time_parse(time->text, &seconds)))
		return hk_err_set(err, HK_FAILED, "it does not say when it was sent, at '%s'", at);
	*wanted = !s->any || seconds >= s->latest;
	if (*wanted) {
		s->any = true;
		s->latest = seconds;
	}
	return 0;
}

static int take(struct saved *s, const struct hk_node *root, struct hk_err *err)
{
	bool wanted = true;
	if (!s->about_one)
		return hk_api_rows_read(s->notification, root, &s->run->values, &s->result->arena, &s->result->rows, err);
	if (is_wanted(s, root, &wanted, err))
		return -1;
	return wanted ? hk_api_read_result(&s->run->api, s->notification, root, &s->run->values, s->result, err) : 0;
}

static int read_file(struct saved *s, const char *path, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	int status;
	if (hk_file_read(path, HK_HTTP_BODY_MAX, &text, err))
		return -1;
	status = hk_api_json("it", (struct hk_str){ text.s, text.len }, &source, &doc, err);
	if (!status)
		status = take(s, doc.root, err);
	/* what was read has texts of its own */
	hk_doc_release(&doc);
	hk_source_release(&source);
	return status ? hk_err_wrap(err, "'%s'", path) : 0;
}

static int read_all(struct saved *s, struct hk_err *err)
{
	const struct hk_opt_list *given = &s->run->config->notifications;
	int status = 0;
	for (size_t i = 0; i < given->n && !status; i++) {
		struct hk_paths paths = { NULL, 0, 0 };
		status = hk_file_walk(given->v[i], 8, &paths, err);
		for (size_t p = 0; p < paths.n && !status; p++)
			status = read_file(s, paths.v[p], err);
		hk_paths_release(&paths);
	}
	return status;
}

int api_read_notifications(struct api_run *run, const char *action, struct hk_api_result *result)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	const struct hk_api_value *id = hk_api_values_get(&run->values, HK_STR("id"));
	struct saved s = { run, hk_node_get(hk_api_action(&run->adapter, action), "notification"), result, strcmp(action, "status") == 0, id ? id->text : NULL,
			   false, 0 };
	if (!s.notification)
		hk_err_set(&err, HK_USAGE, "adapter %s does not know how to read saved notifications for '%s'", run->adapter.name, action);
	else if (s.about_one && !s.id)
		hk_err_set(&err, HK_USAGE, "'status' of adapter %s needs id=VALUE", run->adapter.name);
	else if (read_all(&s, &err) == 0 && s.about_one && !s.any)
		hk_err_set(&err, HK_FAILED, "none of the notifications is about '%s'", s.id);
	return err.status == HK_OK ? HK_OK : hk_fail(run->env, &err);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/yang_fetch.h"
#include "base/file.h"
#include "net/netconf.h"
#include "net/yang.h"
#include <string.h>

#define NAMES_MAX 2000u

static void ask_next(struct hk_yang_fetch *fetch);

static void finish(struct hk_yang_fetch *fetch, struct hk_err *err)
{
	if (err) {
		hk_err_wrap(err, "%s", fetch->transport->peer);
		fetch->err = *err;
		*err = (struct hk_err)HK_ERR_INIT;
	}
	hk_netconf_close(HK_STEAL(fetch->session), !err);
	fetch->finished = true;
}

static void finish_saying(struct hk_yang_fetch *fetch, const char *message)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	hk_err_set(&err, HK_FAILED, "%s", message);
	finish(fetch, &err);
}

static void want(void *closure, struct hk_str name)
{
	struct hk_yang_fetch *fetch = closure;
	/* it becomes the name of a file */
	if (!hk_yang_is_identifier(name) || fetch->names.n >= NAMES_MAX)
		return;
	for (size_t i = 0; i < fetch->names.n; i++)
		if (hk_str_is(name, fetch->names.v[i]))
			return;
	hk_vec_push(&fetch->names, (const char *)hk_arena_slicedup(&fetch->arena, name));
}

/* "urn:example:wan?module=example-wan&revision=2026-01-01" */
static void want_announced(struct hk_yang_fetch *fetch, const char *capability)
{
	size_t length = strcspn(capability, "?");
	const char *at = capability[length] ? strstr(capability + length, "module=") : NULL;
	for (size_t i = 0; at && i < fetch->controller->n_models; i++)
		if (hk_str_is((struct hk_str){ capability, length }, fetch->controller->models[i].name_space)) {
			want(fetch, (struct hk_str){ at + 7, strcspn(at + 7, "&;") });
			return;
		}
}

static char *file_of(const struct hk_yang_fetch *fetch, const char *name)
{
	HK_AUTO_BUF struct hk_buf file = HK_BUF_INIT;
	hk_buf_addf(&file, "%s.yang", name);
	return hk_path_join(fetch->directory, file.s);
}

static void on_ready(void *owner)
{
	struct hk_yang_fetch *fetch = owner;
	const char *capability;
	if (!hk_netconf_capabilities(fetch->session)->monitoring) {
		finish_saying(fetch, "the server does not hand out its modules (ietf-netconf-monitoring is missing)");
		return;
	}
	for (size_t i = 0; (capability = hk_netconf_capability(fetch->session, i)); i++)
		want_announced(fetch, capability);
	if (fetch->names.n)
		ask_next(fetch);
	else
		finish_saying(fetch, "the server announces no module with a namespace of the controller's 'models'");
}

static void on_reply(void *owner, const struct hk_netconf_reply *reply)
{
	struct hk_yang_fetch *fetch = owner;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	const char *name = fetch->names.v[fetch->at++], *text = hk_xml_text(hk_xml_child(reply->root, NULL, "data"));
	HK_AUTO_FREE char *path = file_of(fetch, name);
	if (!reply->ok || !*text)
		hk_buf_addf(&fetch->without, "%s%s", fetch->without.len ? ", " : "", name);
	else if (hk_file_write(path, text, strlen(text), &err)) {
		finish(fetch, &err);
		return;
	} else {
		fetch->fetched++;
		hk_yang_needs(hk_str_of(text), want, fetch);
	}
	ask_next(fetch);
}

static void on_failed(void *owner, struct hk_err *err, bool sent)
{
	(void)sent;
	finish(owner, err);
}

static bool is_there(struct hk_yang_fetch *fetch, const char *name)
{
	HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	HK_AUTO_FREE char *path = file_of(fetch, name);
	if (!hk_file_exists(path) || hk_file_read(path, HK_YANG_MODULE_MAX, &text, &ignored))
		return false;
	hk_yang_needs((struct hk_str){ text.s, text.len }, want, fetch);
	return true;
}

static void ask_next(struct hk_yang_fetch *fetch)
{
	HK_AUTO_BUF struct hk_buf body = HK_BUF_INIT;
	while (fetch->at < fetch->names.n && is_there(fetch, fetch->names.v[fetch->at]))
		fetch->at++;
	if (fetch->at == fetch->names.n) {
		finish(fetch, NULL);
		return;
	}
	hk_buf_addf(&body, "<get-schema xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring\"><identifier>%s</identifier></get-schema>",
		    fetch->names.v[fetch->at]);
	hk_netconf_send(fetch->session, (struct hk_str){ body.s, body.len }, hk_net_now(fetch->transport->net) + fetch->timeout_us);
}

void hk_yang_fetch_start(struct hk_yang_fetch *fetch)
{
	const struct hk_netconf_events events = { .ready = on_ready, .reply = on_reply, .failed = on_failed, .owner = fetch };
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	fetch->session = hk_netconf_open(fetch->transport, "netconf", &events, 0, hk_net_now(fetch->transport->net) + fetch->timeout_us, &err);
	if (!fetch->session)
		finish(fetch, &err);
}

void hk_yang_fetch_end(struct hk_yang_fetch *fetch)
{
	hk_netconf_close(HK_STEAL(fetch->session), false);
	hk_buf_release(&fetch->without);
	hk_vec_release(&fetch->names);
	hk_arena_release(&fetch->arena);
	hk_err_release(&fetch->err);
}

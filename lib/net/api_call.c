/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/api_call.h"
#include "net/api_send.h"
#include <string.h>

void hk_api_result_release(struct hk_api_result *result)
{
	hk_api_rows_release(&result->rows);
	hk_arena_release(&result->arena);
}

int hk_api_clean(const struct hk_api *api, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	if (err->message && hk_secrets_redact(api->secrets, hk_str_of(err->message), &text))
		hk_err_set(err, err->status, "%s", text.s);
	return -1;
}

/* A value that repeats a secret of ours is shown without it. */
static void clean_rows(const struct hk_api *api, struct hk_api_result *result)
{
	for (size_t r = 0; r < result->rows.list.n; r++)
		for (size_t i = 0; i < result->rows.list.v[r].n; i++) {
			struct hk_api_field *field = &result->rows.list.v[r].fields[i];
			HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
			if (field->dimension == HK_DIMENSION_NONE && hk_secrets_redact(api->secrets, hk_str_of(field->text), &text))
				field->text = hk_arena_strdup(&result->arena, text.s);
		}
}

/* The list of all that there is: without it nothing is known of the one that was asked for. */
static int has_list(const struct hk_node *root, const char *exists, const struct hk_pointer_names *names, struct hk_err *err)
{
	const char *last = strrchr(exists, '/');
	HK_AUTO_BUF struct hk_buf list = HK_BUF_INIT;
	const struct hk_node *found;
	if (!last || last[1] != '[')
		return 0;
	hk_buf_addf(&list, "%.*s", (int)(last - exists), exists);
	found = root ? hk_pointer_get(root, list.s ? list.s : "", names) : NULL;
	if (!found || found->kind != HK_SEQUENCE)
		return hk_err_set(err, HK_FAILED, "the reply has no list at '%s'", list.s ? list.s : "");
	hk_for_each_item(item, found)
		if (item->kind != HK_MAPPING)
			return hk_err_set(err, HK_FAILED, "the reply has something else than objects in the list at '%s'", list.s ? list.s : "");
	return 0;
}

/* *missing: a list of all that there is, without the one that was asked for. */
static int look_for(const struct hk_node *action, const struct hk_node *root, const struct hk_api_values *values, bool *missing, struct hk_err *err)
{
	const char *pointer = hk_node_string(hk_node_get(action, "exists"));
	struct hk_pointer_names names = hk_api_names(values);
	*missing = false;
	if (!pointer)
		return 0;
	if (has_list(root, pointer, &names, err))
		return -1;
	*missing = !root || !hk_pointer_get(root, pointer, &names);
	return 0;
}

int hk_api_read_result(const struct hk_api *api, const struct hk_node *action, const struct hk_node *root, const struct hk_api_values *values,
		       struct hk_api_result *result, struct hk_err *err)
{
	const char *word;
	bool missing;
	result->rows.list.n = 0;
	if (look_for(action, root, values, &missing, err))
		return -1;
	if (missing) {
		result->absent = true;
		result->state = HK_API_ENDED;
		return 0;
	}
	if (hk_api_state_read(action, root, values, &result->state, &word, err))
		return -1;
	result->word = word ? hk_arena_strdup(&result->arena, word) : NULL;
	if (hk_api_rows_read(action, root, values, &result->arena, &result->rows, err))
		return -1;
	clean_rows(api, result);
	return 0;
}

int hk_api_ask(struct hk_api *api, const char *action, const struct hk_api_values *values, struct hk_api_result *result, struct hk_err *err)
{
	struct hk_api_exchange x;
	int status = hk_api_send(api, action, values, &x, err);
	result->absent = false;
	if (status && x.absent && (strcmp(action, "release") == 0 || strcmp(action, "status") == 0)) {
		hk_err_release(err);
		result->absent = true;
		result->state = HK_API_ENDED;
		result->word = NULL;
		result->rows.list.n = 0;
		status = 0;
	} else if (status && x.maybe && x.creates)
		hk_err_set(err, err->status, "%s; the operator may have done it all the same, ask for the status before trying again",
			   hk_arena_strdup(&result->arena, err->message));
	else if (!status && hk_api_read_result(api, x.action, x.doc.root, values, result, err))
		status = hk_err_wrap(err, "%s", api->name);
	hk_api_exchange_release(&x);
	return status ? hk_api_clean(api, err) : 0;
}

/* ---- waiting ---- */

static int64_t duration_us(const struct hk_node *node, int64_t otherwise)
{
	struct hk_exact value;
	int64_t ns;
	if (!hk_node_string(node) || !hk_exact_quantity(HK_DIMENSION_DURATION, node->text, &value) || !hk_exact_integer(&value, HK_ROUND_UP, &ns) || ns < 1000)
		return otherwise;
	return ns / 1000;
}

static int not_active(const struct hk_api *api, const struct hk_api_result *result, struct hk_err *err)
{
	const char *state = result->absent ? "that there is none" : result->word ? result->word : hk_api_state_names[result->state];
	return hk_err_set(err, HK_UNVERIFIED, "%s: '%s' did not become active; its state is %s", api->name, result->id, state);
}

int hk_api_await(struct hk_api *api, struct hk_api_values *values, struct hk_api_result *result, struct hk_err *err)
{
	const struct hk_node *wait = hk_node_get(hk_api_action(api->adapter, "request"), "wait");
	int64_t every = duration_us(hk_node_get(wait, "every"), 2000000),
	    until = api->clock.now_us(api->clock.closure) + duration_us(hk_node_get(wait, "atMost"), 60000000);
	until = until < api->deadline_us ? until : api->deadline_us;
	while (result->state == HK_API_PENDING) {
		if (api->clock.now_us(api->clock.closure) + every > until)
			return hk_err_set(err, HK_UNVERIFIED, "%s: '%s' is not active in time; its state is %s", api->name, result->id,
					  result->word ? result->word : "pending");
		if (api->tell)
			api->tell(api->tell_closure, "waiting for the operator");
		if (api->clock.sleep_us(api->clock.closure, every))
			return hk_err_set(err, HK_INTERRUPTED, "interrupted");
		if (hk_api_ask(api, "status", values, result, err))
			return -1;
	}
	return result->state == HK_API_ACTIVE ? 0 : not_active(api, result, err);
}

int hk_api_do(struct hk_api *api, const char *action, struct hk_api_values *values, bool wait, bool keep, struct hk_api_result *result, struct hk_err *err)
{
	return strcmp(action, "request") == 0 ? hk_api_request(api, values, wait, keep, NULL, result, err) : hk_api_ask(api, action, values, result, err);
}

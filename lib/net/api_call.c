/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/api_call.h"
#include "net/api_send.h"
#include <string.h>

void hk_api_result_release(struct hk_api_result *result)
{
	hk_api_rows_release(&result->rows);
	hk_arena_release(&result->arena);
}

static bool good_id(struct hk_str id)
{
	if (!id.n || id.n > 1024)
		return false;
	for (size_t i = 0; i < id.n; i++)
		if ((unsigned char)id.s[i] <= ' ' || id.s[i] == 0x7f)
			return false;
	return true;
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* The last part of the path of a Location. */
static char *last_part(struct hk_arena *arena, const char *location)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	const char *slash;
	struct hk_str part = { location, strcspn(location, "?#") };
	while (part.n && part.s[part.n - 1] == '/')
		part.n--;
	for (slash = part.s + part.n; slash > part.s && slash[-1] != '/'; slash--)
		;
	part.n -= (size_t)(slash - part.s);
	part.s = slash;
	for (size_t i = 0; i < part.n; i++) {
		bool encoded = part.s[i] == '%' && i + 2 < part.n && digit(part.s[i + 1]) >= 0 && digit(part.s[i + 2]) >= 0;
		hk_buf_addch(&text, encoded ? (char)(digit(part.s[i + 1]) * 16 + digit(part.s[i + 2])) : part.s[i]);
		i += encoded ? 2 : 0;
	}
	return hk_arena_slicedup(arena, (struct hk_str){ text.s, text.len });
}

static int read_id(const struct hk_api_exchange *x, struct hk_api_result *result, struct hk_err *err)
{
	const struct hk_node *id = hk_node_get(x->action, "id"), *node;
	const char *header = hk_node_string(hk_node_get(id, "header")), *pointer = hk_node_string(hk_node_get(id, "from")), *location;
	if (header) {
		location = hk_http_headers_get(&x->reply.headers, header);
		result->id = location ? last_part(&result->arena, location) : NULL;
	} else if (pointer) {
		node = hk_pointer_get(x->doc.root, pointer, NULL);
		result->id = node && node->kind == HK_SCALAR && !hk_node_is_null(node) ? hk_arena_slicedup(&result->arena, node->text) : NULL;
	} else
		return 0;
	if (result->id && good_id(hk_str_of(result->id)))
		return 0;
	result->id = NULL;
	return hk_err_set(err, HK_FAILED, "the reply does not say the id of what was created, at '%s'", pointer ? pointer : header);
}

static int read_result(const struct hk_api *api, const struct hk_api_exchange *x, const struct hk_api_values *values, struct hk_api_result *result, struct hk_err *err)
{
	const char *word;
	(void)api;
	result->rows.list.n = 0;
	if (hk_api_state_read(x->action, x->doc.root, values, &result->state, &word, err))
		return -1;
	result->word = word ? hk_arena_strdup(&result->arena, word) : NULL;
	return hk_api_rows_read(x->action, x->doc.root, values, &result->arena, &result->rows, err);
}

static int ask(struct hk_api *api, const char *action, const struct hk_api_values *values, struct hk_api_result *result, struct hk_err *err)
{
	struct hk_api_exchange x;
	int status = hk_api_send(api, action, values, &x, err);
	if (status && x.absent && (strcmp(action, "release") == 0 || strcmp(action, "status") == 0)) {
		hk_err_release(err);
		result->absent = true;
		result->state = HK_API_ENDED;
		result->rows.list.n = 0;
		status = 0;
	} else if (!status) {
		status = read_result(api, &x, values, result, err);
		if (status)
			hk_err_wrap(err, "%s", api->name);
	}
	hk_api_exchange_release(&x);
	return status;
}

static int64_t duration_us(const struct hk_node *node, int64_t otherwise)
{
	struct hk_exact value;
	int64_t ns;
	if (!hk_node_string(node) || !hk_exact_quantity(HK_DIMENSION_DURATION, node->text, &value) || !hk_exact_integer(&value, HK_ROUND_UP, &ns))
		return otherwise;
	return ns / 1000;
}

/* Ask for the state until it is decided. */
static int wait_for(struct hk_api *api, const struct hk_node *action, const struct hk_api_values *values, struct hk_api_result *result, struct hk_err *err)
{
	const struct hk_node *wait = hk_node_get(action, "wait");
	int64_t every = duration_us(hk_node_get(wait, "every"), 2000000), until = api->clock.now_us(api->clock.closure) + duration_us(hk_node_get(wait, "atMost"), 60000000);
	until = until < api->deadline_us ? until : api->deadline_us;
	while (result->state == HK_API_PENDING) {
		if (api->clock.now_us(api->clock.closure) + every > until)
			return hk_err_set(err, HK_UNVERIFIED, "%s: '%s' is not active in time; its state is %s", api->name, result->id, result->word ? result->word : "pending");
		if (api->tell)
			api->tell(api->tell_closure, "waiting for the operator");
		if (api->clock.sleep_us(api->clock.closure, every))
			return hk_err_set(err, HK_INTERRUPTED, "interrupted");
		if (ask(api, "status", values, result, err))
			return -1;
	}
	if (result->state == HK_API_ACTIVE)
		return 0;
	return hk_err_set(err, HK_UNVERIFIED, "%s: '%s' did not become active; its state is %s", api->name, result->id, result->absent ? "that there is none" : result->word ? result->word : hk_api_state_names[result->state]);
}

/* What was created in vain is released, so that the same can be asked for again. Returns -1: the first error stays. */
static int take_back(struct hk_api *api, const struct hk_api_values *values, struct hk_api_result *result, struct hk_err *err)
{
	HK_AUTO_ERR struct hk_err problem = HK_ERR_INIT;
	struct hk_api_result gone = HK_API_RESULT_INIT;
	int64_t least = api->clock.now_us(api->clock.closure) + api->timeout_us;
	api->deadline_us = api->deadline_us > least ? api->deadline_us : least;      /* the way back always gets its time */
	if (ask(api, "release", values, &gone, &problem) == 0) {
		result->taken_back = true;
		hk_err_set(err, err->status, "%s; it was released again", hk_arena_strdup(&result->arena, err->message));
	} else
		hk_err_set(err, err->status, "%s; and releasing it failed too: %s", hk_arena_strdup(&result->arena, err->message), problem.message);
	hk_api_result_release(&gone);
	return -1;
}

static int created(struct hk_api *api, const struct hk_api_exchange *x, struct hk_api_values *values, bool wait, struct hk_api_result *result, struct hk_err *err)
{
	if (read_result(api, x, values, result, err))
		return hk_err_wrap(err, "%s: '%s' was created, but", api->name, result->id);
	if (!hk_node_get(x->action, "wait") || !wait)
		return result->state == HK_API_FAILED || result->state == HK_API_ENDED ? wait_for(api, x->action, values, result, err) : 0;
	return wait_for(api, x->action, values, result, err);
}

static int request(struct hk_api *api, struct hk_api_values *values, bool wait, bool keep, struct hk_api_result *result, struct hk_err *err)
{
	struct hk_api_exchange x;
	int status = hk_api_send(api, "request", values, &x, err);
	if (status && x.maybe)
		hk_err_set(err, err->status, "%s; the operator may have done it all the same (%s), look before asking again", hk_arena_strdup(&result->arena, err->message), x.correlation);
	else if (!status && read_id(&x, result, err))
		status = hk_err_wrap(err, "%s: created, but", api->name);
	else if (!status) {
		if (result->id)
			hk_api_values_set_id(values, result->id);
		status = created(api, &x, values, wait, result, err);
		if (status && !keep && result->id && err->status != HK_INTERRUPTED)
			(void)take_back(api, values, result, err);
		else if (status && result->id)
			hk_err_wrap(err, "'%s' is kept", result->id);
	}
	hk_api_exchange_release(&x);
	return status;
}

int hk_api_do(struct hk_api *api, const char *action, struct hk_api_values *values, bool wait, bool keep, struct hk_api_result *result, struct hk_err *err)
{
	return strcmp(action, "request") == 0 ? request(api, values, wait, keep, result, err) : ask(api, action, values, result, err);
}

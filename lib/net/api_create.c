/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests that create something: never twice, and nothing that nobody knows of. */
#include "net/api_call.h"
#include "net/api_send.h"
#include "net/api_template.h"
#include "model/sort.h"
#include <stdlib.h>
#include <string.h>

#define LOOKS 3                                    /* after a lost reply: a request that was late may still arrive */
#define LOOK_US ((int64_t)1000000)

/* ---- what is there ---- */

void hk_api_list_release(struct hk_api_list *list)
{
	hk_vec_release(&list->list);
	hk_arena_release(&list->arena);
}

bool hk_api_list_has(const struct hk_api_list *list, const char *id)
{
	const struct hk_api_found wanted = { id, HK_API_UNKNOWN, false };
	return list->list.n && bsearch(&wanted, list->list.v, list->list.n, sizeof wanted, hk_sort_by_text);
}

bool hk_api_can_find(const struct hk_api *api)
{
	return hk_api_action(api->adapter, "find") != NULL;
}

/* `match`: places of an item and what stands there when it is ours. What was not given, or the operator does not tell, decides nothing. */
static int fits(const struct hk_node *match, const struct hk_node *item, const struct hk_api_values *values, bool *result, struct hk_err *err)
{
	*result = true;
	hk_for_each_pair(key, match) {
		const struct hk_node *there = hk_pointer_get(item, key->text.s, NULL);
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		bool present;
		if (hk_api_template_text(key->next, values, &present, &text, err))
			return -1;
		if (present && there && there->kind == HK_SCALAR && !hk_node_is_null(there) && !hk_str_is(there->text, text.s))
			*result = false;
	}
	return 0;
}

static bool same_scalar(const struct hk_node *there, const struct hk_node *wanted)
{
	struct hk_exact left, right;
	bool number = hk_node_type(wanted) == HK_TYPE_INT || hk_node_type(wanted) == HK_TYPE_FLOAT;
	if ((hk_node_type(there) == HK_TYPE_STRING) != (hk_node_type(wanted) == HK_TYPE_STRING))
		return false;
	if (hk_str_eq(there->text, wanted->text))
		return true;
	return number && hk_exact_parse(there->text, &left) && hk_exact_parse(wanted->text, &right) && hk_exact_compare(&left, &right) == 0;
}

/* Everything of `wanted` is there too, and lists are as long. Depth is limited by the reader. */
static bool contains(const struct hk_node *there, const struct hk_node *wanted)
{
	const struct hk_node *item = there->first;
	if (there->kind != wanted->kind)
		return false;
	if (wanted->kind == HK_SCALAR)
		return same_scalar(there, wanted);
	hk_for_each_pair(key, wanted) {
		const struct hk_node *member = hk_node_get(there, key->text.s);
		if (!member || !contains(member, key->next))
			return false;
	}
	hk_for_each_item(part, wanted) {
		if (!item || !contains(item, part))
			return false;
		item = item->next;
	}
	return wanted->kind == HK_MAPPING || !item;
}

/* The body a request would have; root NULL when it cannot be built, or has none. */
static void read_wanted(const struct hk_api *api, const struct hk_api_values *values, struct hk_source *source, struct hk_doc *doc)
{
	HK_AUTO_BUF struct hk_buf path = HK_BUF_INIT, body = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;
	if (hk_api_build(api, "request", values, &path, &body, &ignored) == 0 && body.len &&
	    hk_api_json("the request", (struct hk_str){ body.s, body.len }, source, doc, &ignored) == 0)
		return;
	hk_doc_release(doc);
	*doc = (struct hk_doc){ 0 };
}

static int take_item(const struct hk_node *action, const struct hk_node *item, const struct hk_api_values *values, const struct hk_node *wanted,
		     struct hk_api_list *list, struct hk_err *err)
{
	struct hk_api_found found = { NULL, HK_API_UNKNOWN, wanted && contains(item, wanted) };
	const char *word;
	bool ours;
	if (fits(hk_node_get(action, "match"), item, values, &ours, err) || !ours)
		return ours ? -1 : 0;
	found.id = hk_api_read_id(hk_node_get(action, "id"), item, NULL, values, &list->arena);
	if (!found.id)
		return hk_err_set(err, HK_FAILED, "the list of what is there has an item without an id");
	if (hk_api_state_read(action, item, values, &found.state, &word, err))
		return -1;
	hk_vec_push(&list->list, found);
	return 0;
}

static void keep_each_once(struct hk_api_list *list)
{
	size_t n = 1;
	hk_sort(list->list.v, list->list.n, sizeof *list->list.v, hk_sort_by_text);
	for (size_t i = 1; i < list->list.n; i++)
		if (strcmp(list->list.v[i].id, list->list.v[n - 1].id) != 0)
			list->list.v[n++] = list->list.v[i];
	list->list.n = n;
}

static int take_items(const struct hk_node *action, const struct hk_node *root, const struct hk_api_values *values, const struct hk_node *wanted,
		      struct hk_api_list *list, struct hk_err *err)
{
	const struct hk_node *each = hk_node_get(action, "each");
	const char *pointer = each && each->first ? each->first->text.s : "";
	const struct hk_node *items = root ? hk_pointer_get(root, pointer, NULL) : NULL;
	if (!items || items->kind != HK_SEQUENCE)
		return hk_err_set(err, HK_FAILED, "the reply has no list at '%s'", pointer);
	hk_for_each_item(item, items)
		if (take_item(action, item, values, wanted, list, err))
			return -1;
	if (list->list.n)
		keep_each_once(list);
	return 0;
}

int hk_api_find(struct hk_api *api, const struct hk_api_values *values, struct hk_api_list *list, struct hk_err *err)
{
	struct hk_api_exchange x;
	struct hk_source source = { 0 };
	struct hk_doc wanted = { 0 };
	list->list.n = 0;
	read_wanted(api, values, &source, &wanted);
	int status = hk_api_send(api, "find", values, &x, err);
	if (status && (x.absent || x.reply.status == 403))
		err->status = HK_USAGE;           /* let in, and not allowed to list, or there is no list */
	else if (!status && take_items(x.action, x.doc.root, values, wanted.root, list, err))
		status = hk_err_wrap(err, "%s", api->name);
	hk_api_exchange_release(&x);
	hk_doc_release(&wanted);
	hk_source_release(&source);
	return status ? hk_api_clean(api, err) : 0;
}

int hk_api_recover(struct hk_api *api, const struct hk_api_values *values, const struct hk_api_list *before, struct hk_api_result *result, const char **id,
		   struct hk_err *err)
{
	struct hk_api_list after = HK_API_LIST_INIT;
	int status = 0;
	*id = NULL;
	for (int look = 0; look < LOOKS && !*id && !status; look++) {
		if (look && api->clock.sleep_us(api->clock.closure, LOOK_US))
			status = hk_err_set(err, HK_INTERRUPTED, "interrupted");
		else if (hk_api_find(api, values, &after, err))
			status = -1;
		for (size_t i = 0; !status && i < after.list.n; i++) {
			if (hk_api_list_has(before, after.list.v[i].id))
				continue;
			if (*id)
				status = hk_err_set(err, HK_FAILED, "%s: '%s' and '%s' are both new; which of them was asked for cannot be told", api->name,
						    *id, after.list.v[i].id);
			else {
				*id = hk_arena_strdup(&result->arena, after.list.v[i].id);
				result->state = after.list.v[i].state;
			}
		}
	}
	hk_api_list_release(&after);
	return status;
}

/* ---- creating ---- */

struct creating { struct hk_api *api; struct hk_api_values *values; const struct hk_api_watch *watch; struct hk_api_list before; bool known;
		  struct hk_api_result *result; };

/* What was created in vain is released, so that the same can be asked for again. Returns -1: the first error stays. */
static int take_back(struct creating *c, struct hk_err *err)
{
	HK_AUTO_ERR struct hk_err problem = HK_ERR_INIT;
	struct hk_api_result gone = HK_API_RESULT_INIT;
	struct hk_api *api = c->api;
	int64_t least = api->clock.now_us(api->clock.closure) + api->timeout_us;
	api->deadline_us = api->deadline_us > least ? api->deadline_us : least;      /* the way back always gets its time */
	const char *why = hk_arena_strdup(&c->result->arena, err->message);
	if (hk_api_ask(api, "release", c->values, &gone, &problem) == 0) {
		c->result->taken_back = true;
		hk_err_set(err, err->status, "%s; it was released again", why);
	} else
		hk_err_set(err, err->status, "%s; and releasing '%s' failed too: %s", why, c->result->id, problem.message);
	hk_api_result_release(&gone);
	return -1;
}

/* Before it is sent. Where listing is not allowed (a token for creating alone) it goes without; where the list cannot be read, nothing is begun. */
static int look_before(struct creating *c, struct hk_err *err)
{
	c->known = false;
	if (!hk_api_can_find(c->api))
		return 0;
	if (hk_api_find(c->api, c->values, &c->before, err)) {
		if (err->status != HK_USAGE)
			return -1;
		hk_err_release(err);
		return 0;
	}
	c->known = true;
	return 0;
}

/* Its id is known. `root` is NULL when the reply was lost: then its state is asked for. */
static int settle(struct creating *c, const struct hk_api_exchange *x, bool wait, struct hk_err *err)
{
	struct hk_api_result *result = c->result;
	hk_api_values_set_id(c->values, result->id);
	if (c->watch && c->watch->created && c->watch->created(c->watch->closure, result->id, err))
		return -1;
	if (x ? hk_api_read_result(c->api, x->action, x->doc.root, c->values, result, err) : hk_api_action(c->api->adapter, "status") &&
	    hk_api_ask(c->api, "status", c->values, result, err))
		return hk_err_wrap(err, "%s: '%s' was created, but", c->api->name, result->id);
	if (wait || (result->state != HK_API_PENDING && result->state != HK_API_ACTIVE))
		return hk_node_get(hk_api_action(c->api->adapter, "request"), "wait") ||
		    result->state != HK_API_PENDING ? hk_api_await(c->api, c->values, result, err) : 0;
	return 0;
}

/* 1: it was done, the id is in the result. 0: it was not. -1: nobody knows. */
static int look_after(struct creating *c, const struct hk_api_exchange *x, struct hk_err *err)
{
	HK_AUTO_ERR struct hk_err problem = HK_ERR_INIT;
	const char *why = hk_arena_strdup(&c->result->arena, err->message);
	if (!c->known)
		return hk_err_set(err, err->status, "%s; the operator may have done it all the same (%s), look before asking again", why, x->correlation);
	if (hk_api_recover(c->api, c->values, &c->before, c->result, &c->result->id, &problem)) {
		c->result->id = NULL;
		return hk_err_set(err, problem.status == HK_INTERRUPTED ? problem.status : err->status,
				  "%s; the operator may have done it all the same (%s): %s", why, x->correlation, problem.message);
	}
	if (!c->result->id)
		return 0;
	hk_err_release(err);
	return 1;
}

/* One request. *again: it was lost and has not been carried out. */
static int create_once(struct creating *c, bool wait, bool keep, bool *again, struct hk_err *err)
{
	struct hk_api_exchange x;
	int status = hk_api_send(c->api, "request", c->values, &x, err), found = 0;
	*again = false;
	if (!status) {
		c->result->id = hk_api_read_id(hk_node_get(x.action, "id"), x.doc.root, &x.reply.headers, c->values, &c->result->arena);
		if (!c->result->id)
			hk_err_set(err, HK_FAILED, "%s: created, but the reply does not say its id", c->api->name);
	}
	if (status ? x.maybe : !c->result->id) {
		found = look_after(c, &x, err);
		c->result->maybe = found < 0;
		*again = found == 0;
		status = found > 0 ? 0 : -1;
	}
	if (!status) {
		status = settle(c, found > 0 ? NULL : &x, wait, err);
		if (status && !keep && err->status != HK_INTERRUPTED)
			(void)take_back(c, err);
		else if (status)
			hk_err_set(err, err->status, "%s; '%s' is kept", hk_arena_strdup(&c->result->arena, err->message), c->result->id);
	}
	hk_api_exchange_release(&x);
	return status;
}

int hk_api_request(struct hk_api *api, struct hk_api_values *values, bool wait, bool keep, const struct hk_api_watch *watch, struct hk_api_result *result,
		   struct hk_err *err)
{
	struct creating c = { api, values, watch, HK_API_LIST_INIT, false, result };
	int64_t tries = 4;
	int status = -1;
	bool again = true;
	(void)hk_node_int(hk_node_at(api->adapter->spec, "limits.tries"), &tries);
	for (int64_t tried = 0; again && tried < tries; tried++) {
		hk_err_release(err);
		again = false;
		if (look_before(&c, err))
			break;
		if (watch && watch->creating && watch->creating(watch->closure, c.known ? &c.before : NULL, api->correlation, err))
			break;
		if (tried && api->tell)
			api->tell(api->tell_closure, "the request was lost; trying again");
		status = create_once(&c, wait, keep, &again, err);
	}
	hk_api_list_release(&c.before);
	return status ? hk_api_clean(api, err) : 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/reply.h"
#include "yaml/doc.h"

#define LONGEST_REASON 1000u

static const struct hk_node *text_of(const struct hk_node *map, const char *key)
{
	const struct hk_node *node = hk_node_get(map, key);

	return node && node->kind == HK_SCALAR && !hk_node_is_null(node) ? node : NULL;
}

static int read_answer(struct hk_reply *reply, const struct hk_node *node, const struct hk_check_rule *rule, struct hk_answer *answer, struct hk_err *err)
{
	const struct hk_node *state = text_of(node, "state"), *value = text_of(node, "value"), *reason = text_of(node, "reason");

	*answer = (struct hk_answer){ .given = true };
	if (!node || node->kind != HK_MAPPING)
		return hk_err_set(err, HK_FAILED, "an answer is no object");
	if (!state == !value)
		return hk_err_set(err, HK_FAILED, "an answer needs either 'state' or 'value'");
	if (state && !hk_state_parse(state->text, &answer->state))
		return hk_err_set(err, HK_FAILED, "'%.*s' is no state; there are Pending, Compliant, Limit, Violation and Error", HK_STR_ARG(state->text));
	if (value) {
		answer->text = hk_arena_slicedup(&reply->arena, value->text);
		if (!hk_check_rule_judge_text(rule, value->text, &answer->state, &answer->value))
			return hk_err_set(err, HK_FAILED, "the value '%.*s' cannot be compared with the rule's request '%s' and limit '%s'",
					  HK_STR_ARG(value->text), rule->request_text, rule->limit_text);
	}
	if (reason)
		answer->reason = hk_arena_slicedup(&reply->arena,
						   (struct hk_str){ reason->text.s, reason->text.n < LONGEST_REASON ? reason->text.n : LONGEST_REASON });
	return 0;
}

static int read_result(struct hk_reply *reply, const struct hk_node *item, const struct hk_check_rule *rule, const char *const *names, size_t n_names,
		       struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf key = HK_BUF_INIT;
	struct hk_answer answer;

	for (size_t i = 0; i < n_names; i++) {
		const struct hk_node *target = text_of(hk_node_get(item, "targets"), names[i]);
		if (!target)
			return hk_err_set(err, HK_FAILED, "a result names no target '%s'", names[i]);
		if (i)
			hk_buf_addch(&key, '\n');
		hk_buf_addslice(&key, target->text);
	}
	if (read_answer(reply, item, rule, &answer, err))
		return -1;
	struct hk_str kept = { hk_arena_slicedup(&reply->arena, (struct hk_str){ key.s, key.len }), key.len };
	if (hk_map_put(&reply->results, kept, reply->answers.n) != HK_MAP_NONE)
		return hk_err_set(err, HK_FAILED, "two results for the same targets");
	hk_vec_push(&reply->answers, answer);
	return 0;
}

static int read_root(struct hk_reply *reply, const struct hk_node *root, const struct hk_check_rule *rule, const char *const *names, size_t n_names,
		     struct hk_err *err)
{
	const struct hk_node *results = hk_node_get(root, "results"), *fallback = hk_node_get(root, "default");
	int64_t version = 0;

	if (root->kind != HK_MAPPING)
		return hk_err_set(err, HK_FAILED, "the reply is no object");
	if (!hk_node_int(hk_node_get(root, "version"), &version) || version != 1)
		return hk_err_set(err, HK_FAILED, "the reply is not of version 1");
	if (results && results->kind != HK_SEQUENCE)
		return hk_err_set(err, HK_FAILED, "'results' is no list");
	if (!hk_node_is_null(fallback) && read_answer(reply, fallback, rule, &reply->fallback, err))
		return -1;
	hk_for_each_item(item, results)
		if (read_result(reply, item, rule, names, n_names, err))
			return -1;
	return 0;
}

int hk_reply_read(struct hk_reply *reply, struct hk_str text, const struct hk_check_rule *rule, const char *const *names, size_t n_names, struct hk_err *err)
{
	struct hk_source source = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_doc doc = { 0 };
	int status = -1;

	*reply = (struct hk_reply){ 0 };
	hk_source_from_text(&source, "reply", text.s, text.n);
	if (hk_yaml_read_one(&source, true, &doc, &diags))
		hk_err_set(err, HK_FAILED, "the reply is no JSON: %s", diags.list.n ? diags.list.v[0].summary : "it cannot be read");
	else
		status = read_root(reply, doc.root, rule, names, n_names, err);
	hk_doc_release(&doc);
	hk_source_release(&source);
	hk_diags_release(&diags);
	reply->read = status == 0;
	if (status)
		hk_reply_release(reply);
	return status;
}

void hk_reply_release(struct hk_reply *reply)
{
	hk_map_release(&reply->results);
	hk_vec_release(&reply->answers);
	hk_arena_release(&reply->arena);
	reply->fallback = (struct hk_answer){ 0 };
}

const struct hk_answer *hk_reply_find(const struct hk_reply *reply, struct hk_str key)
{
	size_t at = hk_map_get(&reply->results, key);

	return at == HK_MAP_NONE ? &reply->fallback : &reply->answers.v[at];
}

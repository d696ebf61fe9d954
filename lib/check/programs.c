/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Executable providers: one question for each rule of an offer, about all of its bindings at once. */
#include "check/check.h"
#include "base/file.h"
#include "check/program.h"
#include "out/ser.h"
#include <string.h>

static const char *path_for(const struct hk_check *check, const char *rule)
{
	for (size_t i = 0; i < check->options.n_programs; i++)
		if (strcmp(check->options.programs[i].rule, rule) == 0)
			return check->options.programs[i].path;
	return NULL;
}

static int write_request(const struct hk_check_offer *offer, const struct hk_check_rule *rule, struct hk_buf *out, struct hk_err *err)
{
	struct hk_ser *ser = hk_ser_open(HK_SER_JSON_COMPACT, out);
	HK_AUTO_BUF struct hk_buf name = HK_BUF_INIT;

	hk_buf_addf(&name, "%s/%s", offer->name_space, offer->name);
	hk_ser_map(ser);
	hk_ser_kint(ser, "version", 1);
	hk_ser_kstr(ser, "rule", rule->name);
	hk_ser_kstr(ser, "request", rule->request_text);
	hk_ser_kstr(ser, "limit", rule->limit_text);
	hk_ser_kstr(ser, "offer", name.s);
	hk_ser_key(ser, "targets");
	hk_ser_map(ser);
	for (size_t t = 0; t < offer->n_targets; t++) {
		hk_ser_key(ser, offer->targets[t].name);
		hk_ser_seq(ser);
		for (size_t i = 0; i < offer->targets[t].n_members; i++)
			hk_ser_str(ser, offer->targets[t].members[i].reference);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
	hk_ser_end(ser);
	return hk_ser_close(ser, err);
}

static int ask(const struct hk_check *check, const struct hk_check_offer *offer, const struct hk_check_rule *rule, const char *path, struct hk_reply *reply,
	       struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf request = HK_BUF_INIT;
	HK_AUTO_BUF struct hk_buf answer = HK_BUF_INIT;
	const char *names[HK_CHECK_MOST_TARGETS];

	for (size_t t = 0; t < offer->n_targets; t++)
		names[t] = offer->targets[t].name;
	if (write_request(offer, rule, &request, err) ||
	    hk_program_ask(path, (struct hk_str){ request.s, request.len }, check->options.provider_timeout, HK_FILE_MAX, &answer, err))
		return -1;
	if (hk_reply_read(reply, (struct hk_str){ answer.s, answer.len }, rule, names, offer->n_targets, err))
		return hk_err_wrap(err, "provider '%s'", path);
	return 0;
}

void hk_check_ask_programs(struct hk_check *check, struct hk_check_offer *offer)
{
	offer->replies = hk_arena_array(&check->arena, offer->n_rules, sizeof *offer->replies);
	offer->failures = hk_arena_array(&check->arena, offer->n_rules, sizeof *offer->failures);
	for (size_t i = 0; i < offer->n_rules && offer->n_bindings; i++) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		const char *path = path_for(check, offer->rules[i]->name);

		if (path && !offer->rules[i]->broken && ask(check, offer, offer->rules[i], path, &offer->replies[i], &err))
			offer->failures[i] = hk_arena_strdup(&check->arena, err.message);
	}
}

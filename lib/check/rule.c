/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/rule.h"
#include "base/vec.h"
#include <string.h>

struct known { const char *name; enum hk_measure measure; enum hk_unit unit; enum hk_direction direction; const char *resource; };
static const struct known known_rules[] = {
	{ "latency", HK_MEASURE_LATENCY, HK_UNIT_DURATION, HK_LOWER_IS_BETTER, NULL },
	{ "jitter", HK_MEASURE_JITTER, HK_UNIT_DURATION, HK_LOWER_IS_BETTER, NULL },
	{ "loss", HK_MEASURE_LOSS, HK_UNIT_RATIO, HK_LOWER_IS_BETTER, NULL },
	{ "packet-loss", HK_MEASURE_LOSS, HK_UNIT_RATIO, HK_LOWER_IS_BETTER, NULL },
	{ "bandwidth", HK_MEASURE_BANDWIDTH, HK_UNIT_BITRATE, HK_HIGHER_IS_BETTER, NULL },
	{ "cpu", HK_MEASURE_NODE, HK_UNIT_QUANTITY, HK_HIGHER_IS_BETTER, "cpu" },
	{ "cpu-count", HK_MEASURE_NODE, HK_UNIT_QUANTITY, HK_HIGHER_IS_BETTER, "cpu" },
	{ "memory", HK_MEASURE_NODE, HK_UNIT_BYTES, HK_HIGHER_IS_BETTER, "memory" },
	{ "space", HK_MEASURE_NODE, HK_UNIT_BYTES, HK_HIGHER_IS_BETTER, "ephemeral-storage" },
	{ "storage", HK_MEASURE_NODE, HK_UNIT_BYTES, HK_HIGHER_IS_BETTER, "ephemeral-storage" },
	{ "ephemeral-storage", HK_MEASURE_NODE, HK_UNIT_BYTES, HK_HIGHER_IS_BETTER, "ephemeral-storage" },
	{ "network-cost", HK_MEASURE_OTHER, HK_UNIT_NUMBER, HK_LOWER_IS_BETTER, NULL },
	{ "encrypted-bit-count", HK_MEASURE_OTHER, HK_UNIT_COUNT, HK_HIGHER_IS_BETTER, NULL },
	{ "encrypted", HK_MEASURE_OTHER, HK_UNIT_BOOL, HK_MUST_BE_EQUAL, NULL },
};

/* Units tried for a name that is not known, in this order: request and limit must have one in common. */
static const enum hk_unit guesses[] = { HK_UNIT_NUMBER, HK_UNIT_DURATION, HK_UNIT_BITRATE, HK_UNIT_BYTES };

static const struct known *find(const char *name)
{
	for (size_t i = 0; i < HK_COUNT(known_rules); i++)
		if (strcmp(known_rules[i].name, name) == 0)
			return &known_rules[i];
	return NULL;
}

/* Bytes may be written as a Kubernetes quantity and the other way round: turnbuckle's examples have both "4G" and "1MiB". */
static bool parse(enum hk_unit unit, struct hk_str text, double *value, struct hk_buf *why)
{
	if (hk_unit_parse(unit, text, value, NULL) == 0)
		return true;
	if (unit == HK_UNIT_BYTES && hk_unit_parse(HK_UNIT_QUANTITY, text, value, NULL) == 0)
		return true;
	if (why)
		hk_unit_parse(unit, text, value, why);
	return false;
}

static void guess(struct hk_check_rule *rule)
{
	rule->measure = HK_MEASURE_OTHER;
	for (size_t i = 0; i < HK_COUNT(guesses); i++) {
		if (!parse(guesses[i], hk_str_of(rule->request_text), &rule->request, NULL) ||
		    !parse(guesses[i], hk_str_of(rule->limit_text), &rule->limit, NULL))
			continue;
		rule->unit = guesses[i];
		rule->direction = rule->request < rule->limit ? HK_LOWER_IS_BETTER : rule->request > rule->limit ? HK_HIGHER_IS_BETTER : HK_MUST_BE_EQUAL;
		return;
	}
	rule->textual = true;
	rule->direction = HK_MUST_BE_EQUAL;
}

void hk_check_rule_read(struct hk_check_rule *rule, const char *name, const char *request, const char *limit, struct hk_arena *arena)
{
	const struct known *known = find(name);
	HK_AUTO_BUF struct hk_buf why = HK_BUF_INIT;

	*rule = (struct hk_check_rule){ .name = hk_arena_strdup(arena, name), .request_text = hk_arena_strdup(arena, request) };
	rule->limit_text = limit ? hk_arena_strdup(arena, limit) : rule->request_text;
	if (!known) {
		guess(rule);
		return;
	}
	rule->measure = known->measure;
	rule->unit = known->unit;
	rule->direction = known->direction;
	rule->resource = known->resource;
	if (!parse(rule->unit, hk_str_of(rule->request_text), &rule->request, &why) || !parse(rule->unit, hk_str_of(rule->limit_text), &rule->limit, &why))
		rule->broken = hk_arena_strdup(arena, why.s);
}

enum hk_state hk_check_rule_judge(const struct hk_check_rule *rule, double value)
{
	/* sums of decimal fractions: what is equal for people must not be a violation */
	double slack = 1e-9 * (rule->limit < 0 ? -rule->limit : rule->limit);

	switch (rule->direction) {
	case HK_LOWER_IS_BETTER: return value <= rule->request + slack ? HK_STATE_COMPLIANT : value <= rule->limit +
	    slack ? HK_STATE_LIMIT : HK_STATE_VIOLATION;
	case HK_HIGHER_IS_BETTER: return value >= rule->request - slack ? HK_STATE_COMPLIANT : value >= rule->limit -
	    slack ? HK_STATE_LIMIT : HK_STATE_VIOLATION;
	case HK_MUST_BE_EQUAL: break;
	}
	return value >= rule->request - slack && value <= rule->request + slack ? HK_STATE_COMPLIANT
	     : value >= rule->limit - slack && value <= rule->limit + slack	? HK_STATE_LIMIT
										: HK_STATE_VIOLATION;
}

bool hk_check_rule_judge_text(const struct hk_check_rule *rule, struct hk_str text, enum hk_state *state, double *value)
{
	*value = 0;
	if (rule->broken)
		return false;
	if (rule->textual) {
		*state = hk_str_is(text, rule->request_text) ? HK_STATE_COMPLIANT : hk_str_is(text, rule->limit_text) ? HK_STATE_LIMIT : HK_STATE_VIOLATION;
		return true;
	}
	if (!parse(rule->unit, text, value, NULL))
		return false;
	*state = hk_check_rule_judge(rule, *value);
	return true;
}

void hk_check_rule_explain(const struct hk_check_rule *rule, enum hk_state state, double value, const char *text, struct hk_buf *out)
{
	bool of_limit = state == HK_STATE_VIOLATION;

	if (text)
		hk_buf_addscrubbed(out, hk_str_of(text));
	else
		hk_unit_print(rule->unit, value, out);
	hk_buf_addf(out, ", %s ", of_limit ? "limit" : "request");
	hk_buf_addscrubbed(out, hk_str_of(of_limit ? rule->limit_text : rule->request_text));
}

bool hk_check_rule_is_link(const struct hk_check_rule *rule)
{
	return rule->measure <= HK_MEASURE_BANDWIDTH;
}

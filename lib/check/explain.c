/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verdicts as sentences. */
#include "check/check.h"
#include <math.h>

static void explain_provider(const struct hk_check *check, const struct hk_verdict *verdict, struct hk_buf *out)
{
	const struct hk_check_provider *provider = &check->providers.list.v[verdict->detail];

	hk_buf_addscrubbed(out, hk_str_of(provider->reason ? provider->reason : hk_state_name(provider->state)));
	hk_buf_addf(out, " (provider %s)", provider->name);
}

static void explain_answer(const struct hk_check_offer *offer, size_t rule, const struct hk_verdict *verdict, struct hk_buf *out)
{
	const struct hk_reply *reply = &offer->replies[rule];
	const struct hk_answer *answer = verdict->detail == UINT32_MAX ? &reply->fallback : &reply->answers.v[verdict->detail];

	if (answer->text)
		hk_check_rule_explain(offer->rules[rule], (enum hk_state)verdict->state, answer->value, answer->text, out);
	if (answer->reason) {
		hk_buf_addstr(out, answer->text ? ": " : "");
		hk_buf_addscrubbed(out, hk_str_of(answer->reason));
	}
	if (!answer->text && !answer->reason)
		hk_buf_addstr(out, "the provider says so");
}

/* What is said when there is no value, or no more than a value. */
static const char *const sentences[] = {
	[HK_EVIDENCE_SAME_CLUSTER] = "both are in one cluster",
	[HK_EVIDENCE_UNSCHEDULED] = "not scheduled yet",
	[HK_EVIDENCE_NO_INVENTORY] = "the node's allocatable amount is not known",
	[HK_EVIDENCE_NO_CLUSTER] = "it runs on a node that no topology has",
	[HK_EVIDENCE_NO_ROUTE] = "the topology has no way between their clusters",
	[HK_EVIDENCE_ONE_TARGET] = "the rule is about a way, but the offer has one target",
	[HK_EVIDENCE_NOBODY] = "nobody evaluates this rule",
	[HK_EVIDENCE_SILENT] = "the provider says nothing about this binding",
};

static void explain_value(const struct hk_check *check, const struct hk_check_rule *rule, const struct hk_verdict *verdict, const char *how, struct hk_buf *out)
{
	const char *text = verdict->evidence == HK_EVIDENCE_VALUE ? check->measured.list.v[verdict->detail].text : verdict->evidence == HK_EVIDENCE_LABEL
	    ? check->text_list.v[verdict->detail] : NULL;

	hk_check_rule_explain(rule, (enum hk_state)verdict->state, verdict->value, text, out);
	if (how)
		hk_buf_addf(out, " (%s)", how);
}

static void explain_rest(const struct hk_check *check, const struct hk_check_offer *offer, size_t rule, const struct hk_verdict *verdict, struct hk_buf *out)
{
	switch ((enum hk_evidence)verdict->evidence) {
	case HK_EVIDENCE_RULE_PROVIDER: explain_provider(check, verdict, out); break;
	case HK_EVIDENCE_PROGRAM: explain_answer(offer, rule, verdict, out); break;
	case HK_EVIDENCE_EXCLUDED: hk_buf_addf(out, "its node is excluded (provider %s)", check->providers.list.v[verdict->detail].name); break;
	case HK_EVIDENCE_BROKEN_RULE: hk_buf_addstr(out, offer->rules[rule]->broken); break;
	case HK_EVIDENCE_BROKEN_PROVIDER:
		hk_buf_addf(out, "provider %s cannot be used: %s", check->providers.list.v[verdict->detail].name,
			    check->providers.list.v[verdict->detail].broken);
		break;
	case HK_EVIDENCE_BROKEN_PROGRAM: hk_buf_addstr(out, offer->failures[rule]); break;
	case HK_EVIDENCE_BAD_VALUE:
		hk_buf_addstr(out, "the measured value '");
		hk_buf_addscrubbed(out, hk_str_of(check->measured.list.v[verdict->detail].text));
		hk_buf_addstr(out, "' cannot be compared with the rule's");
		break;
	case HK_EVIDENCE_STALE: hk_buf_addstr(out, "the last measurement is too old"); break;
	case HK_EVIDENCE_UNMEASURED:
		hk_buf_addstr(out, "not measured");
		if (isfinite(verdict->value)) {
			hk_buf_addstr(out, "; declared ");
			hk_unit_print(offer->rules[rule]->unit, verdict->value, out);
		}
		break;
	default: hk_buf_addstr(out, sentences[verdict->evidence]); break;
	}
}

void hk_verdict_explain(const struct hk_check *check, const struct hk_check_offer *offer, size_t rule, const struct hk_verdict *verdict, struct hk_buf *out)
{
	const struct hk_check_rule *r = offer->rules[rule];

	hk_buf_addf(out, "%s: ", r->name);
	switch ((enum hk_evidence)verdict->evidence) {
	case HK_EVIDENCE_PAIR: explain_value(check, r, verdict, "measured end to end", out); break;
	case HK_EVIDENCE_ROUTE: explain_value(check, r, verdict, "measured link by link", out); break;
	case HK_EVIDENCE_PART: explain_value(check, r, verdict, "measured on a part of the way alone", out); break;
	case HK_EVIDENCE_VALUE: explain_value(check, r, verdict, "measured", out); break;
	case HK_EVIDENCE_DECLARED: explain_value(check, r, verdict, "declared, not measured", out); break;
	case HK_EVIDENCE_NODE: explain_value(check, r, verdict, "allocatable on the node", out); break;
	case HK_EVIDENCE_LABEL: explain_value(check, r, verdict, "label", out); break;
	case HK_EVIDENCE_COST_PROVIDER:
		explain_value(check, r, verdict, NULL, out);
		hk_buf_addf(out, " (cost by provider %s)", check->providers.list.v[verdict->detail].name);
		break;
	default: explain_rest(check, offer, rule, verdict, out); break;
	}
}

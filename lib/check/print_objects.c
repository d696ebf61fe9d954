/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results as Kubernetes objects. */
#include "base/mem.h"
#include "base/time.h"
#include "check/phrase.h"
#include "check/print.h"
#include "check/reference.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PART ((size_t)1 << 20)

static void add_missing_policies(const struct hk_binding *binding, struct hk_buf *out)
{
	const struct hk_check_offer *offer = binding->offer;
	size_t before = out->len;

	for (size_t i = 0; binding->state == HK_STATE_ERROR && i < offer->n_policies; i++)
		if (offer->policies[i].missing)
			hk_buf_addf(out, "%spolicy %s does not exist", out->len > before ? "; " : "", offer->policies[i].name);
}

static bool is_reason(const struct hk_binding *binding, size_t rule)
{
	return binding->verdicts[rule].state == binding->state && binding->state != HK_STATE_COMPLIANT;
}

void hk_binding_reason(const struct hk_check *check, const struct hk_binding *binding, struct hk_buf *out)
{
	size_t before = out->len;

	add_missing_policies(binding, out);
	for (size_t r = 0; r < binding->offer->n_rules; r++) {
		if (!is_reason(binding, r))
			continue;
		hk_buf_addstr(out, out->len > before ? "; " : "");
		hk_verdict_explain(check, binding->offer, r, &binding->verdicts[r], out);
	}
}

static void put_time(struct hk_ser *ser, const char *key, double seconds)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;

	hk_time_print(seconds, &text);
	if (text.len)
		hk_ser_kstr(ser, key, text.s);
}

/* The definition wants rules named like DNS subdomains; other bytes become "xHH". */
static void put_rule_name(struct hk_ser *ser, const char *name)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	size_t length = strlen(name);

	for (size_t i = 0; i < length; i++) {
		bool letter = (name[i] >= 'a' && name[i] <= 'z') || (name[i] >= '0' && name[i] <= '9');
		if (letter || (name[i] == '-' && i > 0 && i + 1 < length))
			hk_buf_addch(&text, name[i]);
		else
			hk_buf_addf(&text, "x%02x", (unsigned char)name[i]);
	}
	hk_ser_kstr(ser, "rule", text.s);
}

/* A reference as it was written last, for members that come again and again. */
#define MEMBERS 4096u
struct written { const struct hk_member *member; bool fits; struct hk_buf json; };

/* Writing of bindings: where, and what was written before and can be copied. */
struct writer {
	const struct hk_check_print *print;
	struct hk_ser *ser;
	struct hk_buf *out;
	struct hk_binding_names names;
	struct hk_phrases reasons, rules;
	struct written *members;
	struct hk_buf text;
};

static const char *explain(struct writer *w, const struct hk_binding *binding, size_t rule)
{
	struct hk_buf *kept;

	if (!hk_phrases_find(&w->reasons, binding->offer, rule, &binding->verdicts[rule], &kept))
		hk_verdict_explain(w->print->check, binding->offer, rule, &binding->verdicts[rule], kept);
	return kept->s;
}

static void put_rule(struct writer *w, const struct hk_binding *binding, size_t rule, const char *name)
{
	const struct hk_verdict *verdict = &binding->verdicts[rule];
	struct hk_buf *kept;
	size_t start = w->out->len;

	if (hk_phrases_find(&w->rules, binding->offer, rule, verdict, &kept)) {
		hk_ser_again(w->ser, (struct hk_str){ kept->s, kept->len });
		return;
	}
	hk_ser_map(w->ser);
	put_rule_name(w->ser, name);
	hk_ser_kstr(w->ser, "compliance", hk_state_name((enum hk_state)verdict->state));
	hk_ser_kstr(w->ser, "reason", explain(w, binding, rule));
	hk_ser_end(w->ser);
	hk_phrases_keep(kept, w->out, start);
}

static void put_policy(struct writer *w, const struct hk_binding *binding, const struct hk_check_policy *policy)
{
	enum hk_state state = policy->missing ? HK_STATE_ERROR : policy->n_rules ? HK_STATE_COMPLIANT : HK_STATE_PENDING;
	struct hk_ser *ser = w->ser;

	for (size_t r = 0; r < policy->n_rules; r++)
		state = hk_state_worst(state, (enum hk_state)binding->verdicts[policy->first + r].state);
	hk_ser_map(ser);
	hk_ser_kstr(ser, "policy", policy->name);
	hk_ser_kstr(ser, "compliance", hk_state_name(state));
	hk_ser_kstr(ser, "reason", policy->missing ? "there is no such policy" : "");
	hk_ser_key(ser, "ruleDetails");
	hk_ser_seq(ser);
	for (size_t r = 0; r < policy->n_rules; r++)
		put_rule(w, binding, policy->first + r, policy->rules[r].name);
	hk_ser_end(ser);
	hk_ser_end(ser);
}

static struct written *written_of(struct writer *w, const struct hk_member *member)
{
	struct written *written = &w->members[(uintptr_t)member / sizeof *member % MEMBERS];

	if (written->member != member) {
		written->member = member;
		written->fits = hk_reference_fits(member->reference);
		hk_buf_reset(&written->json);
	}
	return written;
}

static void put_target(struct writer *w, const struct hk_member *member)
{
	struct written *written = written_of(w, member);
	size_t start = w->out->len;

	if (written->json.len) {
		hk_ser_again(w->ser, (struct hk_str){ written->json.s, written->json.len });
		return;
	}
	hk_reference_write(member->reference, w->ser);
	hk_phrases_keep(&written->json, w->out, start);
}

static void put_metadata(struct writer *w, const struct hk_binding *binding)
{
	struct hk_ser *ser = w->ser;
	bool annotated = false;

	hk_buf_reset(&w->text);
	hk_binding_name(&w->names, binding, &w->text);
	hk_ser_key(ser, "metadata");
	hk_ser_map(ser);
	hk_ser_kstr(ser, "name", w->text.s);
	hk_ser_kstr(ser, "namespace", binding->offer->name_space);
	for (size_t t = 0; t < binding->offer->n_targets; t++) {
		if (written_of(w, hk_binding_member(binding, t))->fits)
			continue;
		if (!annotated) {
			hk_ser_key(ser, "annotations");
			hk_ser_map(ser);
			annotated = true;
		}
		hk_buf_reset(&w->text);
		hk_buf_addf(&w->text, "hkctl.dev/target-%s", binding->offer->targets[t].name);
		hk_ser_kstr(ser, w->text.s, hk_binding_member(binding, t)->reference);
	}
	if (annotated)
		hk_ser_end(ser);
	hk_ser_end(ser);
}

static void put_targets(struct writer *w, const struct hk_binding *binding)
{
	hk_ser_key(w->ser, "targets");
	hk_ser_map(w->ser);
	for (size_t t = 0; t < binding->offer->n_targets; t++) {
		hk_ser_key(w->ser, binding->offer->targets[t].name);
		put_target(w, hk_binding_member(binding, t));
	}
	hk_ser_end(w->ser);
}

static void put_status(struct writer *w, const struct hk_binding *binding)
{
	hk_ser_key(w->ser, "status");
	hk_ser_map(w->ser);
	hk_ser_kstr(w->ser, "compliance", hk_state_name(binding->state));
	hk_buf_reset(&w->text);
	add_missing_policies(binding, &w->text);
	for (size_t r = 0; r < binding->offer->n_rules; r++) {
		if (!is_reason(binding, r))
			continue;
		hk_buf_addstr(&w->text, w->text.len ? "; " : "");
		hk_buf_addstr(&w->text, explain(w, binding, r));
	}
	hk_ser_kstr(w->ser, "firstReason", w->text.s);
	hk_ser_key(w->ser, "details");
	hk_ser_seq(w->ser);
	for (size_t i = 0; i < binding->offer->n_policies; i++)
		put_policy(w, binding, &binding->offer->policies[i]);
	hk_ser_end(w->ser);
	put_time(w->ser, "lastComplianceChangeTimestamp", binding->since);
	put_time(w->ser, "lastMitigatedTimestamp", hk_actions_mitigated(w->print->actions, binding));
	hk_ser_end(w->ser);
}

static int put_binding(struct writer *w, const struct hk_binding *binding, struct hk_err *err)
{
	hk_buf_addstr(w->out, "---\n");
	w->ser = hk_ser_open(HK_SER_JSON_COMPACT, w->out);
	hk_ser_map(w->ser);
	hk_ser_kstr(w->ser, "apiVersion", "constraint.ciena.com/v1alpha1");
	hk_ser_kstr(w->ser, "kind", "ConstraintPolicyBinding");
	put_metadata(w, binding);
	hk_ser_key(w->ser, "spec");
	hk_ser_map(w->ser);
	hk_ser_kstr(w->ser, "offer", binding->offer->name);
	put_targets(w, binding);
	hk_ser_end(w->ser);
	put_status(w, binding);
	hk_ser_end(w->ser);
	return hk_ser_close(w->ser, err);
}

int hk_check_print_bindings(const struct hk_check_print *print, struct hk_check_sink *sink, struct hk_err *err)
{
	struct writer w = { .print = print, .out = sink->out, .text = HK_BUF_INIT, .members = hk_calloc(MEMBERS, sizeof *w.members) };
	struct hk_binding_cursor cursor;
	const struct hk_check_offer *named = NULL;
	int status = 0;

	for (size_t i = 0; i < MEMBERS; i++)
		hk_buf_init(&w.members[i].json);
	hk_binding_first(&cursor, print->check, print->actions->earlier);
	while (!status && hk_binding_next(&cursor)) {
		if (cursor.binding.offer != named) {
			hk_binding_names_close(&w.names);
			hk_binding_names_open(&w.names, print->check, cursor.binding.offer);
			named = cursor.binding.offer;
		}
		status = put_binding(&w, &cursor.binding, err);
		if (!status && sink->out->len > PART)
			status = sink->flush(sink, err);
	}
	for (size_t i = 0; i < MEMBERS; i++)
		hk_buf_release(&w.members[i].json);
	free(w.members);
	hk_binding_names_close(&w.names);
	hk_phrases_release(&w.reasons);
	hk_phrases_release(&w.rules);
	hk_buf_release(&w.text);
	return status ? -1 : sink->flush(sink, err);
}

static int put_eviction(const struct hk_check *check, const struct hk_eviction *eviction, struct hk_buf *out, struct hk_err *err)
{
	const struct hk_check_pod *pod = &check->inventory.pods.v[eviction->pod];
	struct hk_ser *ser = hk_ser_open(HK_SER_JSON_COMPACT, out);

	hk_ser_map(ser);
	hk_ser_kstr(ser, "apiVersion", "policy/v1");
	hk_ser_kstr(ser, "kind", "Eviction");
	hk_ser_key(ser, "metadata");
	hk_ser_map(ser);
	hk_ser_kstr(ser, "name", pod->name);
	hk_ser_kstr(ser, "namespace", pod->name_space);
	hk_ser_key(ser, "annotations");
	hk_ser_map(ser);
	hk_ser_kstr(ser, "hkctl.dev/cluster", pod->cluster == HK_NO_INDEX ? "" : check->model->clusters[pod->cluster].name);
	hk_ser_kstr(ser, "hkctl.dev/offer", eviction->offer->name);
	hk_ser_end(ser);
	hk_ser_end(ser);
	/* not another pod that has taken the name since */
	if (pod->uid) {
		hk_ser_key(ser, "deleteOptions");
		hk_ser_map(ser);
		hk_ser_key(ser, "preconditions");
		hk_ser_map(ser);
		hk_ser_kstr(ser, "uid", pod->uid);
		hk_ser_end(ser);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
	return hk_ser_close(ser, err);
}

int hk_check_print_evictions(const struct hk_check_print *print, struct hk_buf *out, struct hk_err *err)
{
	for (size_t i = 0; i < print->actions->evictions.n; i++)
		if (put_eviction(print->check, &print->actions->evictions.v[i], out, err))
			return -1;
	return 0;
}

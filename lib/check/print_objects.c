/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results as Kubernetes objects. */
#include "base/time.h"
#include "check/print.h"
#include "check/reference.h"
#include <math.h>
#include <string.h>

#define PART ((size_t)1 << 20)

void hk_binding_reason(const struct hk_check *check, const struct hk_binding *binding, struct hk_buf *out)
{
	const struct hk_check_offer *offer = binding->offer;
	size_t before = out->len;

	for (size_t i = 0; binding->state == HK_STATE_ERROR && i < offer->n_policies; i++)
		if (offer->policies[i].missing)
			hk_buf_addf(out, "%spolicy %s does not exist", out->len > before ? "; " : "", offer->policies[i].name);
	for (size_t r = 0; r < offer->n_rules; r++) {
		if (binding->verdicts[r].state != binding->state || binding->state == HK_STATE_COMPLIANT)
			continue;
		if (out->len > before)
			hk_buf_addstr(out, "; ");
		hk_verdict_explain(check, offer, r, &binding->verdicts[r], out);
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

static void put_policy(const struct hk_check *check, struct hk_ser *ser, const struct hk_binding *binding, const struct hk_check_policy *policy)
{
	enum hk_state state = policy->missing ? HK_STATE_ERROR : policy->n_rules ? HK_STATE_COMPLIANT : HK_STATE_PENDING;
	HK_AUTO_BUF struct hk_buf reason = HK_BUF_INIT;

	for (size_t r = 0; r < policy->n_rules; r++)
		state = hk_state_worst(state, (enum hk_state)binding->verdicts[policy->first + r].state);
	hk_ser_map(ser);
	hk_ser_kstr(ser, "policy", policy->name);
	hk_ser_kstr(ser, "compliance", hk_state_name(state));
	hk_ser_kstr(ser, "reason", policy->missing ? "there is no such policy" : "");
	hk_ser_key(ser, "ruleDetails");
	hk_ser_seq(ser);
	for (size_t r = 0; r < policy->n_rules; r++) {
		const struct hk_verdict *verdict = &binding->verdicts[policy->first + r];
		hk_buf_reset(&reason);
		hk_verdict_explain(check, binding->offer, policy->first + r, verdict, &reason);
		hk_ser_map(ser);
		put_rule_name(ser, policy->rules[r].name);
		hk_ser_kstr(ser, "compliance", hk_state_name((enum hk_state)verdict->state));
		hk_ser_kstr(ser, "reason", reason.s);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
	hk_ser_end(ser);
}

static void put_metadata(struct hk_ser *ser, const struct hk_binding_names *names, const struct hk_binding *binding)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	bool annotated = false;

	hk_binding_name(names, binding, &text);
	hk_ser_key(ser, "metadata");
	hk_ser_map(ser);
	hk_ser_kstr(ser, "name", text.s);
	hk_ser_kstr(ser, "namespace", binding->offer->name_space);
	for (size_t t = 0; t < binding->offer->n_targets; t++) {
		if (hk_reference_fits(hk_binding_member(binding, t)->reference))
			continue;
		if (!annotated) {
			hk_ser_key(ser, "annotations");
			hk_ser_map(ser);
			annotated = true;
		}
		hk_buf_reset(&text);
		hk_buf_addf(&text, "hkctl.dev/target-%s", binding->offer->targets[t].name);
		hk_ser_kstr(ser, text.s, hk_binding_member(binding, t)->reference);
	}
	if (annotated)
		hk_ser_end(ser);
	hk_ser_end(ser);
}

static int put_binding(const struct hk_check_print *print, const struct hk_binding_names *names, const struct hk_binding *binding, struct hk_buf *out, struct hk_err *err)
{
	const struct hk_check_offer *offer = binding->offer;
	HK_AUTO_BUF struct hk_buf reason = HK_BUF_INIT;
	struct hk_ser *ser;

	hk_buf_addstr(out, "---\n");
	ser = hk_ser_open(HK_SER_JSON_COMPACT, out);
	hk_ser_map(ser);
	hk_ser_kstr(ser, "apiVersion", "constraint.ciena.com/v1alpha1");
	hk_ser_kstr(ser, "kind", "ConstraintPolicyBinding");
	put_metadata(ser, names, binding);
	hk_ser_key(ser, "spec");
	hk_ser_map(ser);
	hk_ser_kstr(ser, "offer", offer->name);
	hk_ser_key(ser, "targets");
	hk_ser_map(ser);
	for (size_t t = 0; t < offer->n_targets; t++) {
		hk_ser_key(ser, offer->targets[t].name);
		hk_reference_write(hk_binding_member(binding, t)->reference, ser);
	}
	hk_ser_end(ser);
	hk_ser_end(ser);
	hk_ser_key(ser, "status");
	hk_ser_map(ser);
	hk_ser_kstr(ser, "compliance", hk_state_name(binding->state));
	hk_binding_reason(print->check, binding, &reason);
	hk_ser_kstr(ser, "firstReason", reason.s);
	hk_ser_key(ser, "details");
	hk_ser_seq(ser);
	for (size_t i = 0; i < offer->n_policies; i++)
		put_policy(print->check, ser, binding, &offer->policies[i]);
	hk_ser_end(ser);
	put_time(ser, "lastComplianceChangeTimestamp", binding->since);
	put_time(ser, "lastMitigatedTimestamp", hk_actions_mitigated(print->actions, binding));
	hk_ser_end(ser);
	hk_ser_end(ser);
	return hk_ser_close(ser, err);
}

int hk_check_print_bindings(const struct hk_check_print *print, struct hk_check_sink *sink, struct hk_err *err)
{
	struct hk_binding_names names = { 0 };
	struct hk_binding_cursor cursor;
	const struct hk_check_offer *named = NULL;
	int status = 0;

	hk_binding_first(&cursor, print->check, print->actions->earlier);
	while (!status && hk_binding_next(&cursor)) {
		if (cursor.binding.offer != named) {
			hk_binding_names_close(&names);
			hk_binding_names_open(&names, print->check, cursor.binding.offer);
			named = cursor.binding.offer;
		}
		status = put_binding(print, &names, &cursor.binding, sink->out, err);
		if (!status && sink->out->len > PART)
			status = sink->flush(sink, err);
	}
	hk_binding_names_close(&names);
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

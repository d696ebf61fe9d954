/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/time.h"
#include "check/phrase.h"
#include "check/print.h"
#include <math.h>

#define PART ((size_t)1 << 20)

static void put_time(struct hk_ser *ser, const char *key, double seconds)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;

	hk_time_print(seconds, &text);
	hk_ser_kstr(ser, key, text.len ? text.s : NULL);
}

static enum hk_state state_of(const struct hk_check_policy *policy, const struct hk_binding *binding)
{
	enum hk_state state = policy->missing ? HK_STATE_ERROR : policy->n_rules ? HK_STATE_COMPLIANT : HK_STATE_PENDING;

	for (size_t r = 0; r < policy->n_rules; r++)
		state = hk_state_worst(state, (enum hk_state)binding->verdicts[policy->first + r].state);
	return state;
}

/* Writing of bindings: where, and what was written before and can be copied. */
struct writer {
	const struct hk_check_print *print;
	struct hk_ser *ser;
	struct hk_buf *out;
	struct hk_binding_names names;
	struct hk_phrases rules;
	double since;
	struct hk_buf name, since_text;
};

static void put_rule(struct hk_ser *ser, const struct hk_check_rule *rule, const struct hk_verdict *verdict, const char *reason)
{
	hk_ser_map(ser);
	hk_ser_kstr(ser, "rule", rule->name);
	hk_ser_kstr(ser, "state", hk_state_name((enum hk_state)verdict->state));
	hk_ser_kstr(ser, "request", rule->request_text);
	hk_ser_kstr(ser, "limit", rule->limit_text);
	if (isfinite(verdict->value))
		hk_ser_knum(ser, "value", verdict->value);
	hk_ser_kstr(ser, "reason", reason);
	hk_ser_end(ser);
}

static void put_rules(struct writer *w, const struct hk_binding *binding, const struct hk_check_policy *policy)
{
	hk_ser_key(w->ser, "rules");
	hk_ser_seq(w->ser);
	for (size_t r = 0; r < policy->n_rules; r++) {
		const struct hk_verdict *verdict = &binding->verdicts[policy->first + r];
		HK_AUTO_BUF struct hk_buf reason = HK_BUF_INIT;
		struct hk_buf *kept;
		size_t start = w->out->len;
		if (hk_phrases_find(&w->rules, binding->offer, policy->first + r, verdict, &kept)) {
			hk_ser_again(w->ser, (struct hk_str){ kept->s, kept->len });
			continue;
		}
		hk_verdict_explain(w->print->check, binding->offer, policy->first + r, verdict, &reason);
		put_rule(w->ser, &policy->rules[r], verdict, reason.s);
		hk_phrases_keep(kept, w->out, start);
	}
	hk_ser_end(w->ser);
}

/* Most bindings are what they are since the same time. */
static const char *since_text(struct writer *w, double since)
{
	if (!(since == w->since)) {
		w->since = since;
		hk_buf_reset(&w->since_text);
		hk_time_print(since, &w->since_text);
	}
	return w->since_text.len ? w->since_text.s : NULL;
}

static void put_binding(struct writer *w, const struct hk_binding *binding)
{
	const struct hk_check_offer *offer = binding->offer;
	struct hk_decision decision = hk_actions_decide(w->print->actions, binding);
	struct hk_ser *ser = w->ser;

	hk_buf_reset(&w->name);
	hk_binding_name(&w->names, binding, &w->name);
	hk_ser_map(ser);
	hk_ser_kstr(ser, "name", w->name.s);
	hk_ser_kstr(ser, "namespace", offer->name_space);
	hk_ser_kstr(ser, "offer", offer->name);
	hk_ser_key(ser, "targets");
	hk_ser_map(ser);
	for (size_t t = 0; t < offer->n_targets; t++)
		hk_ser_kstr(ser, offer->targets[t].name, hk_binding_member(binding, t)->reference);
	hk_ser_end(ser);
	hk_ser_kstr(ser, "state", hk_state_name(binding->state));
	hk_ser_kstr(ser, "since", since_text(w, binding->since));
	put_time(ser, "mitigated", hk_actions_mitigated(w->print->actions, binding));
	hk_ser_kstr(ser, "action", hk_action_name(decision.action));
	if (isfinite(decision.until))
		put_time(ser, "until", decision.until);
	hk_ser_key(ser, "policies");
	hk_ser_seq(ser);
	for (size_t i = 0; i < offer->n_policies; i++) {
		hk_ser_map(ser);
		hk_ser_kstr(ser, "policy", offer->policies[i].name);
		hk_ser_kstr(ser, "state", hk_state_name(state_of(&offer->policies[i], binding)));
		if (offer->policies[i].missing)
			hk_ser_kstr(ser, "reason", "there is no such policy");
		put_rules(w, binding, &offer->policies[i]);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
	hk_ser_end(ser);
}

static int put_bindings(const struct hk_check_print *print, struct hk_ser *ser, struct hk_check_sink *sink, struct hk_err *err)
{
	struct writer w = { .print = print, .ser = ser, .out = sink->out, .since = (double)NAN, .name = HK_BUF_INIT, .since_text = HK_BUF_INIT };
	struct hk_binding_cursor cursor;
	const struct hk_check_offer *named = NULL;
	int status = 0;

	hk_ser_key(ser, "bindings");
	hk_ser_seq(ser);
	hk_binding_first(&cursor, print->check, print->actions->earlier);
	while (!status && hk_binding_next(&cursor)) {
		if (cursor.binding.state == HK_STATE_COMPLIANT && !print->all)
			continue;
		if (cursor.binding.offer != named) {
			hk_binding_names_close(&w.names);
			hk_binding_names_open(&w.names, print->check, cursor.binding.offer);
			named = cursor.binding.offer;
		}
		put_binding(&w, &cursor.binding);
		if (sink->out->len > PART)
			status = sink->flush(sink, err);
	}
	hk_ser_end(ser);
	hk_binding_names_close(&w.names);
	hk_phrases_release(&w.rules);
	hk_buf_release(&w.name);
	hk_buf_release(&w.since_text);
	return status;
}

static void put_summary(const struct hk_check_print *print, struct hk_ser *ser)
{
	const struct hk_actions *actions = print->actions;

	hk_ser_kstr(ser, "formatVersion", "1.0");
	put_time(ser, "now", print->check->now);
	hk_ser_kstr(ser, "subjects", print->check->planned ? "plan" : "pods");
	hk_ser_key(ser, "summary");
	hk_ser_map(ser);
	hk_ser_kint(ser, "bindings", (int64_t)actions->total);
	hk_ser_kint(ser, "changed", (int64_t)actions->changed);
	hk_ser_key(ser, "states");
	hk_ser_map(ser);
	for (int i = HK_STATE_COUNT - 1; i >= 0; i--)
		hk_ser_kint(ser, hk_state_name((enum hk_state)i), (int64_t)actions->states[i]);
	hk_ser_end(ser);
	hk_ser_key(ser, "actions");
	hk_ser_map(ser);
	for (int i = 1; i < HK_ACTION_COUNT; i++)
		hk_ser_kint(ser, hk_action_name((enum hk_action)i), (int64_t)actions->counts[i]);
	hk_ser_end(ser);
	hk_ser_end(ser);
}

static void put_strings(struct hk_ser *ser, const char *key, const char *const *texts, size_t n)
{
	hk_ser_key(ser, key);
	hk_ser_seq(ser);
	for (size_t i = 0; i < n; i++)
		hk_ser_str(ser, texts[i]);
	hk_ser_end(ser);
}

static void put_step(struct hk_ser *ser, const char *key, double before, double after)
{
	if (!isfinite(after))
		return;
	hk_ser_key(ser, key);
	hk_ser_map(ser);
	hk_ser_knum(ser, "from", before);
	hk_ser_knum(ser, "to", after);
	hk_ser_end(ser);
}

static void put_value(struct hk_ser *ser, const char *key, double value)
{
	if (isfinite(value))
		hk_ser_knum(ser, key, value);
}

static void put_network(const struct hk_network_changes *changes, struct hk_ser *ser)
{
	hk_ser_key(ser, "networkChanges");
	hk_ser_seq(ser);
	for (size_t i = 0; i < changes->plan.n_network_changes; i++) {
		const struct hk_plan_network_change *c = &changes->plan.network_changes[i];
		hk_ser_map(ser);
		hk_ser_kstr(ser, "from", c->from);
		hk_ser_kstr(ser, "to", c->to);
		if (c->parallel)
			hk_ser_kint(ser, "parallel", c->parallel);
		hk_ser_kstr(ser, "controller", c->controller);
		put_step(ser, "bandwidth", c->bandwidth_before, c->bandwidth_after);
		put_step(ser, "latency", c->latency_before, c->latency_after);
		hk_ser_knum(ser, "price", c->price);
		if (c->expires > 0)
			put_time(ser, "expires", c->expires);
		put_strings(ser, "why", c->why, c->n_why);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
	hk_ser_key(ser, "networkRequests");
	hk_ser_seq(ser);
	for (size_t i = 0; i < changes->n_requests; i++) {
		const struct hk_network_request *r = &changes->requests[i];
		hk_ser_map(ser);
		hk_ser_kstr(ser, "from", r->from);
		hk_ser_kstr(ser, "to", r->to);
		hk_ser_kstr(ser, "controller", r->controller);
		put_value(ser, "latency", r->latency);
		put_value(ser, "jitter", r->jitter);
		put_value(ser, "loss", r->loss);
		put_value(ser, "bandwidth", r->bandwidth);
		put_strings(ser, "why", r->why, r->n_why);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
}

static void put_pod(const struct hk_check *check, struct hk_ser *ser, uint32_t pod)
{
	const struct hk_check_pod *p = &check->inventory.pods.v[pod];

	hk_ser_kstr(ser, "namespace", p->name_space);
	hk_ser_kstr(ser, "pod", p->name);
	hk_ser_kstr(ser, "cluster", p->cluster == HK_NO_INDEX ? NULL : check->model->clusters[p->cluster].name);
	hk_ser_kstr(ser, "node", p->node_name);
}

static void put_evictions(const struct hk_check_print *print, struct hk_ser *ser)
{
	const struct hk_check *check = print->check;

	hk_ser_key(ser, "evictions");
	hk_ser_seq(ser);
	for (size_t i = 0; i < print->actions->evictions.n; i++) {
		const struct hk_eviction *e = &print->actions->evictions.v[i];
		hk_ser_map(ser);
		put_pod(check, ser, e->pod);
		hk_ser_kstr(ser, "offer", e->offer->name);
		hk_ser_kint(ser, "mends", (int64_t)e->mends);
		hk_ser_kstr(ser, "toCluster", check->model->clusters[e->to_cluster].name);
		hk_ser_kstr(ser, "toNode", e->to_node == HK_NO_INDEX ? NULL : check->inventory.nodes.v[e->to_node].name);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
	hk_ser_key(ser, "refused");
	hk_ser_seq(ser);
	for (size_t i = 0; i < print->actions->refusals.n; i++) {
		hk_ser_map(ser);
		put_pod(check, ser, print->actions->refusals.v[i].pod);
		hk_ser_kstr(ser, "reason", print->actions->refusals.v[i].why);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
}

static void put_drift(const struct hk_drift *drift, struct hk_ser *ser)
{
	hk_ser_key(ser, "drift");
	hk_ser_seq(ser);
	for (size_t i = 0; drift && i < drift->list.n; i++) {
		const struct hk_drift_entry *e = &drift->list.v[i];
		hk_ser_map(ser);
		hk_ser_kstr(ser, "pipeline", e->pipeline);
		hk_ser_kstr(ser, "workload", e->workload);
		hk_ser_kstr(ser, "cluster", *e->cluster ? e->cluster : NULL);
		hk_ser_kstr(ser, "node", e->node);
		hk_ser_kint(ser, "planned", (int64_t)e->planned);
		hk_ser_kint(ser, "running", (int64_t)e->running);
		hk_ser_kint(ser, "waiting", (int64_t)e->waiting);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
}

int hk_check_print_json(const struct hk_check_print *print, struct hk_check_sink *sink, struct hk_err *err)
{
	struct hk_ser *ser = hk_ser_open(HK_SER_JSON, sink->out);
	int status;

	hk_ser_map(ser);
	put_summary(print, ser);
	status = put_bindings(print, ser, sink, err);
	put_network(&print->actions->changes, ser);
	put_evictions(print, ser);
	put_drift(print->drift, ser);
	hk_ser_kstr(ser, "replan", print->replan);
	hk_ser_end(ser);
	if (hk_ser_close(ser, status ? NULL : err) || status)
		return -1;
	return sink->flush(sink, err);
}

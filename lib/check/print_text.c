/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/term.h"
#include "base/time.h"
#include "check/print.h"
#include "model/units.h"
#include "out/table.h"
#include <math.h>
#include <string.h>

void hk_check_pod_print(const struct hk_check *check, uint32_t pod, struct hk_buf *out)
{
	const struct hk_check_pod *p = &check->inventory.pods.v[pod];

	hk_buf_addscrubbed(out, hk_str_of(p->name_space));
	hk_buf_addch(out, '/');
	hk_buf_addscrubbed(out, hk_str_of(p->name));
	hk_buf_addstr(out, " on ");
	if (p->cluster != HK_NO_INDEX)
		hk_buf_addf(out, "%s/", check->model->clusters[p->cluster].name);
	hk_buf_addscrubbed(out, hk_str_of(p->node_name ? p->node_name : "no node"));
}

/* "edge-a/client-1": what a person calls it; the kind is the target's. */
static void add_member(const struct hk_check *check, const struct hk_member *member, struct hk_buf *out)
{
	const char *name = strrchr(member->reference, ':');

	if (member->cluster != HK_NO_INDEX && strcmp(name + 1, check->model->clusters[member->cluster].name) != 0)
		hk_buf_addf(out, "%s/", check->model->clusters[member->cluster].name);
	hk_buf_addstr(out, name + 1);
}

static void add_targets(const struct hk_check *check, const struct hk_binding *binding, struct hk_buf *out)
{
	const struct hk_check_offer *offer = binding->offer;

	if (offer->n_targets == 2) {
		add_member(check, hk_binding_member(binding, offer->source), out);
		hk_buf_addstr(out, " -> ");
		add_member(check, hk_binding_member(binding, offer->destination), out);
		return;
	}
	for (size_t t = 0; t < offer->n_targets; t++) {
		hk_buf_addstr(out, t ? ", " : "");
		add_member(check, hk_binding_member(binding, t), out);
	}
}

static void add_action(struct hk_actions *actions, const struct hk_binding *binding, struct hk_buf *out)
{
	struct hk_decision decision = hk_actions_decide(actions, binding);

	switch (decision.action) {
	case HK_ACTION_NONE: hk_buf_addch(out, '-'); return;
	case HK_ACTION_IGNORE: hk_buf_addstr(out, "ignore: the policy says so"); return;
	case HK_ACTION_MEDIATE: hk_buf_addstr(out, "mediate"); return;
	case HK_ACTION_EVICT: hk_buf_addstr(out, "evict"); return;
	case HK_ACTION_REPLAN: hk_buf_addstr(out, "plan anew: the network cannot help"); return;
	case HK_ACTION_WAIT: hk_buf_addstr(out, "wait: grace"); break;
	default: hk_buf_addstr(out, "wait: mediated"); break;
	}
	if (isfinite(decision.until)) {
		hk_buf_addstr(out, " until ");
		hk_time_print(decision.until, out);
	} else {
		hk_buf_addstr(out, ", but no input says when it is");
	}
}

static void add_row(const struct hk_check_print *print, struct hk_table *table, const struct hk_binding *binding)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;

	hk_table_cell(table, hk_state_name(binding->state));
	hk_table_cellf(table, "%s/%s", binding->offer->name_space, binding->offer->name);
	add_targets(print->check, binding, &text);
	hk_table_cell(table, text.s);
	hk_buf_reset(&text);
	hk_time_print(binding->since, &text);
	hk_table_cell(table, text.len ? text.s : "-");
	hk_buf_reset(&text);
	add_action(print->actions, binding, &text);
	hk_table_cell(table, text.s);
	hk_buf_reset(&text);
	hk_binding_reason(print->check, binding, &text);
	hk_table_cell(table, text.s);
}

static void print_bindings(const struct hk_check_print *print, struct hk_buf *out)
{
	static const struct hk_column columns[] = { { "STATE", HK_LEFT, false }, { "OFFER", HK_LEFT, false }, { "TARGETS", HK_LEFT, true },
						    { "SINCE", HK_LEFT, false }, { "ACTION", HK_LEFT, true }, { "REASON", HK_LEFT, true } };
	struct hk_table *table = hk_table_new(columns, HK_COUNT(columns));
	struct hk_binding_cursor cursor;
	uint64_t left_out = 0, shown = 0;

	/* the worst first: what matters must not be cut off */
	for (int state = HK_STATE_VIOLATION; state >= (print->all ? HK_STATE_COMPLIANT : HK_STATE_LIMIT); state--) {
		if (!print->actions->states[state])
			continue;
		if (print->most && shown >= print->most) {
			left_out += print->actions->states[state];
			continue;
		}
		hk_binding_first(&cursor, print->check, print->actions->earlier);
		while (hk_binding_next(&cursor)) {
			if ((int)cursor.binding.state != state)
				continue;
			if (print->most && shown >= print->most) {
				left_out++;
				continue;
			}
			add_row(print, table, &cursor.binding);
			shown++;
		}
	}
	if (shown) {
		hk_buf_addch(out, '\n');
		hk_table_print(table, 0, print->width, print->colour ? "\033[1m" : "", print->colour ? "\033[0m" : "", out);
	}
	if (left_out)
		hk_buf_addf(out, "... and %llu more (--most 0 shows all)\n", (unsigned long long)left_out);
	hk_table_free(table);
}

static void print_summary(const struct hk_check_print *print, struct hk_buf *out)
{
	static const enum hk_style styles[HK_STATE_COUNT] = { [HK_STATE_COMPLIANT] = HK_STYLE_GOOD, [HK_STATE_LIMIT] = HK_STYLE_NOTE,
							      [HK_STATE_PENDING] = HK_STYLE_WARNING, [HK_STATE_ERROR] = HK_STYLE_ERROR,
							      [HK_STATE_VIOLATION] = HK_STYLE_ERROR };
	const struct hk_actions *actions = print->actions;
	HK_AUTO_BUF struct hk_buf part = HK_BUF_INIT;
	const char *separator = "";

	hk_buf_addf(out, "%llu binding%s of %zu offer%s", (unsigned long long)actions->total, actions->total == 1 ? "" : "s", print->check->n_offers,
		    print->check->n_offers == 1 ? "" : "s");
	hk_buf_addstr(out, print->check->planned ? " (replicas of the plan; no pod was given): " : ": ");
	for (int i = HK_STATE_COUNT - 1; i >= 0; i--) {
		if (!actions->states[i])
			continue;
		hk_buf_reset(&part);
		hk_buf_addf(&part, "%llu %s", (unsigned long long)actions->states[i], hk_state_name((enum hk_state)i));
		hk_buf_addstr(out, separator);
		hk_term_add(out, print->colour, styles[i], part.s);
		separator = ", ";
	}
	hk_buf_addstr(out, actions->total ? "\n" : "nothing to check\n");
}

static void title(const struct hk_check_print *print, const char *text, struct hk_buf *out)
{
	hk_buf_addch(out, '\n');
	hk_term_add(out, print->colour, HK_STYLE_BOLD, text);
	hk_buf_addch(out, '\n');
}

static void add_step(struct hk_buf *out, const char *name, enum hk_unit unit, double before, double after)
{
	if (!isfinite(after))
		return;
	hk_buf_addf(out, " %s ", name);
	hk_unit_print(unit, before, out);
	hk_buf_addstr(out, " -> ");
	hk_unit_print(unit, after, out);
}

static void add_wish(struct hk_buf *out, const char *name, const char *compare, enum hk_unit unit, double value)
{
	if (!isfinite(value))
		return;
	hk_buf_addf(out, " %s %s ", name, compare);
	hk_unit_print(unit, value, out);
}

static void print_network(const struct hk_check_print *print, struct hk_buf *out)
{
	const struct hk_network_changes *changes = &print->actions->changes;

	if (changes->plan.n_network_changes || changes->n_requests)
		title(print, "Network changes", out);
	for (size_t i = 0; i < changes->plan.n_network_changes; i++) {
		const struct hk_plan_network_change *c = &changes->plan.network_changes[i];
		hk_buf_addf(out, "  %s -> %s:", c->from, c->to);
		add_step(out, "bandwidth", HK_UNIT_BITRATE, c->bandwidth_before, c->bandwidth_after);
		add_step(out, "latency", HK_UNIT_DURATION, c->latency_before, c->latency_after);
		hk_buf_addstr(out, ", ");
		hk_buf_addround(out, c->price, 6);
		hk_buf_addf(out, "/h%s%s", c->controller ? ", controller " : "", c->controller ? c->controller : "");
		if (c->expires > 0) {
			hk_buf_addstr(out, ", offer ends ");
			hk_time_print(c->expires, out);
		}
		hk_buf_addch(out, '\n');
		for (size_t k = 0; k < c->n_why; k++)
			hk_buf_addf(out, "    - %s\n", c->why[k]);
	}
	for (size_t i = 0; i < changes->n_requests; i++) {
		const struct hk_network_request *r = &changes->requests[i];
		hk_buf_addf(out, "  %s -> %s: ask controller %s for", r->from, r->to, r->controller ? r->controller : "?");
		add_wish(out, "latency", "<=", HK_UNIT_DURATION, r->latency);
		add_wish(out, "jitter", "<=", HK_UNIT_DURATION, r->jitter);
		add_wish(out, "loss", "<=", HK_UNIT_RATIO, r->loss);
		add_wish(out, "bandwidth", ">=", HK_UNIT_BITRATE, r->bandwidth);
		hk_buf_addch(out, '\n');
		for (size_t k = 0; k < r->n_why; k++)
			hk_buf_addf(out, "    - %s\n", r->why[k]);
	}
}

static void print_evictions(const struct hk_check_print *print, struct hk_buf *out)
{
	const struct hk_actions *actions = print->actions;
	const struct hk_check *check = print->check;

	if (actions->evictions.n)
		title(print, "Evictions, in this order", out);
	for (size_t i = 0; i < actions->evictions.n; i++) {
		const struct hk_eviction *e = &actions->evictions.v[i];
		hk_buf_addstr(out, "  ");
		hk_check_pod_print(check, e->pod, out);
		hk_buf_addf(out, ": fits in %s%s%s, mends %llu binding%s\n", check->model->clusters[e->to_cluster].name, e->to_node == HK_NO_INDEX ? "" : "/",
			    e->to_node == HK_NO_INDEX ? "" : check->inventory.nodes.v[e->to_node].name, (unsigned long long)e->mends, e->mends == 1 ? "" : "s");
	}
	if (actions->refusals.n)
		title(print, "Not evicted", out);
	for (size_t i = 0; i < actions->refusals.n && (!print->most || i < print->most); i++) {
		hk_buf_addstr(out, "  ");
		hk_check_pod_print(check, actions->refusals.v[i].pod, out);
		hk_buf_addf(out, ": %s\n", actions->refusals.v[i].why);
	}
	if (print->most && actions->refusals.n > print->most)
		hk_buf_addf(out, "  ... and %llu more\n", (unsigned long long)(actions->refusals.n - print->most));
}

static void print_drift(const struct hk_check_print *print, struct hk_buf *out)
{
	const struct hk_drift *drift = print->drift;

	if (!drift || !drift->list.n)
		return;
	title(print, "Drift from the plan", out);
	for (size_t i = 0; i < drift->list.n; i++) {
		const struct hk_drift_entry *e = &drift->list.v[i];
		hk_buf_addf(out, "  %s: %s in %s", e->pipeline, e->workload, *e->cluster ? e->cluster : "no known cluster");
		if (e->node) {
			hk_buf_addstr(out, " on ");
			hk_buf_addscrubbed(out, hk_str_of(e->node));
		}
		hk_buf_addf(out, ": planned %llu, running %llu", (unsigned long long)e->planned, (unsigned long long)e->running);
		if (e->waiting)
			hk_buf_addf(out, ", not scheduled %llu", (unsigned long long)e->waiting);
		hk_buf_addch(out, '\n');
	}
}

void hk_check_print_text(const struct hk_check_print *print, struct hk_buf *out)
{
	print_summary(print, out);
	print_bindings(print, out);
	print_network(print, out);
	print_evictions(print, out);
	print_drift(print, out);
	if (print->replan)
		hk_buf_addf(out, "\nA new plan that moves as little as it pays:\n  %s\n", print->replan);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Demands in the user's words, and the least change that would do. */
#include "place/explain_internal.h"

#include "model/units.h"

#include <math.h>

static const char *const metric_names[] = { "latency", "jitter", "loss", "bandwidth" };
static const enum hk_unit metric_units[] = { HK_UNIT_DURATION, HK_UNIT_DURATION, HK_UNIT_RATIO, HK_UNIT_BITRATE };
static const char *const level_names[] = { "node", "cluster", "zone", "region", "failure domain" };

static void quoted(struct hk_buf *out, const char *name)
{
	hk_buf_addch(out, '\'');
	hk_buf_addstr(out, name);
	hk_buf_addch(out, '\'');
}

static void say_ends(const struct hk_pipeline *pipeline, const struct hk_demand *demand, struct hk_buf *out)
{
	if (demand->kind == HK_DEMAND_LIMIT) {
		const struct hk_connection *connection = &pipeline->connections[demand->item];

		hk_buf_addf(out, "connection '%s' to '%s'", hk_connection_from(pipeline, connection), hk_connection_to(pipeline, connection));
	} else {
		const struct hk_path *path = &pipeline->paths[demand->item];

		hk_buf_addf(out, "the path from '%s' to '%s'",
			    path->from_input != HK_NO_INDEX ? pipeline->inputs[path->from_input].name : pipeline->workloads[path->from_workload].name,
			    path->to_output != HK_NO_INDEX ? pipeline->outputs[path->to_output].name : pipeline->workloads[path->to_workload].name);
	}
}

static void say_limit(const struct hk_pipeline *pipeline, const struct hk_demand *demand, struct hk_buf *out)
{
	say_ends(pipeline, demand, out);
	hk_buf_addf(out, " must have a %s of at %s ", metric_names[demand->sub], demand->sub == HK_DEMAND_BANDWIDTH ? "least" : "most");
	hk_unit_print(metric_units[demand->sub], demand->value, out);
}

static void say_pairing(const struct hk_pipeline *pipeline, const struct hk_demand *demand, struct hk_buf *out)
{
	const struct hk_workload *workload = &pipeline->workloads[demand->item];
	const struct hk_pairing *pairing = demand->kind == HK_DEMAND_APART ? &workload->apart[demand->sub] : &workload->together[demand->sub];

	if (pairing->with == demand->item)
		hk_buf_addf(out, "replicas of workload '%s' must not share a %s", workload->name, level_names[pairing->level]);
	else
		hk_buf_addf(out, "workloads '%s' and '%s' must %s a %s", workload->name, pipeline->workloads[pairing->with].name,
			    demand->kind == HK_DEMAND_APART ? "not share" : "share", level_names[pairing->level]);
}

static void say_workload(const struct hk_pipeline *pipeline, const struct hk_demand *demand, struct hk_buf *out)
{
	const struct hk_workload *workload = &pipeline->workloads[demand->item];

	hk_buf_addstr(out, "workload ");
	quoted(out, workload->name);
	switch (demand->kind) {
	case HK_DEMAND_MOST: hk_buf_addf(out, " may have at most %u replicas", workload->max_replicas); break;
	case HK_DEMAND_LEAST: hk_buf_addf(out, " must have at least %u replicas", workload->min_replicas); break;
	case HK_DEMAND_AVAILABILITY:
		hk_buf_addstr(out, " must be available ");
		hk_unit_print(HK_UNIT_PROBABILITY, demand->value, out);
		break;
	case HK_DEMAND_SPREAD: hk_buf_addf(out, " must spread over at least %u different values of '%s'", workload->spread_min, workload->spread_over); break;
	case HK_DEMAND_REQUIRE: hk_buf_addstr(out, " may only run in clusters that match its 'require'"); break;
	default: hk_buf_addstr(out, " may only run on nodes with its features"); break;
	}
}

void hk_demand_say(const struct hk_inquiry *inquiry, const struct hk_demand *demand, struct hk_buf *out)
{
	const struct hk_model *model = inquiry->model;
	const struct hk_pipeline *pipeline = demand->pipeline != HK_NO_INDEX ? &model->pipelines[demand->pipeline] : NULL;

	switch (demand->kind) {
	case HK_DEMAND_RATE:
		hk_buf_addf(out, "input '%s' sends ", pipeline->inputs[demand->item].name);
		hk_unit_print(HK_UNIT_RATE, demand->value, out);
		break;
	case HK_DEMAND_LIMIT:
	case HK_DEMAND_PATH: say_limit(pipeline, demand, out); break;
	case HK_DEMAND_APART:
	case HK_DEMAND_TOGETHER: say_pairing(pipeline, demand, out); break;
	case HK_DEMAND_SITE: hk_buf_addf(out, "site '%s' is reached through its access", model->sites[demand->item].name); break;
	case HK_DEMAND_LINK:
		hk_buf_addf(out, "the link from '%s' to '%s' carries ", model->clusters[model->links[demand->item].from].name, model->clusters[model->links[demand->item].to].name);
		hk_unit_print(HK_UNIT_BITRATE, demand->value, out);
		break;
	case HK_DEMAND_CAPACITY: hk_buf_addf(out, "cluster '%s' has no more than these nodes", model->clusters[demand->item].name); break;
	default: say_workload(pipeline, demand, out); break;
	}
}

/*
 * Least amount in (0, most] for which the answer is yes, to three digits; the answer for `most` is taken to be yes. set() writes an amount into the inquiry.
 */
static int least_amount(struct hk_inquiry *q, struct hk_demand *demand, void (*set)(struct hk_inquiry *, struct hk_demand *, double), double least, double most, double *found,
			struct hk_err *err)
{
	for (int step = 0; step < 24 && most - least > 1e-5 * fabs(most); step++) {
		double middle = least + (most - least) / 2;
		int answer;

		set(q, demand, middle);
		answer = hk_inquiry_ask(q, err);
		if (answer < 0)
			return -1;
		if (answer == 1)
			most = middle;
		else
			least = middle;
	}
	*found = most;
	return 0;
}

/* Amounts are distances from what the user asks, so that "least" always means the smallest change. */
static void set_more(struct hk_inquiry *q, struct hk_demand *demand, double amount)
{
	(void)q;
	demand->replacement = demand->value + amount;
}

static void set_less(struct hk_inquiry *q, struct hk_demand *demand, double amount)
{
	(void)q;
	demand->replacement = fmax(0, demand->value - amount);
}

static void set_fewer(struct hk_inquiry *q, struct hk_demand *demand, double amount)
{
	(void)q;
	demand->replacement = fmax(0, ceil(demand->value - amount));
}

static void set_more_whole(struct hk_inquiry *q, struct hk_demand *demand, double amount)
{
	(void)q;
	demand->replacement = fmin(1e9, floor(demand->value + amount));
}

/* More nines lost: amount is how many times likelier not being available may be, less one. */
static void set_less_available(struct hk_inquiry *q, struct hk_demand *demand, double amount)
{
	(void)q;
	demand->replacement = fmax(0, 1 - (1 - demand->value) * (1 + amount));
}

/* Smallest power of two times `start` that is enough; 0 when nothing is. */
static int enough(struct hk_inquiry *q, struct hk_demand *demand, void (*set)(struct hk_inquiry *, struct hk_demand *, double), double start, int doublings, double *amount,
		  struct hk_err *err)
{
	*amount = start;
	for (int i = 0; i < doublings; i++, *amount *= 2) {
		int answer;

		set(q, demand, *amount);
		answer = hk_inquiry_ask(q, err);
		if (answer != 0)
			return answer < 0 ? -1 : 0;
	}
	*amount = 0;
	return 0;
}

/* To three digits, away from what the user asks, so that the text alone is enough; the search stops a ten-thousandth before round numbers. */
static double round_away(double value, bool up)
{
	double unit;

	if (!(value > 0))
		return 0;
	unit = pow(10, floor(log10(value * (1 + 2e-4))) - 2);
	return (up ? ceil(value / unit - 0.02) : floor(value / unit + 0.02)) * unit;
}

/* Change one number by as little as possible. *changed: the new value, or NaN when no value helps. */
static int change_number(struct hk_inquiry *q, struct hk_demand *demand, void (*set)(struct hk_inquiry *, struct hk_demand *, double), double start, int doublings, double *changed,
			 struct hk_err *err)
{
	double amount, found = 0;
	int code;

	*changed = NAN;
	demand->state = HK_DEMAND_REPLACE;
	code = enough(q, demand, set, start, doublings, &amount, err);
	if (code == 0 && amount > 0) {
		code = least_amount(q, demand, set, amount > start ? amount / 2 : 0, amount, &found, err);
		set(q, demand, found);
		*changed = demand->replacement;
	}
	demand->state = HK_DEMAND_KEEP;
	return code;
}

/* An availability that can be promised. Its other side has the digits that matter; a round number just out of reach, such as 97% where one domain has just that, makes way for the next. */
static int say_target(struct hk_inquiry *q, struct hk_demand *demand, double target, struct hk_buf *out, struct hk_err *err)
{
	double lost = round_away(1 - target, true);
	int answer;

	demand->state = HK_DEMAND_REPLACE;
	demand->replacement = fmax(0, 1 - lost);
	answer = hk_inquiry_ask(q, err);
	demand->state = HK_DEMAND_KEEP;
	if (answer < 0)
		return -1;
	if (answer == 0)
		lost += pow(10, floor(log10(lost)) - 2);
	hk_buf_addstr(out, "lower the target to ");
	hk_unit_print(HK_UNIT_PROBABILITY, fmax(0, 1 - lost), out);
	return 0;
}

static int repair_number(struct hk_inquiry *q, struct hk_demand *demand, struct hk_buf *out, struct hk_err *err)
{
	void (*set)(struct hk_inquiry *, struct hk_demand *, double) = set_more;
	enum hk_unit unit = HK_UNIT_RATE;
	const char *words = "raise it to ";
	double start = demand->value / 16, changed;

	switch (demand->kind) {
	case HK_DEMAND_RATE: set = set_less, words = "lower the rate to ", start = demand->value / 64; break;
	case HK_DEMAND_MOST: set = set_more_whole, words = "allow ", unit = HK_UNIT_COUNT, start = 1; break;
	case HK_DEMAND_LEAST: set = set_fewer, words = "ask for ", unit = HK_UNIT_COUNT, start = 1; break;
	case HK_DEMAND_SPREAD: set = set_fewer, words = "spread over ", unit = HK_UNIT_COUNT, start = 1; break;
	case HK_DEMAND_AVAILABILITY: set = set_less_available, words = "lower the target to ", unit = HK_UNIT_PROBABILITY, start = 0.25; break;
	case HK_DEMAND_LINK: words = "raise the bandwidth to ", unit = HK_UNIT_BITRATE; break;
	default:
		unit = metric_units[demand->sub];
		words = demand->sub == HK_DEMAND_BANDWIDTH ? "lower the limit to " : "raise the limit to ";
		set = demand->sub == HK_DEMAND_BANDWIDTH ? set_less : set_more;
		start = demand->value > 0 ? demand->value / 16 : demand->sub == HK_DEMAND_LOSS ? 1e-6 : 1e-5;
		break;
	}
	if (change_number(q, demand, set, start, demand->kind == HK_DEMAND_RATE || demand->sub == HK_DEMAND_BANDWIDTH ? 7 : 24, &changed, err) != 0)
		return -1;
	if (isnan(changed) || (demand->kind == HK_DEMAND_RATE && changed <= 0))
		return 0;
	if (unit == HK_UNIT_PROBABILITY)
		return say_target(q, demand, changed, out, err);
	if (unit != HK_UNIT_COUNT)
		changed = round_away(changed, set == set_more);
	hk_buf_addstr(out, words);
	hk_unit_print(unit, changed, out);
	return 0;
}

static void set_resource(struct hk_inquiry *q, struct hk_demand *demand, double amount)
{
	(void)demand;
	q->repair_amount = amount;
}

/* One resource that would do if every node had more of it. */
static int repair_resource(struct hk_inquiry *q, struct hk_demand *demand, struct hk_buf *out, struct hk_err *err)
{
	const struct hk_cluster *cluster = &q->model->clusters[demand->item];

	for (uint32_t r = 0; r < q->model->n_resources && out->len == 0; r++) {
		double largest = 0, amount, found = 0;
		uint64_t nodes = 0;
		int code;

		for (size_t g = 0; g < cluster->n_nodes; g++) {
			largest = fmax(largest, cluster->nodes[g].allocatable[r]);
			nodes += cluster->nodes[g].count;
		}
		q->repair_resource = r;
		code = enough(q, demand, set_resource, largest > 0 ? largest / 16 : 1, largest > 0 ? 11 : 31, &amount, err);
		if (code == 0 && amount > 0) {
			code = least_amount(q, demand, set_resource, 0, amount, &found, err);
			hk_buf_addf(out, "cluster '%s' needs ", cluster->name);
			hk_unit_print(HK_UNIT_QUANTITY, round_away(found, true), out);
			hk_buf_addf(out, " more %s%s", q->model->resources[r], nodes > 1 ? " on each node" : "");
		}
		q->repair_resource = HK_NO_INDEX;
		if (code != 0)
			return -1;
	}
	return 0;
}

static int repair_nodes(struct hk_inquiry *q, struct hk_demand *demand, struct hk_buf *out, struct hk_err *err)
{
	const struct hk_cluster *cluster = &q->model->clusters[demand->item];

	for (uint32_t g = 0; g < cluster->n_nodes && out->len == 0; g++) {
		q->repair_group = g;
		for (unsigned more = 1; more <= 64; more = more < 8 ? more + 1 : more * 2) {
			int answer;

			q->repair_amount = more;
			answer = hk_inquiry_ask(q, err);
			if (answer < 0)
				return -1;
			if (answer == 1) {
				hk_buf_addf(out, "cluster '%s' needs %u more node%s like '%s'", cluster->name, more, more == 1 ? "" : "s", cluster->nodes[g].name);
				break;
			}
		}
		q->repair_group = HK_NO_INDEX;
	}
	return 0;
}

static int repair_capacity(struct hk_inquiry *q, struct hk_demand *demand, struct hk_buf *out, struct hk_err *err)
{
	int code;

	q->repair_cluster = demand->item;
	q->repair_group = q->repair_resource = HK_NO_INDEX;
	code = repair_resource(q, demand, out, err);
	if (code == 0 && out->len == 0)
		code = repair_nodes(q, demand, out, err);
	q->repair_cluster = HK_NO_INDEX;
	return code;
}

int hk_demand_repair(struct hk_inquiry *inquiry, struct hk_demand *demand, struct hk_buf *out, struct hk_err *err)
{
	bool undecided = inquiry->undecided;
	int code = 0;

	switch (demand->kind) {
	case HK_DEMAND_APART:
	case HK_DEMAND_TOGETHER: hk_buf_addstr(out, "write 'required: false' to make it a preference"); break;
	case HK_DEMAND_REQUIRE: hk_buf_addstr(out, "let it match more clusters, or move it to 'prefer'"); break;
	case HK_DEMAND_FEATURES: hk_buf_addstr(out, "add nodes with these labels where there is room, or drop a feature"); break;
	case HK_DEMAND_SITE: break;
	case HK_DEMAND_CAPACITY: code = repair_capacity(inquiry, demand, out, err); break;
	default: code = repair_number(inquiry, demand, out, err); break;
	}
	/* a repair that was not found does not make the set less minimal */
	inquiry->undecided = undecided;
	return code;
}

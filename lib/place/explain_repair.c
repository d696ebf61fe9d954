/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The least change of one demand that makes the conflict possible. What is proposed was asked about with the very number that is printed; what building the
 * problem refutes is passed over first, so that few whole questions are left.
 */
#include "place/explain_internal.h"

#include "model/units.h"
#include "place/options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const enum hk_unit metric_units[] = { HK_UNIT_DURATION, HK_UNIT_DURATION, HK_UNIT_RATIO, HK_UNIT_BITRATE };

/* Whole searches for each repair. */
enum { SEARCHES_MAX = 5 };

/* 1: possible, 0: not, or not known, -1: error. */
typedef int question(struct hk_inquiry *q, struct hk_err *err);

static int perhaps(struct hk_inquiry *q, struct hk_err *err)
{
	int answer = hk_inquiry_refuted(q, err);

	return answer < 0 ? -1 : !answer;
}

static int surely(struct hk_inquiry *q, struct hk_err *err)
{
	int answer;

	q->undecided = false;
	answer = hk_inquiry_ask(q, err);
	return answer == 1 && q->undecided ? 0 : answer;
}

/* A number to change: amounts are distances from what the user asks, so that "least" always means the smallest change. */
struct dial {
	void (*turn)(struct hk_inquiry *q, struct hk_demand *demand, double amount);
	double start;                 /* first amount that is tried; doubled from there */
	int doublings;
	double grain;                 /* amounts are found this exactly, or to a thousandth of themselves if that is more */
	bool whole;
};

static void more(struct hk_inquiry *q, struct hk_demand *demand, double amount)
{
	(void)q;
	demand->replacement = demand->value + amount;
}

static void less(struct hk_inquiry *q, struct hk_demand *demand, double amount)
{
	(void)q;
	demand->replacement = fmax(0, demand->value - amount);
}

static void more_whole(struct hk_inquiry *q, struct hk_demand *demand, double amount)
{
	(void)q;
	demand->replacement = fmin(1e9, floor(demand->value + amount));
}

/* More nines lost: amount is how many times likelier not being available may be, less one. */
static void less_available(struct hk_inquiry *q, struct hk_demand *demand, double amount)
{
	(void)q;
	demand->replacement = fmax(0, 1 - (1 - demand->value) * (1 + amount));
}

static void add_to_cluster(struct hk_inquiry *q, struct hk_demand *demand, double amount)
{
	(void)demand;
	q->repair_amount = amount;
}

/* Between an amount that is too small and one that is enough. */
static int halve(struct hk_inquiry *q, struct hk_demand *demand, const struct dial *dial, question *ask, double low, double *high, struct hk_err *err)
{
	while (*high - low > (dial->whole ? 1 : fmax(dial->grain, 1e-3 * *high))) {
		double middle = dial->whole ? floor((low + *high) / 2) : low + (*high - low) / 2;
		int answer;

		dial->turn(q, demand, middle);
		answer = ask(q, err);
		if (answer < 0)
			return -1;
		if (answer == 1)
			*high = middle;
		else
			low = middle;
	}
	return 0;
}

/* *amount from a number that is perhaps too small to the least that is enough; 0 when nothing is. */
static int enough(struct hk_inquiry *q, struct hk_demand *demand, const struct dial *dial, question *ask, double low, double *amount, struct hk_err *err)
{
	for (int i = 0; i <= dial->doublings; i++, *amount *= 2) {
		int answer;

		dial->turn(q, demand, *amount);
		answer = ask(q, err);
		if (answer < 0)
			return -1;
		if (answer == 1)
			return i > 0 || ask == perhaps ? halve(q, demand, dial, ask, low, amount, err) : 0;
		low = *amount;
	}
	*amount = 0;
	return 0;
}

static int least_amount(struct hk_inquiry *q, struct hk_demand *demand, const struct dial *dial, double *amount, struct hk_err *err)
{
	*amount = dial->start;
	if (enough(q, demand, dial, perhaps, 0, amount, err) != 0)
		return -1;
	return *amount > 0 ? enough(q, demand, dial, surely, fmax(0, *amount - fmax(dial->grain, 1e-3 * *amount)), amount, err) : 0;
}

/* To so many digits, away from what the user asks. */
static double round_away(double value, bool up, int digits)
{
	double unit;

	if (!(value > 0))
		return 0;
	unit = pow(10, floor(log10(value * (1 + 1e-9))) - digits + 1);
	return (up ? ceil(value / unit - 1e-6) : floor(value / unit + 1e-6)) * unit;
}

struct wording { const char *words; enum hk_unit unit; bool up; int digits; };

/* A number as people write it, asked about as it is written: rounding may have taken what is needed. Empty when the answer is no. */
static int print_if_enough(struct hk_inquiry *q, struct hk_demand *demand, enum hk_unit unit, double value, const struct dial *dial, struct hk_buf *text,
			   struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf why = HK_BUF_INIT;
	double read;
	int answer;

	hk_buf_reset(text);
	hk_unit_print(unit, value, text);
	if (hk_unit_parse(unit, hk_str_of(text->s), &read, &why) != 0)
		return 0;
	if (dial->turn == add_to_cluster)
		q->repair_amount = read;
	else
		demand->replacement = read;
	answer = surely(q, err);
	if (answer != 1)
		hk_buf_reset(text);
	return answer < 0 ? -1 : 0;
}

/* The search ends a little beyond round numbers, so the round number before is tried first. */
static int print_checked(struct hk_inquiry *q, struct hk_demand *demand, const struct wording *wording, double value, const struct dial *dial,
			 struct hk_buf *text, struct hk_err *err)
{
	double candidates[] = { round_away(value, !wording->up, wording->digits), round_away(value, wording->up, wording->digits), 0 };

	candidates[2] = round_away(candidates[1] * (wording->up ? 1.002 : 0.998), wording->up, wording->digits);
	for (size_t i = wording->digits > 3; i < HK_COUNT(candidates) && text->len == 0; i++)
		if (candidates[i] > 0 && print_if_enough(q, demand, wording->unit, candidates[i], dial, text, err) != 0)
			return -1;
	return 0;
}

/* ---- limits of connections: only the values that pairs of clusters have matter ---- */

static double hop_metric(const struct hk_hop *hop, uint32_t metric)
{
	return metric == HK_DEMAND_LATENCY ? hop->latency : metric == HK_DEMAND_JITTER ? hop->jitter : metric == HK_DEMAND_LOSS ? hop->loss : hop->bandwidth;
}

static int by_size(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return a < b ? -1 : a > b;
}

struct values { double *v; size_t n, cap; };

/* Changes (> 0) that would let one more pair of clusters in with all that can be bought, rising. Clusters that are too many are not looked at. */
static void pair_values(const struct hk_problem *problem, const struct hk_connection *connection, const struct hk_pipeline *pipeline,
			const struct hk_demand *demand, struct values *values)
{
	const struct hk_endpoint *from = connection->from_input != HK_NO_INDEX ? &pipeline->inputs[connection->from_input] : NULL;
	const struct hk_endpoint *to = connection->to_output != HK_NO_INDEX ? &pipeline->outputs[connection->to_output] : NULL;
	uint32_t n = (uint32_t)problem->model->n_clusters, n_from = from ? 1 : n, n_to = to ? 1 : n;
	size_t kept = 0;

	for (uint32_t c = 0; (double)n_from * n_to <= 100000 && c < n_from; c++)
		for (uint32_t d = 0; d < n_to; d++) {
			struct hk_hop hop = hk_options_best_hop(problem, from ? from->cluster : c, from ? from->site : HK_NO_INDEX, to ? to->cluster : d,
								to ? to->site : HK_NO_INDEX);
			double change = demand->sub == HK_DEMAND_BANDWIDTH ? demand->value - hop.bandwidth : hop_metric(&hop, demand->sub) - demand->value;

			if (hop.reachable && isfinite(change) && change > 0)
				hk_vec_push(values, change);
		}
	if (values->n > 1)
		qsort(values->v, values->n, sizeof *values->v, by_size);
	for (size_t i = 0; i < values->n; i++)
		if (kept == 0 || values->v[i] > values->v[kept - 1])
			values->v[kept++] = values->v[i];
	values->n = kept;
}

/* The first of the rising values for which the answer is yes, from *at on; n when there is none. */
static int first_value(struct hk_inquiry *q, struct hk_demand *demand, const struct dial *dial, question *ask, const struct values *values, size_t *at,
		       struct hk_err *err)
{
	size_t low = *at, high = values->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int answer;

		dial->turn(q, demand, values->v[middle]);
		answer = ask(q, err);
		if (answer < 0)
			return -1;
		if (answer == 1)
			high = middle;
		else
			low = middle + 1;
	}
	*at = low;
	return 0;
}

/* *amount: the least change that does; 0 when none does, or the pairs are too many. */
static int least_of_pairs(struct hk_inquiry *q, struct hk_demand *demand, const struct dial *dial, double *amount, struct hk_err *err)
{
	const struct hk_pipeline *pipeline = &q->model->pipelines[demand->pipeline];
	struct hk_model empty = *q->model;
	struct hk_problem problem = { 0 };
	struct values values = { 0 };
	bool infeasible;
	size_t at = 0;
	int code, answer = 0;

	*amount = 0;
	empty.n_pipelines = 0;
	if (hk_problem_build(&problem, &empty, NULL, &infeasible, err) != 0)
		return -1;
	pair_values(&problem, &pipeline->connections[demand->item], pipeline, demand, &values);
	hk_problem_release(&problem);
	code = first_value(q, demand, dial, perhaps, &values, &at, err);
	if (code == 0 && at < values.n) {
		dial->turn(q, demand, values.v[at]);
		answer = surely(q, err);
		code = answer < 0 ? -1 : answer == 1 ? 0 : first_value(q, demand, dial, surely, &values, &at, err);
	}
	if (code == 0 && at < values.n)
		*amount = values.v[at];
	hk_vec_release(&values);
	return code;
}

/* ---- numbers ---- */

static struct dial dial_of(const struct hk_demand *demand, struct wording *wording)
{
	double value = demand->value, grain = 1e-3 * value;

	*wording = (struct wording){ "raise it to ", HK_UNIT_RATE, false, 3 };
	switch (demand->kind) {
	case HK_DEMAND_RATE: wording->words = "lower the rate to "; return (struct dial){ less, value / 64, 6, grain, false };
	case HK_DEMAND_MOST: *wording = (struct wording){ "allow ", HK_UNIT_COUNT, true, 9 }; return (struct dial){ more_whole, 1, 20, 1, true };
	case HK_DEMAND_LEAST: *wording = (struct wording){ "ask for ", HK_UNIT_COUNT, false, 9 }; return (struct dial){ less, 1, 20, 1, true };
	case HK_DEMAND_SPREAD: *wording = (struct wording){ "spread over ", HK_UNIT_COUNT, false, 9 }; return (struct dial){ less, 1, 20, 1, true };
	case HK_DEMAND_AVAILABILITY:
		*wording = (struct wording){ "lower the target to ", HK_UNIT_PROBABILITY, false, 3 };
		return (struct dial){ less_available, 0.25, 60, 1e-4, false };
	case HK_DEMAND_LINK: *wording = (struct wording){ "raise the bandwidth to ", HK_UNIT_BITRATE, true, 3 }; return (struct dial){ more, value / 16, 24,
	    grain, false };
	case HK_DEMAND_SITE: *wording = (struct wording){ "lower its latency to ", HK_UNIT_DURATION, false, 3 }; return (struct dial){ less, value / 64, 6,
	    grain, false };
	default: break;
	}
	wording->unit = metric_units[demand->sub];
	if (demand->sub == HK_DEMAND_BANDWIDTH) {
		wording->words = "lower the limit to ";
		return (struct dial){ less, value / 64, 6, grain, false };
	}
	wording->words = "raise the limit to ";
	wording->up = true;
	value = value > 0 ? value / 16 : demand->sub == HK_DEMAND_LOSS ? 1e-6 : 1e-5;
	return (struct dial){ more, value, 24, 1.6e-2 * value, false };
}

/* An availability has its digits on the other side: 99.95% is one that lacks 0.05%. */
static int say_target(struct hk_inquiry *q, struct hk_demand *demand, double target, struct hk_buf *out, struct hk_err *err)
{
	double lost = round_away(1 - target, true, 3), unit = pow(10, floor(log10(fmax(lost, 1e-15))) - 2);

	/* the search ends a little before a round number that is the very most, such as 97% where one domain has just that */
	for (int tries = -1; tries < 3; tries++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		int answer;

		demand->replacement = fmax(0, 1 - (lost + tries * unit));
		if (!(demand->replacement < demand->value))
			continue;
		hk_unit_print(HK_UNIT_PROBABILITY, demand->replacement, &text);
		answer = surely(q, err);
		if (answer < 0)
			return -1;
		if (answer == 0)
			continue;
		hk_buf_addf(out, "lower the target to %s, about the most that can be reached", text.s);
		return 0;
	}
	return 0;
}

static int repair_number(struct hk_inquiry *q, struct hk_demand *demand, struct hk_buf *out, struct hk_err *err)
{
	struct wording wording;
	struct dial dial = dial_of(demand, &wording);
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	double amount = 0;
	int code = 0;

	demand->state = HK_DEMAND_REPLACE;
	if (demand->kind == HK_DEMAND_LIMIT)
		code = least_of_pairs(q, demand, &dial, &amount, err);
	if (amount > 0)
		wording.digits = 4;
	else if (code == 0)
		code = least_amount(q, demand, &dial, &amount, err);
	if (code == 0 && amount > 0) {
		dial.turn(q, demand, amount);
		if (wording.unit == HK_UNIT_PROBABILITY)
			code = say_target(q, demand, demand->replacement, out, err);
		else if (demand->replacement > 0)
			code = print_checked(q, demand, &wording, demand->replacement, &dial, &text, err);
	}
	/* a link that offers less than it has is refused */
	if (demand->kind == HK_DEMAND_LINK && q->model->links[demand->item].adjustable_bandwidth &&
	    demand->replacement > q->model->links[demand->item].bandwidth_max)
		wording.words = "raise the bandwidth and its 'max' to ";
	if (text.len > 0)
		hk_buf_addf(out, "%s%s", wording.words, text.s);
	demand->state = HK_DEMAND_KEEP;
	return code;
}

/* ---- room ---- */

/* One resource that would do if every node had more of it. */
static int more_resource(struct hk_inquiry *q, struct hk_demand *demand, struct hk_buf *out, struct hk_err *err)
{
	const struct hk_cluster *cluster = &q->model->clusters[demand->item];
	const struct wording wording = { "", HK_UNIT_QUANTITY, true, 3 };

	for (uint32_t r = 0; r < q->model->n_resources && out->len == 0; r++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		double largest = 0, amount;
		uint64_t nodes = 0;

		for (size_t g = 0; g < cluster->n_nodes; g++) {
			largest = fmax(largest, cluster->nodes[g].allocatable[r]);
			nodes += cluster->nodes[g].count;
		}
		q->repair_resource = r;
		struct dial dial = { add_to_cluster, largest > 0 ? largest / 16 : 1, largest > 0 ? 11 : 31, largest > 0 ? largest / 1000 : 1e-3, false };
		int code = least_amount(q, demand, &dial, &amount, err);

		if (code == 0 && amount > 0)
			code = print_checked(q, demand, &wording, amount, &dial, &text, err);
		q->repair_resource = HK_NO_INDEX;
		if (code != 0)
			return -1;
		if (text.len > 0)
			hk_buf_addf(out, "cluster '%s' needs %s more %s%s", cluster->name, text.s, q->model->resources[r], nodes > 1 ? " on each node" : "");
	}
	return 0;
}

static int more_nodes(struct hk_inquiry *q, struct hk_demand *demand, struct hk_buf *out, struct hk_err *err)
{
	const struct hk_cluster *cluster = &q->model->clusters[demand->item];
	const struct dial dial = { add_to_cluster, 1, 7, 1, true };
	double least = INFINITY;
	uint32_t best = 0;

	for (uint32_t g = 0; g < cluster->n_nodes && g < 16 && least > 1; g++) {
		double amount;

		q->repair_group = g;
		if (least_amount(q, demand, &dial, &amount, err) != 0)
			return -1;
		if (amount > 0 && amount < least) {
			least = amount;
			best = g;
		}
	}
	q->repair_group = HK_NO_INDEX;
	if (!isfinite(least))
		return 0;
	if (out->len == 0)
		hk_buf_addf(out, "cluster '%s' needs", cluster->name);
	else
		hk_buf_addstr(out, ", or");
	hk_buf_addf(out, " %.0f more node%s like '%s'", least, least > 1 ? "s" : "", cluster->nodes[best].name);
	return 0;
}

static int repair_capacity(struct hk_inquiry *q, struct hk_demand *demand, struct hk_buf *out, struct hk_err *err)
{
	int code;

	q->repair_cluster = demand->item;
	q->repair_group = q->repair_resource = HK_NO_INDEX;
	code = more_resource(q, demand, out, err);
	if (code == 0)
		code = more_nodes(q, demand, out, err);
	q->repair_cluster = HK_NO_INDEX;
	return code;
}

/* ---- lists of labels ---- */

static bool has_value(const struct hk_selector_term *term, const char *value)
{
	for (size_t i = 0; i < term->n_values; i++)
		if (strcmp(term->values[i], value) == 0)
			return true;
	return false;
}

/* Values of the key that one cluster or another has and the term does not take; in the order of clusters, each once. */
static size_t other_values(const struct hk_model *model, const struct hk_selector_term *term, const char **values, size_t most)
{
	size_t n = 0;

	for (size_t c = 0; c < model->n_clusters && n < most; c++) {
		const char *value = hk_cluster_label(&model->clusters[c], term->key);
		bool seen = !value || has_value(term, value);

		for (size_t i = 0; i < n && !seen; i++)
			seen = strcmp(values[i], value) == 0;
		if (!seen)
			values[n++] = value;
	}
	return n;
}

enum { VALUES_TRIED = 40, VALUES_SAID = 2 };

static int allow_value(struct hk_inquiry *q, struct hk_demand *demand, const struct hk_selector *selector, struct hk_buf *out, struct hk_err *err)
{
	const char *values[VALUES_TRIED];
	size_t said = 0;

	for (uint32_t t = 0; t < selector->n_terms && said == 0; t++) {
		const struct hk_selector_term *term = &selector->terms[t];
		size_t n = term->op == HK_OP_IN ? other_values(q->model, term, values, HK_COUNT(values)) : 0;

		for (size_t i = 0; i < n && said < VALUES_SAID; i++) {
			int answer;

			demand->term = t;
			demand->also = values[i];
			answer = surely(q, err);
			if (answer < 0)
				return -1;
			if (answer == 0)
				continue;
			if (said++ == 0)
				hk_buf_addf(out, "allow %s %s", term->key, values[i]);
			else
				hk_buf_addf(out, " or %s", values[i]);
		}
	}
	return 0;
}

/* One condition less; *term: which, HK_NO_INDEX when more than one is in the way. */
static int without_one(struct hk_inquiry *q, struct hk_demand *demand, size_t n, uint32_t *term, struct hk_err *err)
{
	demand->also = NULL;
	for (*term = 0; *term < n && n > 1; ++*term) {
		int answer;

		demand->term = *term;
		answer = surely(q, err);
		if (answer != 0)
			return answer < 0 ? -1 : 0;
	}
	*term = HK_NO_INDEX;
	return 0;
}

static int repair_require(struct hk_inquiry *q, struct hk_demand *demand, struct hk_buf *out, struct hk_err *err)
{
	const struct hk_selector *selector = &q->model->pipelines[demand->pipeline].workloads[demand->item].require;
	uint32_t term = HK_NO_INDEX;
	int code;

	demand->state = HK_DEMAND_REPLACE;
	code = allow_value(q, demand, selector, out, err);
	if (code == 0 && out->len == 0)
		code = without_one(q, demand, selector->n_terms, &term, err);
	demand->state = HK_DEMAND_KEEP;
	if (term != HK_NO_INDEX)
		hk_buf_addf(out, "do without '%s'", selector->terms[term].key);
	hk_buf_addstr(out, out->len > 0 ? ", or move it to 'prefer'" : "let it match more clusters, or move it to 'prefer'");
	return code;
}

static int repair_features(struct hk_inquiry *q, struct hk_demand *demand, struct hk_buf *out, struct hk_err *err)
{
	const struct hk_labels *features = &q->model->pipelines[demand->pipeline].workloads[demand->item].features;
	uint32_t which;
	int code;

	demand->state = HK_DEMAND_REPLACE;
	code = without_one(q, demand, features->n, &which, err);
	demand->state = HK_DEMAND_KEEP;
	hk_buf_addstr(out, "add nodes with these labels where there is room, or ");
	if (which != HK_NO_INDEX)
		hk_buf_addf(out, "do without '%s'", features->v[which].key);
	else
		hk_buf_addstr(out, "drop a feature");
	return code;
}

static int repair(struct hk_inquiry *inquiry, struct hk_demand *demand, struct hk_buf *out, struct hk_err *err)
{
	switch (demand->kind) {
	case HK_DEMAND_APART:
	case HK_DEMAND_TOGETHER: hk_buf_addstr(out, "write 'required: false' to make it a preference"); return 0;
	case HK_DEMAND_REQUIRE: return repair_require(inquiry, demand, out, err);
	case HK_DEMAND_FEATURES: return repair_features(inquiry, demand, out, err);
	case HK_DEMAND_CAPACITY: return repair_capacity(inquiry, demand, out, err);
	case HK_DEMAND_SITE: return demand->value > 0 ? repair_number(inquiry, demand, out, err) : 0;
	default: return repair_number(inquiry, demand, out, err);
	}
}

/* Would the pipelines have a plan with everything else they ask for? Then the repair is one for all of that, else for this conflict alone. */
static int set_background(struct hk_inquiry *q, struct hk_demand *demand, size_t n, struct hk_err *err)
{
	int answer;

	for (size_t i = 0; i < q->demands.n; i++)
		q->demands.v[i].state = HK_DEMAND_KEEP;
	demand->state = HK_DEMAND_DROP;
	answer = surely(q, err);
	demand->state = HK_DEMAND_KEEP;
	for (size_t i = n; i < q->demands.n && answer != 1; i++)
		q->demands.v[i].state = HK_DEMAND_DROP;
	return answer < 0 ? -1 : 0;
}

int hk_demand_repair(struct hk_inquiry *inquiry, size_t which, size_t n, struct hk_buf *out, struct hk_err *err)
{
	struct hk_demand *demand = &inquiry->demands.v[which];
	bool undecided = inquiry->undecided;
	int code;

	inquiry->searches = SEARCHES_MAX;
	code = set_background(inquiry, demand, n, err);
	if (code == 0)
		code = repair(inquiry, demand, out, err);
	/* a repair that was not found does not make the set less minimal */
	inquiry->undecided = undecided;
	return code;
}

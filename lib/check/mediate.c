/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/mediate.h"
#include "model/sort.h"
#include "place/route.h"
#include <math.h>
#include <string.h>

#define MOST_CHOICES 12u        /* links tried in every combination; on longer ways the cheapest per second first */
#define MOST_WHY 5u

struct way { uint32_t v[64]; size_t n; };

void hk_mediation_open(struct hk_mediation *mediation, const struct hk_check *check)
{
	*mediation = (struct hk_mediation){ .check = check };
}

void hk_mediation_close(struct hk_mediation *mediation)
{
	hk_map_release(&mediation->keys);
	hk_vec_release(&mediation->needs);
	hk_arena_release(&mediation->arena);
}

/* Links from the first to the last; only ways of people's size. */
static void find_way(const struct hk_check *check, uint32_t from, uint32_t to, struct way *way)
{
	way->n = 0;
	for (uint32_t l = hk_route_last_link(check->routes, from, to); l != HK_NO_INDEX && way->n < HK_COUNT(way->v);
	     l = hk_route_last_link(check->routes, from, check->model->links[l].from))
		way->v[way->n++] = l;
	for (size_t i = 0; i < way->n / 2; i++) {
		uint32_t swap = way->v[i];
		way->v[i] = way->v[way->n - 1 - i];
		way->v[way->n - 1 - i] = swap;
	}
}

static double saving(const struct hk_link *link)
{
	return link->adjustable_latency ? fmax(0, link->latency - link->latency_min) : 0;
}

static void keep_links(struct hk_mediation *mediation, struct hk_mediation_need *need, const struct way *links)
{
	need->links = hk_arena_array(&mediation->arena, links->n, sizeof *need->links);
	memcpy(need->links, links->v, links->n * sizeof *need->links);
	need->n_links = links->n;
	need->remedy = HK_REMEDY_CHANGE;
}

/* The cheapest set of links whose lower latency is enough. */
static void mend_latency(struct hk_mediation *mediation, struct hk_mediation_need *need, const struct way *way)
{
	const struct hk_link *links = mediation->check->model->links;
	double missing = (need->value - need->limit) * (1 - 1e-9), best = INFINITY;
	struct way able = { .n = 0 }, chosen = { .n = 0 };

	for (size_t i = 0; i < way->n && able.n < MOST_CHOICES; i++)
		if (saving(&links[way->v[i]]) > 0)
			able.v[able.n++] = way->v[i];
	for (uint32_t set = 1; isfinite(missing) && set < 1u << able.n; set++) {
		double saved = 0, price = 0;
		for (size_t i = 0; i < able.n; i++) {
			double part = set >> i & 1 ? saving(&links[able.v[i]]) : 0;
			saved += part;
			price += part * links[able.v[i]].latency_price;
		}
		if (saved < missing || price >= best)
			continue;
		best = price;
		chosen.n = 0;
		for (size_t i = 0; i < able.n; i++)
			if (set >> i & 1)
				chosen.v[chosen.n++] = able.v[i];
	}
	if (chosen.n)
		keep_links(mediation, need, &chosen);
}

/* Bandwidth to which the link has to be raised; NaN when it cannot be. */
static double raised(const struct hk_link *link, double wanted)
{
	double more = wanted - link->bandwidth;

	if (more <= 0)
		return link->bandwidth;
	if (!link->adjustable_bandwidth)
		return NAN;
	if (link->bandwidth_step > 0)
		more = ceil(more / link->bandwidth_step * (1 - 1e-12)) * link->bandwidth_step;
	return link->bandwidth + more <= link->bandwidth_max * (1 + 1e-12) ? link->bandwidth + more : (double)NAN;
}

static void mend_bandwidth(struct hk_mediation *mediation, struct hk_mediation_need *need, const struct way *way)
{
	const struct hk_link *links = mediation->check->model->links;
	struct way narrow = { .n = 0 };

	for (size_t i = 0; i < way->n; i++) {
		double after = raised(&links[way->v[i]], need->limit);
		if (isnan(after))
			return;
		if (after > links[way->v[i]].bandwidth)
			narrow.v[narrow.n++] = way->v[i];
	}
	if (narrow.n)
		keep_links(mediation, need, &narrow);
}

static void find_remedy(struct hk_mediation *mediation, struct hk_mediation_need *need)
{
	const struct hk_model *model = mediation->check->model;
	struct way way;

	find_way(mediation->check, need->from, need->to, &way);
	if (need->measure == HK_MEASURE_LATENCY)
		mend_latency(mediation, need, &way);
	else if (need->measure == HK_MEASURE_BANDWIDTH)
		mend_bandwidth(mediation, need, &way);
	for (size_t i = 0; need->remedy == HK_REMEDY_NONE && i < way.n; i++) {
		if (!model->links[way.v[i]].controller)
			continue;
		need->controller = model->links[way.v[i]].controller;
		need->remedy = HK_REMEDY_REQUEST;
	}
}

/* The need behind a violated rule; NULL when it is not about a way between two clusters. */
static struct hk_mediation_need *need_of(struct hk_mediation *mediation, const struct hk_binding *binding, size_t r)
{
	const struct hk_check_offer *offer = binding->offer;
	const struct hk_check_rule *rule = offer->rules[r];
	struct { uint32_t from, to; double value, limit; uint64_t measure; } key = { .limit = rule->limit, .value = binding->verdicts[r].value,
										     .measure = rule->measure };
	size_t known;

	if (!hk_check_rule_is_link(rule) || rule->broken || offer->n_targets < 2)
		return NULL;
	key.from = hk_binding_member(binding, offer->source)->cluster;
	key.to = hk_binding_member(binding, offer->destination)->cluster;
	if (key.from == HK_NO_INDEX || key.to == HK_NO_INDEX || key.from == key.to)
		return NULL;
	known = hk_map_get(&mediation->keys, (struct hk_str){ (const char *)&key, sizeof key });
	if (known == HK_MAP_NONE) {
		char *kept = hk_arena_slicedup(&mediation->arena, (struct hk_str){ (const char *)&key, sizeof key });
		known = mediation->needs.n;
		hk_map_put(&mediation->keys, (struct hk_str){ kept, sizeof key }, known);
		hk_vec_push(&mediation->needs, (struct hk_mediation_need){ .from = key.from, .to = key.to, .measure = rule->measure, .value = key.value,
									   .limit = key.limit });
		find_remedy(mediation, &mediation->needs.v[known]);
	}
	return &mediation->needs.v[known];
}

bool hk_mediation_can(struct hk_mediation *mediation, const struct hk_binding *binding)
{
	for (size_t r = 0; r < binding->offer->n_rules; r++) {
		const struct hk_mediation_need *need;
		if (binding->verdicts[r].state != HK_STATE_VIOLATION)
			continue;
		need = need_of(mediation, binding, r);
		if (!need || need->remedy == HK_REMEDY_NONE)
			return false;
	}
	return true;
}

void hk_mediation_want(struct hk_mediation *mediation, const struct hk_binding *binding)
{
	for (size_t r = 0; r < binding->offer->n_rules; r++) {
		struct hk_mediation_need *need = binding->verdicts[r].state == HK_STATE_VIOLATION ? need_of(mediation, binding, r) : NULL;
		if (!need)
			continue;
		if (!need->wanted++)
			need->offer = binding->offer;
	}
}

/* ---- the changes together ---- */

static const char *say(const struct hk_mediation *mediation, const struct hk_mediation_need *need, struct hk_arena *arena)
{
	static const struct { const char *name; enum hk_unit unit; } measures[] = { { "latency", HK_UNIT_DURATION }, { "jitter", HK_UNIT_DURATION },
										    { "loss", HK_UNIT_RATIO },
										    { "bandwidth", HK_UNIT_BITRATE } };
	const struct hk_cluster *clusters = mediation->check->model->clusters;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;

	hk_buf_addf(&text, "offer %s/%s: %s from %s to %s ", need->offer->name_space, need->offer->name, measures[need->measure].name,
		    clusters[need->from].name, clusters[need->to].name);
	if (isnan(need->value)) {
		hk_buf_addstr(&text, "is violated");
	} else {
		hk_buf_addstr(&text, "is ");
		hk_unit_print(measures[need->measure].unit, need->value, &text);
	}
	hk_buf_addstr(&text, ", limit ");
	hk_unit_print(measures[need->measure].unit, need->limit, &text);
	hk_buf_addf(&text, " (%llu binding%s)", (unsigned long long)need->wanted, need->wanted == 1 ? "" : "s");
	return hk_arena_strdup(arena, text.s);
}

static void add_why(const char ***why, size_t *n, const char *text, struct hk_arena *arena)
{
	if (!*why)
		*why = hk_arena_array(arena, MOST_WHY, sizeof **why);
	if (*n < MOST_WHY)
		(*why)[(*n)++] = text;
}

static void change_link(const struct hk_mediation *mediation, const struct hk_mediation_need *need, uint32_t l, struct hk_plan_network_change *change,
			struct hk_arena *arena)
{
	const struct hk_link *link = &mediation->check->model->links[l];

	if (need->measure == HK_MEASURE_LATENCY && isnan(change->latency_before)) {
		change->latency_before = link->latency;
		change->latency_after = link->latency_min;
		change->price += link->latency_price * saving(link);
	} else if (need->measure == HK_MEASURE_BANDWIDTH && !(change->bandwidth_after >= raised(link, need->limit))) {
		double after = raised(link, need->limit), before = isnan(change->bandwidth_after) ? link->bandwidth : change->bandwidth_after;
		change->bandwidth_before = link->bandwidth;
		change->bandwidth_after = after;
		change->price += link->bandwidth_price * (after - before);
	}
	add_why(&change->why, &change->n_why, say(mediation, need, arena), arena);
}

static void collect_changes(const struct hk_mediation *mediation, struct hk_plan *plan)
{
	const struct hk_model *model = mediation->check->model;
	struct hk_plan_network_change *by_link = hk_calloc(model->n_links + 1, sizeof *by_link);

	for (uint32_t l = 0; l < model->n_links; l++)
		by_link[l] = (struct hk_plan_network_change){ .bandwidth_before = NAN, .bandwidth_after = NAN, .latency_before = NAN, .latency_after = NAN };
	for (size_t i = 0; i < mediation->needs.n; i++)
		for (size_t k = 0; mediation->needs.v[i].wanted && k < mediation->needs.v[i].n_links; k++)
			change_link(mediation, &mediation->needs.v[i], mediation->needs.v[i].links[k], &by_link[mediation->needs.v[i].links[k]], &plan->arena);
	plan->network_changes = hk_arena_array(&plan->arena, model->n_links, sizeof *plan->network_changes);
	for (uint32_t l = 0, parallel = 0; l < model->n_links; l++) {
		const struct hk_link *link = &model->links[l];
		parallel = l && model->links[l - 1].from == link->from && model->links[l - 1].to == link->to ? parallel + 1 : 0;
		if (!by_link[l].n_why)
			continue;
		by_link[l].from = hk_arena_strdup(&plan->arena, model->clusters[link->from].name);
		by_link[l].to = hk_arena_strdup(&plan->arena, model->clusters[link->to].name);
		by_link[l].controller = link->controller ? hk_arena_strdup(&plan->arena, link->controller) : NULL;
		by_link[l].parallel = parallel;
		by_link[l].expires = link->expires;
		plan->network_changes[plan->n_network_changes++] = by_link[l];
	}
	hk_cleanup_free(&by_link);
}

static void tighten(double *worst, double limit, bool lower)
{
	if (isnan(*worst) || (lower ? limit < *worst : limit > *worst))
		*worst = limit;
}

static void ask_controller(const struct hk_mediation *mediation, const struct hk_mediation_need *need, struct hk_network_changes *changes)
{
	const struct hk_cluster *clusters = mediation->check->model->clusters;
	struct hk_network_request *request = NULL;

	for (size_t i = 0; i < changes->n_requests && !request; i++)
		if (strcmp(changes->requests[i].from, clusters[need->from].name) == 0 && strcmp(changes->requests[i].to, clusters[need->to].name) == 0)
			request = &changes->requests[i];
	if (!request) {
		request = &changes->requests[changes->n_requests++];
		*request = (struct hk_network_request){ .from = hk_arena_strdup(&changes->plan.arena, clusters[need->from].name),
							.to = hk_arena_strdup(&changes->plan.arena, clusters[need->to].name),
							.controller = need->controller, .latency = NAN, .jitter = NAN, .loss = NAN, .bandwidth = NAN };
	}
	double *worst[] = { &request->latency, &request->jitter, &request->loss, &request->bandwidth };
	tighten(worst[need->measure], need->limit, need->measure != HK_MEASURE_BANDWIDTH);
	add_why(&request->why, &request->n_why, say(mediation, need, &changes->plan.arena), &changes->plan.arena);
}

static int compare_requests(const void *a, const void *b)
{
	const struct hk_network_request *left = a, *right = b;
	int order = strcmp(left->from, right->from);

	return order ? order : strcmp(left->to, right->to);
}

void hk_mediation_changes(const struct hk_mediation *mediation, struct hk_network_changes *changes)
{
	*changes = (struct hk_network_changes){ .observed_at = mediation->check->now };
	collect_changes(mediation, &changes->plan);
	changes->requests = hk_arena_array(&changes->plan.arena, mediation->needs.n, sizeof *changes->requests);
	for (size_t i = 0; i < mediation->needs.n; i++)
		if (mediation->needs.v[i].wanted && mediation->needs.v[i].remedy == HK_REMEDY_REQUEST)
			ask_controller(mediation, &mediation->needs.v[i], changes);
	if (changes->n_requests)
		hk_sort(changes->requests, changes->n_requests, sizeof *changes->requests, compare_requests);
}

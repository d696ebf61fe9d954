/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the plan buys from the network: on offer, in whole steps, at the price of the documents. */
#include "place/check_internal.h"

#include <math.h>
#include <string.h>

static int64_t nanoseconds(double seconds)
{
	double value = round(seconds * 1e9);

	return value < 0 ? 0 : value > 1e17 ? (int64_t)1e17 : (int64_t)value;
}

/* The link a change is about: the one with so many others of the same two clusters before it. */
static uint32_t link_of(const struct hk_model *model, const struct hk_plan_network_change *change)
{
	uint32_t before = 0;

	for (uint32_t l = 0; l < model->n_links; l++) {
		const struct hk_link *link = &model->links[l];

		if (strcmp(model->clusters[link->from].name, change->from) || strcmp(model->clusters[link->to].name, change->to))
			continue;
		if (before++ == change->parallel)
			return l;
	}
	return HK_NO_INDEX;
}

/* Most bit/s that can be added: whole steps, if there are steps. */
static double most_added(const struct hk_link *link)
{
	double most = link->bandwidth_max - link->bandwidth;

	if (!link->adjustable_bandwidth || !(most > 0) || !isfinite(most))
		return 0;
	return link->bandwidth_step > 0 ? floor(most / link->bandwidth_step * (1 + HK_CHECK_RELATIVE)) * link->bandwidth_step : most;
}

static bool has_bandwidth(const struct hk_plan_network_change *change)
{
	return change && isfinite(change->bandwidth_before) && isfinite(change->bandwidth_after);
}

static bool has_latency(const struct hk_plan_network_change *change)
{
	return change && isfinite(change->latency_before) && isfinite(change->latency_after);
}

double hk_check_link_bandwidth(const struct hk_check *check, uint32_t link)
{
	const struct hk_link *given = &check->model->links[link];

	switch (check->network) {
	case HK_CHECK_BOUGHT: return has_bandwidth(check->changes[link]) ? check->changes[link]->bandwidth_after : given->bandwidth;
	case HK_CHECK_EVERYTHING: return given->bandwidth + most_added(given);
	case HK_CHECK_GIVEN: break;
	}
	return given->bandwidth;
}

int64_t hk_check_link_saved(const struct hk_check *check, uint32_t link)
{
	const struct hk_link *given = &check->model->links[link];
	int64_t least = nanoseconds(given->latency_min), now = nanoseconds(given->latency);
	bool bought = check->network == HK_CHECK_EVERYTHING || (check->network == HK_CHECK_BOUGHT && has_latency(check->changes[link]));

	return bought && given->adjustable_latency && least < now ? now - least : 0;
}

static double check_bandwidth(struct hk_check *check, const char *where, const struct hk_link *link, const struct hk_plan_network_change *change)
{
	double more = change->bandwidth_after - change->bandwidth_before, steps;

	if (!link->adjustable_bandwidth) {
		hk_check_violation(check, HK0837, link->over ? "%s: the offer of bandwidth is over" : "%s: no bandwidth is on offer there", where);
		return 0;
	}
	hk_check_stated(check, change->bandwidth_before, link->bandwidth, "%s: bandwidth before", where);
	steps = link->bandwidth_step > 0 ? more / link->bandwidth_step : 0;
	if (!(more > 0) || fabs(steps - round(steps)) > 1e-6)
		hk_check_violation(check, HK0837, "%s: %s bit/s more is no whole number of steps", where, hk_check_number(check, more));
	if (!(more <= most_added(link) * (1 + HK_CHECK_RELATIVE)))
		hk_check_violation(check, HK0837, "%s: %s bit/s more are bought, %s are on offer", where, hk_check_number(check, more),
				   hk_check_number(check, most_added(link)));
	return link->bandwidth_price * more;
}

static double check_latency(struct hk_check *check, const char *where, const struct hk_link *link, const struct hk_plan_network_change *change)
{
	if (!link->adjustable_latency || nanoseconds(link->latency_min) >= nanoseconds(link->latency)) {
		hk_check_violation(check, HK0837, link->over ? "%s: the offer of a lower latency is over" : "%s: no lower latency is on offer there", where);
		return 0;
	}
	hk_check_stated(check, change->latency_before, link->latency, "%s: latency before", where);
	hk_check_stated(check, change->latency_after, link->latency_min, "%s: latency that is bought", where);
	return link->latency_price * (link->latency - link->latency_min);
}

static void check_change(struct hk_check *check, const struct hk_plan_network_change *change)
{
	const char *where = hk_arena_printf(&check->arena, "network change of '%s' to '%s'", change->from, change->to);
	uint32_t l = link_of(check->model, change);
	double price = 0;

	if (l == HK_NO_INDEX || check->changes[l]) {
		hk_check_violation(check, HK0837, "%s: %s", where, l == HK_NO_INDEX ? "there is no such link" : "it is there twice");
		return;
	}
	const struct hk_link *link = &check->model->links[l];

	check->changes[l] = change;
	if (!has_bandwidth(change) && !has_latency(change))
		hk_check_violation(check, HK0837, "%s: nothing is bought", where);
	if (!link->controller != !change->controller || (link->controller && strcmp(link->controller, change->controller)))
		hk_check_violation(check, HK0837, "%s: the controller of the link is '%s'", where, link->controller ? link->controller : "");
	if (has_bandwidth(change))
		price += check_bandwidth(check, where, link, change);
	if (has_latency(change))
		price += check_latency(check, where, link, change);
	/* A plan that says an offer ends sooner than it does promises less than it can keep. Plans say whole seconds. */
	if (link->expires > 0 && !(change->expires > 0 && change->expires <= link->expires))
		hk_check_violation(check, HK0837, "%s: the offer ends before the plan says it does", where);
	hk_check_stated(check, change->price, price, "%s: price", where);
	check->bought += price;
}

void hk_check_network(struct hk_check *check)
{
	check->changes = hk_arena_array(&check->arena, check->model->n_links + 1, sizeof *check->changes);
	for (size_t l = 0; l < check->model->n_links; l++)
		check->equal = check->equal || check->model->links[l].equal_cost;
	for (size_t i = 0; i < check->plan->n_network_changes; i++)
		check_change(check, &check->plan->network_changes[i]);
}

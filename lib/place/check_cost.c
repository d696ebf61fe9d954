/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The checker's own objective, part by part in the order of the table in docs/optimisation-model.md, and the changes against the previous plan. */
#include "place/check_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double late(double value, const struct hk_bound *bound)
{
	return bound->has_request && value > bound->request ? value - bound->request : 0;
}

static void add_flow(struct hk_check *check, const struct hk_check_pipeline *pipeline, const struct hk_check_flow *flow)
{
	const struct hk_connection *connection = &pipeline->model->connections[flow->connection];
	const struct hk_objective *objective = &pipeline->model->objective;
	struct hk_check_quality quality = hk_check_connection_quality(check, pipeline->model, connection, flow->from, flow->to);
	double messages = flow->share * pipeline->connection_rate[flow->connection], lateness;

	lateness = late(quality.latency, &connection->bounds.latency) + late(quality.jitter, &connection->bounds.jitter) +
	    late(quality.loss, &connection->bounds.loss);
	if (connection->bounds.bandwidth.has_request && quality.bandwidth * (1 + HK_CHECK_RELATIVE) < connection->bounds.bandwidth.request)
		lateness += 1 - quality.bandwidth_given / connection->bounds.bandwidth.request;
	check->egress += objective->cost * messages * connection->size * 3600 * quality.price;
	check->latency += objective->latency * messages * quality.latency;
	check->requests += objective->request * messages * lateness;
	if (flow->from != flow->to)
		check->affinity += objective->affinity * connection->affinity * flow->share;
}

/* Does a preference's condition hold in this cluster? Always when it has none, never without a route. */
static bool condition_holds(struct hk_check *check, const struct hk_pipeline *pipeline, const struct hk_prefer *prefer, uint32_t cluster)
{
	struct hk_check_quality quality;
	double value = 0;

	if (!prefer->has_when)
		return true;
	check->network = HK_CHECK_GIVEN;
	if (prefer->from_input != HK_NO_INDEX) {
		struct hk_connection access = { .from_input = prefer->from_input, .to_output = HK_NO_INDEX };

		quality = hk_check_connection_quality(check, pipeline, &access, pipeline->inputs[prefer->from_input].cluster, cluster);
	} else {
		quality = hk_check_between(check, prefer->from_cluster, cluster);
	}
	check->network = HK_CHECK_BOUGHT;
	switch (prefer->metric) {
	case HK_METRIC_LATENCY: value = quality.latency; break;
	case HK_METRIC_JITTER: value = quality.jitter; break;
	case HK_METRIC_LOSS: value = quality.loss; break;
	case HK_METRIC_BANDWIDTH: value = quality.bandwidth; break;
	}
	return quality.reachable && (prefer->below ? value < prefer->value : value > prefer->value);
}

static void add_preferences(struct hk_check *check, const struct hk_check_pipeline *pipeline, const struct hk_check_workload *workload)
{
	for (size_t i = 0; i < workload->model->n_prefer; i++) {
		const struct hk_prefer *prefer = &workload->model->prefer[i];
		double inside = 0, outside = 0;

		for (size_t p = 0; p < workload->n_places; p++) {
			const struct hk_check_place *place = &workload->places[p];
			bool matches = hk_selector_matches(&prefer->selector, &check->model->clusters[place->cluster].labels) &&
				       condition_holds(check, pipeline->model, prefer, place->cluster);

			*(matches ? &inside : &outside) += place->load;
		}
		check->affinity += pipeline->model->objective.affinity * (prefer->weight >= 0 ? prefer->weight * outside : -prefer->weight * inside);
	}
}

static bool meets_wishes(const struct hk_check *check, const struct hk_cluster *cluster, const struct hk_workload *workload)
{
	bool wishes = false;

	for (size_t r = 0; workload->node_request && r < check->model->n_resources; r++)
		wishes |= workload->node_request[r] > 0;
	if (!wishes || cluster->unlimited)
		return true;
	for (size_t g = 0; g < cluster->n_nodes; g++) {
		bool meets = hk_node_group_accepts(check->model, &cluster->nodes[g], workload);

		for (size_t r = 0; meets && r < check->model->n_resources; r++)
			meets = workload->node_request[r] <= 0 || cluster->nodes[g].allocatable[r] >= workload->node_request[r];
		if (meets)
			return true;
	}
	return false;
}

static double load_in_domain(const struct hk_check *check, const struct hk_check_workload *workload, enum hk_level level, uint32_t cluster)
{
	double sum = 0;

	for (size_t i = 0; i < workload->n_places; i++)
		if (hk_check_same_domain(check->model, level, workload->places[i].cluster, cluster))
			sum += workload->places[i].load;
	return sum;
}

static uint64_t replicas_in_domain(const struct hk_check *check, const struct hk_check_workload *workload, enum hk_level level, uint32_t cluster)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < workload->n_places; i++)
		if (hk_check_same_domain(check->model, level, workload->places[i].cluster, cluster))
			sum += workload->places[i].replicas;
	return sum;
}

/* Is this the first place of the workload in its domain? Each domain counts once. */
static bool is_first(const struct hk_check *check, const struct hk_check_workload *workload, enum hk_level level, size_t place)
{
	for (size_t i = 0; i < place; i++)
		if (hk_check_same_domain(check->model, level, workload->places[i].cluster, workload->places[place].cluster))
			return false;
	return true;
}

static double pairing_wish(const struct hk_check *check, const struct hk_check_pipeline *pipeline, uint32_t w, const struct hk_pairing *pairing, bool together)
{
	const struct hk_check_workload *workload = &pipeline->workloads[w], *with = &pipeline->workloads[pairing->with];
	double broken = 0;

	for (size_t i = 0; i < workload->n_places; i++) {
		uint32_t cluster = workload->places[i].cluster;

		if (!is_first(check, workload, pairing->level, i))
			continue;
		if (together)
			broken += fmax(0, load_in_domain(check, workload, pairing->level, cluster) - load_in_domain(check, with, pairing->level, cluster));
		else if (pairing->with == w)
			broken += (double)(replicas_in_domain(check, workload, pairing->level, cluster) - 1);
		else
			broken += replicas_in_domain(check, with, pairing->level, cluster) > 0;
	}
	return pairing->weight * broken;
}

static void add_wishes(struct hk_check *check, const struct hk_check_pipeline *pipeline, uint32_t w)
{
	const struct hk_check_workload *workload = &pipeline->workloads[w];
	double affinity = pipeline->model->objective.affinity, unmet = 0;

	add_preferences(check, pipeline, workload);
	for (size_t i = 0; i < workload->n_places; i++)
		if (!meets_wishes(check, &check->model->clusters[workload->places[i].cluster], workload->model))
			unmet += workload->places[i].load;
	check->affinity += affinity * 10 * unmet;
	for (size_t i = 0; i < workload->model->n_together; i++)
		if (!workload->model->together[i].required)
			check->affinity += affinity * pairing_wish(check, pipeline, w, &workload->model->together[i], true);
	for (size_t i = 0; i < workload->model->n_apart; i++)
		if (!workload->model->apart[i].required && workload->model->apart[i].level != HK_LEVEL_NODE)
			check->affinity += affinity * pairing_wish(check, pipeline, w, &workload->model->apart[i], false);
}

static void add_moves(struct hk_check *check, const struct hk_check_pipeline *pipeline, const struct hk_check_workload *workload)
{
	const struct hk_plan_workload *before = check->previous ? hk_plan_workload(check->previous, pipeline->model->name, workload->model->name) : NULL;

	for (size_t i = 0; before && i < before->n_placements; i++) {
		uint32_t cluster = hk_model_cluster(check->model, before->placements[i].cluster),
		    now = cluster == HK_NO_INDEX ? 0 : hk_check_replicas(workload, cluster);

		if (before->placements[i].replicas > now)
			check->moves += pipeline->model->objective.moves * (before->placements[i].replicas - now);
	}
	for (size_t i = 0; i < workload->n_places; i++) {
		const struct hk_plan_placement *there = before ? hk_plan_placement(before, workload->places[i].plan->cluster) : NULL;
		uint32_t replicas = there ? there->replicas : 0;

		if (workload->places[i].plan->previous != replicas)
			hk_check_violation(check, HK0834, "%s/%s in '%s': previous replicas are stated as %u but were %u", pipeline->model->name,
					   workload->model->name, workload->places[i].plan->cluster, workload->places[i].plan->previous, replicas);
	}
}

void hk_check_costs(struct hk_check *check, struct hk_check_pipeline *pipeline)
{
	for (size_t i = 0; i < pipeline->n_flows; i++)
		add_flow(check, pipeline, &pipeline->flows[i]);
	for (uint32_t w = 0; w < pipeline->model->n_workloads; w++) {
		const struct hk_check_workload *workload = &pipeline->workloads[w];

		for (size_t i = 0; i < workload->n_places; i++)
			for (size_t r = 0; r < check->model->n_resources; r++)
				check->compute += pipeline->model->objective.cost * workload->places[i].replicas * workload->model->request[r] *
						  check->model->clusters[workload->places[i].cluster].price[r];
		add_wishes(check, pipeline, w);
		add_moves(check, pipeline, workload);
	}
}

/* Replicas of a named workload in a named cluster, 0 when there are none. */
static uint32_t replicas_in(const struct hk_plan *plan, const char *pipeline, const char *workload, const char *cluster)
{
	const struct hk_plan_workload *found = hk_plan_workload(plan, pipeline, workload);
	const struct hk_plan_placement *there = found ? hk_plan_placement(found, cluster) : NULL;

	return there ? there->replicas : 0;
}

/* Places of `plan` whose count differs in `other`; with `gone` only those that `other` does not have at all. */
static size_t count_changes(const struct hk_plan *plan, const struct hk_plan *other, bool gone)
{
	size_t changes = 0;

	for (size_t p = 0; p < plan->n_pipelines; p++)
		for (size_t w = 0; w < plan->pipelines[p].n_workloads; w++) {
			const struct hk_plan_workload *workload = &plan->pipelines[p].workloads[w];

			for (size_t i = 0; i < workload->n_placements; i++) {
				uint32_t there = replicas_in(other, plan->pipelines[p].name, workload->name, workload->placements[i].cluster);

				changes += gone ? there == 0 : there != workload->placements[i].replicas;
			}
		}
	return changes;
}

static bool same_move(const struct hk_plan_move *a, const struct hk_plan_move *b)
{
	return !strcmp(a->pipeline, b->pipeline) && !strcmp(a->workload, b->workload) && !strcmp(a->cluster, b->cluster);
}

/* Every move listed is a true change, none twice, and there are as many as changes: then the list is the list of changes. */
void hk_check_moves(struct hk_check *check)
{
	const struct hk_plan *plan = check->plan, *previous = check->previous;
	size_t expected = previous ? count_changes(plan, previous, false) + count_changes(previous, plan, true) : 0;

	if (plan->n_moves != expected)
		hk_check_violation(check, HK0834, "the plan lists %zu changes against the previous plan, there are %zu", plan->n_moves, expected);
	for (size_t i = 0; i < plan->n_moves; i++) {
		const struct hk_plan_move *move = &plan->moves[i];
		int64_t before = previous ? replicas_in(previous, move->pipeline, move->workload, move->cluster) : 0;
		int64_t change = (int64_t)replicas_in(plan, move->pipeline, move->workload, move->cluster) - before;
		bool again = i > 0 && same_move(move, &plan->moves[i - 1]);

		if (move->change != change || change == 0 || again)
			hk_check_violation(check, HK0834, "the change of %s/%s in '%s' is stated as %d replicas but is %lld", move->pipeline, move->workload,
					   move->cluster, move->change, (long long)change);
	}
	if (previous ? !plan->previous_id != !previous->id || (previous->id && strcmp(plan->previous_id, previous->id)) : plan->previous_id != NULL)
		hk_check_violation(check, HK0834, "the plan names another previous plan than the one given");
}

static void check_part(struct hk_check *check, double stated, double computed, const char *part)
{
	double least = HK_CHECK_MONEY * fmax(fabs(check->report->objective), 1e-9);

	/* A part that is small beside the whole need only be right beside the whole: shares are exact to 1e-9 only. */
	if (!hk_check_agrees(stated, computed) && !(fabs(stated - computed) <= least))
		hk_check_violation(check, HK0835, "the plan states %s %s as part of the objective, its decisions cost %s", part, hk_check_number(check, stated),
				   hk_check_number(check, computed));
}

void hk_check_objective(struct hk_check *check)
{
	const struct hk_plan *plan = check->plan;
	double objective = check->compute + check->egress + check->latency + check->requests + check->affinity + check->moves + check->bought;

	check->report->objective = objective;
	check_part(check, plan->cost_compute, check->compute, "compute");
	check_part(check, plan->cost_egress, check->egress, "egress");
	check_part(check, plan->cost_latency, check->latency, "latency");
	check_part(check, plan->cost_requests, check->requests, "requests");
	check_part(check, plan->cost_affinity, check->affinity, "affinity");
	check_part(check, plan->cost_moves, check->moves, "moves");
	check_part(check, plan->cost_network, check->bought, "network");
	if (!hk_check_agrees(plan->objective, objective) && !(fabs(plan->objective - objective) <= 1e-9))
		hk_check_violation(check, HK0835, "the plan states the objective %s, its decisions cost %s", hk_check_number(check, plan->objective),
				   hk_check_number(check, objective));
	if (!(plan->bound <= plan->objective + HK_CHECK_MONEY * fabs(plan->objective) + 1e-9))
		hk_check_violation(check, HK0835, "the bound %s is above the objective %s", hk_check_number(check, plan->bound),
				   hk_check_number(check, plan->objective));
	if (!(fabs(plan->gap - (plan->objective - plan->bound) / fmax(fabs(plan->objective), 1e-9)) <= HK_CHECK_MONEY))
		hk_check_violation(check, HK0835, "the gap does not follow from objective and bound");
}

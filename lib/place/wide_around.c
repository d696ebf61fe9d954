/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Better places for a few workloads at a time, all others as they are. Whoever is further from what the relaxation makes of it is asked first, along with what
 * it talks to and with those who stand in its way: workloads, of any member, that take more of a full cluster than the relaxation lets them have.
 */
#include "place/wide_internal.h"

#include <math.h>
#include <string.h>

enum {
	CLUSTERS_AROUND = 5,
	NODES_AROUND = 30,
	FREE_AROUND = 3,              /* the workload itself and what it talks to */
	FREE_RIVALS = 2,              /* rivals and what they talk to */
	RIVALS_AROUND = 2,
	CLUSTERS_WHOLE = 6,           /* the same for a member as a whole */
	NODES_WHOLE = 60,
	RIVALS_WHOLE = 6,
	TRIES_MAX = 6,
};

struct around {
	struct wide_plan *plan;
	bool **free;                  /* per member and workload */
	double **weight;              /* per member and workload: money between the plan and the relaxation */
	unsigned **tries;
};

/* Replicas of a candidate in the plan beyond those in the averages of the relaxation. */
static double surplus(const struct wide_plan *plan, uint32_t member, uint32_t workload, uint32_t c)
{
	const struct wide_workload *w = &plan->wide->blocks[member].workloads[workload];

	return plan->blocks[member].replicas[workload][c] - plan->wide->replicas_mean[w->count + c];
}

static void weigh(struct around *a, uint32_t member)
{
	const struct wide_block *block = &a->plan->wide->blocks[member];

	for (uint32_t i = 0; i < block->n_workloads; i++) {
		const struct wide_workload *w = &block->workloads[i];

		a->weight[member][i] = 0;
		for (uint32_t c = 0; c < w->n; c++)
			a->weight[member][i] += fabs(w->replica[c] * surplus(a->plan, member, i, c));
	}
	a->weight[member][block->n_workloads] = fmax(0, hk_wide_plan_bent(a->plan, member) - block->bound);
}

/* A workload, what it talks to, what that talks to, until `most` are free beside those that were. */
void hk_wide_free_around(const struct wide_block *block, uint32_t centre, uint32_t most, bool *free)
{
	uint32_t *queue = hk_calloc((size_t)block->n_workloads + 1, sizeof *queue), n = 1;

	queue[0] = centre;
	free[centre] = true;
	for (uint32_t i = 0; i < n && n < most; i++) {
		const struct wide_workload *w = &block->workloads[queue[i]];

		for (uint32_t k = 0; k < w->n_inputs + w->n_outputs && n < most; k++) {
			const struct wide_edge *edge = &block->edges[k < w->n_inputs ? w->inputs[k] : w->outputs[k - w->n_inputs]];
			uint32_t other = k < w->n_inputs ? edge->from : edge->to;

			if (other == HK_NO_INDEX || free[other])
				continue;
			free[other] = true;
			queue[n++] = other;
		}
	}
	hk_cleanup_free(&queue);
}

/* What the free workloads of a member would rather have of each cluster, in money by the prices of its rows. */
static void wanted(const struct around *a, uint32_t member, double *want)
{
	const struct hk_wide *wide = a->plan->wide;
	const struct wide_block *block = &wide->blocks[member];

	for (uint32_t i = 0; i < block->n_workloads; i++)
		for (uint32_t c = 0; a->free[member][i] && c < block->workloads[i].n; c++)
			want[block->workloads[i].cluster[c]] -= (block->workloads[i].replica[c] - block->workloads[i].base[c]) * surplus(a->plan, member, i, c);
}

/* Of the clusters wanted, what a workload holds beyond its due. */
static double in_the_way(const struct around *a, uint32_t member, uint32_t workload, const double *want)
{
	const struct wide_workload *w = &a->plan->wide->blocks[member].workloads[workload];
	double sum = 0;

	for (uint32_t c = 0; c < w->n; c++)
		if (want[w->cluster[c]] > 0 && a->plan->blocks[member].replicas[workload][c] > 0)
			sum += fmin(want[w->cluster[c]], (w->replica[c] - w->base[c]) * fmax(0.25, surplus(a->plan, member, workload, c)));
	return sum;
}

/* The rivals after the first `skip` ones are free as well. */
static void free_rivals(struct around *a, uint32_t member, unsigned skip, unsigned rivals)
{
	const struct hk_wide *wide = a->plan->wide;
	double *want = hk_calloc(wide->problem->model->n_clusters + 1, sizeof *want), least = INFINITY;

	wanted(a, member, want);
	for (unsigned k = 0; k < skip + rivals; k++) {
		uint32_t whose = HK_NO_INDEX, which = 0;
		double most = 1e-9;

		for (uint32_t m = 0; m < wide->n_blocks; m++)
			for (uint32_t i = 0; i < wide->blocks[m].n_workloads; i++) {
				double value = a->free[m][i] ? 0 : in_the_way(a, m, i, want);

				if (value > most && value < least) {
					most = value;
					whose = m;
					which = i;
				}
			}
		if (whose == HK_NO_INDEX)
			break;
		least = most;
		if (k >= skip)
			hk_wide_free_around(&wide->blocks[whose], which, FREE_RIVALS, a->free[whose]);
	}
	hk_cleanup_free(&want);
}

/* The neighbourhood of one workload, or of a member as a whole (one beyond its last workload). Alone: rivals stay. */
static int try_around(struct around *a, uint32_t member, uint32_t workload, bool alone, bool *found, struct hk_err *err)
{
	const struct hk_wide *wide = a->plan->wide;
	uint32_t *members = hk_calloc((size_t)wide->n_blocks + 1, sizeof *members), n = 0;
	bool **free = hk_calloc((size_t)wide->n_blocks + 1, sizeof *free);
	struct wide_effort effort = { .clusters = CLUSTERS_AROUND, .nodes = NODES_AROUND, .apart = true, .share = true, .free = free };
	int code;

	for (uint32_t m = 0; m < wide->n_blocks; m++)
		memset(a->free[m], 0, wide->blocks[m].n_workloads * sizeof **a->free);
	if (workload == wide->blocks[member].n_workloads) {
		memset(a->free[member], 1, workload * sizeof **a->free);
		effort.clusters = CLUSTERS_WHOLE;
		effort.nodes = NODES_WHOLE;
	} else {
		hk_wide_free_around(&wide->blocks[member], workload, FREE_AROUND + a->plan->turns / 2 + a->tries[member][workload] / (alone ? 1 : 2),
				    a->free[member]);
	}
	if (!alone)
		free_rivals(a, member, a->tries[member][workload], workload == wide->blocks[member].n_workloads ? RIVALS_WHOLE : RIVALS_AROUND);
	for (uint32_t m = 0; m < wide->n_blocks; m++) {
		bool any = false;

		for (uint32_t i = 0; i < wide->blocks[m].n_workloads; i++)
			any = any || a->free[m][i];
		if (!any)
			continue;
		free[n] = a->free[m];
		members[n++] = m;
	}
	code = hk_wide_place(a->plan, members, n, &effort, found, err);
	for (uint32_t i = 0; *found && i < n; i++)
		weigh(a, members[i]);
	hk_cleanup_free(&members);
	hk_cleanup_free(&free);
	return code;
}

static void open_around(struct around *a, struct wide_plan *plan)
{
	const struct hk_wide *wide = plan->wide;

	a->plan = plan;
	a->free = hk_calloc((size_t)wide->n_blocks + 1, sizeof *a->free);
	a->weight = hk_calloc((size_t)wide->n_blocks + 1, sizeof *a->weight);
	a->tries = hk_calloc((size_t)wide->n_blocks + 1, sizeof *a->tries);
	for (uint32_t m = 0; m < wide->n_blocks; m++) {
		size_t n = (size_t)wide->blocks[m].n_workloads + 1;

		a->free[m] = hk_calloc(n, sizeof **a->free);
		a->weight[m] = hk_calloc(n, sizeof **a->weight);
		a->tries[m] = hk_calloc(n, sizeof **a->tries);
		if (plan->placed[m])
			weigh(a, m);
	}
}

static void close_around(struct around *a)
{
	for (uint32_t m = 0; m < a->plan->wide->n_blocks; m++) {
		hk_cleanup_free(&a->free[m]);
		hk_cleanup_free(&a->weight[m]);
		hk_cleanup_free(&a->tries[m]);
	}
	hk_cleanup_free(&a->free);
	hk_cleanup_free(&a->weight);
	hk_cleanup_free(&a->tries);
}

/* Where most is to be gained; each try in vain halves the hope. False when there is none left. */
static bool next_centre(const struct around *a, uint32_t only, uint32_t *member, uint32_t *workload)
{
	double most = 0;

	for (uint32_t m = 0; m < a->plan->wide->n_blocks; m++)
		for (uint32_t i = 0; a->plan->placed[m] && (only == HK_NO_INDEX || only == m) && i <= a->plan->wide->blocks[m].n_workloads; i++) {
			double value = a->tries[m][i] < TRIES_MAX ? ldexp(a->weight[m][i],
									  -(int)a->tries[m][i] * (i == a->plan->wide->blocks[m].n_workloads ? 2 : 1)) : 0;

			if (value > most) {
				most = value;
				*member = m;
				*workload = i;
			}
		}
	return most > 0;
}

int hk_wide_plan_around(struct wide_plan *plan, uint32_t only, double work, struct hk_err *err)
{
	struct around a;
	uint32_t member = 0, workload = 0;
	double end = plan->work + work;
	int code = 0;

	open_around(&a, plan);
	plan->turns += only == HK_NO_INDEX;
	while (code == 0 && plan->work < end && !hk_wide_stopped(plan->wide) && !hk_wide_plan_good(plan) && next_centre(&a, only, &member, &workload)) {
		bool found;

		code = try_around(&a, member, workload, only != HK_NO_INDEX, &found, err);
		if (!found)
			a.tries[member][workload]++;
	}
	close_around(&a);
	return code;
}

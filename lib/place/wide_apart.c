/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who is apart from whom, decided beforehand: where both of two workloads that must not meet could be, only the one that the relaxation rather sees there
 * stays. Models without that question are far easier, and what is left out is only a part of the answers.
 */
#include "place/domain.h"
#include "place/milp_form.h"
#include "place/wide_internal.h"

/* What the relaxation makes of a workload in a domain; who is there in the plan stays. */
static double seen_in(const struct wide_plan *plan, uint32_t member, uint32_t workload, const uint32_t *domain, uint32_t which, const bool *keep)
{
	const struct wide_workload *w = &plan->wide->blocks[member].workloads[workload];
	double sum = 0;

	for (uint32_t c = 0; c < w->n; c++) {
		if (!keep[c] || domain[w->cluster[c]] != which)
			continue;
		sum += plan->wide->replicas_mean[w->count + c] / w->least;
		if (plan->placed[member] && plan->blocks[member].replicas[workload][c] > 0)
			sum += 1e6;
	}
	return sum;
}

static void leave(const struct wide_workload *w, const uint32_t *domain, uint32_t which, bool *keep)
{
	for (uint32_t c = 0; c < w->n; c++)
		keep[c] = keep[c] && domain[w->cluster[c]] != which;
}

static uint32_t number_of(const bool *keep, uint32_t n)
{
	uint32_t sum = 0;

	for (uint32_t c = 0; c < n; c++)
		sum += keep[c];
	return sum;
}

/* Every domain that both have a candidate in goes to one of them: to whom it means more, or who has fewer others. */
static void divide_domains(const struct wide_plan *plan, uint32_t member, uint32_t a, uint32_t b, const uint32_t *domain, bool **keep)
{
	const struct wide_block *block = &plan->wide->blocks[member];
	const struct wide_workload *one = &block->workloads[a], *two = &block->workloads[b];

	for (uint32_t c = 0; c < one->n; c++) {
		uint32_t which = domain[one->cluster[c]];
		double first, second;
		bool both = false;

		for (uint32_t k = 0; keep[a][c] && k < two->n; k++)
			both = both || (keep[b][k] && domain[two->cluster[k]] == which);
		if (!both)
			continue;
		first = seen_in(plan, member, a, domain, which, keep[a]) + 1.0 / (1 + number_of(keep[a], one->n));
		second = seen_in(plan, member, b, domain, which, keep[b]) + 1.0 / (1 + number_of(keep[b], two->n));
		if (first >= second)
			leave(two, domain, which, keep[b]);
		else
			leave(one, domain, which, keep[a]);
	}
}

/* Position of the other workload of a rule that counts here, HK_MILP_NONE for all others. */
static uint32_t other_of(const struct wide_block *block, uint32_t w, const struct hk_pairing *pairing)
{
	uint32_t with = hk_block_workload(block->from, pairing->with);

	return !pairing->required || pairing->level == HK_LEVEL_NODE || with == w ? HK_MILP_NONE : with;
}

static const struct hk_workload *model_of(const struct wide_plan *plan, const struct wide_block *block, uint32_t w)
{
	return &plan->wide->problem->model->pipelines[block->from->pipeline].workloads[block->from->workloads[w].workload];
}

bool hk_wide_has_apart(const struct wide_plan *plan, uint32_t member)
{
	const struct wide_block *block = &plan->wide->blocks[member];

	for (uint32_t w = 0; w < block->n_workloads; w++)
		for (size_t i = 0; i < model_of(plan, block, w)->n_apart; i++)
			if (other_of(block, w, &model_of(plan, block, w)->apart[i]) != HK_MILP_NONE)
				return true;
	return false;
}

void hk_wide_choose_apart(const struct wide_plan *plan, uint32_t member, bool **keep)
{
	const struct wide_block *block = &plan->wide->blocks[member];
	const struct hk_model *model = plan->wide->problem->model;
	uint32_t *domain = hk_calloc(model->n_clusters + 1, sizeof *domain);

	for (uint32_t w = 0; w < block->n_workloads; w++) {
		const struct hk_workload *workload = model_of(plan, block, w);

		for (size_t i = 0; i < workload->n_apart; i++) {
			uint32_t with = other_of(block, w, &workload->apart[i]);

			if (with == HK_MILP_NONE)
				continue;
			hk_domain_table(model, workload->apart[i].level, domain);
			divide_domains(plan, member, w, with, domain, keep);
		}
	}
	hk_cleanup_free(&domain);
}

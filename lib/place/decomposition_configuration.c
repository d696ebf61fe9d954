/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers of one pipeline: what they cost and use. */
#include "place/decomposition_internal.h"
#include "place/solve_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void hk_configuration_release(struct hk_configuration *configuration)
{
	hk_cleanup_free(&configuration->uses);
	hk_cleanup_free(&configuration->point);
	*configuration = (struct hk_configuration){ 0 };
}

static int by_row(const void *left, const void *right)
{
	const struct hk_row_use *a = left, *b = right;

	return (a->row > b->row) - (a->row < b->row);
}

static uint32_t sum_up(struct hk_row_use *uses, uint32_t n)
{
	uint32_t kept = 0;

	if (n > 1)
		qsort(uses, n, sizeof *uses, by_row);
	for (uint32_t i = 0; i < n; i++) {
		if (kept > 0 && uses[kept - 1].row == uses[i].row)
			uses[kept - 1].amount += uses[i].amount;
		else
			uses[kept++] = uses[i];
	}
	return kept;
}

void hk_configuration_make(struct hk_configuration *configuration, const struct hk_block_model *own, const double *point, bool with_point)
{
	uint32_t n = 0, terms = 0, points = 0;

	*configuration = (struct hk_configuration){ .whole = true };
	for (uint32_t j = 0; j < own->model.n_columns; j++) {
		if (!(fabs(point[j]) > 1e-12))
			continue;
		configuration->cost += own->cost[j] * point[j];
		terms += own->use_first[j + 1] - own->use_first[j];
		points++;
		if (own->model.priority[j] > 0 && fabs(point[j] - nearbyint(point[j])) > 1e-7)
			configuration->whole = false;
	}
	configuration->uses = hk_malloc(((size_t)terms + 1) * sizeof *configuration->uses);
	for (uint32_t j = 0; j < own->model.n_columns; j++)
		for (uint32_t k = own->use_first[j]; fabs(point[j]) > 1e-12 && k < own->use_first[j + 1]; k++)
			configuration->uses[n++] = (struct hk_row_use){ own->uses[k].row, own->uses[k].amount * point[j] };
	configuration->n_uses = sum_up(configuration->uses, n);
	if (!configuration->whole && !with_point)
		return;
	configuration->point = hk_malloc(((size_t)points + 1) * sizeof *configuration->point);
	for (uint32_t j = 0; j < own->model.n_columns; j++)
		if (fabs(point[j]) > 1e-12) {
			double value = configuration->whole && own->model.priority[j] > 0 ? nearbyint(point[j]) : point[j];

			configuration->point[configuration->n_point].column = j;
			configuration->point[configuration->n_point++].value = value;
		}
}

static bool same(const struct hk_configuration *a, const struct hk_configuration *b)
{
	if (a->whole != b->whole || a->n_uses != b->n_uses || fabs(a->cost - b->cost) > 1e-9 * fmax(1e-6, fabs(a->cost)))
		return false;
	for (uint32_t i = 0; i < a->n_uses; i++)
		if (a->uses[i].row != b->uses[i].row || fabs(a->uses[i].amount - b->uses[i].amount) > 1e-9 * fabs(a->uses[i].amount))
			return false;
	return true;
}

bool hk_configuration_add(struct hk_decomposition_block *block, struct hk_configuration *configuration)
{
	for (uint32_t i = 0; i < block->n_configurations; i++)
		if (same(&block->configurations[i], configuration)) {
			hk_configuration_release(configuration);
			return false;
		}
	if (block->n_configurations == block->room) {
		block->room = block->room ? 2 * block->room : 4;
		block->configurations = hk_reallocarray(block->configurations, block->room, sizeof *block->configurations);
	}
	block->configurations[block->n_configurations++] = *configuration;
	*configuration = (struct hk_configuration){ 0 };
	return true;
}

void hk_decomposition_adopt(struct hk_decomposition *d, uint32_t block, const struct hk_block_solution *solution, double cost, const struct hk_row_use *uses,
			    uint32_t n_uses)
{
	const struct hk_block *b = &d->problem->blocks[block];
	struct hk_configuration configuration = { .cost = cost, .n_uses = n_uses, .whole = true };
	struct hk_block_solution *copy;

	configuration.uses = hk_malloc(((size_t)n_uses + 1) * sizeof *configuration.uses);
	if (n_uses > 0)
		memcpy(configuration.uses, uses, n_uses * sizeof *uses);
	if (!hk_configuration_add(&d->blocks[block], &configuration))
		return;
	copy = hk_arena_array(&d->arena, 1, sizeof *copy);
	hk_block_solution_init(copy, b, &d->arena);
	hk_block_solution_copy(copy, solution, b);
	d->blocks[block].configurations[d->blocks[block].n_configurations - 1].solution = copy;
}

double hk_configuration_priced(const struct hk_configuration *configuration, const double *prices)
{
	double sum = configuration->cost;

	for (uint32_t i = 0; i < configuration->n_uses; i++)
		sum += configuration->uses[i].amount * prices[configuration->uses[i].row];
	return sum;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/cuts.h"

void hk_cuts_release(struct hk_cuts *cuts)
{
	hk_vec_release(&cuts->clauses);
	hk_vec_release(&cuts->linear);
	hk_arena_release(&cuts->arena);
}

static bool same_count(struct hk_count a, struct hk_count b)
{
	return a.block == b.block && a.workload == b.workload && a.candidate == b.candidate;
}

static bool same_clause(const struct hk_clause *clause, const struct hk_literal *literals, size_t n)
{
	if (clause->n != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct hk_literal *a = &clause->literals[i], *b = &literals[i];

		if (!same_count(a->count, b->count) || a->level != b->level || a->below != b->below)
			return false;
	}
	return true;
}

bool hk_cuts_clause(struct hk_cuts *cuts, const char *why, const struct hk_literal *literals, size_t n)
{
	struct hk_clause clause = { .why = why, .n = n };

	for (size_t i = 0; i < cuts->clauses.n; i++)
		if (same_clause(&cuts->clauses.v[i], literals, n))
			return false;
	clause.literals = hk_arena_array(&cuts->arena, n + 1, sizeof *clause.literals);
	for (size_t i = 0; i < n; i++)
		clause.literals[i] = literals[i];
	hk_vec_push(&cuts->clauses, clause);
	return true;
}

static bool same_linear(const struct hk_linear_cut *cut, const struct hk_count *counts, const double *values, size_t n, double rhs)
{
	if (cut->n != n || cut->rhs != rhs)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!same_count(cut->counts[i], counts[i]) || cut->values[i] != values[i])
			return false;
	return true;
}

bool hk_cuts_linear(struct hk_cuts *cuts, const char *why, const struct hk_count *counts, const double *values, size_t n, double rhs)
{
	struct hk_linear_cut cut = { .why = why, .n = n, .rhs = rhs };

	for (size_t i = 0; i < cuts->linear.n; i++)
		if (same_linear(&cuts->linear.v[i], counts, values, n, rhs))
			return false;
	cut.counts = hk_arena_array(&cuts->arena, n + 1, sizeof *cut.counts);
	cut.values = hk_arena_array(&cuts->arena, n + 1, sizeof *cut.values);
	for (size_t i = 0; i < n; i++) {
		cut.counts[i] = counts[i];
		cut.values[i] = values[i];
	}
	hk_vec_push(&cuts->linear, cut);
	return true;
}

size_t hk_cuts_count(const struct hk_cuts *cuts)
{
	return cuts->clauses.n + cuts->linear.n;
}

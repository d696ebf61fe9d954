/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Targets met on purpose: the pipeline is asked again with rows that are enough, rather than necessary. No single failure domain and no pair of them may take
 * too much away, but for the pairs its first answer relied on most, as many as the target forgives. Such rows prove nothing, so they are in its model for this
 * one question only.
 */
#include "place/construct_internal.h"

#include "place/availability.h"
#include "place/domain.h"

#include <math.h>
#include <stdlib.h>

/* Part of what the target forgives that pairs of domains may use up; the rest is for three and more at once. */
static const double PAIRS_SHARE = 0.85;

enum { DOMAINS_MAX = 60, NODES_STRICT = 60 };

struct pair { uint32_t a, b; double deficit, chance; };

struct strict {
	struct hk_construct *c;
	uint32_t block, workload;
	const struct hk_place_workload *placed;
	uint32_t n, *domain;            /* per candidate */
	double down[DOMAINS_MAX], has[DOMAINS_MAX], total;
	struct pair *pairs; size_t n_pairs;
	struct hk_cuts *cuts;
	struct hk_count *counts; double *ones;
};

static bool find_domains(struct strict *s, const uint32_t *base)
{
	const struct hk_model *model = s->c->problem->model;
	uint32_t first[DOMAINS_MAX] = { 0 };

	for (uint32_t k = 0; k < s->placed->n_candidates; k++) {
		uint32_t cluster = s->placed->candidates[k].cluster, domain = hk_domain_of(model, HK_LEVEL_FAILURE_DOMAIN, cluster), at = 0;

		while (at < s->n && first[at] != domain)
			at++;
		if (at == DOMAINS_MAX)
			return false;
		if (at == s->n) {
			first[s->n++] = domain;
			s->down[at] = 1 - hk_domain_availability(model, cluster);
		}
		s->domain[k] = at;
		s->has[at] += base[k];
		s->total += base[k];
	}
	return true;
}

/* What is left without the two, or the one, is enough. */
static void demand(struct strict *s, uint32_t a, uint32_t b)
{
	size_t n = 0;

	for (uint32_t k = 0; k < s->placed->n_candidates; k++)
		if (s->domain[k] != a && s->domain[k] != b)
			s->counts[n++] = (struct hk_count){ s->block, s->workload, k };
	hk_cuts_linear(s->cuts, "strict", s->counts, s->ones, n, s->placed->need);
}

static int by_deficit(const void *left, const void *right)
{
	const struct pair *x = left, *y = right;

	if (x->deficit != y->deficit)
		return x->deficit > y->deficit ? -1 : 1;
	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return (x->b > y->b) - (x->b < y->b);
}

/* With `forgive`, the pairs that miss most in the first answer are left alone as long as the target allows. */
static void demand_pairs(struct strict *s, bool forgive)
{
	double left = forgive ? PAIRS_SHARE * (1 - s->placed->availability) : 0, spare = s->total - s->placed->need;

	for (uint32_t a = 0; a < s->n; a++) {
		if (s->down[a] > 0)
			demand(s, a, a);
		for (uint32_t b = a + 1; b < s->n; b++)
			if (s->down[a] * s->down[b] > 0)
				s->pairs[s->n_pairs++] = (struct pair){ a, b, s->has[a] + s->has[b] - spare, s->down[a] * s->down[b] };
	}
	if (s->n_pairs > 1)
		qsort(s->pairs, s->n_pairs, sizeof *s->pairs, by_deficit);
	for (size_t i = 0; i < s->n_pairs; i++) {
		if (s->pairs[i].deficit > 0 && s->pairs[i].chance <= left)
			left -= s->pairs[i].chance;
		else
			demand(s, s->pairs[i].a, s->pairs[i].b);
	}
}

static void add_workload(struct hk_construct *c, uint32_t block, uint32_t workload, const uint32_t *base, bool forgive, struct hk_cuts *cuts)
{
	const struct hk_place_workload *placed = &c->problem->blocks[block].workloads[workload];
	struct strict s = { .c = c, .block = block, .workload = workload, .placed = placed, .cuts = cuts };

	s.domain = hk_calloc((size_t)placed->n_candidates + 1, sizeof *s.domain);
	s.counts = hk_calloc((size_t)placed->n_candidates + 1, sizeof *s.counts);
	s.ones = hk_calloc((size_t)placed->n_candidates + 1, sizeof *s.ones);
	for (uint32_t k = 0; k < placed->n_candidates; k++)
		s.ones[k] = 1;
	if (find_domains(&s, base)) {
		s.pairs = hk_calloc((size_t)s.n * s.n + 1, sizeof *s.pairs);
		demand_pairs(&s, forgive);
		hk_cleanup_free(&s.pairs);
	}
	hk_cleanup_free(&s.domain);
	hk_cleanup_free(&s.counts);
	hk_cleanup_free(&s.ones);
}

/* What is proved about the block stays. */
static void copy_cuts(const struct hk_cuts *from, uint32_t block, struct hk_cuts *to)
{
	struct hk_cut_list linear = hk_cuts_linear_of(from, block), clauses = hk_cuts_clauses_of(from, block);

	for (size_t i = 0; i < linear.n; i++) {
		const struct hk_linear_cut *cut = &from->linear.v[linear.v[i]];

		hk_cuts_linear(to, cut->why, cut->counts, cut->values, cut->n, cut->rhs);
	}
	for (size_t i = 0; i < clauses.n; i++)
		hk_cuts_clause(to, from->clauses.v[clauses.v[i]].why, from->clauses.v[clauses.v[i]].literals, from->clauses.v[clauses.v[i]].n);
}

static struct hk_draft ask(struct hk_construct *c, uint32_t block, const double *limits, const double *prices)
{
	struct hk_answer_limits asked = { .left = limits, .prices = prices, .gap = c->tolerance / 2, .nodes = NODES_STRICT, .cutoff = INFINITY };
	struct hk_answer answer = { .status = HK_GLPK_NOTHING };
	struct hk_configuration found;
	uint64_t before = c->decomposition.nodes;

	if (hk_decomposition_answer(&c->decomposition, &block, 1, &asked, &answer, &found, c->err) != 0) {
		c->failed = true;
		return (struct hk_draft){ 0 };
	}
	hk_construct_count(c, &block, 1, c->decomposition.nodes - before);
	if (answer.status != HK_GLPK_OPTIMAL && answer.status != HK_GLPK_FEASIBLE)
		return (struct hk_draft){ 0 };
	return hk_construct_draft(c, block, &found, limits, prices);
}

struct hk_draft hk_construct_strict(struct hk_construct *c, uint32_t block, uint32_t *const *base, bool forgive, const double *limits, const double *prices)
{
	const struct hk_block *b = &c->problem->blocks[block];
	struct hk_decomposition_block *own = &c->decomposition.blocks[block], kept = *own;
	struct hk_cuts cuts = { 0 };
	struct hk_draft draft = { 0 };

	copy_cuts(&c->search->cuts, block, &cuts);
	for (uint32_t w = 0; w < b->n_workloads; w++)
		if (b->workloads[w].availability > 0)
			add_workload(c, block, w, base[w], forgive, &cuts);
	/* the configurations at hand are set aside: they belong to the model without these rows */
	own->configurations = NULL;
	own->n_configurations = own->room = 0;
	c->decomposition.cuts = &cuts;
	hk_construct_learn(c, block);
	if (!c->failed)
		draft = ask(c, block, limits, prices);
	c->decomposition.cuts = &c->search->cuts;
	hk_construct_learn(c, block);
	hk_cleanup_free(&own->configurations);
	own->configurations = kept.configurations;
	own->n_configurations = kept.n_configurations;
	own->room = kept.room;
	hk_cuts_release(&cuts);
	return draft;
}

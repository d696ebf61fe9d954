/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An availability target as rows. "Exactly these two failure domains are down" are events that exclude each other, so the probabilities of all pairs whose loss
 * leaves too few replicas may not pass what the target forgives: one binary per pair, and one per domain whose loss alone the target could forgive. What is
 * lost with three and more at once is not counted, nor are the least likely pairs: the rows are necessary, not enough, and the exact probability is looked at
 * afterwards.
 *
 * With spare = all replicas - need, a domain that may not be lost alone holds at most spare. So a pair of such domains misses at most spare, and only where it
 * is forgiven: what pairs miss together, each times its probability, is at most spare times what is forgiven. This holds without any binary, which is what
 * makes the relaxation strong.
 */
#include "place/availability.h"
#include "place/domain.h"
#include "place/milp_form.h"

#include <math.h>
#include <stdlib.h>

/* Pairs that all together make up no more of what is forgiven are left out. */
static const double NEGLIGIBLE = 0.02;

struct place { uint32_t domain; double down, most; };
/* b HK_MILP_NONE: one domain alone. */
struct pair { uint32_t a, b; double chance; uint32_t miss; };

struct rows {
	struct hk_form *form;
	uint32_t block, workload, total;
	const struct hk_place_workload *placed;
	double allowed, none;
	uint32_t *domain;             /* per candidate */
	struct place *places; uint32_t n_places;
	struct pair *pairs; size_t n_pairs;
};

static void find_places(struct rows *r, const struct hk_pairs_cut *cut)
{
	const struct hk_model *model = r->form->problem->model;
	const struct hk_form_block *own = &r->form->blocks[r->block];

	for (uint32_t c = 0; c < r->placed->n_candidates; c++) {
		uint32_t cluster = r->placed->candidates[c].cluster, before = 0;

		r->domain[c] = hk_domain_of(model, HK_LEVEL_FAILURE_DOMAIN, cluster);
		while (r->domain[before] != r->domain[c])
			before++;
		r->none *= before == c ? hk_domain_availability(model, cluster) : 1;
	}
	for (uint32_t i = 0; i < cut->n; i++) {
		struct place place = { .domain = r->domain[cut->candidates[i]],
				       .down = 1 - hk_domain_availability(model, r->placed->candidates[cut->candidates[i]].cluster) };

		for (uint32_t c = 0; c < r->placed->n_candidates; c++)
			place.most += r->domain[c] == place.domain ? r->form->milp.columns.v[own->x[r->workload][c]].upper : 0;
		if (place.down > 0 && place.down < 1 && place.most > 0)
			r->places[r->n_places++] = place;
	}
}

static int by_chance(const void *left, const void *right)
{
	const struct pair *x = left, *y = right;

	if (x->chance != y->chance)
		return x->chance > y->chance ? -1 : 1;
	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return (x->b > y->b) - (x->b < y->b);
}

static bool risky(const struct rows *r, uint32_t place)
{
	return r->places[place].down > r->allowed;
}

/* Most likely first, without those that hardly matter. */
static void find_pairs(struct rows *r)
{
	double rest = 0;

	for (uint32_t a = 0; a < r->n_places; a++) {
		double odds = r->places[a].down / (1 - r->places[a].down);

		if (!risky(r, a))
			r->pairs[r->n_pairs++] = (struct pair){ a, HK_MILP_NONE, r->none * odds, HK_MILP_NONE };
		for (uint32_t b = a + 1; b < r->n_places; b++)
			r->pairs[r->n_pairs++] = (struct pair){ a, b, r->none * odds * r->places[b].down / (1 - r->places[b].down), HK_MILP_NONE };
	}
	if (r->n_pairs > 1)
		qsort(r->pairs, r->n_pairs, sizeof *r->pairs, by_chance);
	while (r->n_pairs > 0 && rest + r->pairs[r->n_pairs - 1].chance <= NEGLIGIBLE * r->allowed)
		rest += r->pairs[--r->n_pairs].chance;
}

static bool counted(const struct rows *r, const struct pair *pair)
{
	return pair->b != HK_MILP_NONE && risky(r, pair->a) && risky(r, pair->b);
}

/* What the pair takes away beyond what there is to spare. */
static void miss(struct rows *r, struct pair *pair)
{
	struct hk_milp *milp = &r->form->milp;
	const struct hk_form_block *own = &r->form->blocks[r->block];
	double most = pair->b == HK_MILP_NONE ? r->places[pair->a].most : counted(r, pair) ? fmin(r->places[pair->a].most, r->places[pair->b].most)
									       : r->places[pair->a].most + r->places[pair->b].most;

	if (pair->chance <= r->allowed)
		pair->miss = hk_milp_column(milp, hk_form_name(r->form, "missing", r->block, r->workload, HK_MILP_NONE), 0, fmin(most, r->placed->need), 0);
	hk_milp_row(milp, hk_form_name(r->form, "without", r->block, r->workload, HK_MILP_NONE), HK_MILP_LE, -(double)r->placed->need);
	for (uint32_t c = 0; c < r->placed->n_candidates; c++)
		if (r->domain[c] == r->places[pair->a].domain || (pair->b != HK_MILP_NONE && r->domain[c] == r->places[pair->b].domain))
			hk_milp_term(milp, own->x[r->workload][c], 1);
	hk_milp_term(milp, r->total, -1);
	if (pair->miss != HK_MILP_NONE)
		hk_milp_term(milp, pair->miss, -1);
}

/* The binaries, and what they may add up to. */
static void forgive(struct rows *r)
{
	struct hk_milp *milp = &r->form->milp;
	uint32_t *forgiven = hk_arena_array(&r->form->arena, r->n_pairs + 1, sizeof *forgiven);

	for (size_t i = 0; i < r->n_pairs; i++) {
		if (r->pairs[i].miss == HK_MILP_NONE)
			continue;
		forgiven[i] = hk_milp_integer(milp, hk_form_name(r->form, "forgiven", r->block, r->workload, HK_MILP_NONE), 0, 1, 0, HK_PRIORITY_FORGIVEN);
		hk_milp_row(milp, hk_form_name(r->form, "missing", r->block, r->workload, HK_MILP_NONE), HK_MILP_LE, 0);
		hk_milp_term(milp, r->pairs[i].miss, 1);
		hk_milp_term(milp, forgiven[i], -milp->columns.v[r->pairs[i].miss].upper);
	}
	hk_milp_row(milp, hk_form_name(r->form, "forgiven", r->block, r->workload, HK_MILP_NONE), HK_MILP_LE, 1);
	for (size_t i = 0; i < r->n_pairs; i++)
		if (r->pairs[i].miss != HK_MILP_NONE)
			hk_milp_term(milp, forgiven[i], r->pairs[i].chance / r->allowed);
}

/* Of the first n, weighed or just counted: sum of what is missing <= number * spare. */
static void add_up(struct rows *r, size_t n, double number)
{
	struct hk_milp *milp = &r->form->milp;
	bool weighed = isnan(number);

	hk_milp_row(milp, hk_form_name(r->form, "together", r->block, r->workload, HK_MILP_NONE), HK_MILP_LE,
		    -(weighed ? 1 : number) * (double)r->placed->need);
	for (size_t i = 0; i < n; i++)
		if (r->pairs[i].miss != HK_MILP_NONE && counted(r, &r->pairs[i]))
			hk_milp_term(milp, r->pairs[i].miss, weighed ? r->pairs[i].chance / r->allowed : 1);
	hk_milp_term(milp, r->total, weighed ? -1 : -number);
}

static void bound_sums(struct rows *r)
{
	size_t n = 0;

	add_up(r, r->n_pairs, NAN);
	for (size_t i = 0; i < r->n_pairs; i++) {
		double number = floor(r->allowed / r->pairs[i].chance * (1 + 1e-9));

		n += r->pairs[i].miss != HK_MILP_NONE && counted(r, &r->pairs[i]);
		if (i + 1 < r->n_pairs && r->pairs[i + 1].chance > r->pairs[i].chance * (1 - 1e-9))
			continue;
		if ((double)n > number && number >= 1)
			add_up(r, i + 1, number);
	}
}

void hk_form_pairs(struct hk_form *form, const struct hk_pairs_cut *cut)
{
	const struct hk_place_workload *placed = &form->problem->blocks[cut->block].workloads[cut->workload];
	struct rows r = { .form = form, .block = cut->block, .workload = cut->workload, .placed = placed, .none = 1 };

	r.allowed = (1 - placed->availability) * (1 + 1e-9) + 1e-15;
	r.domain = hk_arena_array(&form->arena, (size_t)placed->n_candidates + 1, sizeof *r.domain);
	r.places = hk_arena_array(&form->arena, (size_t)cut->n + 1, sizeof *r.places);
	r.pairs = hk_arena_array(&form->arena, ((size_t)cut->n + 1) * ((size_t)cut->n + 1), sizeof *r.pairs);
	find_places(&r, cut);
	find_pairs(&r);
	if (r.n_pairs == 0)
		return;
	r.total = hk_form_total(form, cut->block, cut->workload);
	for (size_t i = 0; i < r.n_pairs; i++)
		miss(&r, &r.pairs[i]);
	forgive(&r);
	bound_sums(&r);
	hk_form_own(form, form->owner.v[form->blocks[cut->block].x[cut->workload][0]]);
}

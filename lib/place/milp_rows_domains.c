/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spread, together and apart above node level: rules 10 to 12 of the model, and what their preferred forms cost. */
#include "place/domain.h"
#include "place/milp_form.h"

#include <math.h>

struct presence { uint32_t workload, domain, column; enum hk_level level; };

/* The pipeline at hand, the domains of one level, and the "is anything of w in there" binaries made so far. */
struct relations {
	struct hk_form *form;
	uint32_t block;
	const struct hk_block *b;
	struct hk_form_block *own;
	enum hk_level level;
	uint32_t *domain;             /* per cluster, of `level` */
	HK_VEC(struct presence) presences;
};

static void use_level(struct relations *r, enum hk_level level)
{
	if (r->domain && r->level == level)
		return;
	if (!r->domain)
		r->domain = hk_arena_array(&r->form->arena, r->form->problem->model->n_clusters, sizeof *r->domain);
	r->level = level;
	hk_domain_table(r->form->problem->model, level, r->domain);
}

static uint32_t domain_of(const struct relations *r, uint32_t w, uint32_t c)
{
	return r->domain[r->b->workloads[w].candidates[c].cluster];
}

/* True for the first candidate of each domain: visiting these visits every domain once. */
static bool is_first(const struct relations *r, uint32_t w, uint32_t c)
{
	for (uint32_t i = 0; i < c; i++)
		if (domain_of(r, w, i) == domain_of(r, w, c))
			return false;
	return true;
}

static struct hk_milp_name relation_name(const struct relations *r, const char *kind, uint32_t w, uint32_t v, uint32_t domain)
{
	struct hk_milp_name name = hk_form_name(r->form, kind, r->block, w, HK_MILP_NONE);

	if (v != HK_MILP_NONE)
		name.object = hk_form_pipeline(r->form, r->block)->workloads[r->b->workloads[v].workload].name;
	name.place = r->form->problem->model->clusters[domain].name;
	return name;
}

/* Add value * (each count, or each load) of w in the domain to the newest row. */
static void add_domain(struct relations *r, uint32_t **columns, uint32_t w, uint32_t domain, double value)
{
	for (uint32_t c = 0; c < r->b->workloads[w].n_candidates; c++)
		if (domain_of(r, w, c) == domain)
			hk_milp_term(&r->form->milp, columns[w][c], value);
}

static bool has_candidates_in(const struct relations *r, uint32_t w, uint32_t domain)
{
	for (uint32_t c = 0; c < r->b->workloads[w].n_candidates; c++)
		if (domain_of(r, w, c) == domain)
			return true;
	return false;
}

/* Binary that is 1 when the domain holds a replica of w. */
static uint32_t presence_of(struct relations *r, uint32_t w, uint32_t domain)
{
	struct hk_milp *milp = &r->form->milp;
	uint32_t column;

	for (size_t i = 0; i < r->presences.n; i++)
		if (r->presences.v[i].workload == w && r->presences.v[i].domain == domain && r->presences.v[i].level == r->level)
			return r->presences.v[i].column;
	column = hk_milp_integer(milp, relation_name(r, "holds", w, HK_MILP_NONE, domain), 0, 1, 0, HK_PRIORITY_DOMAIN);
	for (uint32_t c = 0; c < r->b->workloads[w].n_candidates; c++) {
		if (domain_of(r, w, c) != domain)
			continue;
		hk_milp_row(milp, hk_form_name(r->form, "present", r->block, w, c), HK_MILP_LE, 0);
		hk_milp_term(milp, r->own->x[w][c], 1);
		hk_milp_term(milp, column, -milp->columns.v[r->own->x[w][c]].upper);
	}
	hk_milp_row(milp, relation_name(r, "present", w, HK_MILP_NONE, domain), HK_MILP_LE, 0);
	add_domain(r, r->own->z, w, domain, 1);
	hk_milp_term(milp, column, -1);
	hk_vec_push(&r->presences, (struct presence){ w, domain, column, r->level });
	return column;
}

static void spread(struct relations *r, uint32_t w, const struct hk_workload *workload)
{
	struct hk_milp *milp = &r->form->milp;
	const struct hk_model *model = r->form->problem->model;
	uint32_t *value = hk_arena_array(&r->form->arena, model->n_clusters, sizeof *value);
	const struct hk_place_workload *placed = &r->b->workloads[w];
	uint32_t *shown = hk_arena_array(&r->form->arena, (size_t)placed->n_candidates + 1, sizeof *shown), n = 0;

	hk_domain_label_table(model, workload->spread_over, value);
	for (uint32_t c = 0; c < placed->n_candidates; c++) {
		uint32_t here = value[placed->candidates[c].cluster];
		bool first = here != HK_NO_INDEX;

		for (uint32_t i = 0; i < c && first; i++)
			first = value[placed->candidates[i].cluster] != here;
		if (!first)
			continue;
		/* continuous is enough: below whole counts it is 0 or may be 1 */
		shown[n] = hk_milp_column(milp, relation_name(r, "shows", w, HK_MILP_NONE, here), 0, 1, 0);
		hk_milp_row(milp, relation_name(r, "shown", w, HK_MILP_NONE, here), HK_MILP_LE, 0);
		hk_milp_term(milp, shown[n++], 1);
		for (uint32_t i = 0; i < placed->n_candidates; i++)
			if (value[placed->candidates[i].cluster] == here)
				hk_milp_term(milp, r->own->x[w][i], -1);
	}
	hk_milp_row(milp, hk_form_name(r->form, "spread", r->block, w, HK_MILP_NONE), HK_MILP_GE, workload->spread_min);
	for (uint32_t i = 0; i < n; i++)
		hk_milp_term(milp, shown[i], 1);
}

/* Rule 11: no replica of w where `with` has none, and no traffic between the two across domains. */
static void together_required(struct relations *r, uint32_t w, uint32_t with)
{
	struct hk_milp *milp = &r->form->milp;

	for (uint32_t c = 0; c < r->b->workloads[w].n_candidates; c++) {
		uint32_t domain = domain_of(r, w, c);

		hk_milp_row(milp, relation_name(r, "together", w, with, r->b->workloads[w].candidates[c].cluster), HK_MILP_LE, 0);
		hk_milp_term(milp, r->own->x[w][c], 1);
		add_domain(r, r->own->x, with, domain, -milp->columns.v[r->own->x[w][c]].upper);
		if (!is_first(r, w, c))
			continue;
		hk_milp_row(milp, relation_name(r, "joined", w, with, domain), HK_MILP_LE, 0);
		add_domain(r, r->own->z, w, domain, 1);
		add_domain(r, r->own->x, with, domain, -1);
	}
	for (uint32_t e = 0; e < r->b->n_edges; e++) {
		const struct hk_edge *edge = &r->b->edges[e];

		if (edge->from_kind != HK_END_WORKLOAD || edge->to_kind != HK_END_WORKLOAD ||
		    !((edge->from == w && edge->to == with) || (edge->from == with && edge->to == w)))
			continue;
		for (uint32_t a = 0; a < edge->n_arcs; a++)
			if (domain_of(r, edge->from, edge->arcs[a].from) != domain_of(r, edge->to, edge->arcs[a].to))
				milp->columns.v[r->own->f[e][a]].upper = 0;
	}
}

static void together_preferred(struct relations *r, uint32_t w, uint32_t with, double price)
{
	struct hk_milp *milp = &r->form->milp;

	for (uint32_t c = 0; c < r->b->workloads[w].n_candidates; c++) {
		uint32_t domain = domain_of(r, w, c);

		if (!is_first(r, w, c))
			continue;
		uint32_t alone = hk_milp_column(milp, relation_name(r, "alone", w, with, domain), 0, INFINITY, price);

		hk_milp_row(milp, relation_name(r, "alone", w, with, domain), HK_MILP_GE, 0);
		hk_milp_term(milp, alone, 1);
		add_domain(r, r->own->z, w, domain, -1);
		add_domain(r, r->own->z, with, domain, 1);
	}
}

/* Required: the domain holds one of the two at most; preferred: holding both costs. With itself: one replica, or a price for each further one. */
static void apart(struct relations *r, uint32_t w, uint32_t with, bool required, double price)
{
	struct hk_milp *milp = &r->form->milp;

	for (uint32_t c = 0; c < r->b->workloads[w].n_candidates; c++) {
		uint32_t domain = domain_of(r, w, c), both = HK_MILP_NONE, here, there = HK_MILP_NONE;

		if (!is_first(r, w, c) || (with != w && !has_candidates_in(r, with, domain)))
			continue;
		here = with == w ? HK_MILP_NONE : presence_of(r, w, domain);
		there = with == w ? HK_MILP_NONE : presence_of(r, with, domain);
		if (!required)
			both = hk_milp_column(milp, relation_name(r, "both", w, with, domain), 0, INFINITY, price);
		hk_milp_row(milp, relation_name(r, "apart", w, with, domain), HK_MILP_LE, 1);
		if (with == w) {
			add_domain(r, r->own->x, w, domain, 1);
		} else {
			hk_milp_term(milp, here, 1);
			hk_milp_term(milp, there, 1);
		}
		if (!required)
			hk_milp_term(milp, both, -1);
	}
}

static void begin(struct relations *r, struct hk_form *form, uint32_t block)
{
	*r = (struct relations){ .form = form, .block = block, .b = &form->problem->blocks[block], .own = &form->blocks[block] };
}

/* required selects the rows of rules 10 to 12, otherwise the priced ones. */
static void relate(struct relations *r, uint32_t w, const struct hk_workload *workload, bool required)
{
	double affinity = hk_form_pipeline(r->form, r->block)->objective.affinity;

	for (size_t i = 0; i < workload->n_together; i++) {
		const struct hk_pairing *pairing = &workload->together[i];
		uint32_t with = hk_block_workload(r->b, pairing->with);

		if (with == HK_MILP_NONE || with == w || pairing->required != required)
			continue;
		use_level(r, pairing->level);
		if (required)
			together_required(r, w, with);
		else if (pairing->weight * affinity > 0)
			together_preferred(r, w, with, pairing->weight * affinity);
	}
	for (size_t i = 0; i < workload->n_apart; i++) {
		const struct hk_pairing *pairing = &workload->apart[i];
		uint32_t with = hk_block_workload(r->b, pairing->with);

		if (with == HK_MILP_NONE || pairing->level == HK_LEVEL_NODE || pairing->required != required)
			continue;
		use_level(r, pairing->level);
		if (required || pairing->weight * affinity > 0)
			apart(r, w, with, required, pairing->weight * affinity);
	}
}

static void relate_all(struct hk_form *form, uint32_t block, bool required)
{
	const struct hk_pipeline *pipeline = hk_form_pipeline(form, block);
	struct relations r;

	begin(&r, form, block);
	for (uint32_t w = 0; w < r.b->n_workloads; w++) {
		const struct hk_workload *workload = &pipeline->workloads[r.b->workloads[w].workload];

		if (required && workload->has_spread)
			spread(&r, w, workload);
		relate(&r, w, workload, required);
	}
	hk_vec_release(&r.presences);
}

void hk_form_domains(struct hk_form *form, uint32_t block)
{
	relate_all(form, block, true);
}

void hk_form_preferences(struct hk_form *form, uint32_t block)
{
	relate_all(form, block, false);
}

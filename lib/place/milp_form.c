/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/milp_form.h"

#include "place/availability.h"

#include <math.h>

const struct hk_pipeline *hk_form_pipeline(const struct hk_form *form, uint32_t block)
{
	return &form->problem->model->pipelines[form->problem->blocks[block].pipeline];
}

struct hk_milp_name hk_form_name(const struct hk_form *form, const char *kind, uint32_t block, uint32_t workload, uint32_t candidate)
{
	const struct hk_pipeline *pipeline = hk_form_pipeline(form, block);
	const struct hk_place_workload *placed = &form->problem->blocks[block].workloads[workload];
	struct hk_milp_name name = { .kind = kind, .pipeline = pipeline->name, .subject = pipeline->workloads[placed->workload].name };

	if (candidate != HK_MILP_NONE)
		name.place = form->problem->model->clusters[placed->candidates[candidate].cluster].name;
	return name;
}

uint32_t hk_edge_from_cluster(const struct hk_block *block, const struct hk_edge *edge, const struct hk_arc *arc)
{
	return edge->from_kind == HK_END_FIXED ? edge->from : block->workloads[edge->from].candidates[arc->from].cluster;
}

uint32_t hk_edge_to_cluster(const struct hk_block *block, const struct hk_edge *edge, const struct hk_arc *arc)
{
	return edge->to_kind == HK_END_FIXED ? edge->to : block->workloads[edge->to].candidates[arc->to].cluster;
}

struct hk_milp_name hk_form_edge_name(const struct hk_form *form, const char *kind, uint32_t block, uint32_t edge, uint32_t arc)
{
	const struct hk_block *b = &form->problem->blocks[block];
	const struct hk_pipeline *pipeline = hk_form_pipeline(form, block);
	const struct hk_connection *connection = &pipeline->connections[b->edges[edge].connection];
	struct hk_milp_name name = { .kind = kind, .pipeline = pipeline->name, .subject = hk_connection_from(pipeline, connection),
				     .object = hk_connection_to(pipeline, connection) };

	if (arc != HK_MILP_NONE) {
		name.place = form->problem->model->clusters[hk_edge_from_cluster(b, &b->edges[edge], &b->edges[edge].arcs[arc])].name;
		name.target = form->problem->model->clusters[hk_edge_to_cluster(b, &b->edges[edge], &b->edges[edge].arcs[arc])].name;
	}
	return name;
}

uint32_t hk_block_workload(const struct hk_block *block, uint32_t model_workload)
{
	for (uint32_t w = 0; w < block->n_workloads; w++)
		if (block->workloads[w].workload == model_workload)
			return w;
	return HK_MILP_NONE;
}

/* Replicas that others' required node-level `together` may ask for beyond what the workload's own load does. */
static uint32_t asked_by_companions(const struct hk_problem *problem, const struct hk_block *block, uint32_t workload, uint32_t cluster)
{
	const struct hk_pipeline *pipeline = &problem->model->pipelines[block->pipeline];
	uint64_t sum = 0;

	for (uint32_t v = 0; v < block->n_workloads; v++) {
		const struct hk_workload *other = &pipeline->workloads[block->workloads[v].workload];

		for (size_t i = 0; v != workload && i < other->n_together; i++) {
			if (!other->together[i].required || other->together[i].level != HK_LEVEL_NODE ||
			    other->together[i].with != block->workloads[workload].workload)
				continue;
			for (uint32_t c = 0; c < block->workloads[v].n_candidates; c++)
				if (block->workloads[v].candidates[c].cluster == cluster)
					sum += block->workloads[v].candidates[c].max_replicas;
		}
	}
	return sum < 100000 ? (uint32_t)sum : 100000;
}

/*
 * Row 11 of the model: beyond what the load, the wanted minimum, the availability target, companions and the previous plan can use, another replica only costs.
 */
uint32_t hk_form_most(const struct hk_problem *problem, const struct hk_block *block, uint32_t workload, uint32_t candidate)
{
	const struct hk_place_workload *placed = &block->workloads[workload];
	const struct hk_candidate *c = &placed->candidates[candidate];
	uint32_t useful = placed->least > placed->need ? placed->least : placed->need;
	uint32_t companions = asked_by_companions(problem, block, workload, c->cluster);

	/* what sharing nodes can make useful is in the candidate's own limit */
	if (placed->availability > 0)
		useful = c->max_replicas > useful ? c->max_replicas : useful;
	if (placed->previous && placed->previous[candidate] > useful)
		useful = placed->previous[candidate];
	useful = companions > useful ? companions : useful;
	useful = placed->max_replicas < useful ? placed->max_replicas : useful;
	return c->max_replicas < useful ? c->max_replicas : useful;
}

static uint32_t **column_table(struct hk_form *form, uint32_t rows)
{
	return hk_arena_array(&form->arena, (size_t)rows + 1, sizeof(uint32_t *));
}

static uint32_t *column_list(struct hk_form *form, uint32_t count)
{
	uint32_t *list = hk_arena_array(&form->arena, (size_t)count + 1, sizeof *list);

	for (uint32_t i = 0; i < count; i++)
		list[i] = HK_MILP_NONE;
	return list;
}

void hk_form_columns(struct hk_form *form, uint32_t block)
{
	const struct hk_block *b = &form->problem->blocks[block];
	struct hk_form_block *own = &form->blocks[block];

	own->x = column_table(form, b->n_workloads);
	own->z = column_table(form, b->n_workloads);
	own->f = column_table(form, b->n_edges);
	own->used = column_table(form, b->n_edges);
	for (uint32_t w = 0; w < b->n_workloads; w++) {
		const struct hk_place_workload *placed = &b->workloads[w];

		own->x[w] = column_list(form, placed->n_candidates);
		own->z[w] = column_list(form, placed->n_candidates);
		for (uint32_t c = 0; c < placed->n_candidates; c++) {
			uint32_t most = hk_form_most(form->problem, b, w, c);

			own->x[w][c] = hk_milp_integer(&form->milp, hk_form_name(form, "x", block, w, c), placed->candidates[c].least, most,
						       placed->candidates[c].replica_cost, HK_PRIORITY_COUNT);
			own->z[w][c] = hk_milp_column(&form->milp, hk_form_name(form, "z", block, w, c), 0, most > 0 ? 1 : 0, placed->candidates[c].load_cost);
		}
	}
	for (uint32_t e = 0; e < b->n_edges; e++) {
		own->f[e] = column_list(form, b->edges[e].n_arcs);
		own->used[e] = column_list(form, b->edges[e].n_arcs);
		for (uint32_t a = 0; a < b->edges[e].n_arcs; a++)
			own->f[e][a] = hk_milp_column(&form->milp, hk_form_edge_name(form, "f", block, e, a), 0, 1, b->edges[e].arcs[a].cost);
	}
	/* a fixed column rather than a constant of the objective: file formats disagree about the sign of constants */
	if (b->fixed_cost != 0)
		hk_milp_column(&form->milp, (struct hk_milp_name){ .kind = "constant", .pipeline = hk_form_pipeline(form, block)->name }, 1, 1, b->fixed_cost);
}

void hk_form_own(struct hk_form *form, uint32_t member)
{
	while (form->owner.n < form->milp.columns.n)
		hk_vec_push(&form->owner, member);
}

void hk_form_build_shared(struct hk_form *form, const struct hk_problem *problem, const uint32_t *members, uint32_t n_members, const struct hk_cuts *cuts,
			  const double *shares)
{
	*form = (struct hk_form){ .problem = problem, .members = members, .n_members = n_members, .n_owners = n_members };
	form->blocks = hk_arena_array(&form->arena, (size_t)problem->n_blocks + 1, sizeof *form->blocks);
	for (uint32_t i = 0; i < n_members; i++) {
		hk_form_columns(form, members[i]);
		hk_form_own(form, i);
	}
	for (uint32_t i = 0; i < n_members; i++) {
		hk_form_flow(form, members[i]);
		hk_form_service(form, members[i]);
		hk_form_counts(form, members[i]);
		hk_form_domains(form, members[i]);
		hk_form_preferences(form, members[i]);
		hk_form_path_limits(form, members[i]);
		hk_form_path_requests(form, members[i]);
		hk_form_own(form, i);
	}
	if (problem->n_options > 0)
		hk_form_options(form, shares);
	hk_form_capacity(form);
	hk_form_links(form);
	if (cuts)
		hk_form_cuts(form, cuts);
}

void hk_form_build(struct hk_form *form, const struct hk_problem *problem, const uint32_t *members, uint32_t n_members, const struct hk_cuts *cuts)
{
	hk_form_build_shared(form, problem, members, n_members, cuts, NULL);
}

void hk_form_release(struct hk_form *form)
{
	hk_milp_release(&form->milp);
	hk_vec_release(&form->owner);
	hk_arena_release(&form->arena);
}

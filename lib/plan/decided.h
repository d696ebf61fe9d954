/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of hk_plan_from_solution share: the solver's decisions, cleaned of numerical noise. Private to lib/plan. */
#ifndef HK_PLAN_DECIDED_H
#define HK_PLAN_DECIDED_H

#include "model/cluster_index.h"
#include "place/solution.h"
#include "plan/plan.h"

/* One pipeline. Indices are those of the block; plan is the pipeline of the plan being filled. */
struct hk_decided_pipeline {
	const struct hk_pipeline *pipeline;
	const struct hk_block *block;
	uint32_t **replicas;           /* [workload][candidate], the solver's */
	double **load;                 /* [workload][candidate]: share of the load, following from flow */
	double **flow;                 /* [edge][arc]: share of the edge's traffic; 0 or at least 1e-9 */
	struct hk_plan_pipeline *plan;
	double late_paths;             /* currency/h for paths whose mean misses a request; set by hk_plan_fill_paths */
};

struct hk_decided {
	const struct hk_problem *problem;
	const struct hk_model *model;
	const struct hk_solution *solution;
	struct hk_plan *plan;
	struct hk_arena arena;         /* scratch */
	struct hk_decided_pipeline *pipelines;      /* one per block */
	struct hk_cluster_index by_label;
	struct hk_cluster_list fitting;             /* scratch */
	double *ours;                  /* [cluster * n_resources + resource]: requests of all our replicas; set by hk_plan_fill_use */
};

/* Decisions without noise: probabilities on a grid of 1e-9 that add up to 1, and the loads they lead to. */
void hk_decided_clean(struct hk_decided *decided, struct hk_decided_pipeline *pipeline, const struct hk_block_solution *solution);

/* Index in the block of a workload of the model pipeline; HK_NO_INDEX when the block does not have it. */
uint32_t hk_decided_local(const struct hk_block *block, uint32_t model_workload);
/* Cluster at the end of an arc. */
uint32_t hk_decided_from(const struct hk_block *block, const struct hk_edge *edge, const struct hk_arc *arc);
uint32_t hk_decided_to(const struct hk_block *block, const struct hk_edge *edge, const struct hk_arc *arc);
/* bit/s along the pair, site access included; as given, or with what is bought. */
double hk_decided_bandwidth(const struct hk_decided *decided, const struct hk_decided_pipeline *pipeline, const struct hk_edge *edge, const struct hk_arc *arc,
			    bool given);
/* bit/s of a link with what is bought */
double hk_decided_link_bandwidth(const struct hk_decided *decided, uint32_t link);
/* 12 significant digits: hides the last bits of sums, which differ between machines; never -0. */
double hk_tidy(double value);
/* As hk_tidy for values made as 1 - (1 - x), which are right to 1e-15 or so only. */
double hk_tidy_loss(double loss);

void hk_plan_fill_routes(struct hk_decided *decided, struct hk_decided_pipeline *pipeline);
void hk_plan_fill_paths(struct hk_decided *decided, struct hk_decided_pipeline *pipeline);
void hk_plan_fill_use(struct hk_decided *decided);
void hk_plan_fill_network(struct hk_decided *decided);
void hk_plan_fill_costs(struct hk_decided *decided);
void hk_plan_fill_reasons(struct hk_decided *decided, struct hk_decided_pipeline *pipeline);

#endif

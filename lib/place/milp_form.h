/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The strong form of the placement model (docs/optimisation-model.md) for some of the pipelines: which column means what, and the functions that write the
 * rows, one file per topic. Internal to the solver.
 */
#ifndef HK_PLACE_MILP_FORM_H
#define HK_PLACE_MILP_FORM_H

#include "place/cuts.h"
#include "place/milp.h"
#include "place/problem.h"

/* Branching order: counts first, they settle most of the rest. */
enum { HK_PRIORITY_LITERAL = 1, HK_PRIORITY_ARC = 2, HK_PRIORITY_DOMAIN = 3, HK_PRIORITY_COUNT = HK_MILP_COUNTS, HK_PRIORITY_TOTAL = 5, HK_PRIORITY_OPTION = 6,
       HK_PRIORITY_FORGIVEN = HK_MILP_FIRST };

struct hk_form_block {
	uint32_t **x, **z;            /* [workload][candidate]: replicas, share of the load */
	uint32_t **f;                 /* [edge][arc]: share of the edge's traffic */
	uint32_t *total;              /* [workload]: replicas in all clusters, 0 until a cut asks for it; NULL before the first */
	uint32_t **used;              /* [edge][arc]: binary "f may be positive", HK_MILP_NONE until a path limit asks for it */
};

struct hk_form {
	const struct hk_problem *problem;
	struct hk_arena arena;
	struct hk_milp milp;
	const uint32_t *members; uint32_t n_members;    /* blocks in the model */
	struct hk_form_block *blocks;                   /* by block of the problem; empty for those outside */
	struct { uint32_t *v; size_t n, cap; } owner;   /* per column: position in members of the block it belongs to; n_members for options */
	/* per option of the problem: its column (whole steps, share of the most, or binary), HK_MILP_NONE when no member can use it; NULL without options */
	uint32_t *options;
	uint32_t n_owners;                              /* n_members, one more with options */
};

/* Build everything. cuts may be NULL. Members sorted; borrowed. */
void hk_form_build(struct hk_form *form, const struct hk_problem *problem, const uint32_t *members, uint32_t n_members, const struct hk_cuts *cuts);
/* shares: per option of the problem, the part of its price that counts here, the rest being for others who can use it too; NULL = all. */
void hk_form_build_shared(struct hk_form *form, const struct hk_problem *problem, const uint32_t *members, uint32_t n_members, const struct hk_cuts *cuts,
			  const double *shares);
void hk_form_release(struct hk_form *form);

/* Give the columns made since the last call to the member. */
void hk_form_own(struct hk_form *form, uint32_t member);

/* Most replicas of a workload in a candidate that can be of any use. */
uint32_t hk_form_most(const struct hk_problem *problem, const struct hk_block *block, uint32_t workload, uint32_t candidate);

void hk_form_columns(struct hk_form *form, uint32_t block);
void hk_form_flow(struct hk_form *form, uint32_t block);
void hk_form_service(struct hk_form *form, uint32_t block);
void hk_form_counts(struct hk_form *form, uint32_t block);
void hk_form_domains(struct hk_form *form, uint32_t block);
void hk_form_preferences(struct hk_form *form, uint32_t block);
void hk_form_path_limits(struct hk_form *form, uint32_t block);
void hk_form_path_requests(struct hk_form *form, uint32_t block);
void hk_form_capacity(struct hk_form *form);
void hk_form_links(struct hk_form *form);
/* Columns and rows of what the members can have bought. */
void hk_form_options(struct hk_form *form, const double *shares);
/* bit/s that one unit of a bandwidth option's column stands for. */
double hk_form_option_unit(const struct hk_option *option);
/* What the point pays for options. */
double hk_form_options_paid(const struct hk_form *form, const double *point);
/* The workload's replicas in all clusters, as a column of its own. */
uint32_t hk_form_total(struct hk_form *form, uint32_t block, uint32_t workload);
void hk_form_pairs(struct hk_form *form, const struct hk_pairs_cut *cut);
void hk_form_cuts(struct hk_form *form, const struct hk_cuts *cuts);

/* Names and lookups shared by the row files. */
const struct hk_pipeline *hk_form_pipeline(const struct hk_form *form, uint32_t block);
struct hk_milp_name hk_form_name(const struct hk_form *form, const char *kind, uint32_t block, uint32_t workload, uint32_t candidate);
struct hk_milp_name hk_form_edge_name(const struct hk_form *form, const char *kind, uint32_t block, uint32_t edge, uint32_t arc);
/* Clusters of an arc's ends. */
uint32_t hk_edge_from_cluster(const struct hk_block *block, const struct hk_edge *edge, const struct hk_arc *arc);
uint32_t hk_edge_to_cluster(const struct hk_block *block, const struct hk_edge *edge, const struct hk_arc *arc);
/* Position in the block of a workload of the model's pipeline. */
uint32_t hk_block_workload(const struct hk_block *block, uint32_t model_workload);

#endif

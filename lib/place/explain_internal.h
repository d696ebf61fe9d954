/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why there is no plan: demands with names and lines, copies of the model in which some of them are dropped or changed, and the search for a smallest set that
 * cannot hold. Every question is put to the real problem builder and solver, so an explanation means exactly what a plan means.
 */
#ifndef HK_PLACE_EXPLAIN_INTERNAL_H
#define HK_PLACE_EXPLAIN_INTERNAL_H

#include "base/vec.h"
#include "place/solve.h"

/* In order of blame: what stands first is kept in the explanation when there is a choice. */
enum hk_demand_kind {
	HK_DEMAND_RATE,               /* pipeline, item = input */
	HK_DEMAND_LIMIT,              /* pipeline, item = connection, sub = metric */
	HK_DEMAND_PATH,               /* pipeline, item = path, sub = metric */
	HK_DEMAND_MOST,               /* replicas.max; pipeline, item = workload */
	HK_DEMAND_LEAST,              /* replicas.min */
	HK_DEMAND_AVAILABILITY,
	HK_DEMAND_SPREAD,
	HK_DEMAND_APART,              /* sub = which */
	HK_DEMAND_TOGETHER,
	HK_DEMAND_REQUIRE,
	HK_DEMAND_FEATURES,           /* features, node affinity and least node size */
	HK_DEMAND_SITE,               /* item = site: what its access adds */
	HK_DEMAND_LINK,               /* item = first link of the line */
	HK_DEMAND_CAPACITY,           /* item = cluster */
};

enum hk_demand_metric { HK_DEMAND_LATENCY, HK_DEMAND_JITTER, HK_DEMAND_LOSS, HK_DEMAND_BANDWIDTH };

struct hk_demand {
	enum hk_demand_kind kind;
	uint32_t pipeline, item, sub;
	struct hk_where where;
	enum { HK_DEMAND_KEEP, HK_DEMAND_DROP, HK_DEMAND_REPLACE } state;
	double value;                 /* what the user asks, for kinds that are a number */
	double replacement;           /* used with HK_DEMAND_REPLACE */
	/*
	 * HK_DEMAND_REQUIRE, HK_DEMAND_FEATURES: with HK_DEMAND_REPLACE, this term also takes this value, or is left out where there is none; a feature of this
	 * number is left out
	 */
	uint32_t term; const char *also;
};

struct hk_inquiry {
	const struct hk_model *model;
	struct hk_solve_options options;              /* for each question */
	double deadline;
	HK_VEC(struct hk_demand) demands;
	bool *pipelines;              /* those that take part */
	/* why can no replica of this workload be in this cluster: its load and its number are of no interest then */
	bool pinned; uint32_t pin_pipeline, pin_workload, pin_cluster;
	/* while looking for the repair of one cluster: more of this resource on each of its nodes, or more nodes of this group */
	uint32_t repair_cluster, repair_resource, repair_group; double repair_amount;
	/* the links of the last question; routes NULL before the first */
	struct { struct hk_arena arena; struct hk_model model; struct hk_routes *routes; } world;
	unsigned questions, searches; /* asked in all; whole searches that may still be made */
	bool undecided;               /* a question had no answer within its limits */
	bool gave_up;                 /* a model was too large for the solver: no more whole searches */
};

void hk_demands_collect(struct hk_inquiry *inquiry);
const struct hk_bound *hk_demand_bound(const struct hk_model *model, const struct hk_demand *demand);
/* The model with dropped and replaced demands applied and only the pipelines that take part. Borrows from the original; all new memory is in the arena. */
void hk_demands_apply(const struct hk_inquiry *inquiry, struct hk_model *relaxed, struct hk_arena *arena);

/* 1: building the problem proves there is no plan; 0: it does not; -1: error. A small part of the time of a question. */
int hk_inquiry_refuted(struct hk_inquiry *inquiry, struct hk_err *err);
/* 1: there is a plan; 0: proved there is none; -1: error. No answer within the limits counts as a plan and sets inquiry->undecided. */
int hk_inquiry_ask(struct hk_inquiry *inquiry, struct hk_err *err);

/* Frees what the questions left. */
void hk_inquiry_close(struct hk_inquiry *inquiry);

/* What the demand asks. */
void hk_demand_say(const struct hk_inquiry *inquiry, const struct hk_demand *demand, struct hk_buf *out);
/*
 * The least change of one of the first n demands, which cannot hold together, that makes them possible with all else the pipelines ask for; where there are
 * other conflicts too, with the n demands alone. Empty when none is known. Changes the states of demands.
 */
int hk_demand_repair(struct hk_inquiry *inquiry, size_t which, size_t n, struct hk_buf *out, struct hk_err *err);

#endif

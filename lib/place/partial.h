/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Worlds that cannot carry all pipelines: which of them stay. Pipelines are taken in order of priority, then of names; one is left out only when it cannot be
 * carried together with those taken before it. So no pipeline left out could be put back without taking out one that comes before it.
 */
#ifndef HK_PLACE_PARTIAL_H
#define HK_PLACE_PARTIAL_H

#include "place/solve.h"

struct hk_left_out {
	uint32_t pipeline;            /* of the whole model */
	const char *why;              /* what is full and who is there */
	bool shown;                   /* proved; false: a limit came first */
};

struct hk_partial {
	struct hk_arena arena;
	struct hk_model model;        /* with the pipelines that stay; borrows from the whole one: not to be released */
	struct hk_left_out *left; size_t n_left;      /* by name */
};

/* previous may be NULL. options: limits of each question. */
int hk_partial_choose(struct hk_partial *partial, const struct hk_model *model, const struct hk_plan *previous, const struct hk_solve_options *options,
		      struct hk_err *err);
void hk_partial_release(struct hk_partial *partial);

#endif

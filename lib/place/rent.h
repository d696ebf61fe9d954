/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is full and what more of it is worth: the price of a full resource or link is what the least cost would fall by for each unit more, as far as the
 * relaxation of all pipelines together tells (the prices of a plan that was made with prices, else duals of the linear relaxation). For the dearest few the
 * world with one unit more is solved again.
 */
#ifndef HK_PLACE_RENT_H
#define HK_PLACE_RENT_H

#include "place/solve.h"

struct hk_rent {
	bool is_link;
	uint32_t cluster, resource;   /* when not a link */
	uint32_t link;
	double used, capacity;        /* units of the resource; bit/s */
	double unit;                  /* one more of it: 1, 1 GiB of memory, 1 Mbit/s */
	double price;                 /* currency/h per unit; NaN: not known */
	double saving;                /* currency/h of one unit more, solved again; NaN: not done, or no plan found */
	bool exact;                   /* both plans were proved optimal */
};

struct hk_rents {
	struct hk_arena arena;
	struct hk_rent *v; size_t n;  /* what is full or has a price: dearest first, then by name */
};

/* model and plan belong together. resolve: how many of the dearest to solve again. */
int hk_rents_find(struct hk_rents *rents, const struct hk_model *model, const struct hk_plan *plan, size_t resolve, const struct hk_solve_options *options,
		  struct hk_err *err);
void hk_rents_release(struct hk_rents *rents);

#endif

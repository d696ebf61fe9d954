/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What paths whose mean misses its request cost (docs/optimisation-model.md, "late paths"), from flows rather than from a model's columns. */
#ifndef HK_PLACE_LATENESS_H
#define HK_PLACE_LATENESS_H

#include "place/solution.h"

/* currency/h, of one block. O(arcs) for each path and quantity. */
double hk_late_paths(const struct hk_problem *problem, uint32_t block, const struct hk_block_solution *solution);

#endif

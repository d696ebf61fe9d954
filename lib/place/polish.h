/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a point that GLPK found, whole numbers off by its tolerance, to counts, loads and flows that hold to the last digits. Internal to the solver. */
#ifndef HK_PLACE_POLISH_H
#define HK_PLACE_POLISH_H

#include "place/milp_form.h"
#include "place/solution.h"

/* Fix every whole number and close what they close, so that the last linear program has no tolerance left to carry traffic where none may be. */
void hk_polish_fix(struct hk_form *form, const double *point);
/* Recompute loads along the pipeline from the fractions in the flows, so that conservation holds to the last digits. */
void hk_polish_clean(const struct hk_problem *problem, const struct hk_block *block, struct hk_block_solution *solution);
/* The point as answers of the form's members, cleaned. blocks: by block of the problem, with room. */
void hk_polish_extract(const struct hk_form *form, const double *point, struct hk_block_solution *blocks);

#endif

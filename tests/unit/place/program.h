/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random linear programs as GLPK holds them, for tests of what search trees do with their relaxations: same seed, same program. */
#ifndef HK_TESTS_PLACE_PROGRAM_H
#define HK_TESTS_PLACE_PROGRAM_H

#include "base/rng.h"

#include <glpk.h>
#include <stdbool.h>

enum { PROGRAM_COLUMNS_MOST = 40 };

double program_draw(struct hk_rng *rng, double least, double most);
/* Rows as those of placement, with this part of the columns each. The caller deletes it. */
glp_prob *program_random(struct hk_rng *rng, int columns, int rows, double part);
/* Its relaxation, in place; false when there is no optimum. */
bool program_solve(glp_prob *problem);
/* The same from nothing, and the program stays as it is. INFINITY when nothing is in it. */
double program_least_cost(glp_prob *problem);

#endif

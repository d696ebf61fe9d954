/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A text of documents as a model and a problem, for tests of the solver. */
#ifndef HK_TESTS_PLACE_INSTANCE_H
#define HK_TESTS_PLACE_INSTANCE_H

#include "model/load.h"
#include "place/solve.h"

struct instance {
	struct hk_workspace workspace;
	struct hk_diags diags;
	struct hk_model model;
	struct hk_problem problem;
	struct hk_solution solution;
	struct hk_err err;
	bool infeasible;              /* the builder saw it already */
};

/* Fails the test on findings or errors. */
void instance_open(struct instance *instance, const char *text);
void instance_family(struct instance *instance, const char *family, unsigned workloads, unsigned clusters, uint64_t seed, bool tight, bool rich);
/* Solve; outcome INFEASIBLE when the builder said so. Every plan is put before the independent checker; false with a printed reason when it objects. */
bool instance_solve(struct instance *instance, const struct hk_solve_options *options);
void instance_close(struct instance *instance);

#endif

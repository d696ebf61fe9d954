/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instance.h"

#include "family.h"
#include "place/check.h"
#include "plan/from_solution.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void print_findings(const struct hk_diags *diags)
{
	for (size_t i = 0; i < diags->list.n; i++)
		print_message("%s:%u: %s %s\n", diags->list.v[i].range.file ? diags->list.v[i].range.file : "-", diags->list.v[i].range.line,
			      diags->list.v[i].rule->code, diags->list.v[i].summary);
}

void instance_open(struct instance *instance, const char *text)
{
	int code;

	*instance = (struct instance){ .diags = HK_DIAGS_INIT };
	code = hk_workspace_add_text(&instance->workspace, "test.yaml", hk_str_of(text), true, &instance->diags, &instance->err);
	if (code == 0)
		code = hk_model_load(&instance->model, &instance->workspace, &instance->diags, &instance->err);
	if (instance->diags.errors > 0)
		print_findings(&instance->diags);
	assert_int_equal(code, 0);
	assert_int_equal(instance->diags.errors, 0);
	assert_int_equal(hk_problem_build(&instance->problem, &instance->model, NULL, &instance->infeasible, &instance->err), 0);
}

void instance_family(struct instance *instance, const char *family, unsigned workloads, unsigned clusters, uint64_t seed, bool tight, bool rich)
{
	struct hk_buf text = HK_BUF_INIT;

	assert_true(hk_family_generate(family, workloads, clusters, seed, tight, rich, &text));
	instance_open(instance, text.s);
	hk_buf_release(&text);
}

static bool passes_checker(struct instance *instance)
{
	struct hk_plan plan = { 0 };
	struct hk_check_report report = { 0 };
	struct hk_diags findings = HK_DIAGS_INIT;
	double objective = instance->solution.objective;
	bool good;

	assert_int_equal(hk_plan_from_solution(&plan, &instance->problem, &instance->solution, NULL, &instance->err), 0);
	assert_int_equal(hk_check_plan(&instance->model, &plan, NULL, &report, &findings, &instance->err), 0);
	good = report.violations == 0;
	if (!good)
		print_findings(&findings);
	if (fabs(report.objective - objective) > 1e-6 * fmax(1, fabs(objective))) {
		print_message("the solver says %.9g, the checker %.9g\n", objective, report.objective);
		good = false;
	}
	hk_plan_release(&plan);
	hk_diags_release(&findings);
	return good;
}

bool instance_solve(struct instance *instance, const struct hk_solve_options *options)
{
	if (instance->infeasible) {
		instance->solution.outcome = HK_SOLVED_INFEASIBLE;
		return true;
	}
	if (hk_solve(&instance->problem, options, &instance->solution, &instance->err) != 0)
		fail_msg("%s", instance->err.message);
	if (instance->solution.outcome == HK_SOLVED_INFEASIBLE || instance->solution.outcome == HK_SOLVED_NOTHING)
		return true;
	return passes_checker(instance);
}

void instance_close(struct instance *instance)
{
	hk_solution_release(&instance->solution);
	hk_problem_release(&instance->problem);
	hk_model_release(&instance->model);
	hk_workspace_release(&instance->workspace);
	hk_diags_release(&instance->diags);
	hk_err_release(&instance->err);
}

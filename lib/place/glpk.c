/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/glpk_internal.h"

#include <math.h>
#include <string.h>
#include <time.h>

double hk_glpk_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static _Thread_local struct hk_glpk_thread on_this_thread;

struct hk_glpk_thread *hk_glpk_this_thread(void)
{
	return &on_this_thread;
}

void hk_glpk_free_thread(void)
{
	glp_free_env();
	on_this_thread.generation++;
	on_this_thread.kept = 0;
}

static void on_error(void *info)
{
	struct hk_leash *leash = info;

	hk_glpk_free_thread();
	longjmp(leash->out, 1);
}

/* Objects that others keep on this thread stay. */
static void clear_up(struct hk_leash *leash)
{
	if (on_this_thread.kept == 0) {
		hk_glpk_free_thread();
		return;
	}
	if (leash->problem)
		glp_delete_prob(leash->problem);
}

static int on_text(void *info, const char *text)
{
	struct hk_leash *leash = info;
	size_t length = strcspn(text, "\n");

	if (length > 0) {
		length = length < sizeof leash->text ? length : sizeof leash->text - 1;
		memcpy(leash->text, text, length);
		leash->text[length] = '\0';
	}
	return 1;
}

bool hk_leash_stopped(struct hk_leash *leash)
{
	if (leash->limits->interrupt && *leash->limits->interrupt)
		leash->result->interrupted = true;
	else if (!(hk_glpk_clock() > leash->limits->deadline))
		return false;
	leash->result->hit_limit = true;
	return true;
}

int hk_leash_bounds_kind(double lower, double upper)
{
	if (lower == upper)
		return GLP_FX;
	if (isinf(upper))
		return GLP_LO;
	return GLP_DB;
}

/* A power of two, so that scaling costs loses no digit. */
static double cost_scale(const struct hk_milp *milp)
{
	double largest = 0;
	int exponent = 0;

	for (size_t j = 0; j < milp->columns.n; j++)
		largest = fmax(largest, fabs(milp->columns.v[j].cost));
	if (largest == 0)
		return 1;
	frexp(largest, &exponent);
	/* denormal costs: the scale itself must stay finite */
	return ldexp(1, 7 - (exponent > -1000 ? exponent : -1000));
}

static void load_columns(const struct hk_leash *leash, const struct hk_milp *milp, bool whole, glp_prob *problem)
{
	if (milp->columns.n > 0)
		glp_add_cols(problem, (int)milp->columns.n);
	for (size_t j = 0; j < milp->columns.n; j++) {
		const struct hk_milp_column *column = &milp->columns.v[j];

		glp_set_col_bnds(problem, (int)j + 1, hk_leash_bounds_kind(column->lower, column->upper), column->lower, column->upper);
		if (!leash->limits->first)
			glp_set_obj_coef(problem, (int)j + 1, column->cost * leash->scale);
		if (column->integer && whole)
			glp_set_col_kind(problem, (int)j + 1, GLP_IV);
	}
}

static void load_rows(const struct hk_milp *milp, glp_prob *problem)
{
	static const int kinds[] = { [HK_MILP_EQ] = GLP_FX, [HK_MILP_LE] = GLP_UP, [HK_MILP_GE] = GLP_LO };
	size_t widest = 0;
	int *index;
	double *value;

	for (size_t i = 0; i < milp->rows.n; i++)
		widest = milp->rows.v[i].count > widest ? milp->rows.v[i].count : widest;
	index = glp_alloc((int)widest + 1, sizeof *index);
	value = glp_alloc((int)widest + 1, sizeof *value);
	if (milp->rows.n > 0)
		glp_add_rows(problem, (int)milp->rows.n);
	for (size_t i = 0; i < milp->rows.n; i++) {
		const struct hk_milp_row *row = &milp->rows.v[i];

		for (size_t k = 0; k < row->count; k++) {
			index[k + 1] = (int)milp->terms.v[row->first + k].column + 1;
			value[k + 1] = milp->terms.v[row->first + k].value;
		}
		glp_set_row_bnds(problem, (int)i + 1, kinds[row->sense], row->rhs, row->rhs);
		glp_set_mat_row(problem, (int)i + 1, (int)row->count, index, value);
	}
	glp_free(index);
	glp_free(value);
}

glp_prob *hk_leash_load(const struct hk_leash *leash, const struct hk_milp *milp, bool whole)
{
	glp_prob *problem = glp_create_prob();

	load_columns(leash, milp, whole, problem);
	load_rows(milp, problem);
	return problem;
}

static void keep(struct hk_leash *leash)
{
	for (size_t j = 0; j < leash->milp->columns.n; j++)
		leash->point[j] = glp_get_col_prim(leash->problem, (int)j + 1);
	leash->result->objective = hk_milp_value(leash->milp, leash->point);
}

/* More than any program takes that does not go round in circles, which GLPK does not notice. */
static int most_iterations(const struct hk_milp *milp)
{
	return (int)fmin(1e6, 2000 + 20.0 * (double)(milp->rows.n + milp->columns.n));
}

/* A few hundred iterations at a time so that an interrupt is seen. False when that is the end of it. */
static bool iterate(struct hk_leash *leash, const glp_smcp *parameters, int *code)
{
	for (;;) {
		int iterations;

		*code = glp_simplex(leash->problem, parameters);
		iterations = glp_get_it_cnt(leash->problem);
		leash->result->iterations = (uint64_t)iterations;
		if (*code != GLP_EITLIM)
			return true;
		if (hk_leash_stopped(leash))
			return false;
		if (leash->limits->iterations && (uint64_t)iterations >= leash->limits->iterations) {
			leash->result->hit_limit = true;
			return false;
		}
		if (iterations >= most_iterations(leash->milp))
			return true;
	}
}

/* From the basis that is kept, else from rows alone. True when optimal, else result->status is final. */
static bool solve_relaxation(struct hk_leash *leash)
{
	const uint8_t *basis = leash->limits->basis;
	bool kept = basis && hk_leash_enter_basis(leash, NULL, NULL, basis);
	glp_smcp parameters;
	int code = 0;

	glp_init_smcp(&parameters);
	parameters.msg_lev = GLP_MSG_OFF;
	/* rows that were added leave the prices as they are, and next to nothing has a price below 0 where the search begins with all at 0 */
	parameters.meth = GLP_DUALP;
	parameters.tol_bnd = parameters.tol_dj = 1e-9;
	parameters.it_lim = 500;
	if (!kept)
		glp_std_basis(leash->problem);
	leash->result->status = HK_GLPK_NOTHING;
	if (!iterate(leash, &parameters, &code))
		return false;
	if (code != 0) {
		parameters.meth = GLP_PRIMAL;
		glp_adv_basis(leash->problem, 0);
		if (!iterate(leash, &parameters, &code))
			return false;
	}
	if (code != 0) {
		/* singular or lost bases: a fresh basis and wider tolerances have always mended these */
		glp_std_basis(leash->problem);
		parameters.tol_bnd = parameters.tol_dj = 1e-7;
		parameters.it_lim = most_iterations(leash->milp);
		code = glp_simplex(leash->problem, &parameters);
	}
	if (code == 0 && glp_get_status(leash->problem) == GLP_NOFEAS)
		leash->result->status = HK_GLPK_INFEASIBLE;
	else if (code != 0 || glp_get_status(leash->problem) != GLP_OPT)
		leash->result->hit_limit = true;
	else
		return true;
	return false;
}

static void run(struct hk_leash *leash)
{
	size_t megabytes = (leash->limits->memory ? leash->limits->memory : (size_t)1 << 30) >> 20;

	glp_term_hook(on_text, leash);
	glp_mem_limit(megabytes > 0 && megabytes < 1 << 20 ? (int)megabytes : 1 << 20);
	leash->dense = hk_arena_array(&leash->arena, leash->milp->columns.n + 1, sizeof *leash->dense);
	if (!leash->limits->relaxed) {
		hk_leash_tree(leash);
		return;
	}
	leash->problem = hk_leash_load(leash, leash->milp, false);
	if (!solve_relaxation(leash))
		return;
	leash->result->bound = glp_get_obj_val(leash->problem) / leash->scale;
	for (size_t i = 0; leash->limits->duals && i < leash->milp->rows.n; i++)
		leash->limits->duals[i] = glp_get_row_dual(leash->problem, (int)i + 1) / leash->scale;
	if (leash->limits->basis)
		hk_leash_leave_basis(leash, NULL, NULL, leash->limits->basis);
	keep(leash);
	leash->result->status = HK_GLPK_OPTIMAL;
	leash->result->bound = fmin(leash->result->bound, leash->result->objective);
}

/* NaN passes through GLPK as "optimal": look at everything that came out. */
static int check_answer(const struct hk_leash *leash, struct hk_err *err)
{
	const struct hk_glpk_result *result = leash->result;

	if (result->status == HK_GLPK_INFEASIBLE || result->status == HK_GLPK_NOTHING)
		return 0;
	if (!isfinite(result->objective) || !isfinite(result->bound))
		return hk_err_set(err, HK_FAILED, "the solver returned a number that is not finite");
	for (size_t j = 0; j < leash->milp->columns.n; j++)
		if (!isfinite(leash->point[j]))
			return hk_err_set(err, HK_FAILED, "the solver returned a number that is not finite");
	return 0;
}

/* Every term names a column, no row names one twice: GLPK would abort, and what is done before it is called would read what is not there. */
static bool is_well_formed(const struct hk_milp *milp, const char **what)
{
	size_t *seen = hk_calloc(milp->columns.n + 1, sizeof *seen);
	bool good = true;

	for (size_t i = 0; i < milp->rows.n && good; i++)
		for (size_t k = 0; k < milp->rows.v[i].count && good; k++) {
			uint32_t column = milp->terms.v[milp->rows.v[i].first + k].column;

			good = column < milp->columns.n && seen[column] != i + 1;
			if (good)
				seen[column] = i + 1;
			else
				*what = milp->rows.v[i].name.kind;
		}
	hk_cleanup_free(&seen);
	return good;
}

static int attempt(const struct hk_milp *milp, const struct hk_glpk_limits *limits, struct hk_glpk_result *result, double *point, struct hk_err *err)
{
	struct hk_leash leash = { .milp = milp, .limits = limits, .result = result, .point = point };
	int code;

	leash.scale = limits->first ? 1 : cost_scale(milp);
	if (setjmp(leash.out) != 0) {
		code = hk_err_set(err, HK_FAILED, "the solver gave up: %s", leash.text[0] ? leash.text : "no reason given");
	} else {
		glp_error_hook(on_error, &leash);
		run(&leash);
		clear_up(&leash);
		code = check_answer(&leash, err);
	}
	hk_dual_close(&leash.dual);
	hk_dual_mark_close(&leash.mark);
	hk_reduction_release(&leash.reduction);
	hk_arena_release(&leash.arena);
	return code;
}

int hk_glpk_solve(const struct hk_milp *milp, const struct hk_glpk_limits *limits, struct hk_glpk_result *result, double *point, struct hk_err *err)
{
	struct hk_glpk_limits fresh = *limits;
	const char *what = "";
	int code;

	*result = (struct hk_glpk_result){ .status = HK_GLPK_NOTHING, .bound = -INFINITY };
	if (!hk_milp_sound(milp, &what))
		return hk_err_set(err, HK_FAILED, "the placement model has a number that is not finite in '%s'", what);
	if (milp->columns.n > 100000000 || milp->rows.n > 100000000)
		return hk_err_set(err, HK_FAILED, "the placement model is too large");
	if (milp->columns.n == 0) {
		*result = (struct hk_glpk_result){ .status = hk_milp_violation(milp, point) <= 1e-9 ? HK_GLPK_OPTIMAL : HK_GLPK_INFEASIBLE };
		return 0;
	}
	if (!is_well_formed(milp, &what))
		return hk_err_set(err, HK_FAILED, "the solver gave up: a row '%s' names a column twice, or one that is not there", what);
	code = attempt(milp, limits, result, point, err);
	if (code == 0 || !limits->basis)
		return code;
	/* nothing a kept basis does to GLPK is worth an answer */
	fresh.basis = NULL;
	memset(limits->basis, 0, milp->columns.n + milp->rows.n);
	*result = (struct hk_glpk_result){ .status = HK_GLPK_NOTHING, .bound = -INFINITY };
	hk_err_release(err);
	return attempt(milp, &fresh, result, point, err);
}

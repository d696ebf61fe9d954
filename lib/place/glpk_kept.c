/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/glpk_kept.h"

#include <glpk.h>
#include <math.h>
#include <setjmp.h>
#include <string.h>

enum {
	CHUNK = 500,                  /* iterations between two looks at the interrupt */
};

/* Everything a long jump may find changed lives here, not in local variables. */
struct leash {
	jmp_buf out;
	struct hk_kept_problem *kept;
	const struct hk_kept_model *model;
	const double *cost;
	const struct hk_glpk_limits *limits;
	struct hk_glpk_result *result;
	double *point, *duals;
	glp_prob *problem;
	char text[160];               /* last thing GLPK had to say */
};

void hk_kept_open(struct hk_kept_problem *kept, const struct hk_kept_model *model)
{
	*kept = (struct hk_kept_problem){ .model = model, .scale = 1 };
}

static bool alive(const struct hk_kept_problem *kept)
{
	return kept->problem && kept->generation == hk_glpk_this_thread()->generation;
}

void hk_kept_drop(struct hk_kept_problem *kept)
{
	struct hk_glpk_thread *thread = hk_glpk_this_thread();

	if (alive(kept)) {
		glp_delete_prob(kept->problem);
		if (--thread->kept == 0)
			hk_glpk_free_thread();
	}
	kept->problem = NULL;
	hk_kept_close_own(kept);
}

void hk_kept_close(struct hk_kept_problem *kept)
{
	hk_kept_drop(kept);
	hk_cleanup_free(&kept->basis);
}

/* Does it begin as the other one? Bounds of columns may differ. */
static bool begins_as(const struct hk_kept_model *model, const struct hk_kept_model *other)
{
	uint32_t rows = other->n_rows, terms = other->first[rows];

	return model->n_columns >= other->n_columns && model->n_rows >= rows &&
	    memcmp(model->first, other->first, ((size_t)rows + 1) * sizeof *model->first) == 0 &&
	       memcmp(model->column, other->column, terms * sizeof *model->column) == 0 && memcmp(model->sense, other->sense, rows * sizeof *model->sense) == 0;
}

void hk_kept_grow(struct hk_kept_problem *kept, const struct hk_kept_problem *smaller)
{
	const struct hk_kept_model *model = kept->model, *other = smaller->model;

	if (kept->basis || !smaller->basis || !begins_as(model, other))
		return;
	kept->basis = hk_malloc((size_t)model->n_rows + model->n_columns + 1);
	for (uint32_t i = 0; i < model->n_rows; i++)
		kept->basis[i] = i < other->n_rows ? smaller->basis[i] : GLP_BS;
	for (uint32_t j = 0; j < model->n_columns; j++)
		kept->basis[model->n_rows + j] = j < other->n_columns ? smaller->basis[other->n_rows + j] : GLP_NL;
	kept->grown = true;
}

static void on_error(void *info)
{
	struct leash *leash = info;

	hk_glpk_free_thread();
	longjmp(leash->out, 1);
}

static int on_text(void *info, const char *text)
{
	struct leash *leash = info;
	size_t length = strcspn(text, "\n");

	if (length > 0) {
		length = length < sizeof leash->text ? length : sizeof leash->text - 1;
		memcpy(leash->text, text, length);
		leash->text[length] = '\0';
	}
	return 1;
}

static bool interrupted(struct leash *leash)
{
	if (!leash->limits->interrupt || !*leash->limits->interrupt)
		return false;
	return leash->result->interrupted = leash->result->hit_limit = true;
}

static bool told_to_stop(struct leash *leash)
{
	if (hk_glpk_clock() > leash->limits->deadline)
		leash->result->hit_limit = true;
	return interrupted(leash) || leash->result->hit_limit;
}

static int bounds_kind(double lower, double upper)
{
	if (lower == upper)
		return GLP_FX;
	return isinf(upper) ? GLP_LO : GLP_DB;
}

static void load_columns(struct leash *leash)
{
	const struct hk_kept_model *model = leash->model;

	glp_add_cols(leash->problem, (int)model->n_columns);
	for (uint32_t j = 0; j < model->n_columns; j++) {
		glp_set_col_bnds(leash->problem, (int)j + 1, bounds_kind(model->lower[j], model->upper[j]), model->lower[j], model->upper[j]);
	}
}

static void load_rows(struct leash *leash)
{
	static const int kinds[] = { [HK_MILP_EQ] = GLP_FX, [HK_MILP_LE] = GLP_UP, [HK_MILP_GE] = GLP_LO };
	const struct hk_kept_model *model = leash->model;
	int *index = glp_alloc((int)model->n_columns + 1, sizeof *index);
	double *value = glp_alloc((int)model->n_columns + 1, sizeof *value);

	if (model->n_rows > 0)
		glp_add_rows(leash->problem, (int)model->n_rows);
	for (uint32_t i = 0; i < model->n_rows; i++) {
		int n = 0;

		for (uint32_t k = model->first[i]; k < model->first[i + 1]; k++) {
			index[++n] = (int)model->column[k] + 1;
			value[n] = model->value[k];
		}
		glp_set_row_bnds(leash->problem, (int)i + 1, kinds[model->sense[i]], model->rhs[i], model->rhs[i]);
		glp_set_mat_row(leash->problem, (int)i + 1, n, index, value);
	}
	glp_free(index);
	glp_free(value);
}

static void restore_basis(const struct leash *leash)
{
	const uint8_t *basis = leash->kept->basis;

	if (!basis) {
		glp_std_basis(leash->problem);
		return;
	}
	for (uint32_t i = 0; i < leash->model->n_rows; i++)
		glp_set_row_stat(leash->problem, (int)i + 1, basis[i]);
	for (uint32_t j = 0; j < leash->model->n_columns; j++)
		glp_set_col_stat(leash->problem, (int)j + 1, basis[leash->model->n_rows + j]);
}

static void store_basis(const struct leash *leash)
{
	struct hk_kept_problem *kept = leash->kept;

	if (!kept->basis)
		kept->basis = hk_malloc((size_t)leash->model->n_rows + leash->model->n_columns + 1);
	for (uint32_t i = 0; i < leash->model->n_rows; i++)
		kept->basis[i] = (uint8_t)glp_get_row_stat(leash->problem, (int)i + 1);
	for (uint32_t j = 0; j < leash->model->n_columns; j++)
		kept->basis[leash->model->n_rows + j] = (uint8_t)glp_get_col_stat(leash->problem, (int)j + 1);
}

static void make_problem(struct leash *leash)
{
	struct hk_kept_problem *kept = leash->kept;

	if (!alive(kept)) {
		kept->problem = leash->problem = glp_create_prob();
		kept->generation = hk_glpk_this_thread()->generation;
		hk_glpk_this_thread()->kept++;
		load_columns(leash);
		load_rows(leash);
		restore_basis(leash);
	}
	leash->problem = kept->problem;
}

/* A power of two, so that scaling costs loses no digit. */
static void set_scale(struct leash *leash)
{
	double largest = 0;
	int exponent = 0;

	for (uint32_t j = 0; j < leash->model->n_columns; j++)
		largest = fmax(largest, fabs(leash->cost[j]));
	if (largest > 0)
		frexp(largest, &exponent);
	leash->kept->scale = ldexp(1, 7 - (exponent > -1000 ? exponent : -1000));
}

static void set_costs(struct leash *leash)
{
	for (uint32_t j = 0; j < leash->model->n_columns; j++)
		glp_set_obj_coef(leash->problem, (int)j + 1, leash->cost[j] * leash->kept->scale);
}

/* A few hundred iterations at a time. True when GLPK came to an end, *code says how. */
static bool iterate(struct leash *leash, glp_smcp *parameters, int *code)
{
	int before = glp_get_it_cnt(leash->problem);

	for (;;) {
		*code = glp_simplex(leash->problem, parameters);
		leash->result->iterations = (uint64_t)(glp_get_it_cnt(leash->problem) - before);
		if (*code != GLP_EITLIM)
			return true;
		if (told_to_stop(leash))
			return false;
		if (leash->limits->iterations && leash->result->iterations >= leash->limits->iterations) {
			leash->result->hit_limit = true;
			return false;
		}
	}
}

/* True when optimal, else result->status is final. */
static bool solve_relaxation(struct leash *leash)
{
	glp_smcp parameters;
	int code;

	glp_init_smcp(&parameters);
	parameters.msg_lev = GLP_MSG_OFF;
	parameters.tol_bnd = parameters.tol_dj = 1e-9;
	parameters.it_lim = CHUNK;
	/* without a basis the slacks are one that costs above 0 cannot improve; with one, other costs leave it feasible, and more rows as cheap as it was */
	parameters.meth = leash->kept->basis && !leash->kept->grown ? GLP_PRIMAL : GLP_DUALP;
	leash->kept->grown = false;
	if (!iterate(leash, &parameters, &code))
		return false;
	if (code != 0) {
		/* singular or lost bases: a fresh basis and wider tolerances have always mended these */
		glp_std_basis(leash->problem);
		parameters.tol_bnd = parameters.tol_dj = 1e-7;
		parameters.meth = GLP_PRIMAL;
		if (!iterate(leash, &parameters, &code))
			return false;
	}
	if (code == 0 && glp_get_status(leash->problem) == GLP_NOFEAS)
		leash->result->status = HK_GLPK_INFEASIBLE;
	else if (code != 0 || glp_get_status(leash->problem) != GLP_OPT)
		leash->result->hit_limit = true;
	else
		return true;
	return false;
}

/* Within its bounds. */
static void keep_point(struct leash *leash)
{
	double sum = 0;

	for (uint32_t j = 0; j < leash->model->n_columns; j++) {
		double x = fmin(fmax(leash->point[j], leash->model->lower[j]), leash->model->upper[j]);

		leash->point[j] = x;
		sum += leash->cost[j] * x;
	}
	leash->result->objective = sum;
}

/* By GLPK. True when optimal. */
static bool run_glpk(struct leash *leash)
{
	size_t megabytes = (leash->limits->memory ? leash->limits->memory : (size_t)1 << 30) >> 20;

	glp_term_hook(on_text, leash);
	glp_mem_limit(megabytes > 0 && megabytes < 1 << 20 ? (int)megabytes : 1 << 20);
	make_problem(leash);
	set_costs(leash);
	if (!solve_relaxation(leash))
		return false;
	store_basis(leash);
	for (uint32_t i = 0; i < leash->model->n_rows; i++)
		leash->duals[i] = glp_get_row_dual(leash->problem, (int)i + 1) / leash->kept->scale;
	for (uint32_t j = 0; j < leash->model->n_columns; j++)
		leash->point[j] = glp_get_col_prim(leash->problem, (int)j + 1);
	return true;
}

static void run(struct leash *leash)
{
	bool optimal;

	if (interrupted(leash))
		return;
	set_scale(leash);
	if (hk_kept_solve_own(leash->kept, leash->cost, leash->limits, leash->result, leash->duals, leash->point))
		optimal = leash->result->status == HK_GLPK_OPTIMAL;
	else
		optimal = run_glpk(leash);
	if (!optimal)
		return;
	leash->result->bound = hk_kept_bound(leash->model, leash->cost, leash->duals);
	keep_point(leash);
	leash->result->status = HK_GLPK_OPTIMAL;
	leash->result->bound = fmin(leash->result->bound, leash->result->objective);
}

double hk_kept_bound(const struct hk_kept_model *model, const double *cost, const double *duals)
{
	double *reduced = hk_malloc(((size_t)model->n_columns + 1) * sizeof *reduced), bound = 0, size = 0;

	memcpy(reduced, cost, model->n_columns * sizeof *reduced);
	for (uint32_t i = 0; i < model->n_rows; i++) {
		double price = duals[i];

		if ((model->sense[i] == HK_MILP_LE && price > 0) || (model->sense[i] == HK_MILP_GE && price < 0) || price == 0)
			continue;
		bound += price * model->rhs[i];
		size += fabs(price * model->rhs[i]);
		for (uint32_t k = model->first[i]; k < model->first[i + 1]; k++)
			reduced[model->column[k]] -= price * model->value[k];
	}
	for (uint32_t j = 0; j < model->n_columns; j++) {
		double least = reduced[j] >= 0 ? model->lower[j] : model->upper[j];

		if (reduced[j] != 0 && least != 0) {
			bound += reduced[j] * least;
			size += fabs(reduced[j] * least);
		}
	}
	hk_cleanup_free(&reduced);
	/* the sums themselves were rounded */
	return bound - 1e-13 * size;
}

static bool sound(const struct hk_kept_model *model, const double *cost)
{
	for (uint32_t j = 0; j < model->n_columns; j++)
		if (!isfinite(cost[j]) || !isfinite(model->lower[j]) || isnan(model->upper[j]) || model->lower[j] > model->upper[j])
			return false;
	for (uint32_t i = 0; i < model->n_rows; i++)
		if (!isfinite(model->rhs[i]))
			return false;
	for (uint32_t k = 0; k < model->first[model->n_rows]; k++)
		if (!isfinite(model->value[k]))
			return false;
	return true;
}

/* NaN passes through GLPK as "optimal": look at everything that came out. */
static int check_answer(const struct leash *leash, struct hk_err *err)
{
	if (leash->result->status == HK_GLPK_INFEASIBLE || leash->result->status == HK_GLPK_NOTHING)
		return 0;
	if (!isfinite(leash->result->objective) || isnan(leash->result->bound))
		return hk_err_set(err, HK_FAILED, "the solver returned a number that is not finite");
	for (uint32_t j = 0; j < leash->model->n_columns; j++)
		if (!isfinite(leash->point[j]))
			return hk_err_set(err, HK_FAILED, "the solver returned a number that is not finite");
	return 0;
}

int hk_kept_solve(struct hk_kept_problem *kept, const double *cost, const struct hk_glpk_limits *limits, struct hk_glpk_result *result, double *point,
		  struct hk_err *err)
{
	struct leash leash = { .kept = kept, .model = kept->model, .cost = cost, .limits = limits, .result = result, .point = point };
	double *own_duals = NULL;

	*result = (struct hk_glpk_result){ .status = HK_GLPK_NOTHING, .bound = -INFINITY };
	if (!sound(kept->model, cost))
		return hk_err_set(err, HK_FAILED, "the placement model has a number that is not finite");
	if (kept->model->n_columns == 0) {
		*result = (struct hk_glpk_result){ .status = HK_GLPK_OPTIMAL };
		return 0;
	}
	if (!limits->duals)
		own_duals = hk_calloc((size_t)kept->model->n_rows + 1, sizeof *own_duals);
	leash.duals = limits->duals ? limits->duals : own_duals;
	if (setjmp(leash.out) != 0) {
		hk_cleanup_free(&own_duals);
		kept->problem = NULL;
		return hk_err_set(err, HK_FAILED, "the solver gave up: %s", leash.text[0] ? leash.text : "no reason given");
	}
	glp_error_hook(on_error, &leash);
	run(&leash);
	hk_cleanup_free(&own_duals);
	return check_answer(&leash, err);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/glpk.h"

#include <glpk.h>
#include <math.h>
#include <setjmp.h>
#include <string.h>
#include <time.h>

/* Everything a long jump may find changed lives here, not in local variables. */
struct leash {
	jmp_buf out;
	const struct hk_milp *milp;
	const struct hk_glpk_limits *limits;
	struct hk_glpk_result *result;
	double *point;
	glp_prob *problem;
	double scale;                 /* GLPK sees costs times this */
	double bound;                 /* scaled, from the search tree */
	uint64_t nodes;
	int last_node;
	bool offered;                 /* the start was handed over */
	bool beaten;                  /* nothing cheaper than the cutoff is left */
	double *dense;                /* 1-based room for a point */
	char text[160];               /* last thing GLPK had to say */
};

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
	struct leash *leash = info;

	hk_glpk_free_thread();
	longjmp(leash->out, 1);
}

/* Objects that others keep on this thread stay. */
static void clear_up(struct leash *leash)
{
	if (on_this_thread.kept == 0) {
		hk_glpk_free_thread();
		return;
	}
	glp_delete_prob(leash->problem);
	glp_free(leash->dense);
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

/* Interrupt or outer time limit: the only stops that depend on the moment. */
static bool told_to_stop(struct leash *leash)
{
	if (leash->limits->interrupt && *leash->limits->interrupt)
		leash->result->interrupted = true;
	else if (!(hk_glpk_clock() > leash->limits->deadline))
		return false;
	leash->result->hit_limit = true;
	return true;
}

static int bounds_kind(double lower, double upper)
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

static void load_columns(struct leash *leash)
{
	const struct hk_milp *milp = leash->milp;

	glp_add_cols(leash->problem, (int)milp->columns.n);
	for (size_t j = 0; j < milp->columns.n; j++) {
		const struct hk_milp_column *column = &milp->columns.v[j];

		glp_set_col_bnds(leash->problem, (int)j + 1, bounds_kind(column->lower, column->upper), column->lower, column->upper);
		if (!leash->limits->first)
			glp_set_obj_coef(leash->problem, (int)j + 1, column->cost * leash->scale);
		if (column->integer && !leash->limits->relaxed)
			glp_set_col_kind(leash->problem, (int)j + 1, GLP_IV);
	}
}

static void load_rows(struct leash *leash)
{
	static const int kinds[] = { [HK_MILP_EQ] = GLP_FX, [HK_MILP_LE] = GLP_UP, [HK_MILP_GE] = GLP_LO };
	const struct hk_milp *milp = leash->milp;
	size_t widest = 0;
	int *index;
	double *value;

	for (size_t i = 0; i < milp->rows.n; i++)
		widest = milp->rows.v[i].count > widest ? milp->rows.v[i].count : widest;
	index = glp_alloc((int)widest + 1, sizeof *index);
	value = glp_alloc((int)widest + 1, sizeof *value);
	if (milp->rows.n > 0)
		glp_add_rows(leash->problem, (int)milp->rows.n);
	for (size_t i = 0; i < milp->rows.n; i++) {
		const struct hk_milp_row *row = &milp->rows.v[i];

		for (size_t k = 0; k < row->count; k++) {
			index[k + 1] = (int)milp->terms.v[row->first + k].column + 1;
			value[k + 1] = milp->terms.v[row->first + k].value;
		}
		glp_set_row_bnds(leash->problem, (int)i + 1, kinds[row->sense], row->rhs, row->rhs);
		glp_set_mat_row(leash->problem, (int)i + 1, (int)row->count, index, value);
	}
	glp_free(index);
	glp_free(value);
}

static void keep(struct leash *leash, double (*value)(glp_prob *, int))
{
	for (size_t j = 0; j < leash->milp->columns.n; j++) {
		double x = value(leash->problem, (int)j + 1);

		leash->point[j] = leash->milp->columns.v[j].integer && !leash->limits->relaxed ? nearbyint(x) : x;
	}
	leash->result->objective = hk_milp_value(leash->milp, leash->point);
}

/*
 * Relaxation from the crash basis, a few hundred iterations at a time so that an interrupt is seen. True when optimal, else result->status is final.
 */
static bool solve_relaxation(struct leash *leash)
{
	glp_smcp parameters;
	int code, iterations = 0;

	glp_init_smcp(&parameters);
	parameters.msg_lev = GLP_MSG_OFF;
	parameters.tol_bnd = parameters.tol_dj = 1e-9;
	parameters.it_lim = 500;
	glp_adv_basis(leash->problem, 0);
	leash->result->status = HK_GLPK_NOTHING;
	for (;;) {
		code = glp_simplex(leash->problem, &parameters);
		iterations = glp_get_it_cnt(leash->problem);
		leash->result->iterations = (uint64_t)iterations;
		if (code != GLP_EITLIM)
			break;
		if (told_to_stop(leash))
			return false;
		if (leash->limits->iterations && (uint64_t)iterations >= leash->limits->iterations) {
			leash->result->hit_limit = true;
			return false;
		}
	}
	if (code != 0) {
		/* singular or lost bases: a fresh basis and wider tolerances have always mended these */
		glp_std_basis(leash->problem);
		parameters.tol_bnd = parameters.tol_dj = 1e-7;
		parameters.it_lim = 1000000;
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

static void read_bound(struct leash *leash, glp_tree *tree)
{
	int best = glp_ios_best_node(tree);

	/* a node nobody has looked at yet says minus infinity; what was proved before still holds */
	if (best != 0)
		leash->bound = fmax(leash->bound, glp_ios_node_bound(tree, best));
}

/* The most fractional column of the highest priority; GLPK's own rule decides when no column stands out. */
static void choose_branch(struct leash *leash, glp_tree *tree)
{
	const struct hk_milp *milp = leash->milp;
	int top = -1, count = 0, lowest = 255;

	for (size_t j = 0; j < milp->columns.n; j++) {
		if (!milp->columns.v[j].integer || !glp_ios_can_branch(tree, (int)j + 1))
			continue;
		count++;
		top = milp->columns.v[j].priority > top ? milp->columns.v[j].priority : top;
		lowest = milp->columns.v[j].priority < lowest ? milp->columns.v[j].priority : lowest;
	}
	if (count == 0 || top == lowest)
		return;
	int best = 0;
	double score = -1;
	for (size_t j = 0; j < milp->columns.n; j++) {
		if (!milp->columns.v[j].integer || milp->columns.v[j].priority != top || !glp_ios_can_branch(tree, (int)j + 1))
			continue;
		double x = glp_get_col_prim(leash->problem, (int)j + 1), part = x - floor(x);

		if (fmin(part, 1 - part) > score + 1e-9) {
			score = fmin(part, 1 - part);
			best = (int)j + 1;
		}
	}
	glp_ios_branch_upon(tree, best, GLP_NO_BRNCH);
}

static void offer_start(struct leash *leash, glp_tree *tree)
{
	leash->offered = true;
	if (!leash->limits->start)
		return;
	for (size_t j = 0; j < leash->milp->columns.n; j++)
		leash->dense[j + 1] = leash->limits->start[j];
	glp_ios_heur_sol(tree, leash->dense);
}

static void on_tree(glp_tree *tree, void *info)
{
	struct leash *leash = info;
	int node;

	switch (glp_ios_reason(tree)) {
	case GLP_ISELECT:
		read_bound(leash, tree);
		leash->beaten = leash->bound / leash->scale >= leash->limits->cutoff;
		if (leash->beaten) {
			glp_ios_terminate(tree);
			break;
		}
		if (told_to_stop(leash) || (leash->limits->nodes && leash->nodes >= leash->limits->nodes)) {
			leash->result->hit_limit = true;
			glp_ios_terminate(tree);
		}
		break;
	case GLP_IHEUR:
		node = glp_ios_curr_node(tree);
		if (node != leash->last_node)
			leash->nodes++;
		leash->last_node = node;
		if (!leash->offered)
			offer_start(leash, tree);
		break;
	case GLP_IBRANCH:
		choose_branch(leash, tree);
		break;
	case GLP_IBINGO:
		if (leash->limits->first)
			glp_ios_terminate(tree);
		break;
	default:
		break;
	}
}

static void search(struct leash *leash)
{
	glp_iocp parameters;
	int code, status;
	struct hk_glpk_result *result = leash->result;

	glp_init_iocp(&parameters);
	parameters.msg_lev = GLP_MSG_OFF;
	parameters.cb_func = on_tree;
	parameters.cb_info = leash;
	parameters.mip_gap = leash->limits->gap;
	parameters.tol_int = 1e-6;
	parameters.tol_obj = 1e-9;
	/* Gomory's cuts carry the proof; mixed-integer rounding next to them doubles the time of a node and saves few nodes */
	parameters.gmi_cuts = GLP_ON;
	if (isfinite(leash->limits->deadline))
		parameters.tm_lim = (int)fmin(2e9, fmax(1, 1000 * (leash->limits->deadline - hk_glpk_clock())));
	code = glp_intopt(leash->problem, &parameters);
	status = glp_mip_status(leash->problem);
	result->nodes = leash->nodes;
	result->bound = leash->bound / leash->scale;
	if (leash->beaten) {
		result->status = HK_GLPK_INFEASIBLE;
		return;
	}
	if (status == GLP_OPT || status == GLP_FEAS) {
		keep(leash, glp_mip_col_val);
		result->bound = fmin(result->bound, result->objective);
		result->status = leash->limits->first || code == GLP_EMIPGAP || code == 0 ? HK_GLPK_OPTIMAL : HK_GLPK_FEASIBLE;
		if (code == 0 && !(leash->limits->gap > 0))
			result->bound = result->objective;
		/* GLPK's own time limit comes between two looks at ours */
		result->hit_limit = result->hit_limit || result->status == HK_GLPK_FEASIBLE;
	} else if (code == 0 && (status == GLP_NOFEAS || status == GLP_UNDEF)) {
		result->status = HK_GLPK_INFEASIBLE;
	} else {
		result->status = HK_GLPK_NOTHING;
		result->hit_limit = true;
	}
}

static bool has_integers(const struct leash *leash)
{
	for (size_t j = 0; j < leash->milp->columns.n; j++) {
		double x = glp_get_col_prim(leash->problem, (int)j + 1);

		if (leash->milp->columns.v[j].integer && fabs(x - nearbyint(x)) > 1e-7)
			return true;
	}
	return false;
}

/*
 * With a plan in hand or a cutoff, a count whose reduced cost times its change passes the distance between that and the bound cannot change that far: tighten its bounds.
 */
static void fix_by_reduced_cost(struct leash *leash)
{
	double room = leash->limits->cutoff * leash->scale - leash->bound;

	if (leash->limits->start)
		room = fmin(room, hk_milp_value(leash->milp, leash->limits->start) * leash->scale - leash->bound);

	if (!isfinite(room))
		return;
	room += 1e-6 * fmax(1, fabs(leash->bound));
	for (size_t j = 0; j < leash->milp->columns.n; j++) {
		const struct hk_milp_column *column = &leash->milp->columns.v[j];
		double price = glp_get_col_dual(leash->problem, (int)j + 1), steps;

		if (!column->integer || fabs(price) < 1e-7 || column->lower == column->upper)
			continue;
		steps = floor(room / fabs(price) + 1e-6);
		if (steps >= column->upper - column->lower)
			continue;
		if (price > 0 && glp_get_col_stat(leash->problem, (int)j + 1) == GLP_NL)
			glp_set_col_bnds(leash->problem, (int)j + 1, bounds_kind(column->lower, column->lower + steps), column->lower, column->lower + steps);
		else if (price < 0 && glp_get_col_stat(leash->problem, (int)j + 1) == GLP_NU)
			glp_set_col_bnds(leash->problem, (int)j + 1, bounds_kind(column->upper - steps, column->upper), column->upper - steps, column->upper);
	}
}

static void run(struct leash *leash)
{
	size_t megabytes = (leash->limits->memory ? leash->limits->memory : (size_t)1 << 30) >> 20;

	glp_term_hook(on_text, leash);
	glp_mem_limit(megabytes > 0 && megabytes < 1 << 20 ? (int)megabytes : 1 << 20);
	leash->problem = glp_create_prob();
	leash->dense = glp_alloc((int)leash->milp->columns.n + 1, sizeof *leash->dense);
	load_columns(leash);
	load_rows(leash);
	if (!solve_relaxation(leash))
		return;
	leash->bound = glp_get_obj_val(leash->problem);
	leash->result->bound = leash->bound / leash->scale;
	if (leash->limits->relaxed || !has_integers(leash)) {
		for (size_t i = 0; leash->limits->duals && i < leash->milp->rows.n; i++)
			leash->limits->duals[i] = glp_get_row_dual(leash->problem, (int)i + 1) / leash->scale;
		keep(leash, glp_get_col_prim);
		leash->result->status = HK_GLPK_OPTIMAL;
		leash->result->bound = fmin(leash->result->bound, leash->result->objective);
	} else {
		if (!leash->limits->first)
			fix_by_reduced_cost(leash);
		search(leash);
	}
}

/* NaN passes through GLPK as "optimal": look at everything that came out. */
static int check_answer(const struct leash *leash, struct hk_err *err)
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

/* Rows without a column: 0 on the left side. */
static bool holds_for_nothing(const struct hk_milp *milp)
{
	for (size_t i = 0; i < milp->rows.n; i++) {
		double rhs = milp->rows.v[i].rhs;
		enum hk_milp_sense sense = milp->rows.v[i].sense;

		if ((sense != HK_MILP_LE && rhs > 1e-9) || (sense != HK_MILP_GE && rhs < -1e-9))
			return false;
	}
	return true;
}

int hk_glpk_solve(const struct hk_milp *milp, const struct hk_glpk_limits *limits, struct hk_glpk_result *result, double *point, struct hk_err *err)
{
	struct leash leash = { .milp = milp, .limits = limits, .result = result, .point = point };
	const char *what = "";

	*result = (struct hk_glpk_result){ .status = HK_GLPK_NOTHING, .bound = -INFINITY };
	if (!hk_milp_sound(milp, &what))
		return hk_err_set(err, HK_FAILED, "the placement model has a number that is not finite in '%s'", what);
	if (milp->columns.n > 100000000 || milp->rows.n > 100000000)
		return hk_err_set(err, HK_FAILED, "the placement model is too large");
	if (milp->columns.n == 0) {
		*result = (struct hk_glpk_result){ .status = holds_for_nothing(milp) ? HK_GLPK_OPTIMAL : HK_GLPK_INFEASIBLE };
		return 0;
	}
	leash.scale = limits->first ? 1 : cost_scale(milp);
	if (setjmp(leash.out) != 0)
		return hk_err_set(err, HK_FAILED, "the solver gave up: %s", leash.text[0] ? leash.text : "no reason given");
	glp_error_hook(on_error, &leash);
	run(&leash);
	clear_up(&leash);
	return check_answer(&leash, err);
}

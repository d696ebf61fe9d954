/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "explain.h"
#include "model/units.h"
#include "out/ser.h"
#include "place/alternative.h"
#include "plan/left_out.h"
#include <math.h>
#include <string.h>

int explain_world_load(const struct hk_env *env, const struct explain_question *question, struct explain_world *world)
{
	HK_VEC(const char *) paths = { 0 };
	int status = hk_plan_open(env, question->plan, &world->plan);
	world->inputs.without_plan = true;
	world->inputs.now = world->plan.assumed_at;
	for (size_t i = 0; i < question->files->n; i++)
		hk_vec_push(&paths, question->files->v[i]);
	for (size_t i = 0; !question->files->n && i < world->plan.n_inputs; i++)
		hk_vec_push(&paths, world->plan.inputs[i].path);
	if (!status)
		status = hk_inputs_load(env, paths.v, paths.n, false, &world->inputs);
	if (!status)
		hk_plan_leave_out(&world->plan, &world->inputs.model);
	HK_AUTO_BUF struct hk_buf changed = HK_BUF_INIT;
	if (!status && !question->files->n && hk_plan_stale(&world->plan, &changed))
		hk_remark(env, "warning: these inputs changed since the plan was made: %s", changed.s);
	hk_vec_release(&paths);
	return status;
}

void explain_world_release(struct explain_world *world)
{
	hk_inputs_release(&world->inputs);
	hk_plan_release(&world->plan);
}

double explain_tidy(double value)
{
	return isfinite(value) ? nearbyint(value * 1e9) / 1e9 : value;
}

struct asking {
	const struct hk_env *env;
	const struct explain_question *question;
	struct explain_world world;
	struct hk_problem problem;
	uint32_t block, workload;               /* of the problem */
	const struct hk_plan_workload *planned;
	const char *pipeline_name, *name;
	struct hk_alternatives *alternatives;
	struct hk_buf text;
	struct hk_ser *ser;
};

static uint32_t replicas_in(const struct asking *a, const char *cluster)
{
	for (size_t i = 0; i < a->planned->n_placements; i++)
		if (strcmp(a->planned->placements[i].cluster, cluster) == 0)
			return a->planned->placements[i].replicas;
	return 0;
}

static void add_money(struct hk_buf *text, double value)
{
	hk_buf_addround(text, value, 4);
	hk_buf_addstr(text, "/h");
}

static void say_places(const struct asking *a, const struct hk_alternative *answer)
{
	for (size_t i = 0; i < answer->n_places; i++)
		hk_buf_addf(&((struct asking *)(uintptr_t)a)->text, "%s%u in %s", i ? ", " : "", answer->places[i].replicas,
			    a->world.inputs.model.clusters[answer->places[i].cluster].name);
}

static void say_difference(struct asking *a, const struct hk_alternative *answer)
{
	double difference = answer->cost - answer->base, later = answer->latency - answer->base_latency;
	if (fabs(difference) <= 1e-7 * fmax(1, fabs(answer->base)))
		hk_buf_addstr(&a->text, "costs the same");
	else {
		hk_buf_addstr(&a->text, "costs ");
		add_money(&a->text, fabs(difference));
		hk_buf_addstr(&a->text, difference > 0 ? " more (" : " less (");
		hk_buf_addround(&a->text, answer->cost, 6);
		hk_buf_addstr(&a->text, " instead of ");
		hk_buf_addround(&a->text, answer->base, 6);
		hk_buf_addstr(&a->text, " for its pipeline)");
	}
	if (fabs(later) >= 1e-7) {
		hk_buf_addstr(&a->text, ", its messages take ");
		hk_unit_print(HK_UNIT_DURATION, fabs(later), &a->text);
		hk_buf_addstr(&a->text, later > 0 ? " longer on average" : " less on average");
	}
	hk_buf_addstr(&a->text, ": ");
	say_places(a, answer);
	hk_buf_addstr(&a->text, answer->exact ? "\n" : " (a limit stopped the proof)\n");
}

/* What the other pipelines leave, for a replica that the rules would let in. */
static void say_room(struct asking *a, const char *cluster)
{
	const struct hk_place_workload *placed = &a->problem.blocks[a->block].workloads[a->workload];
	const struct hk_model *model = &a->world.inputs.model;
	for (size_t c = 0; c < a->world.plan.n_clusters; c++)
		for (size_t r = 0; strcmp(a->world.plan.clusters[c].name, cluster) == 0 && r < a->world.plan.clusters[c].n_resources; r++) {
			const struct hk_plan_resource *resource = &a->world.plan.clusters[c].resources[r];
			uint32_t index = hk_model_resource(model, resource->name);
			if (index == HK_NO_INDEX || placed->request[index] <= 0 || !isfinite(resource->capacity))
				continue;
			hk_buf_addf(&a->text, "  %s: ", resource->name);
			hk_unit_print(HK_UNIT_QUANTITY, resource->used, &a->text);
			hk_buf_addstr(&a->text, " of ");
			hk_unit_print(HK_UNIT_QUANTITY, resource->capacity, &a->text);
			hk_buf_addstr(&a->text, " is taken, a replica asks for ");
			hk_unit_print(HK_UNIT_QUANTITY, placed->request[index], &a->text);
			hk_buf_addch(&a->text, '\n');
		}
}

static void say_answer(struct asking *a, const char *cluster, uint32_t present, const struct hk_alternative *answer)
{
	if (present)
		hk_buf_addf(&a->text, "%s has %u replica%s in %s. ", a->name, present, present == 1 ? "" : "s", cluster);
	else
		hk_buf_addf(&a->text, "%s has no replica in %s. ", a->name, cluster);
	if (answer->possible) {
		hk_buf_addf(&a->text, present ? "Without %s the best plan " : "With one there the best plan ", cluster);
		say_difference(a, answer);
	} else if (!answer->exact && answer->candidate)
		hk_buf_addstr(&a->text, "A limit came before an answer.\n");
	else if (present)
		hk_buf_addstr(&a->text, "There is no plan without it.\n");
	else {
		hk_buf_addstr(&a->text, "It may run there, but beside the other pipelines there is no plan with a replica there.\n");
		say_room(a, cluster);
	}
}

static void say_forbidden(struct asking *a, const char *cluster, const struct hk_diags *diags)
{
	hk_buf_addf(&a->text, "%s cannot run in %s:\n", a->name, cluster);
	for (size_t i = 0; i < diags->list.n; i++) {
		const struct hk_diag *diag = &diags->list.v[i];
		if (diag->range.file)
			hk_buf_addf(&a->text, "  %s:%u:%u: ", diag->range.file, diag->range.line, diag->range.column);
		else
			hk_buf_addstr(&a->text, "  ");
		hk_buf_addf(&a->text, "%s\n", diag->summary);
		if (diag->help)
			hk_buf_addf(&a->text, "        help: %s\n", diag->help);
	}
	if (!diags->list.n)
		hk_buf_addstr(&a->text, "  nothing it receives or sends could pass through there\n");
}

static void put_numbers(struct asking *a, const struct hk_alternative *answer)
{
	hk_ser_kbool(a->ser, "possible", answer->possible);
	hk_ser_kbool(a->ser, "exact", answer->exact);
	if (!answer->possible)
		return;
	hk_ser_knum(a->ser, "costPerHour", explain_tidy(answer->cost));
	hk_ser_knum(a->ser, "bestCostPerHour", explain_tidy(answer->base));
	hk_ser_knum(a->ser, "differencePerHour", explain_tidy(answer->cost - answer->base));
	hk_ser_knum(a->ser, "latencyDifference", explain_tidy(answer->latency - answer->base_latency));
	hk_ser_key(a->ser, "places");
	hk_ser_seq(a->ser);
	for (size_t i = 0; i < answer->n_places; i++) {
		hk_ser_map(a->ser);
		hk_ser_kstr(a->ser, "cluster", a->world.inputs.model.clusters[answer->places[i].cluster].name);
		hk_ser_kint(a->ser, "replicas", answer->places[i].replicas);
		hk_ser_end(a->ser);
	}
	hk_ser_end(a->ser);
}

static void put_forbidden(struct asking *a, const struct hk_diags *diags)
{
	hk_ser_key(a->ser, "forbiddenBy");
	hk_ser_seq(a->ser);
	for (size_t i = 0; i < diags->list.n; i++) {
		const struct hk_diag *diag = &diags->list.v[i];
		hk_ser_map(a->ser);
		hk_ser_kstr(a->ser, "file", diag->range.file);
		hk_ser_kint(a->ser, "line", diag->range.line);
		hk_ser_kint(a->ser, "column", diag->range.column);
		hk_ser_kstr(a->ser, "summary", diag->summary);
		hk_ser_kstr(a->ser, "help", diag->help);
		hk_ser_end(a->ser);
	}
	hk_ser_end(a->ser);
}

/* One cluster. Those where the rules let no replica be are told only when asked for by name. */
static int answer_one(struct asking *a, uint32_t cluster, struct hk_err *err)
{
	const char *name = a->world.inputs.model.clusters[cluster].name;
	const struct hk_solve_options options = { .interrupt = a->env->interrupted };
	const struct hk_block *block = &a->problem.blocks[a->block];
	uint32_t present = replicas_in(a, name);
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_alternative answer = { 0 };
	bool allowed = true;
	int code = hk_alternative_ask(a->alternatives, a->workload, cluster, present > 0, &answer, err);
	if (code == 0 && !answer.candidate && a->question->cluster)
		code = hk_explain_place(&a->world.inputs.model, block->pipeline, block->workloads[a->workload].workload, cluster, &options, &diags, &allowed,
					err);
	if (code == 0 && (answer.candidate || a->question->cluster)) {
		if (a->ser) {
			hk_ser_map(a->ser);
			hk_ser_kstr(a->ser, "pipeline", a->pipeline_name);
			hk_ser_kstr(a->ser, "workload", a->name);
			hk_ser_kstr(a->ser, "cluster", name);
			hk_ser_kint(a->ser, "replicas", present);
			put_numbers(a, &answer);
			put_forbidden(a, &diags);
			hk_ser_end(a->ser);
		} else if (answer.candidate)
			say_answer(a, name, present, &answer);
		else
			say_forbidden(a, name, &diags);
	}
	hk_arena_release(&answer.arena);
	hk_diags_release(&diags);
	return code;
}

/* "name", or "pipeline/name" where several pipelines have one of that name. */
static int find_workload(struct asking *a, struct hk_err *err)
{
	const char *asked = a->question->workload, *slash = strchr(asked, '/'), *name = slash ? slash + 1 : asked;
	size_t found = 0;
	for (uint32_t b = 0; b < a->problem.n_blocks; b++) {
		const struct hk_pipeline *pipeline = &a->world.inputs.model.pipelines[a->problem.blocks[b].pipeline];
		if (slash && (strlen(pipeline->name) != (size_t)(slash - asked) || strncmp(pipeline->name, asked, (size_t)(slash - asked)) != 0))
			continue;
		for (uint32_t w = 0; w < a->problem.blocks[b].n_workloads; w++) {
			const char *own = pipeline->workloads[a->problem.blocks[b].workloads[w].workload].name;
			const struct hk_plan_workload *planned = strcmp(own, name) == 0 ? hk_plan_workload(&a->world.plan, pipeline->name, own) : NULL;
			if (!planned)
				continue;
			a->block = b;
			a->workload = w;
			a->planned = planned;
			a->pipeline_name = pipeline->name;
			a->name = own;
			found++;
		}
	}
	if (found == 1)
		return 0;
	return hk_err_set(err, HK_USAGE,
			  found ? "several pipelines have a workload '%s'; name it as PIPELINE/WORKLOAD" : "the plan and its documents have no workload '%s'",
			  asked);
}

static int answer_all(struct asking *a, struct hk_err *err)
{
	const struct hk_model *model = &a->world.inputs.model;
	const struct hk_solve_options options = { .interrupt = a->env->interrupted };
	uint32_t cluster = a->question->cluster ? hk_model_cluster(model, a->question->cluster) : 0;
	bool infeasible;
	if (cluster == HK_NO_INDEX)
		return hk_err_set(err, HK_USAGE, "there is no cluster '%s'", a->question->cluster);
	if (hk_problem_build(&a->problem, model, NULL, &infeasible, err) || find_workload(a, err))
		return -1;
	a->alternatives = hk_alternatives_open(&a->problem, &a->world.plan, a->block, &options, err);
	if (!a->alternatives)
		return -1;
	if (a->question->cluster)
		return answer_one(a, cluster, err);
	for (uint32_t c = 0; c < model->n_clusters; c++)
		if (answer_one(a, c, err))
			return -1;
	return 0;
}

int explain_why_not(const struct hk_env *env, const struct explain_question *question)
{
	struct asking a = { .env = env, .question = question, .text = HK_BUF_INIT };
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	int status = explain_world_load(env, question, &a.world);
	if (!status && question->json) {
		a.ser = hk_ser_open(HK_SER_JSON, &a.text);
		hk_ser_seq(a.ser);
	}
	if (!status && answer_all(&a, &err))
		status = hk_fail(env, &err);
	if (a.ser)
		hk_ser_end(a.ser);
	if (a.ser && hk_ser_close(a.ser, &err))
		status = status ? status : hk_fail(env, &err);
	if (a.alternatives)
		hk_alternatives_close(a.alternatives);
	hk_problem_release(&a.problem);
	explain_world_release(&a.world);
	status = status ? status : hk_print(&a.text, HK_OK);
	hk_buf_release(&a.text);
	return status;
}

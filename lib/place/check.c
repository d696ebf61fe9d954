/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/check_internal.h"

#include <math.h>
#include <stdarg.h>

void hk_check_violation(struct hk_check *check, enum hk_rule_id rule, const char *format, ...)
{
	struct hk_buf text HK_AUTO_BUF = HK_BUF_INIT;
	va_list args;

	va_start(args, format);
	hk_buf_vaddf(&text, format, args);
	va_end(args);
	hk_diag_add(check->diags, rule, NULL, "%s", text.s);
	check->report->violations++;
}

const char *hk_check_number(struct hk_check *check, double value)
{
	struct hk_buf text HK_AUTO_BUF = HK_BUF_INIT;

	hk_buf_addround(&text, value, 9);
	return hk_arena_strdup(&check->arena, text.s);
}

bool hk_check_agrees(double stated, double computed)
{
	if (isnan(stated) || isnan(computed))
		return isnan(stated) && isnan(computed);
	if (isinf(stated) || isinf(computed))
		return stated == computed;
	return fabs(stated - computed) <= HK_CHECK_MONEY * fmax(fabs(stated), fabs(computed)) + 1e-12;
}

void hk_check_stated(struct hk_check *check, double stated, double computed, const char *format, ...)
{
	struct hk_buf text HK_AUTO_BUF = HK_BUF_INIT;
	va_list args;

	if (hk_check_agrees(stated, computed))
		return;
	va_start(args, format);
	hk_buf_vaddf(&text, format, args);
	va_end(args);
	hk_buf_addstr(&text, " is stated as ");
	hk_buf_addround(&text, stated, 9);
	hk_buf_addstr(&text, " but is ");
	hk_buf_addround(&text, computed, 9);
	hk_check_violation(check, HK0834, "%s", text.s);
}

static const struct hk_check_place *place_in(const struct hk_check_workload *workload, uint32_t cluster)
{
	size_t low = 0, high = workload->n_places;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (workload->places[middle].cluster < cluster)
			low = middle + 1;
		else
			high = middle;
	}
	return low < workload->n_places && workload->places[low].cluster == cluster ? &workload->places[low] : NULL;
}

uint32_t hk_check_replicas(const struct hk_check_workload *workload, uint32_t cluster)
{
	const struct hk_check_place *place = place_in(workload, cluster);

	return place ? place->replicas : 0;
}

double hk_check_load(const struct hk_check_workload *workload, uint32_t cluster)
{
	const struct hk_check_place *place = place_in(workload, cluster);

	return place ? place->load : 0;
}

static void check_pipeline(struct hk_check *check, struct hk_check_pipeline *pipeline)
{
	hk_check_flows(check, pipeline);
	hk_check_places(check, pipeline);
	hk_check_holding(check, pipeline);
	hk_check_connections(check, pipeline);
	hk_check_paths(check, pipeline);
	hk_check_domains(check, pipeline);
	hk_check_costs(check, pipeline);
}

/* Sets of pipelines first: with one missing, capacities and costs of the whole make no sense. */
static bool match_all(struct hk_check *check)
{
	const struct hk_model *model = check->model;
	const struct hk_plan *plan = check->plan;
	bool matches = plan->n_pipelines == model->n_pipelines;

	if (!matches)
		hk_check_violation(check, plan->n_pipelines < model->n_pipelines ? HK0821 : HK0820, "the plan has %zu pipelines, the documents %zu",
				   plan->n_pipelines, model->n_pipelines);
	check->pipelines = hk_arena_array(&check->arena, model->n_pipelines + 1, sizeof *check->pipelines);
	for (size_t i = 0; matches && i < model->n_pipelines; i++) {
		check->pipelines[i] = (struct hk_check_pipeline){ .model = &model->pipelines[i], .plan = &plan->pipelines[i] };
		matches = hk_check_match(check, &check->pipelines[i]) && matches;
	}
	check->n_pipelines = matches ? model->n_pipelines : 0;
	return matches;
}

int hk_check_plan(const struct hk_model *model, const struct hk_plan *plan, const struct hk_plan *previous, struct hk_check_report *report,
		  struct hk_diags *diags, struct hk_err *err)
{
	struct hk_check check = { .model = model, .plan = plan, .previous = previous, .report = report, .diags = diags };

	(void)err;
	*report = (struct hk_check_report){ 0 };
	hk_check_network(&check);
	hk_check_routes_open(&check);
	check.arrives = hk_arena_array(&check.arena, model->n_clusters + 1, sizeof *check.arrives);
	if (match_all(&check)) {
		for (size_t i = 0; i < check.n_pipelines; i++)
			check_pipeline(&check, &check.pipelines[i]);
		hk_check_capacity(&check);
		hk_check_links(&check);
		hk_check_moves(&check);
		hk_check_objective(&check);
	}
	hk_arena_release(&check.arena);
	return 0;
}

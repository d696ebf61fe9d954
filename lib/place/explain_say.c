/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Demands in the user's words, and the least change that would do. */
#include "place/explain_internal.h"

#include "model/units.h"

#include <math.h>

static const char *const metric_names[] = { "latency", "jitter", "loss", "bandwidth" };
static const enum hk_unit metric_units[] = { HK_UNIT_DURATION, HK_UNIT_DURATION, HK_UNIT_RATIO, HK_UNIT_BITRATE };
static const char *const level_names[] = { "node", "cluster", "zone", "region", "failure domain" };

static void quoted(struct hk_buf *out, const char *name)
{
	hk_buf_addch(out, '\'');
	hk_buf_addstr(out, name);
	hk_buf_addch(out, '\'');
}

/* Names of workloads repeat from pipeline to pipeline. */
static void of_pipeline(const struct hk_inquiry *inquiry, const struct hk_pipeline *pipeline, struct hk_buf *out)
{
	if (inquiry->model->n_pipelines > 1)
		hk_buf_addf(out, " of pipeline '%s'", pipeline->name);
}

static void say_ends(const struct hk_pipeline *pipeline, const struct hk_demand *demand, struct hk_buf *out)
{
	if (demand->kind == HK_DEMAND_LIMIT) {
		const struct hk_connection *connection = &pipeline->connections[demand->item];

		hk_buf_addf(out, "connection '%s' to '%s'", hk_connection_from(pipeline, connection), hk_connection_to(pipeline, connection));
	} else {
		const struct hk_path *path = &pipeline->paths[demand->item];

		hk_buf_addf(out, "the path from '%s' to '%s'",
			    path->from_input != HK_NO_INDEX ? pipeline->inputs[path->from_input].name : pipeline->workloads[path->from_workload].name,
			    path->to_output != HK_NO_INDEX ? pipeline->outputs[path->to_output].name : pipeline->workloads[path->to_workload].name);
	}
}

static void say_limit(const struct hk_inquiry *inquiry, const struct hk_pipeline *pipeline, const struct hk_demand *demand, struct hk_buf *out)
{
	say_ends(pipeline, demand, out);
	of_pipeline(inquiry, pipeline, out);
	hk_buf_addf(out, " must have a %s of at %s ", metric_names[demand->sub], demand->sub == HK_DEMAND_BANDWIDTH ? "least" : "most");
	hk_unit_print(metric_units[demand->sub], demand->value, out);
}

static void say_pairing(const struct hk_inquiry *inquiry, const struct hk_pipeline *pipeline, const struct hk_demand *demand, struct hk_buf *out)
{
	const struct hk_workload *workload = &pipeline->workloads[demand->item];
	const struct hk_pairing *pairing = demand->kind == HK_DEMAND_APART ? &workload->apart[demand->sub] : &workload->together[demand->sub];

	if (pairing->with == demand->item)
		hk_buf_addf(out, "replicas of workload '%s'", workload->name);
	else
		hk_buf_addf(out, "workloads '%s' and '%s'", workload->name, pipeline->workloads[pairing->with].name);
	of_pipeline(inquiry, pipeline, out);
	hk_buf_addf(out, " must %s a %s", demand->kind == HK_DEMAND_APART ? "not share" : "share", level_names[pairing->level]);
}

static void say_workload(const struct hk_inquiry *inquiry, const struct hk_pipeline *pipeline, const struct hk_demand *demand, struct hk_buf *out)
{
	const struct hk_workload *workload = &pipeline->workloads[demand->item];

	hk_buf_addstr(out, "workload ");
	quoted(out, workload->name);
	of_pipeline(inquiry, pipeline, out);
	switch (demand->kind) {
	case HK_DEMAND_MOST: hk_buf_addf(out, " may have at most %u replica%s", workload->max_replicas, workload->max_replicas == 1 ? "" : "s"); break;
	case HK_DEMAND_LEAST: hk_buf_addf(out, " must have at least %u replicas", workload->min_replicas); break;
	case HK_DEMAND_AVAILABILITY:
		hk_buf_addstr(out, " must be available ");
		hk_unit_print(HK_UNIT_PROBABILITY, demand->value, out);
		break;
	case HK_DEMAND_SPREAD: hk_buf_addf(out, " must spread over at least %u different values of '%s'", workload->spread_min, workload->spread_over); break;
	case HK_DEMAND_REQUIRE: hk_buf_addstr(out, " may only run in clusters that match its 'require'"); break;
	default: hk_buf_addstr(out, " may only run on nodes with its features"); break;
	}
}

static void say_link(const struct hk_model *model, const struct hk_demand *demand, struct hk_buf *out)
{
	const struct hk_link *link = &model->links[demand->item];

	hk_buf_addf(out, "the link from '%s' to '%s' carries ", model->clusters[link->from].name, model->clusters[link->to].name);
	hk_unit_print(HK_UNIT_BITRATE, demand->value, out);
	if (link->adjustable_bandwidth && link->bandwidth_max > demand->value) {
		hk_buf_addstr(out, ", up to ");
		hk_unit_print(HK_UNIT_BITRATE, link->bandwidth_max, out);
		hk_buf_addstr(out, " with what can be bought");
	}
}

static void say_of_pipeline(const struct hk_inquiry *inquiry, const struct hk_demand *demand, struct hk_buf *out)
{
	const struct hk_pipeline *pipeline = &inquiry->model->pipelines[demand->pipeline];

	switch (demand->kind) {
	case HK_DEMAND_RATE:
		hk_buf_addf(out, "input '%s'", pipeline->inputs[demand->item].name);
		of_pipeline(inquiry, pipeline, out);
		hk_buf_addstr(out, " sends ");
		hk_unit_print(HK_UNIT_RATE, demand->value, out);
		break;
	case HK_DEMAND_LIMIT:
	case HK_DEMAND_PATH: say_limit(inquiry, pipeline, demand, out); break;
	case HK_DEMAND_APART:
	case HK_DEMAND_TOGETHER: say_pairing(inquiry, pipeline, demand, out); break;
	default: say_workload(inquiry, pipeline, demand, out); break;
	}
}

void hk_demand_say(const struct hk_inquiry *inquiry, const struct hk_demand *demand, struct hk_buf *out)
{
	const struct hk_model *model = inquiry->model;

	switch (demand->kind) {
	case HK_DEMAND_SITE: hk_buf_addf(out, "site '%s' is reached through its access", model->sites[demand->item].name); break;
	case HK_DEMAND_LINK: say_link(model, demand, out); break;
	case HK_DEMAND_CAPACITY: hk_buf_addf(out, "cluster '%s' has no more than these nodes", model->clusters[demand->item].name); break;
	/* everybody else's belongs to a pipeline */
	default: say_of_pipeline(inquiry, demand, out); break;
	}
}

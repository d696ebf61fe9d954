/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Metrics documents: measured values take the place of declared ones. Later documents win over earlier ones, in order of their files. */
#include "model/links.h"
#include "model/sort.h"
#include "base/time.h"
#include <math.h>
#include <string.h>

static uint32_t find_metric_cluster(struct hk_build *b, const struct hk_node *item, const char *key)
{
	const struct hk_node *node = hk_node_get(item, key);
	const char *name = hk_node_string(node);
	uint32_t index = hk_model_cluster(b->model, name);

	if (name && index == HK_NO_INDEX && !b->topology_partial)
		hk_node_diag(b->diags, b->doc, node, HK0701, "cluster '%s' is measured, but no topology has it", name);
	return index;
}

/* The first of parallel links: the one in use, and so the one that was measured. Links are sorted by their ends while a document is read. */
static struct hk_link *find_link(struct hk_model *model, uint32_t from, uint32_t to)
{
	size_t low = 0, high = model->n_links;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct hk_link *link = &model->links[middle];
		if (link->from < from || (link->from == from && link->to < to))
			low = middle + 1;
		else
			high = middle;
	}
	return low < model->n_links && model->links[low].from == from && model->links[low].to == to ? &model->links[low] : NULL;
}

static void read_link(struct hk_build *b, const struct hk_node *item)
{
	uint32_t from = find_metric_cluster(b, item, "from"), to = find_metric_cluster(b, item, "to");
	struct hk_model *model = b->model;

	if (from == HK_NO_INDEX || to == HK_NO_INDEX)
		return;
	struct hk_link *link = find_link(model, from, to);
	if (link) {
		hk_read_unit(b, item, "latency", HK_UNIT_DURATION, &link->latency);
		hk_read_unit(b, item, "jitter", HK_UNIT_DURATION, &link->jitter);
		hk_read_unit(b, item, "loss", HK_UNIT_RATIO, &link->loss);
		if (hk_read_unit(b, item, "bandwidth", HK_UNIT_BITRATE, &link->bandwidth))
			link->measured_at = hk_where_of(b, hk_node_get(item, "bandwidth"));
		return;
	}
	hk_diag_help(b->diags, hk_node_diag(b->diags, b->doc, item, HK0701, "a link from '%s' to '%s' is measured, but no topology has it",
					    model->clusters[from].name, model->clusters[to].name),
		     "values between clusters that no single link joins belong under 'pairs'");
}

struct pair_list { HK_VEC(struct hk_pair_metric) pairs; };

static void read_pair(struct hk_build *b, const struct hk_node *item, struct pair_list *list)
{
	struct hk_pair_metric pair = { .latency = NAN, .jitter = NAN, .loss = NAN, .bandwidth = NAN, .where = hk_where_of(b, item) };

	pair.from = find_metric_cluster(b, item, "from");
	pair.to = find_metric_cluster(b, item, "to");
	hk_read_unit(b, item, "latency", HK_UNIT_DURATION, &pair.latency);
	hk_read_unit(b, item, "jitter", HK_UNIT_DURATION, &pair.jitter);
	hk_read_unit(b, item, "loss", HK_UNIT_RATIO, &pair.loss);
	hk_read_unit(b, item, "bandwidth", HK_UNIT_BITRATE, &pair.bandwidth);
	if (pair.from != HK_NO_INDEX && pair.to != HK_NO_INDEX && pair.from != pair.to)
		hk_vec_push(&list->pairs, pair);
}

static struct hk_pipeline *find_pipeline(struct hk_build *b, const struct hk_node *item)
{
	const struct hk_node *node = hk_node_get(item, "pipeline");
	const char *name = hk_node_string(node);
	uint32_t index = hk_model_pipeline(b->model, name);

	if (index != HK_NO_INDEX)
		return &b->model->pipelines[index];
	if (name && !b->pipelines_partial)
		hk_node_diag(b->diags, b->doc, node, HK0701, "pipeline '%s' is measured, but there is none of that name", name);
	return NULL;
}

static void read_input(struct hk_build *b, const struct hk_node *item)
{
	struct hk_pipeline *p = find_pipeline(b, item);
	const struct hk_node *node = hk_node_get(item, "input");
	uint32_t input = p ? hk_pipeline_input(p, hk_node_string(node)) : HK_NO_INDEX;

	if (input != HK_NO_INDEX) {
		if (hk_read_unit(b, item, "rate", HK_UNIT_RATE, &p->inputs[input].rate))
			p->inputs[input].measured_at = hk_where_of(b, hk_node_get(item, "rate"));
	} else if (p && node)
		hk_node_diag(b->diags, b->doc, node, HK0701, "pipeline '%s' has no input '%.*s'", p->name, HK_STR_ARG(node->text));
}

static void read_workload(struct hk_build *b, const struct hk_node *item)
{
	struct hk_pipeline *p = find_pipeline(b, item);
	const struct hk_node *node = hk_node_get(item, "workload");
	uint32_t w = p ? hk_pipeline_workload(p, hk_node_string(node)) : HK_NO_INDEX;
	double capacity;

	if (w == HK_NO_INDEX) {
		if (p && node)
			hk_node_diag(b->diags, b->doc, node, HK0701, "pipeline '%s' has no workload '%.*s'", p->name, HK_STR_ARG(node->text));
		return;
	}
	hk_read_unit(b, item, "serviceTime", HK_UNIT_DURATION, &p->workloads[w].service_time);
	if (!hk_read_unit(b, item, "capacity", HK_UNIT_RATE, &capacity))
		return;
	if (capacity > 0)
		p->workloads[w].capacity = capacity;
	else
		hk_node_diag(b->diags, b->doc, hk_node_get(item, "capacity"), HK0201, "a capacity of 0 carries no message");
}

static void read_cluster(struct hk_build *b, const struct hk_node *item)
{
	uint32_t cluster = find_metric_cluster(b, item, "name");

	if (cluster != HK_NO_INDEX)
		hk_read_unit(b, item, "availability", HK_UNIT_PROBABILITY, &b->model->clusters[cluster].availability);
}

static int compare_pairs(const void *a, const void *b)
{
	const struct hk_pair_metric *left = a, *right = b;

	if (left->from != right->from)
		return left->from < right->from ? -1 : 1;
	return (left->to > right->to) - (left->to < right->to);
}

static void overlay(double *value, double newer)
{
	if (!isnan(newer))
		*value = newer;
}

/* One entry per pair of clusters: where several documents measure the same, the last one counts. */
static void keep_pairs(struct hk_build *b, struct pair_list *list)
{
	struct hk_model *model = b->model;

	hk_sort(list->pairs.v, list->pairs.n, sizeof *list->pairs.v, compare_pairs);
	model->pair_metrics = hk_arena_array(b->arena, list->pairs.n, sizeof *model->pair_metrics);
	for (size_t i = 0; i < list->pairs.n; i++) {
		const struct hk_pair_metric *pair = &list->pairs.v[i];
		struct hk_pair_metric *last = model->n_pair_metrics ? &model->pair_metrics[model->n_pair_metrics - 1] : NULL;
		if (!last || compare_pairs(last, pair) != 0) {
			model->pair_metrics[model->n_pair_metrics++] = *pair;
			continue;
		}
		hk_node_diag(b->diags, pair->where.doc, pair->where.node, HK0702, "'%s' to '%s' is measured twice; the last values count",
			     model->clusters[pair->from].name, model->clusters[pair->to].name);
		overlay(&last->latency, pair->latency);
		overlay(&last->jitter, pair->jitter);
		overlay(&last->loss, pair->loss);
		overlay(&last->bandwidth, pair->bandwidth);
	}
}

/* The form is the schema's; a month that there is not would otherwise count as no time at all. */
static void check_time(struct hk_build *b, const struct hk_node *when)
{
	double seconds;
	if (when && when->kind == HK_SCALAR && !hk_time_parse(when->text, &seconds))
		hk_diag_help(b->diags, hk_node_diag(b->diags, b->doc, when, HK0201, "'%s' is no moment of the calendar between 1970 and 9999", when->text.s),
			     "for example 2026-01-31T12:00:00Z");
}

void hk_build_metrics(struct hk_build *b)
{
	struct pair_list pairs = { { NULL, 0, 0 } };
	const struct hk_document *document;

	for (size_t i = 0; (document = hk_next_document(b, HK_KIND_METRICS, &i)); ) {
		const struct hk_node *spec = hk_document_spec(document);
		check_time(b, hk_node_get(spec, "observedAt"));
		hk_for_each_item(item, hk_read_list(b, spec, "links"))
			read_link(b, item);
		hk_sort_links(b->model);
		hk_for_each_item(item, hk_read_list(b, spec, "pairs"))
			read_pair(b, item, &pairs);
		hk_for_each_item(item, hk_read_list(b, spec, "inputs"))
			read_input(b, item);
		hk_for_each_item(item, hk_read_list(b, spec, "workloads"))
			read_workload(b, item);
		hk_for_each_item(item, hk_read_list(b, spec, "clusters"))
			read_cluster(b, item);
	}
	keep_pairs(b, &pairs);
	hk_vec_release(&pairs.pairs);
}

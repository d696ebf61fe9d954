/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pipeline documents. First their names and manifests are taken in (which resources exist depends on the manifests), and, once the topology is known,
 * everything else.
 */
#include "model/build.h"
#include "model/sort.h"
#include <math.h>
#include <string.h>

#define DEFAULT_NAMESPACE "default"

static void declare_workloads(struct hk_build *b, struct hk_pipeline *p, const struct hk_node *spec)
{
	const struct hk_node *list = hk_read_list(b, spec, "workloads");
	struct hk_map names = HK_MAP_INIT;

	p->workloads = hk_arena_array(b->arena, list ? list->count : 0, sizeof *p->workloads);
	hk_for_each_item(item, list) {
		const char *name = hk_read_text(b, item, "name");
		size_t known = name ? hk_map_get(&names, hk_str_of(name)) : 0;

		if (!name || !hk_refer_declare(b, &names, name, hk_node_get(item, "name"), known == HK_MAP_NONE ? NULL : &p->workloads[known].where, "workload",
					       p->n_workloads))
			continue;
		p->workloads[p->n_workloads].name = name;
		p->workloads[p->n_workloads++].where = hk_where_of(b, item);
	}
	hk_map_release(&names);
	hk_sort(p->workloads, p->n_workloads, sizeof *p->workloads, hk_sort_by_text);
}

/* Requests of a workload: written in the pipeline, else of its manifest. */
static void declare_requests(struct hk_build *b, const struct hk_pipeline *p, struct hk_pipeline_draft *draft)
{
	draft->pods = hk_arena_array(b->arena, p->n_workloads, sizeof *draft->pods);
	draft->requests = hk_arena_array(b->arena, p->n_workloads, sizeof *draft->requests);
	for (size_t w = 0; w < p->n_workloads; w++) {
		struct hk_workload *workload = &p->workloads[w];
		const struct hk_node *manifest = hk_read_map(b, workload->where.node, "manifest");
		const struct hk_node *requests = hk_read_map(b, workload->where.node, "requests");

		workload->manifest.replicas = 1;
		draft->pods[w].requests_elsewhere = requests != NULL;
		if (manifest) {
			hk_build_manifest(b, manifest, workload->name, p->name_space, &workload->manifest, &draft->pods[w]);
			workload->request_at = hk_where_of(b, manifest);
		}
		if (requests) {
			hk_read_amounts(b, requests, HK0201, &draft->requests[w]);
			workload->request_at = hk_where_of(b, requests);
		} else {
			draft->requests[w] = draft->pods[w].requests;
			draft->pods[w].requests = (struct hk_amounts){ { NULL, 0, 0 } };
		}
	}
}

static int compare_pipelines(const void *a, const void *b)
{
	const struct hk_pipeline *left = a, *right = b;
	int order = strcmp(left->name, right->name);

	return order ? order : strcmp(left->name_space, right->name_space);
}

static bool declare_pipeline(struct hk_build *b, const struct hk_document *document, struct hk_map *names, struct hk_pipeline *p)
{
	const struct hk_node *metadata = hk_node_get(document->doc.root, "metadata"), *name = hk_node_get(metadata, "name");
	size_t known;

	p->name = hk_read_text(b, metadata, "name");
	p->name_space = hk_read_text(b, metadata, "namespace");
	if (!p->name_space)
		p->name_space = DEFAULT_NAMESPACE;
	p->where = hk_where_of(b, name);
	if (!p->name)
		return false;
	known = hk_map_get(names, hk_str_of(p->name));
	return hk_refer_declare(b, names, p->name, name, known == HK_MAP_NONE ? NULL : &b->model->pipelines[known].where, "pipeline", b->model->n_pipelines);
}

void hk_build_declare_pipelines(struct hk_build *b)
{
	struct hk_model *model = b->model;
	struct hk_map names = HK_MAP_INIT;
	const struct hk_document *document;

	model->pipelines = hk_arena_array(b->arena, b->workspace->count_by_kind[HK_KIND_PIPELINE], sizeof *model->pipelines);
	b->drafts = hk_arena_array(b->arena, b->workspace->count_by_kind[HK_KIND_PIPELINE], sizeof *b->drafts);
	for (size_t i = 0; (document = hk_next_document(b, HK_KIND_PIPELINE, &i)); ) {
		struct hk_pipeline p = { 0 };
		if (declare_pipeline(b, document, &names, &p))
			model->pipelines[model->n_pipelines++] = p;
	}
	hk_map_release(&names);
	hk_sort(model->pipelines, model->n_pipelines, sizeof *model->pipelines, compare_pipelines);
	for (size_t i = 0; i < model->n_pipelines; i++) {
		struct hk_pipeline *p = &model->pipelines[i];
		b->doc = p->where.doc;
		declare_workloads(b, p, hk_node_get(p->where.doc->root, "spec"));
		declare_requests(b, p, &b->drafts[i]);
	}
}

/* Where an input or output is: at a site, or in a cluster. */
static void read_place(struct hk_build *b, const struct hk_node *node, struct hk_endpoint *endpoint)
{
	bool site = !hk_node_is_null(hk_node_get(node, "site")), cluster = !hk_node_is_null(hk_node_get(node, "cluster"));

	endpoint->site = endpoint->cluster = HK_NO_INDEX;
	if (site == cluster) {
		hk_node_diag(b->diags, b->doc, node, HK0202, "'%s' needs one of site and cluster: where it is", endpoint->name);
		return;
	}
	if (cluster) {
		endpoint->cluster = hk_refer_cluster(b, node, "cluster");
		return;
	}
	endpoint->site = hk_refer_site(b, node, "site");
	if (endpoint->site != HK_NO_INDEX)
		endpoint->cluster = b->model->sites[endpoint->site].cluster;
}

/* Inputs or outputs. One whose place is unknown keeps HK_NO_INDEX as its cluster, so that connections to it are not unknown as well. */
static size_t read_endpoints(struct hk_build *b, const struct hk_pipeline *p, const struct hk_node *list, const char *what, struct hk_endpoint **endpoints)
{
	struct hk_map names = HK_MAP_INIT;
	size_t n = 0;

	*endpoints = hk_arena_array(b->arena, list ? list->count : 0, sizeof **endpoints);
	hk_for_each_item(item, list) {
		struct hk_endpoint *e = &(*endpoints)[n];
		const struct hk_node *name = hk_node_get(item, "name");
		uint32_t workload;
		size_t known;

		*e = (struct hk_endpoint){ .name = hk_read_text(b, item, "name"), .where = hk_where_of(b, item) };
		if (!e->name)
			continue;
		known = hk_map_get(&names, hk_str_of(e->name));
		workload = hk_pipeline_workload(p, e->name);
		if (workload != HK_NO_INDEX) {
			struct hk_range range;
			hk_node_range(p->workloads[workload].where.doc, p->workloads[workload].where.node, &range);
			hk_diag_related(b->diags, hk_node_diag(b->diags, b->doc, name, HK0205, "%s '%s' has the name of a workload", what, e->name), &range,
					"the workload");
			continue;
		}
		if (!hk_refer_declare(b, &names, e->name, name, known == HK_MAP_NONE ? NULL : &(*endpoints)[known].where, what, n))
			continue;
		read_place(b, item, e);
		hk_read_unit(b, item, "rate", HK_UNIT_RATE, &e->rate);
		hk_read_unit(b, item, "size", HK_UNIT_BYTES, &e->size);
		n++;
	}
	hk_map_release(&names);
	hk_sort(*endpoints, n, sizeof **endpoints, hk_sort_by_text);
	return n;
}

static void read_replicas(struct hk_build *b, const struct hk_node *node, struct hk_workload *w)
{
	const struct hk_node *replicas = hk_read_map(b, node, "replicas");

	w->min_replicas = 1;
	w->max_replicas = UINT32_MAX;
	w->replicas_at = hk_where_of(b, replicas);
	hk_read_count(b, replicas, "min", &w->min_replicas);
	hk_read_count(b, replicas, "max", &w->max_replicas);
	if (w->min_replicas > w->max_replicas)
		hk_node_diag(b->diags, b->doc, replicas, HK0204, "'%s' has at least %u replicas but at most %u", w->name, w->min_replicas, w->max_replicas);
}

/* Features of the pipeline, then those of the manifest's nodeSelector it does not name. */
static void read_features(struct hk_build *b, const struct hk_node *node, const struct hk_pod *pod, struct hk_workload *w)
{
	hk_read_labels(b, hk_read_map(b, node, "features"), &w->features);
	for (size_t i = 0; i < pod->node_selector.n; i++) {
		const char *own = hk_labels_get(&w->features, pod->node_selector.v[i].key);
		if (own && strcmp(own, pod->node_selector.v[i].value) != 0)
			hk_node_diag(b->diags, b->doc, hk_node_get(node, "features"), HK0410,
				     "feature '%s' is '%s' here but '%s' in the manifest's nodeSelector", pod->node_selector.v[i].key, own,
				     pod->node_selector.v[i].value);
		hk_labels_add(b, &w->features, pod->node_selector.v[i].key, pod->node_selector.v[i].value);
	}
}

static void read_workload(struct hk_build *b, struct hk_pipeline *p, struct hk_workload *w, const struct hk_pipeline_draft *draft)
{
	const struct hk_pod *pod = &draft->pods[w - p->workloads];
	const struct hk_node *node = w->where.node;
	uint32_t pods = hk_model_resource(b->model, "pods");

	w->request = hk_amounts_dense(b, &draft->requests[w - p->workloads], 0);
	if (pods != HK_NO_INDEX)
		w->request[pods] = 1;
	w->node_limit = hk_arena_array(b->arena, b->model->n_resources, sizeof *w->node_limit);
	w->node_request = hk_arena_array(b->arena, b->model->n_resources, sizeof *w->node_request);
	w->capacity = INFINITY;
	hk_read_unit_at(b, node, "capacity", HK_UNIT_RATE, &w->capacity, &w->capacity_at);
	if (w->capacity <= 0) {
		hk_node_diag(b->diags, b->doc, w->capacity_at.node, HK0201, "a capacity of 0 carries no message; leave it out when the workload has no limit");
		w->capacity = INFINITY;
	}
	hk_read_unit(b, node, "serviceTime", HK_UNIT_DURATION, &w->service_time);
	hk_read_unit_at(b, node, "availability", HK_UNIT_PROBABILITY, &w->availability, &w->availability_at);
	read_replicas(b, node, w);
	read_features(b, node, pod, w);
	w->node_terms = pod->node_terms;
	w->n_node_terms = pod->n_node_terms;
	w->tolerations = pod->tolerations;
	w->n_tolerations = pod->n_tolerations;
	hk_build_placement(b, p, w, hk_read_map(b, node, "placement"));
}

static void read_objective(struct hk_build *b, const struct hk_node *node, struct hk_objective *objective)
{
	*objective = (struct hk_objective){ .cost = 1, .latency = 0.01, .request = 10, .affinity = 0.01, .moves = 0.1 };
	hk_read_unit(b, node, "cost", HK_UNIT_NUMBER, &objective->cost);
	hk_read_unit(b, node, "latency", HK_UNIT_NUMBER, &objective->latency);
	hk_read_unit(b, node, "request", HK_UNIT_NUMBER, &objective->request);
	hk_read_unit(b, node, "affinity", HK_UNIT_NUMBER, &objective->affinity);
	hk_read_unit(b, node, "moves", HK_UNIT_NUMBER, &objective->moves);
}

/* The one number of a document that may be negative. The schema has checked that it is whole and in range. */
static int32_t read_priority(struct hk_build *b, const struct hk_node *spec)
{
	const struct hk_node *node = hk_node_get(spec, "priority");
	double value = 0;

	if (node && node->kind == HK_SCALAR && node->text.n > 1 && node->text.s[0] == '-') {
		struct hk_node rest = *node;

		rest.text = (struct hk_str){ node->text.s + 1, node->text.n - 1 };
		return hk_read_unit_node(b, &rest, HK0201, HK_UNIT_NUMBER, &value) ? (int32_t)-fmin(HK_PRIORITY_MOST, value) : 0;
	}
	hk_read_unit(b, spec, "priority", HK_UNIT_NUMBER, &value);
	return (int32_t)fmin(HK_PRIORITY_MOST, value);
}

void hk_build_pipelines(struct hk_build *b)
{
	for (size_t i = 0; i < b->model->n_pipelines; i++) {
		struct hk_pipeline *p = &b->model->pipelines[i];
		const struct hk_node *spec = hk_node_get(p->where.doc->root, "spec");

		b->doc = p->where.doc;
		p->n_inputs = read_endpoints(b, p, hk_read_list(b, spec, "inputs"), "input", &p->inputs);
		p->n_outputs = read_endpoints(b, p, hk_read_list(b, spec, "outputs"), "output", &p->outputs);
		for (size_t w = 0; w < p->n_workloads; w++)
			read_workload(b, p, &p->workloads[w], &b->drafts[i]);
		hk_build_exclusions(b, p, b->drafts[i].pods);
		hk_build_connections(b, p, spec);
		read_objective(b, hk_read_map(b, spec, "objective"), &p->objective);
		p->priority = read_priority(b, spec);
	}
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import/policies.h"
#include <math.h>
#include <string.h>

void hk_import_valid_labels(struct hk_import *import, const struct hk_import_object *object, struct hk_labels *labels)
{
	size_t n = 0;

	for (size_t i = 0; i < labels->n; i++) {
		if (hk_is_label_key(labels->v[i].key) && hk_is_label_value(labels->v[i].value))
			labels->v[n++] = labels->v[i];
		else
			hk_import_diag(import, object, NULL, HK1112, "label '%s' of '%s' is not one Kubernetes has and is left out", labels->v[i].key,
				       object->name);
	}
	labels->n = n;
}

static bool is_valid_term(const struct hk_selector_term *term)
{
	bool valued = term->op == HK_OP_IN || term->op == HK_OP_NOT_IN;

	if (!hk_is_label_key(term->key) || valued != (term->n_values > 0) || term->op == HK_OP_GREATER || term->op == HK_OP_LESS)
		return false;
	for (size_t i = 0; i < term->n_values; i++)
		if (!hk_is_label_value(term->values[i]))
			return false;
	return true;
}

void hk_import_valid_terms(struct hk_import *import, const struct hk_import_object *object, struct hk_selector *selector)
{
	size_t n = 0;

	for (size_t i = 0; i < selector->n_terms; i++) {
		if (is_valid_term(&selector->terms[i]))
			selector->terms[n++] = selector->terms[i];
		else
			hk_import_diag(import, object, NULL, HK1112, "a condition on '%s' in '%s' cannot be said of clusters and is left out",
				       selector->terms[i].key, object->name);
	}
	selector->n_terms = n;
}

void hk_import_require_names(struct hk_import *import, struct hk_selector *selector, const struct hk_node *names, enum hk_selector_op op)
{
	struct hk_selector_term *terms, *term;

	if (!names || names->kind != HK_SEQUENCE || !names->count)
		return;
	terms = hk_arena_array(&import->arena, selector->n_terms + 1, sizeof *terms);
	if (selector->n_terms)
		memcpy(terms, selector->terms, selector->n_terms * sizeof *terms);
	selector->terms = terms;
	term = &terms[selector->n_terms++];
	*term = (struct hk_selector_term){ "name", op, hk_arena_array(&import->arena, names->count, sizeof *term->values), 0 };
	hk_for_each_item(name, names)
		if (hk_node_string(name))
			term->values[term->n_values++] = hk_import_name(&import->arena, name->text.s, "cluster");
}

/* Weights of a preference go up to 100. */
void hk_import_prefer_shares(struct hk_import *import, struct hk_draft_workload *workload, const struct hk_import_shares *shares)
{
	int64_t most = 0;

	for (size_t i = 0; i < shares->list.n; i++)
		if (shares->list.v[i].weight > most)
			most = shares->list.v[i].weight;
	for (size_t i = 0; i < shares->list.n; i++) {
		const struct hk_import_share *share = &shares->list.v[i];
		double weight = (double)share->weight;

		if (most > 100)
			weight = nearbyint(weight / (double)most * 1e6) / 1e4;
		hk_vec_push(&workload->prefer, (struct hk_draft_prefer){ "name", hk_import_name(&import->arena, share->cluster, "cluster"), weight });
	}
}

void hk_import_replicas(struct hk_draft_workload *workload, int64_t min, int64_t max, const char *note)
{
	workload->min = min < 1 ? 0 : min > HK_MOST_REPLICAS ? HK_MOST_REPLICAS : (uint32_t)min;
	workload->max = max < 1 ? 0 : max > HK_MOST_REPLICAS ? HK_MOST_REPLICAS : (uint32_t)max;
	workload->replicas_note = note;
}

/* The object itself, when it is among the files. */
static struct hk_import_object *find_manifest(struct hk_import *import, const char *kind, const char *name, const char *name_space)
{
	for (size_t i = 0; i < import->objects.n; i++) {
		struct hk_import_object *object = &import->objects.v[i];

		if (strcmp(object->kind, kind) == 0 && strcmp(object->name, name) == 0 &&
		    (!name_space || !object->name_space || strcmp(object->name_space, name_space) == 0) &&
		    (hk_node_at(object->node, "spec.template") || strcmp(kind, "Pod") == 0 || strcmp(kind, "CronJob") == 0))
			return object;
	}
	return NULL;
}

static void describe(struct hk_import *import, struct hk_draft_pipeline *pipeline, size_t at, const struct hk_import_object *policy, const char *kind,
		     const char *name, const char *name_space)
{
	struct hk_draft_workload *workload = &pipeline->workloads.v[at];
	struct hk_import_object *manifest = find_manifest(import, kind, name, name_space);

	workload->kind = kind;
	workload->object = name;
	workload->guess_requests = true;
	if (hk_is_label_name(name_space) && (!pipeline->name_space || strcmp(name_space, pipeline->name_space) != 0))
		workload->object_namespace = name_space;
	hk_draft_remark(workload, hk_arena_printf(&import->arena, "%s %s, of %s %s", kind, name, policy->kind, policy->name));
	if (!manifest || !hk_is_object_name(name) || strcmp(import->files[manifest->file].path, "-") == 0)
		return;
	manifest->taken = true;
	workload->file = hk_import_relative(&import->arena, import->files[manifest->file].path, import->options->output);
	workload->guess_requests = false;
}

size_t hk_import_find_or_add(struct hk_import *import, struct hk_draft_pipeline *pipeline, const struct hk_import_object *policy, const char *kind,
			     const char *name, const char *name_space)
{
	size_t before = pipeline->workloads.n, at = hk_draft_workload(import, pipeline, name);

	if (!name_space)
		name_space = policy->name_space;
	if (!pipeline->name_space && before == 0)
		pipeline->name_space = import->options->name_space ? import->options->name_space : hk_is_label_name(name_space) ? name_space : NULL;
	if (at == before)
		describe(import, pipeline, at, policy, kind, name, name_space);
	return at;
}

size_t hk_import_policy_workload(struct hk_import *import, struct hk_draft_pipeline *pipeline, const struct hk_import_object *policy, const char *kind,
				 const char *name, const char *name_space)
{
	size_t before = pipeline->workloads.n, at = hk_import_find_or_add(import, pipeline, policy, kind, name, name_space);

	if (at < before)
		hk_import_diag(import, policy, NULL, HK1107, "workload '%s' has a placement already; that of %s '%s' is left out",
			       pipeline->workloads.v[at].name, policy->kind, policy->name);
	return at;
}

int hk_import_policies_write(struct hk_import *import, struct hk_draft_topology *topology, struct hk_draft_pipeline *pipeline, const char *nothing)
{
	int result = 0;

	if (!topology->clusters.n && !pipeline->workloads.n) {
		if (!import->diags->errors)
			hk_diag_add(import->diags, HK1105, NULL, "%s", nothing);
		result = -1;
	}
	if (topology->clusters.n)
		hk_draft_topology_write(import->out, topology);
	if (pipeline->workloads.n) {
		if (topology->clusters.n)
			hk_buf_addstr(import->out, "---\n");
		if (!pipeline->name)
			pipeline->name = import->options->name ? import->options->name : "imported";
		hk_draft_pipeline_write(import, pipeline, topology);
	}
	hk_draft_topology_release(topology);
	hk_draft_pipeline_release(pipeline);
	return result;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Karmada (policy.karmada.io/v1alpha1): everything its control plane is given. Each object once, as a template; a PropagationPolicy that names its clusters;
 * and where its copies in the clusters differ by more than their replicas (node affinity, ordinals, bounds of an autoscaler, routes of their own), an
 * OverridePolicy with the difference.
 *
 * Counts: static weights are the solved counts and the template's replicas their sum, so the quotas of Karmada's Webster division are whole and come out
 * exactly. Weights must be at least 1: clusters without replicas are left out.
 */
#include "render/decide.h"
#include "render/route.h"
#include "render/script.h"
#include "render/value.h"
#include <string.h>

#define KARMADA "karmada"
#define POLICY_API "policy.karmada.io/v1alpha1"
#define RETAIN_LABEL "resourcetemplate.karmada.io/retain-replicas"
enum { POLICY_NAME_MAX = 63, CLUSTER_NAME_MAX = 48 };

/* One object in all of its clusters. */
struct group {
	struct hk_job *job;
	const struct hk_item *items; size_t n;
	bool divided;                       /* Karmada divides its replicas */
	uint32_t total;
	struct hk_str template;
};

struct reading { struct hk_source source; struct hk_doc doc; struct hk_diags diags; };

static bool reading_open(struct hk_job *job, struct reading *reading, const char *name, struct hk_str text)
{
	*reading = (struct reading){ .diags = HK_DIAGS_INIT };
	hk_source_from_text(&reading->source, name, text.s, text.n);
	if (hk_yaml_read_one(&reading->source, false, &reading->doc, &reading->diags) == 0)
		return true;
	hk_err_set(job->err, HK_FAILED, "%s cannot be read again", name);
	job->broken = true;
	return false;
}

static void reading_close(struct reading *reading)
{
	hk_doc_release(&reading->doc);
	hk_diags_release(&reading->diags);
	hk_source_release(&reading->source);
}

/* Kinds whose replicas Karmada knows how to read and set. */
static bool is_divided(const struct hk_entry *entry)
{
	if (!entry || entry->role != HK_ENTRY_WORKLOAD)
		return false;
	enum hk_manifest_kind kind = entry->workload->manifest.kind;
	return kind == HK_DEPLOYMENT || kind == HK_STATEFULSET || kind == HK_JOB;
}

static void keep(struct hk_job *job, const struct hk_buf *text, struct hk_str *out)
{
	*out = (struct hk_str){ hk_arena_slicedup(&job->arena, (struct hk_str){ text->s, text->len }), text->len };
}

/* Karmada leaves the number of replicas to an autoscaler in the cluster only when the template says so. */
static void retain_replicas(struct hk_job *job, const char *name, struct hk_str *template)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct reading reading;
	struct hk_script script;
	if (reading_open(job, &reading, name, *template)) {
		const struct hk_value *yes = hk_value_str(&job->arena, "true");
		const struct hk_value *fallback = hk_value_put(&job->arena, hk_value_map(&job->arena), RETAIN_LABEL, yes);
		hk_script_begin(&script, &reading.doc, &job->arena);
		const struct hk_node *labels = hk_script_descend(&script, hk_node_get(reading.doc.root, "metadata"), "labels", HK_MAPPING, fallback);
		if (labels)
			hk_script_set(&script, labels, RETAIN_LABEL, yes);
		job->broken = script.steps.n > 0 && hk_script_apply(&script, &text, job->err) != 0;
		if (!job->broken && script.steps.n > 0)
			keep(job, &text, template);
		hk_script_release(&script);
	}
	reading_close(&reading);
}

/* The template of a divided workload holds all replicas, whoever owns them in the clusters: without them the API server would make it 1. */
static struct hk_str whole(const struct group *group)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_job *job = group->job;
	struct hk_entry entry = *group->items->entry;
	const struct hk_variant variant = { .replicas = group->total, .least = -1, .most = -1 };
	struct hk_item item = { .suffix = group->items->suffix, .entry = &entry, .variant = &variant };
	struct hk_str template = group->items->bytes;
	entry.scaler = NULL;
	job->broken = hk_item_write(job, &item, &text, job->err) != 0;
	if (!job->broken)
		keep(job, &text, &template);
	if (!job->broken && group->items->entry->scaler && group->items->entry->workload->manifest.kind == HK_DEPLOYMENT)
		retain_replicas(job, item.suffix, &template);
	return template;
}

/* What stands for all clusters: the user's object where it keeps its name, else what the first cluster gets. */
static struct hk_str template_of(const struct group *group)
{
	const struct hk_item *first = group->items;
	if (!first->entry || !first->variant || first->variant->name || (group->n == 1 && !(group->divided && first->entry->scaler)))
		return first->bytes;
	return group->divided ? whole(group) : first->entry->text;
}

static struct hk_value *names_of(const struct group *group, size_t first, size_t n)
{
	struct hk_arena *arena = &group->job->arena;
	struct hk_value *names = hk_value_seq(arena);
	for (size_t i = first; i < first + n; i++)
		hk_value_push(arena, names, hk_value_str(arena, group->job->model->clusters[group->items[i].cluster].name));
	return hk_value_put(arena, hk_value_map(arena), "clusterNames", names);
}

static struct hk_value *scheduling_of(const struct group *group)
{
	struct hk_arena *arena = &group->job->arena;
	struct hk_value *scheduling = hk_value_put_str(arena, hk_value_map(arena), "replicaSchedulingType", group->divided ? "Divided" : "Duplicated");
	if (!group->divided)
		return scheduling;
	struct hk_value *weights = hk_value_seq(arena);
	for (size_t i = 0; i < group->n; i++) {
		struct hk_value *weight = hk_value_put(arena, hk_value_map(arena), "targetCluster", names_of(group, i, 1));
		hk_value_push(arena, weights, hk_value_put(arena, weight, "weight", hk_value_int(arena, group->items[i].variant->replicas)));
	}
	hk_value_put_str(arena, scheduling, "replicaDivisionPreference", "Weighted");
	return hk_value_put(arena, scheduling, "weightPreference", hk_value_put(arena, hk_value_map(arena), "staticWeightList", weights));
}

static struct hk_value *overrides_of(const struct group *group, const struct hk_node *template)
{
	static const char *const divided_by_karmada[] = { "/spec/replicas", "/spec/parallelism", "/metadata/labels",
							  "/metadata/labels/resourcetemplate.karmada.io~1retain-replicas" };
	struct hk_arena *arena = &group->job->arena;
	struct hk_value *rules = hk_value_seq(arena);
	for (size_t i = 0; i < group->n; i++) {
		struct reading reading;
		struct hk_value *ops = hk_value_seq(arena);
		if (reading_open(group->job, &reading, group->items[i].suffix, group->items[i].bytes))
			hk_override_diff(arena, template, reading.doc.root, divided_by_karmada, group->divided ? HK_COUNT(divided_by_karmada) : 0, ops);
		reading_close(&reading);
		if (ops->count == 0)
			continue;
		struct hk_value *rule = hk_value_put(arena, hk_value_map(arena), "targetCluster", names_of(group, i, 1));
		hk_value_push(arena, rules, hk_value_put(arena, rule, "overriders", hk_value_put(arena, hk_value_map(arena), "plaintext", ops)));
	}
	return rules;
}

static const char *lowered(struct hk_arena *arena, const char *kind)
{
	char *copy = hk_arena_strdup(arena, kind);
	for (char *c = copy; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return copy;
}

static void write_policies(const struct group *group, const struct hk_node *root)
{
	struct hk_job *job = group->job;
	struct hk_arena *arena = &job->arena;
	const struct hk_node *metadata = hk_node_get(root, "metadata");
	const char *kind = hk_arena_slicedup(arena, hk_node_get(root, "kind")->text), *name = hk_arena_slicedup(arena, hk_node_get(metadata, "name")->text);
	const char *space = hk_node_string(hk_node_get(metadata, "namespace")), *name_space = space ? hk_arena_strdup(arena, space) : NULL;
	const char *policy = hk_route_label(arena, hk_arena_printf(arena, "%s-%s", lowered(arena, kind), name), POLICY_NAME_MAX);
	const char *folder = hk_arena_slicedup(arena, (struct hk_str){ group->items->suffix, strcspn(group->items->suffix, "/") });
	bool wide = strcmp(folder, "_cluster") == 0;
	struct hk_value *resource = hk_value_put_str(arena, hk_value_map(arena), "apiVersion", hk_arena_slicedup(arena, hk_node_get(root, "apiVersion")->text));
	hk_value_put_str(arena, resource, "kind", kind);
	hk_value_put_str(arena, resource, "name", name);
	const struct hk_value *selectors = hk_value_push(arena, hk_value_seq(arena), resource);
	struct hk_value *object = hk_decision_object(job, POLICY_API, wide ? "ClusterPropagationPolicy" : "PropagationPolicy", policy, name_space);
	struct hk_value *placement = hk_value_put(arena, hk_value_map(arena), "clusterAffinity", names_of(group, 0, group->n));
	hk_value_put(arena, placement, "replicaScheduling", scheduling_of(group));
	struct hk_value *spec = hk_value_put(arena, hk_value_map(arena), "resourceSelectors", selectors);
	hk_decision_add(job, KARMADA, folder, hk_value_put(arena, object, "spec", hk_value_put(arena, spec, "placement", placement)));
	const struct hk_value *rules = overrides_of(group, root);
	if (rules->count == 0)
		return;
	object = hk_decision_object(job, POLICY_API, wide ? "ClusterOverridePolicy" : "OverridePolicy", policy, name_space);
	spec = hk_value_put(arena, hk_value_map(arena), "resourceSelectors", selectors);
	hk_decision_add(job, KARMADA, folder, hk_value_put(arena, object, "spec", hk_value_put(arena, spec, "overrideRules", rules)));
}

/* Karmada brings namespaces to all of its clusters by itself; policies of its own are for itself. */
static bool stays(const struct group *group)
{
	const struct hk_entry *entry = group->items->entry;
	return entry && (strcmp(entry->kind, "Namespace") == 0 || strncmp(entry->api_version, "policy.karmada.io/", 18) == 0);
}

static void plan_group(struct group *group)
{
	struct hk_job *job = group->job;
	struct reading reading;
	group->divided = is_divided(group->items->entry);
	for (size_t i = 0; i < group->n; i++)
		group->total += group->items[i].variant ? group->items[i].variant->replicas : 0;
	group->template = template_of(group);
	if (job->broken)
		return;
	hk_decision_bytes(job, hk_arena_printf(&job->arena, HK_DECISIONS "/" KARMADA "/%s", group->items->suffix), group->template);
	if (stays(group))
		return;
	if (reading_open(job, &reading, group->items->suffix, group->template))
		write_policies(group, reading.doc.root);
	reading_close(&reading);
}

static void check_names(struct hk_job *job)
{
	for (size_t i = 0; i < job->model->n_clusters; i++) {
		if (!job->outputs[i] || strlen(job->model->clusters[i].name) <= CLUSTER_NAME_MAX)
			continue;
		struct hk_diag *diag = hk_job_diag(job, HK0940, NULL, "cluster '%s' cannot be called that in Karmada: names have at most %d characters there",
						   job->model->clusters[i].name, CLUSTER_NAME_MAX);
		hk_diag_help(job->diags, diag, "use the name under which the cluster joined");
	}
}

void hk_karmada_plan(struct hk_job *job)
{
	check_names(job);
	for (size_t first = 0, end; first < job->items.n && !job->broken; first = end) {
		for (end = first; end < job->items.n && strcmp(job->items.v[end].suffix, job->items.v[first].suffix) == 0;)
			end++;
		struct group group = { .job = job, .items = &job->items.v[first], .n = end - first };
		plan_group(&group);
	}
}

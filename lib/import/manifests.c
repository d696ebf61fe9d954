/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Manifests become the skeleton of a Pipeline: what runs is certain, who calls whom is guessed, how much and how good is for people to fill in. */
#include "import/manifests.h"
#include "import/policies.h"
#include <string.h>

static const struct { const char *group, *kind, *pod, *replicas; } kinds[] = {
	{ "apps", "Deployment", "spec.template", "spec.replicas" },
	{ "apps", "StatefulSet", "spec.template", "spec.replicas" },
	{ "apps", "DaemonSet", "spec.template", NULL },
	{ "apps", "ReplicaSet", "spec.template", "spec.replicas" },
	{ "batch", "Job", "spec.template", "spec.parallelism" },
	{ "batch", "CronJob", "spec.jobTemplate.spec.template", NULL },
	{ "", "Pod", "", NULL },
	{ "kubevirt.io", "VirtualMachine", "spec.template", NULL },
};

const char *hk_manifest_namespace(const struct hk_import_object *object)
{
	return object->name_space ? object->name_space : "default";
}

static void describe(struct hk_manifests *m, const struct hk_manifest_workload *w, const char *replicas_path, struct hk_draft_workload *draft)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	const struct hk_node *replicas = replicas_path ? hk_node_at(w->object->node, replicas_path) : NULL;
	const char *before = "listens on ";

	hk_buf_addf(&text, "%s %s", w->object->kind, w->object->name);
	if (hk_node_string(replicas))
		hk_buf_addf(&text, ", %s replica%s now", replicas->text.s, hk_str_is(replicas->text, "1") ? "" : "s");
	if (draft->requests.list.n) {
		hk_buf_addstr(&text, ", asks for ");
		hk_write_amounts(&text, &draft->requests);
	}
	hk_for_each_item(container, hk_node_get(w->pod, "containers")) {
		hk_for_each_item(port, hk_node_get(container, "ports")) {
			const char *number = hk_node_string(hk_node_get(port, "containerPort")), *name = hk_node_string(hk_node_get(port, "name"));

			if (!number)
				continue;
			hk_buf_addf(&text, ", %s%s%s%s%s", before, number, name ? " (" : "", name ? name : "", name ? ")" : "");
			before = "";
		}
	}
	hk_draft_remark(draft, hk_arena_strdup(&m->import->arena, text.s));
	if (hk_node_at(w->object->node, "spec.volumeClaimTemplates"))
		hk_draft_remark(draft, "it has volume claims: its data does not move with it; fill in placement.require where it must stay");
}

static void read_requests(struct hk_manifests *m, const struct hk_manifest_workload *w, struct hk_draft_workload *draft)
{
	struct hk_build *b = hk_import_at(m->import, w->object);

	if (strcmp(w->object->kind, "VirtualMachine") == 0)
		hk_read_machine_requests(b, w->pod, &draft->requests);
	else
		hk_read_pod_requests(b, w->pod, &draft->requests);
}

static void add_manifest(struct hk_manifests *m, const struct hk_manifest_workload *w, struct hk_draft_workload *draft)
{
	struct hk_import *import = m->import;
	const char *path = import->files[w->object->file].path, *name_space = w->object->name_space;

	draft->kind = w->object->kind;
	draft->object = w->object->name;
	if (name_space && (!m->pipeline.name_space || strcmp(name_space, m->pipeline.name_space) != 0))
		draft->object_namespace = name_space;
	draft->guess_requests = !draft->requests.list.n;
	if (strcmp(path, "-") == 0)
		return;         /* the requests are written out: there is no file to read them from */
	draft->file = hk_import_relative(&import->arena, path, import->options->output);
	hk_amounts_release(&draft->requests);
}

/*
 * Without a capacity nothing asks for more than one replica, and a first plan would take a database of three down to one. Bounds of an autoscaler come later
 * and win.
 */
static void keep_replicas(const struct hk_manifest_workload *w, const char *path, struct hk_draft_workload *draft)
{
	int64_t now = 0;

	if (path && hk_node_int(hk_node_at(w->object->node, path), &now) && now > 1 && now <= HK_MOST_REPLICAS)
		hk_import_replicas(draft, now, 0, "guess: no fewer than now; lower it once capacity is filled in");
}

static void add_workload(struct hk_manifests *m, struct hk_import_object *object, size_t kind)
{
	struct hk_import *import = m->import;
	const struct hk_node *template = *kinds[kind].pod ? hk_node_at(object->node, kinds[kind].pod) : object->node;
	struct hk_manifest_workload w = { .object = object, .pod = hk_node_get(template, "spec") };
	struct hk_draft_workload *draft;
	size_t before = m->pipeline.workloads.n;

	if (hk_node_at(object->node, "metadata.ownerReferences") || !hk_is_object_name(object->name))
		return;         /* what makes it is in the files, or should be */
	object->taken = true;
	if (!w.pod || w.pod->kind != HK_MAPPING) {
		hk_import_diag(import, object, NULL, HK1102, "%s '%s' has no pod template and is left out", object->kind, object->name);
		return;
	}
	w.draft = hk_draft_workload(import, &m->pipeline, object->name);
	if (w.draft < before) {
		const char *name = hk_arena_printf(&import->arena, "%.30s-%.15s-%.15s", object->name, object->kind, hk_manifest_namespace(object));

		w.draft = hk_draft_workload(import, &m->pipeline, name);
		hk_import_diag(import, object, NULL, HK1106, "there are two workloads '%s'; %s '%s' of namespace '%s' is called '%s'", object->name,
			       object->kind, object->name, hk_manifest_namespace(object), m->pipeline.workloads.v[w.draft].name);
		if (w.draft < before)
			return;
	}
	hk_read_labels(hk_import_at(import, object), hk_node_at(template, "metadata.labels"), &w.labels);
	draft = &m->pipeline.workloads.v[w.draft];
	read_requests(m, &w, draft);
	describe(m, &w, kinds[kind].replicas, draft);
	add_manifest(m, &w, draft);
	keep_replicas(&w, kinds[kind].replicas, draft);
	hk_vec_push(&m->workloads, w);
}

static void add_service(struct hk_manifests *m, struct hk_import_object *object)
{
	struct hk_manifest_service service = { .object = object, .next = HK_MAP_NONE };
	const char *type = hk_node_string(hk_node_at(object->node, "spec.type"));
	size_t first = hk_map_put(&m->service_names, hk_str_of(object->name), m->services.n);

	object->taken = true;
	hk_read_labels(hk_import_at(m->import, object), hk_node_at(object->node, "spec.selector"), &service.selector);
	service.outside = type && (strcmp(type, "LoadBalancer") == 0 || strcmp(type, "NodePort") == 0);
	if (first != HK_MAP_NONE) {
		service.next = m->services.v[first].next;
		m->services.v[first].next = m->services.n;
	}
	hk_vec_push(&m->services, service);
}

static void add_config_map(struct hk_manifests *m, struct hk_import_object *object)
{
	const char *key = hk_arena_printf(&m->import->arena, "%s/%s", hk_manifest_namespace(object), object->name);

	object->taken = true;
	if (hk_map_put(&m->config_names, hk_str_of(key), m->config_maps.n) == HK_MAP_NONE)
		hk_vec_push(&m->config_maps, object);
}

/* The bounds of an autoscaler are those people have thought about. */
static void add_autoscaler(struct hk_manifests *m, struct hk_import_object *object)
{
	bool keda = strcmp(object->kind, "ScaledObject") == 0;
	const struct hk_node *spec = hk_node_get(object->node, "spec");
	const char *kind = hk_node_string(hk_node_at(spec, "scaleTargetRef.kind")), *name = hk_node_string(hk_node_at(spec, "scaleTargetRef.name"));
	int64_t min = keda ? 0 : 1, max = keda ? 100 : 0;        /* what each of them takes when nothing is said */

	kind = !kind && keda ? "Deployment" : kind;
	hk_node_int(hk_node_get(spec, keda ? "minReplicaCount" : "minReplicas"), &min);
	hk_node_int(hk_node_get(spec, keda ? "maxReplicaCount" : "maxReplicas"), &max);
	for (size_t i = 0; kind && name && i < m->workloads.n; i++) {
		const struct hk_import_object *target = m->workloads.v[i].object;
		struct hk_draft_workload *draft = &m->pipeline.workloads.v[m->workloads.v[i].draft];

		if (strcmp(target->kind, kind) != 0 || strcmp(target->name, name) != 0 ||
		    strcmp(hk_manifest_namespace(target), hk_manifest_namespace(object)) != 0)
			continue;
		if (min < 0 || max < 1 || max > HK_MOST_REPLICAS || min > max) {
			hk_import_diag(m->import, object, NULL, HK1112, "the bounds of %s '%s' make no sense and are left out", object->kind, object->name);
			break;
		}
		draft->min = min ? (uint32_t)min : 1;
		draft->max = (uint32_t)max;
		draft->replicas_note = hk_arena_printf(&m->import->arena, "of %s %s", object->kind, object->name);
		object->taken = true;
		break;
	}
}

/* The namespace all workloads share; NULL when they differ or say none. */
static const char *common_namespace(const struct hk_import *import)
{
	const char *found = NULL;

	for (size_t i = 0; i < import->objects.n; i++) {
		const char *own = import->objects.v[i].name_space;

		if (!own || !hk_node_at(import->objects.v[i].node, "spec.template"))
			continue;
		if (found && strcmp(found, own) != 0)
			return NULL;
		found = own;
	}
	return hk_is_label_name(found) ? found : NULL;
}

static void name_pipeline(struct hk_manifests *m)
{
	struct hk_import *import = m->import;
	const char *stem = strcmp(import->files[0].path, "-") == 0 ? "imported" : hk_import_stem(&import->arena, import->files[0].path);

	m->pipeline.name = import->options->name ? import->options->name : hk_import_name(&import->arena, stem, "imported");
	m->pipeline.name_space = import->options->name_space ? import->options->name_space : common_namespace(import);
	hk_vec_push(&m->pipeline.remarks,
		    "Imported from manifests. Workloads and what they request are as in the files; connections are guesses from the addresses that");
	hk_vec_push(&m->pipeline.remarks, "variables, arguments and configuration name. Search for 'fill in' and 'guess'.");
}

static void read_objects(struct hk_manifests *m)
{
	struct hk_import *import = m->import;

	for (size_t i = 0; i < import->objects.n; i++) {
		struct hk_import_object *object = &import->objects.v[i];

		for (size_t k = 0; k < HK_COUNT(kinds); k++)
			if (hk_import_is(object, kinds[k].group, kinds[k].kind))
				add_workload(m, object, k);
		if (hk_import_is(object, "", "Service"))
			add_service(m, object);
		else if (hk_import_is(object, "", "ConfigMap"))
			add_config_map(m, object);
	}
	for (size_t i = 0; i < import->objects.n; i++)
		if (hk_import_is(&import->objects.v[i], "autoscaling", "HorizontalPodAutoscaler") ||
		    hk_import_is(&import->objects.v[i], "keda.sh", "ScaledObject"))
			add_autoscaler(m, &import->objects.v[i]);
}

static void release(struct hk_manifests *m)
{
	hk_draft_pipeline_release(&m->pipeline);
	hk_vec_release(&m->workloads);
	hk_vec_release(&m->services);
	hk_vec_release(&m->config_maps);
	hk_map_release(&m->service_names);
	hk_map_release(&m->config_names);
	hk_map_release(&m->told);
}

int hk_import_manifests(struct hk_import *import)
{
	struct hk_manifests m = { .import = import };
	int result = 0;

	name_pipeline(&m);
	read_objects(&m);
	if (m.workloads.n && !import->diags->errors) {
		hk_manifests_wire(&m);
		hk_draft_pipeline_write(import, &m.pipeline, NULL);
	} else {
		if (!import->diags->errors)
			hk_diag_help(import->diags, hk_diag_add(import->diags, HK1105, NULL, "there is no workload in the files"),
				     "workloads are Deployment, StatefulSet, DaemonSet, Job, CronJob, Pod, ReplicaSet and VirtualMachine");
		result = -1;
	}
	release(&m);
	return result;
}

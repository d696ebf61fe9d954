/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Kubernetes object a workload refers to: found in its file, read for what placing it needs. */
#include "model/build.h"
#include "base/vec.h"
#include <string.h>

/* Where each kind keeps its pod: metadata of the pod, its spec, the owner's selector and replica count. */
struct manifest_kind { const char *name, *pod, *selector, *replicas; };
static const struct manifest_kind kinds[] = {
	[HK_DEPLOYMENT] = { "Deployment", "spec.template", "spec.selector", "spec.replicas" },
	[HK_STATEFULSET] = { "StatefulSet", "spec.template", "spec.selector", "spec.replicas" },
	[HK_DAEMONSET] = { "DaemonSet", "spec.template", "spec.selector", NULL },
	[HK_JOB] = { "Job", "spec.template", "spec.selector", "spec.parallelism" },
	[HK_CRONJOB] = { "CronJob", "spec.jobTemplate.spec.template", NULL, "spec.jobTemplate.spec.parallelism" },
	[HK_POD] = { "Pod", "", NULL, NULL },
	[HK_VIRTUAL_MACHINE] = { "VirtualMachine", "spec.template", NULL, NULL },
	[HK_REPLICASET] = { "ReplicaSet", "spec.template", "spec.selector", "spec.replicas" },
};

static bool kind_of(const char *name, enum hk_manifest_kind *kind)
{
	for (size_t i = 0; i < HK_COUNT(kinds); i++) {
		if (strcmp(kinds[i].name, name) == 0) {
			*kind = (enum hk_manifest_kind)i;
			return true;
		}
	}
	return false;
}

/* What the reference asks for; NULL where it leaves the choice open. */
struct wanted { const char *kind, *name, *name_space; };

static bool fits(const struct hk_object *object, const struct wanted *wanted)
{
	enum hk_manifest_kind kind;

	if (!object->name || !kind_of(object->kind, &kind))
		return false;
	if (wanted->kind && strcmp(wanted->kind, object->kind) != 0)
		return false;
	if (wanted->name && strcmp(wanted->name, object->name) != 0)
		return false;
	return !wanted->name_space || !object->name_space || strcmp(wanted->name_space, object->name_space) == 0;
}

static const struct hk_object *find(struct hk_attachment *attachment, const struct wanted *wanted, size_t *count)
{
	const struct hk_object *found = NULL;

	*count = 0;
	for (size_t i = hk_attachment_named(attachment, wanted->name); i != HK_MAP_NONE; i = attachment->objects.v[i].next) {
		if (!fits(&attachment->objects.v[i], wanted))
			continue;
		if (!(*count)++)
			found = &attachment->objects.v[i];
	}
	return found;
}

static void report_missing(struct hk_build *b, const struct hk_attachment *attachment, const struct hk_node *reference, const struct wanted *wanted)
{
	const struct hk_node *name = hk_node_get(reference, "name"), *kind = hk_node_get(reference, "kind");
	HK_VEC(const char *) names = { NULL, 0, 0 };
	HK_AUTO_BUF struct hk_buf list = HK_BUF_INIT;
	const char *nearest;
	struct hk_diag *diag;
	struct wanted loose = { wanted->kind, NULL, NULL };

	for (int round = 0; round < 2 && !names.n; round++, loose.kind = NULL) {
		for (size_t i = 0; i < attachment->objects.n; i++) {
			const struct hk_object *object = &attachment->objects.v[i];
			if (!fits(object, &loose))
				continue;
			hk_buf_addf(&list, "%s%s %s", names.n ? ", " : "", object->kind, object->name);
			hk_vec_push(&names, object->name);
		}
	}
	nearest = hk_str_nearest(hk_str_of(wanted->name), names.v, names.n);
	diag = hk_node_diag(b->diags, b->doc, name ? name : kind ? kind : reference, HK0602, "'%s' has no %s named '%s'", attachment->path,
			    wanted->kind ? wanted->kind : "workload", wanted->name);
	if (nearest && strcmp(nearest, wanted->name) == 0)
		hk_diag_help(b->diags, diag, "it has: %.200s", list.s);
	else if (nearest)
		hk_diag_help(b->diags, diag, "did you mean '%s'?", nearest);
	else
		hk_diag_help(b->diags, diag,
			     names.n ? "it has: %.200s" : "it has no Deployment, StatefulSet, DaemonSet, Job, CronJob, Pod, ReplicaSet or VirtualMachine%s",
			     list.s);
	if (nearest && name && name->style == HK_PLAIN && !name->from_alias && strcmp(nearest, wanted->name) != 0)
		hk_diag_fix(b->diags, diag, name->start, name->end, nearest);
	hk_vec_release(&names);
}

static void read_replicas(struct hk_build *b, const struct hk_object *object, const struct manifest_kind *kind, struct hk_manifest_ref *manifest,
			  struct hk_pod *pod)
{
	const struct hk_node *replicas = kind->replicas ? hk_node_at(object->node, kind->replicas) : NULL;
	double count = 1;

	manifest->replicas = 1;
	pod->replicas_stated = !hk_node_is_null(replicas) && hk_read_unit_node(b, replicas, HK0605, HK_UNIT_COUNT, &count);
	if (pod->replicas_stated)
		manifest->replicas = (uint32_t)count;
}

static void read_object(struct hk_build *b, const struct hk_object *object, struct hk_manifest_ref *manifest, struct hk_pod *pod)
{
	const struct manifest_kind *kind = &kinds[manifest->kind];
	const struct hk_node *template = *kind->pod ? hk_node_at(object->node, kind->pod) : object->node;
	const struct hk_node *spec = hk_node_get(template, "spec");

	if (!spec || spec->kind != HK_MAPPING) {
		hk_node_diag(b->diags, b->doc, object->node, HK0604, "%s '%s' has no pod template", kind->name, object->name);
		return;
	}
	hk_read_pod(b, hk_node_get(template, "metadata"), spec, pod);
	if (manifest->kind == HK_VIRTUAL_MACHINE)
		hk_read_machine_requests(b, spec, &pod->requests);
	else
		hk_read_pod_requests(b, spec, &pod->requests);
	if (kind->selector)
		hk_read_labels(b, hk_node_get(hk_node_at(object->node, kind->selector), "matchLabels"), &pod->selector);
	if (!pod->selector.n)
		pod->selector = pod->labels;
	manifest->pod_labels = pod->labels;
	read_replicas(b, object, kind, manifest, pod);
	if (!pod->requests.list.n && !pod->requests_elsewhere)
		hk_diag_help(b->diags, hk_node_diag(b->diags, b->doc, object->node, HK0606, "%s '%s' states no resource requests", kind->name, object->name),
			     "add resources.requests to its containers, or requests to the workload in the pipeline");
}

void hk_build_manifest(struct hk_build *b, const struct hk_node *reference, const char *workload, const char *name_space, struct hk_manifest_ref *manifest,
		       struct hk_pod *pod)
{
	const struct hk_node *file = hk_node_get(reference, "file");
	struct wanted wanted = { hk_read_text(b, reference, "kind"), hk_read_text(b, reference, "name"), hk_read_text(b, reference, "namespace") };
	struct hk_attachment *attachment = hk_node_is_null(file) ? NULL : hk_attach(b, file);
	const struct hk_object *object;
	const struct hk_doc *naming = b->doc;
	size_t count;

	manifest->where = hk_where_of(b, reference);
	if (!attachment)
		return;
	if (!wanted.name)
		wanted.name = workload;
	object = find(attachment, &wanted, &count);
	if (!object) {
		report_missing(b, attachment, reference, &wanted);
		return;
	}
	if (count > 1 && !wanted.name_space) {
		/* the pipeline's own namespace is the likely one */
		struct wanted here = { wanted.kind, wanted.name, name_space };
		const struct hk_object *own = find(attachment, &here, &count);
		object = own ? own : object;
	}
	if (count != 1)
		hk_diag_help(b->diags, hk_node_diag(b->diags, b->doc, reference, HK0603, "several objects in '%s' are named '%s'", attachment->path,
						    wanted.name),
			     "say which one with kind and namespace");
	manifest->file = attachment->path;
	kind_of(object->kind, &manifest->kind);
	manifest->name = hk_arena_strdup(b->arena, object->name);
	manifest->name_space = object->name_space ? hk_arena_strdup(b->arena, object->name_space) : NULL;
	b->doc = object->doc;
	read_object(b, object, manifest, pod);
	b->doc = naming;
}

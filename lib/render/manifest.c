/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading the manifest files: one pass, one document at a time; of each object a summary is kept. */
#include "render/job.h"
#include "render/value.h"
#include <stdlib.h>
#include <string.h>

int hk_manifest_kind_of(const char *kind)
{
	static const enum hk_manifest_kind kinds[] = { HK_DEPLOYMENT, HK_STATEFULSET, HK_DAEMONSET, HK_JOB, HK_CRONJOB, HK_POD, HK_VIRTUAL_MACHINE,
						       HK_REPLICASET };
	for (size_t i = 0; i < HK_COUNT(kinds); i++)
		if (strcmp(hk_manifest_kind_name(kinds[i]), kind) == 0)
			return (int)kinds[i];
	return -1;
}

static const char *text_at(struct hk_job *job, const struct hk_node *node)
{
	const char *text = hk_node_string(node);
	return text ? hk_arena_strdup(&job->arena, text) : NULL;
}

/* Selectors: a plain map (Service), or matchLabels and matchExpressions */

static struct hk_selector_term *add_term(struct hk_job *job, struct hk_selector *selector, size_t room)
{
	if (!selector->terms)
		selector->terms = hk_arena_array(&job->arena, room, sizeof *selector->terms);
	return &selector->terms[selector->n_terms++];
}

static void read_equalities(struct hk_job *job, const struct hk_node *map, struct hk_selector *selector, size_t room)
{
	hk_for_each_pair(key, map) {
		struct hk_selector_term *term = add_term(job, selector, room);
		const char *value = text_at(job, key->next);
		term->key = text_at(job, key);
		term->op = HK_OP_IN;
		term->values = hk_arena_array(&job->arena, 1, sizeof *term->values);
		term->values[term->n_values++] = value ? value : "";
	}
}

static void read_expression(struct hk_job *job, const struct hk_node *expression, struct hk_selector *selector, size_t room)
{
	static const char *const ops[] = { [HK_OP_IN] = "In", [HK_OP_NOT_IN] = "NotIn", [HK_OP_EXISTS] = "Exists", [HK_OP_NOT_EXISTS] = "DoesNotExist" };
	const char *key = text_at(job, hk_node_get(expression, "key"));
	const char *op = hk_node_string(hk_node_get(expression, "operator"));
	const struct hk_node *values = hk_node_get(expression, "values");
	for (size_t i = 0; key && op && i < HK_COUNT(ops); i++) {
		if (strcmp(ops[i], op) != 0)
			continue;
		struct hk_selector_term *term = add_term(job, selector, room);
		term->key = key;
		term->op = (enum hk_selector_op)i;
		term->values = hk_arena_array(&job->arena, (values ? values->count : 0) + 1, sizeof *term->values);
		hk_for_each_item(value, values) {
			const char *text = text_at(job, value);
			term->values[term->n_values++] = text ? text : "";
		}
	}
}

static void read_selector(struct hk_job *job, const struct hk_node *node, struct hk_entry *entry)
{
	const struct hk_node *labels = hk_node_get(node, "matchLabels"), *expressions = hk_node_get(node, "matchExpressions");
	size_t room = (labels ? labels->count : 0) + (expressions ? expressions->count : 0) + 1;
	entry->has_selector = node && node->kind == HK_MAPPING;
	read_equalities(job, labels, &entry->selector, room);
	hk_for_each_item(expression, expressions)
		read_expression(job, expression, &entry->selector, room);
}

/* A port that is none would be refused by the API server, after everything else of the rendering was applied. */
static bool read_port(struct hk_job *job, const struct hk_doc *doc, const struct hk_node *item, int64_t *number)
{
	const struct hk_node *port = hk_node_get(item, "port");
	struct hk_range range;
	if (hk_node_int(port, number) && *number > 0 && *number <= 65535)
		return true;
	hk_node_range(doc, port ? port : item, &range);
	hk_job_diag(job, HK0934, &range, "the port of a Service is a whole number from 1 to 65535");
	return false;
}

static void read_service(struct hk_job *job, const struct hk_doc *doc, const struct hk_node *spec, struct hk_entry *entry)
{
	const struct hk_node *selector = hk_node_get(spec, "selector"), *ports = hk_node_get(spec, "ports");
	const char *address = hk_node_string(hk_node_get(spec, "clusterIP")), *type = hk_node_string(hk_node_get(spec, "type"));
	entry->role = HK_ENTRY_SERVICE;
	entry->has_selector = selector && selector->kind == HK_MAPPING && selector->count > 0 && !(type && strcmp(type, "ExternalName") == 0);
	entry->headless = address && strcmp(address, "None") == 0;
	if (!entry->has_selector)
		return;
	entry->spec = hk_value_copy(&job->arena, spec);
	read_equalities(job, selector, &entry->selector, selector->count);
	entry->ports = hk_arena_array(&job->arena, (ports ? ports->count : 0) + 1, sizeof *entry->ports);
	hk_for_each_item(item, ports) {
		struct hk_service_port *port = &entry->ports[entry->n_ports];
		port->name = text_at(job, hk_node_get(item, "name"));
		port->protocol = text_at(job, hk_node_get(item, "protocol"));
		port->app_protocol = text_at(job, hk_node_get(item, "appProtocol"));
		entry->n_ports += read_port(job, doc, item, &port->number);
	}
}

static int64_t whole(const struct hk_node *node)
{
	int64_t value;
	return hk_node_int(node, &value) && value >= 0 && value <= INT32_MAX ? value : -1;
}

static void read_autoscaler(struct hk_job *job, const struct hk_node *spec, struct hk_entry *entry, bool keda)
{
	const struct hk_node *target = hk_node_get(spec, "scaleTargetRef");
	entry->role = HK_ENTRY_AUTOSCALER;
	entry->target_kind = text_at(job, hk_node_get(target, "kind"));
	entry->target_name = text_at(job, hk_node_get(target, "name"));
	if (!entry->target_kind && keda)
		entry->target_kind = "Deployment";
	entry->least = whole(hk_node_get(spec, keda ? "minReplicaCount" : "minReplicas"));
	entry->most = whole(hk_node_get(spec, keda ? "maxReplicaCount" : "maxReplicas"));
}

static bool has_disks(const struct hk_node *spec)
{
	hk_for_each_item(volume, hk_node_at(spec, "template.spec.volumes"))
		if (hk_node_get(volume, "persistentVolumeClaim") || hk_node_get(volume, "dataVolume"))
			return true;
	return !hk_node_is_null(hk_node_get(spec, "dataVolumeTemplates"));
}

static void read_workload(const struct hk_node *root, enum hk_manifest_kind kind, struct hk_entry *entry)
{
	const struct hk_node *spec = hk_node_get(root, "spec");
	const struct hk_node *pod = kind == HK_POD ? spec : hk_node_at(spec, kind == HK_CRONJOB ? "jobTemplate.spec.template.spec" : "template.spec");
	const char *eviction = hk_node_string(hk_node_get(pod, "evictionStrategy"));
	entry->role = HK_ENTRY_STRANGER;          /* until link.c finds it in the plan */
	entry->has_node_name = hk_node_string(hk_node_get(pod, "nodeName")) != NULL;
	entry->evicts_by_migration = kind == HK_VIRTUAL_MACHINE && eviction && strncmp(eviction, "LiveMigrate", 11) == 0;
	entry->has_claims = !hk_node_is_null(hk_node_get(spec, "volumeClaimTemplates"));
	entry->has_completions = !hk_node_is_null(hk_node_at(spec, kind == HK_CRONJOB ? "jobTemplate.spec.completions" : "completions"));
	entry->has_disks = kind == HK_VIRTUAL_MACHINE && has_disks(spec);
}

static bool in_group(const struct hk_entry *entry, const char *group)
{
	return strncmp(entry->api_version, group, strlen(group)) == 0;
}

/* Of a route of a mesh: its parent is a Service. */
static const char *ruled_service(struct hk_job *job, const struct hk_node *spec)
{
	const struct hk_node *parent = hk_node_at(spec, "parentRefs.0");
	const char *kind = hk_node_string(hk_node_get(parent, "kind"));
	return kind && strcmp(kind, "Service") == 0 ? text_at(job, hk_node_get(parent, "name")) : NULL;
}

static void read_by_kind(struct hk_job *job, const struct hk_doc *doc, const struct hk_node *root, struct hk_entry *entry)
{
	const struct hk_node *spec = hk_node_get(root, "spec");
	int workload = hk_manifest_kind_of(entry->kind);
	if (workload >= 0)
		read_workload(root, (enum hk_manifest_kind)workload, entry);
	else if (strcmp(entry->kind, "Service") == 0 && strcmp(entry->api_version, "v1") == 0)
		read_service(job, doc, spec, entry);
	else if (strcmp(entry->kind, "HorizontalPodAutoscaler") == 0)
		read_autoscaler(job, spec, entry, false);
	else if (strcmp(entry->kind, "ScaledObject") == 0 && in_group(entry, "keda.sh/"))
		read_autoscaler(job, spec, entry, true);
	else if (strcmp(entry->kind, "PodDisruptionBudget") == 0 || strcmp(entry->kind, "NetworkPolicy") == 0) {
		entry->role = HK_ENTRY_SELECTING;
		if (*entry->kind == 'P')
			hk_budget_read(spec, &entry->budget);
		read_selector(job, hk_node_get(spec, *entry->kind == 'P' ? "selector" : "podSelector"), entry);
	} else if (in_group(entry, "networking.istio.io/"))
		entry->host = text_at(job, strcmp(entry->kind, "DestinationRule") == 0 ? hk_node_get(spec, "host") : hk_node_at(spec, "hosts.0"));
	else if (strcmp(entry->kind, "TrafficSplit") == 0 && in_group(entry, "split.smi-spec.io/"))
		entry->host = text_at(job, hk_node_get(spec, "service"));
	else if (strcmp(entry->kind, "HTTPRoute") == 0 && in_group(entry, "gateway.networking.k8s.io/"))
		entry->host = ruled_service(job, spec);
}

static bool is_cluster_wide(const char *kind)
{
	static const char *const kinds[] = { "Namespace", "Node", "PersistentVolume", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition",
					     "PriorityClass",
		"StorageClass", "RuntimeClass", "IngressClass", "GatewayClass", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration",
		"APIService" };
	for (size_t i = 0; i < HK_COUNT(kinds); i++)
		if (strcmp(kinds[i], kind) == 0)
			return true;
	return false;
}

static const char *folder_of(const char *kind, const char *name_space, const struct hk_file_text *file)
{
	if (name_space)
		return name_space;
	if (is_cluster_wide(kind))
		return "_cluster";
	return file->pipeline && file->pipeline->name_space ? file->pipeline->name_space : "default";
}

/* Once for each file: which of its pipelines' namespaces was taken. */
static void tell_namespace(struct hk_job *job, const struct hk_entry *entry, struct hk_file_text *file)
{
	if (entry->name_space || !file->other || is_cluster_wide(entry->kind))
		return;
	struct hk_diag *diag = hk_job_diag(job, HK0925, &entry->range,
					   "%s '%s' names no namespace and is taken for '%s' of pipeline '%s', but pipeline '%s' of namespace '%s' uses this file too",
					   entry->kind, entry->name, entry->folder, file->pipeline->name, file->other->name,
					   file->other->name_space ? file->other->name_space : "default");
	hk_diag_help(job->diags, diag, "write metadata.namespace into the objects of this file, or give each pipeline a file of its own");
	file->other = NULL;
}

static void add_entry(struct hk_job *job, const struct hk_doc *doc, struct hk_str text, void *closure)
{
	struct hk_file_text *file = closure;
	const struct hk_node *root = doc->root, *metadata = hk_node_get(root, "metadata"), *name = hk_node_get(metadata, "name");
	struct hk_entry *entry = hk_arena_alloc(&job->arena, sizeof *entry);
	entry->file = file->path;
	entry->text = text;
	entry->api_version = text_at(job, hk_node_get(root, "apiVersion"));
	entry->kind = text_at(job, hk_node_get(root, "kind"));
	entry->name = text_at(job, name);
	if (!entry->api_version || !entry->kind || !entry->name) {
		struct hk_diag *diag = hk_node_diag(job->diags, doc, root, HK0917,
						    "document without apiVersion, kind and metadata.name is left out of the rendering");
		hk_diag_help(job->diags, diag, "give the object a name, or keep files that are no Kubernetes objects elsewhere");
		return;
	}
	hk_node_range(doc, name, &entry->range);
	entry->range.file = file->path;
	entry->name_space = text_at(job, hk_node_get(metadata, "namespace"));
	entry->folder = folder_of(entry->kind, entry->name_space, file);
	tell_namespace(job, entry, file);
	entry->clusters = hk_arena_array(&job->arena, job->model->n_clusters + 1, sizeof *entry->clusters);
	read_by_kind(job, doc, root, entry);
	hk_vec_push(&job->entries, entry);
	if (entry->host)
		hk_vec_push(&job->ruling, entry);
	size_t first = job->items.n;
	if (entry->role != HK_ENTRY_STRANGER || !hk_entry_claim(job, entry) || job->failed)
		return;
	hk_workload_plan(job, entry);
	hk_items_prepare(job, doc, first);
}

/* The first reading of a file with autoscalers: nothing else is of interest, and no findings are made. */
static void add_scaler(struct hk_job *job, const struct hk_doc *doc, struct hk_str text, void *closure)
{
	const struct hk_file_text *file = closure;
	const struct hk_node *root = doc->root;
	const char *kind = hk_node_string(hk_node_get(root, "kind")), *api_version = hk_node_string(hk_node_get(root, "apiVersion"));
	const struct hk_node *metadata = hk_node_get(root, "metadata");
	struct hk_entry *entry;
	(void)text;
	if (!kind || !api_version || (strcmp(kind, "HorizontalPodAutoscaler") != 0 && strcmp(kind, "ScaledObject") != 0))
		return;
	entry = hk_arena_alloc(&job->arena, sizeof *entry);
	entry->api_version = hk_arena_strdup(&job->arena, api_version);
	entry->kind = hk_arena_strdup(&job->arena, kind);
	entry->folder = folder_of(entry->kind, text_at(job, hk_node_get(metadata, "namespace")), file);
	read_by_kind(job, doc, root, entry);
	if (entry->role != HK_ENTRY_AUTOSCALER || !entry->target_kind || !entry->target_name)
		return;
	hk_index_add(&job->scaled, entry->folder, entry->target_kind, entry->target_name, job->scalers.n);
	hk_vec_push(&job->scalers, entry);
}

static void read_document(struct hk_job *job, struct hk_file_text *file, const struct hk_doc *doc)
{
	struct hk_str text = { doc->source->text.s + doc->start, doc->end - doc->start };
	void (*take)(struct hk_job *, const struct hk_doc *, struct hk_str, void *) = job->ahead ? add_scaler : add_entry;
	if (hk_list_is(doc->root))
		hk_list_split(job, doc, take, file);
	else
		take(job, doc, text, file);
}

/* Findings about the text were made when the model was loaded; here only the first error matters, since it stops the rendering. */
static int unreadable(const struct hk_diags *diags, const char *path, struct hk_err *err)
{
	for (size_t i = 0; i < diags->list.n; i++)
		if (diags->list.v[i].severity == HK_ERROR)
			return hk_err_set(err, HK_INVALID, "%s:%u: %s", path, diags->list.v[i].range.line, diags->list.v[i].summary);
	return hk_err_set(err, HK_INVALID, "%s: not a readable manifest", path);
}

static int read_file(struct hk_job *job, struct hk_file_text *file, struct hk_err *err)
{
	for (size_t i = 0; file->input && i < file->input->n_documents && !job->broken; i++)
		read_document(job, file, &file->input->documents[i]->doc);
	if (file->input)
		return job->broken ? -1 : 0;
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_yaml_reader *reader = hk_yaml_open(&file->source, false);
	struct hk_doc doc = { 0 };
	int status;
	while ((status = hk_yaml_next(reader, &doc, &diags)) == 1 && !job->broken) {
		read_document(job, file, &doc);
		hk_doc_release(&doc);
	}
	hk_yaml_close(reader);
	hk_doc_release(&doc);
	if (status < 0)
		unreadable(&diags, file->path, err);
	hk_diags_release(&diags);
	return status < 0 || job->broken ? -1 : 0;
}

/* The text holds no NUL bytes, else reading it fails anyway. */
static bool mentions_scalers(const struct hk_file_text *file)
{
	return strstr(file->input ? file->input->source.text.s : file->source.text.s, "scaleTargetRef") != NULL;
}

static int by_path(const void *a, const void *b)
{
	return strcmp((*(struct hk_file_text *const *)a)->path, (*(struct hk_file_text *const *)b)->path);
}

static const char *namespace_of(const struct hk_pipeline *pipeline)
{
	return pipeline->name_space ? pipeline->name_space : "default";
}

static void note_other(struct hk_file_text *file, const struct hk_pipeline *pipeline)
{
	if (!file->other && strcmp(namespace_of(file->pipeline), namespace_of(pipeline)) != 0)
		file->other = pipeline;
}

/* Files of all pipelines, each once; the first pipeline by name gives objects without a namespace theirs. */
static void list_files(struct hk_job *job)
{
	struct hk_map seen = HK_MAP_INIT;
	for (size_t i = 0; i < job->model->n_pipelines; i++) {
		const struct hk_pipeline *pipeline = &job->model->pipelines[i];
		for (size_t j = 0; j < pipeline->n_workloads; j++) {
			const char *path = pipeline->workloads[j].manifest.file;
			size_t known = path ? hk_map_put(&seen, hk_str_of(path), job->files.n) : HK_MAP_NONE;
			if (known != HK_MAP_NONE) {
				hk_map_put(&seen, hk_str_of(path), known);
				note_other(job->files.v[known], pipeline);
			}
			if (!path || known != HK_MAP_NONE)
				continue;
			struct hk_file_text *file = hk_arena_alloc(&job->arena, sizeof *file);
			file->path = path;
			file->pipeline = pipeline;
			hk_vec_push(&job->files, file);
		}
	}
	hk_map_release(&seen);
	if (job->files.n > 1)
		qsort(job->files.v, job->files.n, sizeof(struct hk_file_text *), by_path);
}

/* Manifests read as strict JSON are read again: they are edited as the YAML they are too. */
static void find_trees(struct hk_job *job)
{
	const struct hk_workspace *workspace = job->options->workspace;
	struct hk_map paths = HK_MAP_INIT;
	for (size_t i = 0; workspace && i < workspace->n_inputs; i++) {
		HK_AUTO_FREE char *plain = hk_path_join(".", workspace->inputs[i]->path);
		if (workspace->inputs[i]->n_documents > 0 && !workspace->inputs[i]->documents[0]->doc.json)
			hk_map_put(&paths, hk_str_of(hk_arena_strdup(&job->arena, plain)), i);
	}
	for (size_t i = 0; i < job->files.n; i++) {
		HK_AUTO_FREE char *plain = hk_path_join(".", job->files.v[i]->path);
		size_t at = hk_map_get(&paths, hk_str_of(plain));
		if (at != HK_MAP_NONE)
			job->files.v[i]->input = workspace->inputs[at];
	}
	hk_map_release(&paths);
}

int hk_manifests_read(struct hk_job *job, struct hk_err *err)
{
	list_files(job);
	find_trees(job);
	for (size_t i = 0; i < job->files.n; i++)
		if (!job->files.v[i]->input && hk_source_load(&job->files.v[i]->source, job->files.v[i]->path, HK_FILE_MAX, err) != 0)
			return -1;
	job->ahead = true;
	for (size_t i = 0; i < job->files.n; i++)
		if (mentions_scalers(job->files.v[i]) && read_file(job, job->files.v[i], err) != 0)
			return -1;
	job->ahead = false;
	for (size_t i = 0; i < job->files.n; i++)
		if (read_file(job, job->files.v[i], err) != 0)
			return -1;
	return 0;
}

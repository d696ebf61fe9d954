/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "render/deletions.h"
#include "render/job.h"
#include <stdlib.h>
#include <string.h>

/* Where several lists of kinds meet: the first row that fits counts. A NULL kind fits every kind of the group. */
static const struct { const char *group, *kind; int rank; } ranks[] = {
	{ "autoscaling", "HorizontalPodAutoscaler", 0 }, { "keda.sh", NULL, 0 },
	{ "networking.istio.io", "DestinationRule", 2 }, { "networking.istio.io", NULL, 1 }, { "gateway.networking.k8s.io", NULL, 1 },
	{ "split.smi-spec.io", NULL, 1 },
	{ "multicluster.x-k8s.io", NULL, 3 }, { "networkservicemesh.io", NULL, 3 },
	{ "apps", NULL, 4 }, { "batch", NULL, 4 }, { "", "Pod", 4 }, { "kubevirt.io", NULL, 4 },
	{ "policy", NULL, 5 }, { "networking.k8s.io", "NetworkPolicy", 5 },
	{ "networking.k8s.io", "Ingress", 1 }, { "", "Service", 6 },
	{ "", "Namespace", 9 },
};
enum { RANK_WORKLOAD = 4, RANK_OTHER = 7, RANK_CLUSTER_WIDE = 8 };

static int rank_of(const struct hk_object_at *object, const char *folder)
{
	const char *slash = strchr(object->api_version, '/');
	size_t n = slash ? (size_t)(slash - object->api_version) : 0;
	for (size_t i = 0; i < HK_COUNT(ranks); i++)
		if (strlen(ranks[i].group) == n && strncmp(ranks[i].group, object->api_version, n) == 0 &&
		    (!ranks[i].kind || strcmp(ranks[i].kind, object->kind) == 0))
			return ranks[i].rank;
	return strcmp(folder, "_cluster") == 0 ? RANK_CLUSTER_WIDE : RANK_OTHER;
}

struct search {
	const struct hk_tree *tree;
	const struct hk_tree_report *report;
	const struct hk_model *model;
	struct hk_deletions *found;
	struct hk_index by_family;        /* (kind, namespace, family) -> fresh */
	HK_VEC(const struct hk_object_at *) fresh;
};

/* The cluster whose output folder this file is in; of several, the innermost. */
static const char *cluster_of(const struct search *all, const char *path)
{
	const char *best = NULL;
	size_t length = 0;
	for (size_t i = 0; i < all->model->n_clusters; i++) {
		const struct hk_cluster *cluster = &all->model->clusters[i];
		const char *output = cluster->output ? cluster->output : hk_arena_printf(&all->found->arena, "clusters/%s", cluster->name);
		size_t n = strlen(output);
		while (n > 0 && output[n - 1] == '/')
			n--;
		if (n > length && strncmp(path, output, n) == 0 && path[n] == '/') {
			best = hk_arena_strdup(&all->found->arena, cluster->name);
			length = n;
		}
	}
	return best;
}

static const char *copied(struct hk_arena *arena, const struct hk_node *node)
{
	const char *text = hk_node_string(node);
	return text ? hk_arena_strdup(arena, text) : NULL;
}

/* Shards and copies of one workload have one family: the name without what tells them apart. */
static const char *family_of(struct hk_arena *arena, const struct hk_node *root, const struct hk_object_at *object)
{
	const char *shard = hk_node_string(hk_node_get(hk_node_at(root, "spec.selector.matchLabels"), HK_SHARD_LABEL));
	size_t n = strlen(object->name), digits = 0;
	if (shard && hk_str_ends(hk_str_of(object->name), shard) && n > strlen(shard) + 1)
		return hk_arena_slicedup(arena, (struct hk_str){ object->name, n - strlen(shard) - 1 });
	while (digits < n && object->name[n - digits - 1] >= '0' && object->name[n - digits - 1] <= '9')
		digits++;
	bool copies = strcmp(object->kind, "Pod") == 0 || strcmp(object->kind, "VirtualMachine") == 0;
	if (copies && digits > 0 && n > digits + 1 && object->name[n - digits - 1] == '-')
		return hk_arena_slicedup(arena, (struct hk_str){ object->name, n - digits - 1 });
	return object->name;
}

static const char *folder_of(struct hk_arena *arena, const char *path)
{
	char *folder = hk_path_dirname(path);
	const char *last = strrchr(folder, '/');
	const char *copy = hk_arena_strdup(arena, last ? last + 1 : folder);
	free(folder);
	return copy;
}

struct reading { struct hk_object_at object; const char *family; bool managed; };

/* What a file says it is; false when it holds no single object with a name. */
static bool read_object(const struct search *all, const char *path, struct hk_str text, struct reading *out)
{
	struct hk_arena *arena = &all->found->arena;
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	if (strncmp(path, "decisions/", 10) == 0)      /* what a hub makes of them is its own affair */
		return false;
	hk_source_from_text(&source, path, text.s, text.n);
	bool good = hk_yaml_read_one(&source, false, &doc, &diags) == 0;
	if (good) {
		const struct hk_node *metadata = hk_node_get(doc.root, "metadata");
		const char *manager = hk_node_string(hk_node_get(hk_node_get(metadata, "labels"), HK_MANAGED_BY));
		out->object = (struct hk_object_at){ hk_arena_strdup(arena, path), cluster_of(all, path), copied(arena, hk_node_get(doc.root, "apiVersion")),
						     copied(arena, hk_node_get(doc.root, "kind")), copied(arena, hk_node_get(metadata, "namespace")),
						     copied(arena, hk_node_get(metadata, "name")) };
		/* Objects that leave their namespace to the user's context are in the folder of the one they are meant for. */
		const char *folder = folder_of(arena, path);
		if (!out->object.name_space && strcmp(folder, "_cluster") != 0)
			out->object.name_space = folder;
		good = out->object.api_version && out->object.kind && out->object.name;
		out->managed = manager && strcmp(manager, "hkctl") == 0;
		out->family = good ? hk_arena_strdup(arena, family_of(arena, doc.root, &out->object)) : NULL;
	}
	hk_doc_release(&doc);
	hk_diags_release(&diags);
	hk_source_release(&source);
	return good;
}

static const struct hk_tree_file *file_at(const struct hk_tree *tree, const char *path)
{
	size_t low = 0, high = tree->files.n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(tree->files.v[middle].path, path);
		if (order == 0)
			return &tree->files.v[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static void note_fresh(struct search *all, const struct hk_tree_change *change)
{
	const struct hk_tree_file *file = file_at(all->tree, change->path);
	struct reading reading = { 0 };
	if (!file || !read_object(all, change->path, file->bytes, &reading))
		return;
	const char *folder = folder_of(&all->found->arena, change->path);
	if (rank_of(&reading.object, folder) != RANK_WORKLOAD)
		return;
	struct hk_object_at *object = hk_arena_alloc(&all->found->arena, sizeof *object);
	*object = reading.object;
	hk_index_add(&all->by_family, object->kind, folder, reading.family, all->fresh.n);
	hk_vec_push(&all->fresh, object);
	if (change->state == HK_TREE_CHANGED && change->fixed)
		hk_vec_push(&all->found->recreate, *object);
}

/* The object is rendered still, to a file of another name: only the file goes. */
static bool is_rendered(const struct search *all, const struct hk_object_at *object)
{
	HK_AUTO_FREE char *folder = hk_path_dirname(object->path);
	HK_AUTO_FREE char *path = hk_path_join(folder, hk_item_file(&all->found->arena, object->kind, object->name));
	return file_at(all->tree, path) != NULL;
}

static void note_gone(struct search *all, const struct hk_tree_change *change, struct hk_str text, bool only_managed)
{
	struct hk_arena *arena = &all->found->arena;
	struct reading reading = { 0 };
	if (!read_object(all, change->path, text, &reading) || (only_managed && !reading.managed) || is_rendered(all, &reading.object))
		return;
	const char *folder = folder_of(arena, change->path);
	struct hk_deletion *gone = hk_vec_add(&all->found->list);
	*gone = (struct hk_deletion){ .object = reading.object, .rank = rank_of(&reading.object, folder), .edited = change->state != HK_TREE_STALE,
				      .removed = change->removed };
	gone->workload = gone->rank == RANK_WORKLOAD;
	if (!gone->workload)
		return;
	size_t room = 0;
	hk_index_each(link, &all->by_family, gone->object.kind, folder, reading.family)
		room++;
	gone->after = hk_arena_array(arena, room + 1, sizeof *gone->after);
	hk_index_each(link, &all->by_family, gone->object.kind, folder, reading.family)
		gone->after[gone->n_after++] = all->fresh.v[all->by_family.links.v[link].value];
}

static int compare_texts(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int by_order(const void *left, const void *right)
{
	const struct hk_deletion *a = left, *b = right;
	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	int order = compare_texts(a->object.cluster, b->object.cluster);
	order = order ? order : compare_texts(a->object.name_space, b->object.name_space);
	order = order ? order : strcmp(a->object.kind, b->object.kind);
	order = order ? order : strcmp(a->object.name, b->object.name);
	return order ? order : strcmp(a->object.path, b->object.path);
}

static int look(struct search *all, const char *directory, const struct hk_tree_change *change, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	if (change->state == HK_TREE_STALE || change->state == HK_TREE_STALE_EDITED) {
		note_gone(all, change, change->old, false);
	} else if (change->state == HK_TREE_EXTRA) {
		HK_AUTO_FREE char *full = hk_path_join(directory, change->path);
		if (!hk_file_exists(full))      /* a link that leads nowhere */
			return 0;
		if (hk_file_read(full, HK_FILE_MAX, &text, err) != 0)
			return -1;
		note_gone(all, change, (struct hk_str){ text.s, text.len }, true);
	}
	return 0;
}

/* A first rendering of thousands of files deletes nothing: there is no need to read them again. */
static bool is_needed(const struct hk_tree_report *report)
{
	for (size_t i = 0; i < report->changes.n; i++)
		if (report->changes.v[i].state >= HK_TREE_STALE || report->changes.v[i].fixed)
			return true;
	return false;
}

int hk_deletions_find(const struct hk_tree *tree, const char *directory, const struct hk_tree_report *report, const struct hk_model *model,
		      struct hk_deletions *deletions, struct hk_err *err)
{
	struct search all = { .tree = tree, .report = report, .model = model, .found = deletions, .by_family = HK_INDEX_INIT };
	int status = 0;
	for (size_t i = 0; is_needed(report) && i < report->changes.n; i++)
		if (report->changes.v[i].state == HK_TREE_NEW || report->changes.v[i].state == HK_TREE_CHANGED)
			note_fresh(&all, &report->changes.v[i]);
	for (size_t i = 0; status == 0 && i < report->changes.n; i++)
		status = look(&all, directory, &report->changes.v[i], err);
	if (deletions->list.n > 1)
		qsort(deletions->list.v, deletions->list.n, sizeof *deletions->list.v, by_order);
	hk_index_release(&all.by_family);
	hk_vec_release(&all.fresh);
	return status;
}

void hk_deletions_release(struct hk_deletions *deletions)
{
	hk_vec_release(&deletions->list);
	hk_vec_release(&deletions->recreate);
	hk_arena_release(&deletions->arena);
}

static void write_object(const struct hk_object_at *object, struct hk_ser *ser)
{
	hk_ser_kstr(ser, "path", object->path);
	if (object->cluster)
		hk_ser_kstr(ser, "cluster", object->cluster);
	hk_ser_kstr(ser, "apiVersion", object->api_version);
	hk_ser_kstr(ser, "kind", object->kind);
	if (object->name_space)
		hk_ser_kstr(ser, "namespace", object->name_space);
	hk_ser_kstr(ser, "name", object->name);
}

void hk_deletions_write(const struct hk_deletions *deletions, struct hk_ser *ser)
{
	hk_ser_key(ser, "deletions");
	hk_ser_seq(ser);
	for (size_t i = 0; i < deletions->list.n; i++) {
		const struct hk_deletion *gone = &deletions->list.v[i];
		hk_ser_map(ser);
		write_object(&gone->object, ser);
		hk_ser_kbool(ser, "edited", gone->edited);
		hk_ser_kbool(ser, "pruned", gone->removed);
		hk_ser_key(ser, "after");
		hk_ser_seq(ser);
		for (size_t k = 0; k < gone->n_after; k++)
			hk_ser_str(ser, gone->after[k]->path);
		hk_ser_end(ser);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
	hk_ser_key(ser, "recreate");
	hk_ser_seq(ser);
	for (size_t i = 0; i < deletions->recreate.n; i++) {
		hk_ser_map(ser);
		write_object(&deletions->recreate.v[i], ser);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
}

static void print_object(const struct hk_object_at *object, struct hk_buf *out)
{
	const char *const parts[] = { object->cluster ? object->cluster : "?", " ", object->kind, " ", object->name_space ? object->name_space : "",
				      object->name_space ? "/" : "", object->name };
	for (size_t i = 0; i < HK_COUNT(parts); i++)
		hk_buf_addscrubbed(out, hk_str_of(parts[i]));
}

void hk_deletions_print(const struct hk_deletions *deletions, struct hk_buf *out)
{
	if (deletions->list.n)
		hk_buf_addstr(out, "To delete in this order, when everything else is applied:\n");
	for (size_t i = 0; i < deletions->list.n; i++) {
		const struct hk_deletion *gone = &deletions->list.v[i];
		hk_buf_addf(out, "%4zu  ", i + 1);
		print_object(&gone->object, out);
		hk_buf_addstr(out, gone->edited ? " (its file was edited and stays)\n" : "\n");
		for (size_t k = 0; k < gone->n_after; k++) {
			hk_buf_addstr(out, k ? "               " : "        after  ");
			print_object(gone->after[k], out);
			hk_buf_addstr(out, " is ready\n");
		}
	}
	if (deletions->recreate.n)
		hk_buf_addstr(out, "To delete and create anew, since Kubernetes does not change their pods:\n");
	for (size_t i = 0; i < deletions->recreate.n; i++) {
		hk_buf_addstr(out, "      ");
		print_object(&deletions->recreate.v[i], out);
		hk_buf_addch(out, '\n');
	}
}

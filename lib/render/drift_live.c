/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Saved live objects against what was rendered. One live object is in memory at a time. */
#include "render/drift_internal.h"
#include "render/job.h"
#include "yaml/items.h"
#include <stdlib.h>
#include <string.h>

struct live {
	struct hk_drift *drift;
	struct hk_rendered *rendered;
	const struct hk_drift_options *options;
	struct hk_diags *diags;
	struct hk_map kinds;               /* cluster, group, kind of every live object */
	struct hk_map scaled;              /* keys of objects whose replicas an autoscaler owns */
	struct hk_map cut;                 /* clusters with a list that was cut off */
	struct hk_map clusters;            /* that have a list */
	struct hk_arena scratch;
};

static const char *group_of(const char *version, struct hk_arena *arena)
{
	const char *slash = version ? strchr(version, '/') : NULL;
	return slash ? hk_arena_slicedup(arena, (struct hk_str){ version, (size_t)(slash - version) }) : "";
}

/* The key of what an autoscaler scales, NULL when the object is none. */
static const char *scaled_by(struct live *live, const struct hk_node *root, const char *kind, const char *name_space, const char *cluster)
{
	if (strcmp(kind, "HorizontalPodAutoscaler") != 0 && strcmp(kind, "ScaledObject") != 0)
		return NULL;
	const struct hk_node *target = hk_node_at(root, "spec.scaleTargetRef");
	const char *target_kind = hk_node_string(hk_node_get(target, "kind")), *name = hk_node_string(hk_node_get(target, "name"));
	const char *version = hk_node_string(hk_node_get(target, "apiVersion"));
	struct hk_object_id id = { .group = version ? group_of(version, &live->scratch) : "apps", .kind = target_kind ? target_kind : "Deployment",
				   .name_space = name_space, .name = name };
	return name ? hk_object_key(&id, cluster, &live->scratch) : NULL;
}

static void note_scaled(struct live *live, const struct hk_node *root, const char *kind, const char *name_space, const char *cluster)
{
	const char *key = scaled_by(live, root, kind, name_space, cluster);
	if (key)
		hk_map_put(&live->scaled, hk_str_of(key), 0);
}

static const char *kind_key(struct live *live, const char *cluster, const char *group, const char *kind)
{
	return hk_arena_printf(&live->scratch, "%s\037%s\037%s", cluster, group, kind);
}

static struct hk_drift_item *add_item(struct live *live, enum hk_difference difference, const char *cluster, const struct hk_object_id *id, const char *path)
{
	hk_vec_push(&live->drift->drift, (struct hk_drift_item){ .difference = difference, .live = true, .cluster = cluster, .group = id->group,
								 .kind = id->kind, .name_space = id->name_space,
								 .name = id->name, .path = path });
	return &live->drift->drift.v[live->drift->drift.n - 1];
}

/* A live object that was rendered. */
static void compare_known(struct live *live, size_t at, const struct hk_node *root)
{
	struct hk_rendered_object *object = &live->rendered->objects.v[at];
	const struct hk_compare_options options = { .live = true, .ignored = live->options->ignored, .n_ignored = live->options->n_ignored };
	struct hk_field_changes fields = { NULL, 0, 0 };
	object->seen = true;
	live->drift->compared++;
	hk_objects_compare(object->root, root, &options, &live->drift->arena, &fields);
	if (fields.n) {
		struct hk_object_id id = { object->group, object->kind, object->name_space, object->name };
		struct hk_drift_item *item = add_item(live, HK_DIFFERENCE_CHANGED, object->cluster, &id, object->path);
		struct hk_field_change *kept = hk_arena_array(&live->drift->arena, fields.n, sizeof *kept);
		memcpy(kept, fields.v, fields.n * sizeof *kept);
		item->fields = kept;
		item->n_fields = fields.n;
	}
	hk_vec_release(&fields);
}

/* Controllers copy labels of what they work for to what they make: pods, ReplicaSets, Jobs, Endpoints. */
static bool is_made_by_controller(const struct hk_object_id *id, const struct hk_node *root)
{
	hk_for_each_item(owner, hk_node_at(root, "metadata.ownerReferences")) {
		bool controller = false;
		if (hk_node_bool(hk_node_get(owner, "controller"), &controller) && controller)
			return true;
	}
	return !*id->group && strcmp(id->kind, "Endpoints") == 0;
}

/* A live object that was not rendered for this cluster: ours when it says so, or when it was rendered for another one. */
static void judge_stranger(struct live *live, const char *cluster, const struct hk_object_id *id, const struct hk_node *root)
{
	const struct hk_node *labels = hk_node_at(root, "metadata.labels");
	const char *manager = hk_node_string(hk_node_get(labels, HK_MANAGED_BY));
	size_t other = hk_map_get(&live->rendered->elsewhere, hk_str_of(hk_object_key(id, "", &live->scratch)));
	bool shard = hk_node_get(labels, HK_SHARD_LABEL) && hk_manifest_kind_of(id->kind) >= 0;      /* claims of a StatefulSet have its labels, and no owner */
	if (is_made_by_controller(id, root) || (other == HK_MAP_NONE && !shard && !(manager && strcmp(manager, "hkctl") == 0))) {
		live->drift->foreign++;
		return;
	}
	struct hk_drift_item *item = add_item(live, HK_DIFFERENCE_ADDED, cluster, id, NULL);
	item->note = other != HK_MAP_NONE ? hk_arena_printf(&live->drift->arena, "it was rendered for %s, not for this cluster",
							    live->rendered->objects.v[other].cluster) :
					    "it was written by hkctl, but is not in the rendering";
}

static void take_object(struct live *live, const char *cluster, const struct hk_doc *doc)
{
	struct hk_object_id id;
	if (!hk_object_identify(doc->root, &id, &live->drift->arena)) {
		hk_diag_help(live->diags,
			     hk_node_diag(live->diags, doc, doc->root, HK1204, "this is no Kubernetes object with apiVersion, kind and metadata.name"),
			     "save with: kubectl get deployments,services -A -o json");
		return;
	}
	hk_map_put(&live->kinds, hk_str_of(kind_key(live, cluster, id.group, id.kind)), 0);
	note_scaled(live, doc->root, id.kind, id.name_space, cluster);
	size_t at = hk_map_get(&live->rendered->by_key, hk_str_of(hk_object_key(&id, cluster, &live->scratch)));
	if (at != HK_MAP_NONE)
		compare_known(live, at, doc->root);
	else
		judge_stranger(live, cluster, &id, doc->root);
}

static void whole_file(const struct hk_source *source, struct hk_range *range)
{
	*range = (struct hk_range){ .file = source->name, .line = 1, .column = 1, .end_line = 1, .end_column = 1 };
}

static void read_list(struct live *live, const struct hk_saved_list *list)
{
	struct hk_items items;
	struct hk_range range;
	int status;
	hk_items_open(&items, list->source);
	do {
		struct hk_doc doc;
		size_t before = items.count;
		status = hk_items_next(&items, &doc, live->diags);
		if (status == 1)
			take_object(live, list->cluster, &doc);
		else if (status < 0 && !items.in_list && items.count == before)
			status = 0;
		hk_doc_release(&doc);
	} while (status != 0);
	whole_file(list->source, &range);
	if (items.truncated) {
		hk_map_put(&live->cut, hk_str_of(list->cluster), 0);
		hk_diag_help(live->diags, hk_diag_add(live->diags, HK1202, &range, "the list is cut off behind object %zu; what comes behind is not known",
						      items.count),
			     "save it again; objects that are not in it are not called missing");
	} else if (!items.count && !live->diags->errors) {
		hk_diag_add(live->diags, HK1201, &range, "no object was found");
	}
	hk_items_close(&items);
}

/* Replicas of what a live autoscaler scales are no drift, wherever in the list the autoscaler stood. */
static void forgive_scaled(struct live *live)
{
	struct hk_drift_list *list = &live->drift->drift;
	size_t kept = 0;
	for (size_t i = 0; i < list->n; i++) {
		struct hk_drift_item *item = &list->v[i];
		struct hk_object_id id = { item->group, item->kind, item->name_space, item->name };
		if (item->difference == HK_DIFFERENCE_CHANGED && item->cluster &&
		    hk_map_get(&live->scaled, hk_str_of(hk_object_key(&id, item->cluster, &live->scratch))) != HK_MAP_NONE) {
			struct hk_field_change *fields = hk_arena_array(&live->drift->arena, item->n_fields, sizeof *fields);
			size_t n = 0;
			for (size_t f = 0; f < item->n_fields; f++)
				if (strcmp(item->fields[f].path, "spec.replicas") != 0)
					fields[n++] = item->fields[f];
			live->drift->autoscaled += n < item->n_fields;
			item->fields = fields;
			item->n_fields = n;
			if (!n)
				continue;
		}
		list->v[kept++] = *item;
	}
	list->n = kept;
}

/* Rendered, in a cluster with a list, and in none of its lists. */
static void find_missing(struct live *live)
{
	struct hk_map told = HK_MAP_INIT;
	for (size_t i = 0; i < live->rendered->objects.n; i++) {
		struct hk_rendered_object *object = &live->rendered->objects.v[i];
		struct hk_object_id id = { object->group, object->kind, object->name_space, object->name };
		if (object->seen || hk_map_get(&live->clusters, hk_str_of(object->cluster)) == HK_MAP_NONE)
			continue;
		const char *kind = kind_key(live, object->cluster, object->group, object->kind);
		bool known = hk_map_get(&live->kinds, hk_str_of(kind)) != HK_MAP_NONE;
		if (known && hk_map_get(&live->cut, hk_str_of(object->cluster)) == HK_MAP_NONE) {
			add_item(live, HK_DIFFERENCE_DELETED, object->cluster, &id, object->path);
			continue;
		}
		live->drift->unknown++;
		if (!known && hk_map_put(&told, hk_str_of(kind), 0) == HK_MAP_NONE)
			hk_diag_help(live->diags,
				     hk_diag_add(live->diags, HK1203, NULL,
						 "no %s is among the live objects of %s, so it is not known whether those that were rendered are there",
						 object->kind, object->cluster), "name the kind when saving: kubectl get ...,%s -A -o json", object->kind);
	}
	hk_map_release(&told);
}

void hk_drift_live(struct hk_drift *drift, struct hk_rendered *rendered, const struct hk_saved_list *lists, size_t n_lists,
		   const struct hk_drift_options *options, struct hk_diags *diags)
{
	struct live live = { .drift = drift, .rendered = rendered, .options = options, .diags = diags };
	for (size_t i = 0; i < rendered->objects.n; i++)
		note_scaled(&live, rendered->objects.v[i].root, rendered->objects.v[i].kind, rendered->objects.v[i].name_space, rendered->objects.v[i].cluster);
	for (size_t i = 0; i < n_lists; i++) {
		hk_map_put(&live.clusters, hk_str_of(lists[i].cluster), 0);
		read_list(&live, &lists[i]);
	}
	forgive_scaled(&live);
	find_missing(&live);
	hk_map_release(&live.kinds);
	hk_map_release(&live.scaled);
	hk_map_release(&live.cut);
	hk_map_release(&live.clusters);
	hk_arena_release(&live.scratch);
}

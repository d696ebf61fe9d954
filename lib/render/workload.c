/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The edits each workload kind needs. */
#include "render/affinity.h"
#include "render/job.h"
#include "render/script.h"
#include "render/value.h"
#include <string.h>

/* The mapping that holds the pod template, and the template itself: mapping.template, or for pods the document. */
static const struct hk_node *owner_of(const struct hk_node *root, enum hk_manifest_kind kind)
{
	return hk_node_at(root, kind == HK_CRONJOB ? "spec.jobTemplate.spec" : "spec");
}

static void set_replicas(struct hk_script *script, const struct hk_entry *entry, const struct hk_variant *variant, const struct hk_node *owner)
{
	const struct hk_value *replicas = hk_value_int(script->arena, variant->replicas);
	switch (entry->workload->manifest.kind) {
	case HK_DEPLOYMENT:
	case HK_REPLICASET:
	case HK_STATEFULSET:
		if (entry->scaler)      /* every apply would set back what the autoscaler decided */
			hk_script_remove_key(script, owner, "replicas");
		else
			hk_script_set(script, owner, "replicas", replicas);
		break;
	case HK_JOB:
	case HK_CRONJOB:
		hk_script_set(script, owner, "parallelism", replicas);
		break;
	case HK_DAEMONSET:
	case HK_POD:
	case HK_VIRTUAL_MACHINE:
		break;
	}
}

/* Ordinals stay unique over all clusters: each slice starts where the one before ends. */
static void set_first_ordinal(struct hk_script *script, const struct hk_variant *variant, const struct hk_node *spec)
{
	const struct hk_node *ordinals = hk_node_get(spec, "ordinals");
	int64_t own = 0;
	if (variant->first_ordinal == 0)
		return;
	hk_node_int(hk_node_get(ordinals, "start"), &own);
	if (own < 0 || own > INT32_MAX)
		own = 0;
	const struct hk_value *start = hk_value_int(script->arena, own + variant->first_ordinal);
	const struct hk_value *fallback = hk_value_put(script->arena, hk_value_map(script->arena), "start", start);
	ordinals = hk_script_descend(script, spec, "ordinals", HK_MAPPING, fallback);
	if (ordinals)
		hk_script_set(script, ordinals, "start", start);
}

/* A surge pod has no room beside a pinned one, and a rollout that may not go below the count either would never move. */
static void set_strategy(struct hk_script *script, const struct hk_node *spec)
{
	struct hk_arena *arena = script->arena;
	struct hk_value *rolling = hk_value_map(arena);
	hk_value_put(arena, rolling, "maxSurge", hk_value_int(arena, 0));
	hk_value_put(arena, rolling, "maxUnavailable", hk_value_int(arena, 1));
	struct hk_value *strategy = hk_value_put_str(arena, hk_value_map(arena), "type", "RollingUpdate");
	const struct hk_node *node = hk_script_descend(script, spec, "strategy", HK_MAPPING, hk_value_put(arena, strategy, "rollingUpdate", rolling));
	const char *type = hk_node_string(hk_node_get(node, "type"));
	if (!node || (type && strcmp(type, "RollingUpdate") != 0))
		return;
	const struct hk_node *existing = hk_script_descend(script, node, "rollingUpdate", HK_MAPPING, rolling);
	if (!existing)
		return;
	hk_script_set(script, existing, "maxSurge", hk_value_int(arena, 0));
	hk_script_set(script, existing, "maxUnavailable", hk_value_int(arena, 1));
}

static void add_label(struct hk_script *script, const struct hk_node *parent, const char *map, const char *value)
{
	const struct hk_value *label = hk_value_str(script->arena, value);
	const struct hk_value *fallback = hk_value_put(script->arena, hk_value_map(script->arena), HK_SHARD_LABEL, label);
	const struct hk_node *labels = hk_script_descend(script, parent, map, HK_MAPPING, fallback);
	if (labels)
		hk_script_set(script, labels, HK_SHARD_LABEL, label);
}

/* Selectors of two Deployments must not overlap, so the shard's label is in selector and template; Services go on selecting the shared ones. */
static void set_shard(struct hk_script *script, const struct hk_entry *entry, const struct hk_variant *variant, const struct hk_node *spec,
		      const struct hk_node *template)
{
	const struct hk_node *selector = hk_node_get(spec, "selector"), *metadata = hk_node_get(template, "metadata");
	if (!selector || selector->kind != HK_MAPPING || !metadata || metadata->kind != HK_MAPPING) {
		hk_script_refuse(script, spec, "has no selector and template.metadata to tell shards apart");
		return;
	}
	add_label(script, selector, "matchLabels", variant->shard);
	add_label(script, metadata, "labels", variant->shard);
	if (entry->workload->manifest.kind == HK_DEPLOYMENT)
		set_strategy(script, spec);
}

/* The object's own selector, with the shard's label; what the spread counts. */
static const struct hk_value *spread_selector(struct hk_script *script, const struct hk_variant *variant, const struct hk_node *spec)
{
	const struct hk_node *node = hk_node_get(spec, "selector");
	struct hk_value *selector = node && node->kind == HK_MAPPING ? hk_value_copy(script->arena, node) : NULL;
	if (!selector || !variant->shard)
		return selector;
	const struct hk_value *old = hk_value_get(selector, "matchLabels");
	struct hk_value *labels = old && old->kind == HK_MAPPING ? hk_value_clone(script->arena, old) : hk_value_map(script->arena);
	hk_value_put_str(script->arena, labels, HK_SHARD_LABEL, variant->shard);
	struct hk_value *fresh = hk_value_put(script->arena, hk_value_map(script->arena), "matchLabels", labels);
	for (size_t i = 0; i < selector->count; i++)
		if (strcmp(selector->keys[i], "matchLabels") != 0)
			hk_value_put(script->arena, fresh, selector->keys[i], selector->items[i]);
	return fresh;
}

void hk_workload_edit(struct hk_script *script, const struct hk_entry *entry, const struct hk_variant *variant)
{
	enum hk_manifest_kind kind = entry->workload->manifest.kind;
	const struct hk_node *root = script->doc->root, *owner = owner_of(root, kind);
	const struct hk_node *template = kind == HK_POD ? root : hk_node_get(owner, "template"), *pod_spec = hk_node_get(template, "spec");
	if (!pod_spec || pod_spec->kind != HK_MAPPING) {
		hk_script_refuse(script, root, kind == HK_POD ? "has no spec" : "has no spec.template.spec");
		return;
	}
	if (variant->name)
		hk_script_set(script, hk_node_get(root, "metadata"), "name", hk_value_str(script->arena, variant->name));
	set_replicas(script, entry, variant, owner);
	if (kind == HK_STATEFULSET)
		set_first_ordinal(script, variant, owner);
	if (variant->shard)
		set_shard(script, entry, variant, owner, template);
	hk_chain_edit(script, entry, template, pod_spec);
	hk_affinity_edit(script, pod_spec, &variant->nodes, &variant->fuller);
	if (variant->spread)
		hk_spread_edit(script, pod_spec, spread_selector(script, variant, owner), kind == HK_DEPLOYMENT);
}

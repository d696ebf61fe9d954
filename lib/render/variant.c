/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For each workload and cluster: one object or several, and on which nodes.
 *
 * Counts per node that differ by at most one need a single object: required affinity to the node set and topologySpreadConstraints with maxSkew 1, and a
 * preference for the nodes with one replica more. Other counts cannot be said with one object, so Deployments and ReplicaSets become shards: one object for all
 * nodes with the same count, each with its own label in selector and template.
 */
#include "base/digest.h"
#include "render/job.h"
#include <string.h>

/* A generated pod name appends "-<10>-<5>", and the whole should fit a label value (63). */
enum { NAME_BUDGET = 63 - 17, COPY_BUDGET = 63 };
enum { COPIES_MAX = 10000 };       /* objects from one manifest in one cluster */

const char *hk_hashed_name(struct hk_arena *arena, const char *base, const char *seed, size_t budget, const char **digits)
{
	char digest[HK_SHA256_TEXT];
	const char *text = hk_arena_printf(arena, "%s\n%s", base, seed);
	hk_sha256_text(text, strlen(text), digest);
	const char *eight = hk_arena_slicedup(arena, (struct hk_str){ digest, 8 });
	size_t n = strlen(base);
	if (n > budget - 9)
		n = budget - 9;
	while (n > 1 && (base[n - 1] == '-' || base[n - 1] == '.'))
		n--;
	if (digits)
		*digits = eight;
	return hk_arena_printf(arena, "%.*s-%s", (int)n, base, eight);
}

struct place {          /* one workload in one cluster */
	struct hk_job *job;
	struct hk_entry *entry;
	uint32_t index;
	const struct hk_cluster *cluster;
	const struct hk_plan_placement *placement;
	struct hk_pin pin;
	bool pinned;
};

static struct hk_variant *add_variant(const struct place *place, const char *name)
{
	struct hk_variant *variant = hk_arena_alloc(&place->job->arena, sizeof *variant);
	variant->name = name;
	variant->replicas = place->placement->replicas;
	const char *suffix = hk_item_suffix(place->job, place->entry, place->entry->kind, name ? name : place->entry->name);
	if (suffix)
		hk_vec_push(&place->job->items, (struct hk_item){ .suffix = suffix, .cluster = place->index, .entry = place->entry, .variant = variant });
	return variant;
}

static void note_pin(const struct place *place, const char *why)
{
	struct hk_unpinned *unpinned = &place->job->unpinned[place->index];
	if (unpinned->count++ > 0)
		return;
	unpinned->range = place->entry->range;
	unpinned->first = hk_arena_printf(&place->job->arena, "%s '%s' in cluster '%s': %s", place->entry->kind, place->entry->name, place->cluster->name, why);
}

/* Node groups with a count make this the rule rather than the exception, so it is one note per cluster. */
static void tell_unpinned(struct hk_job *job)
{
	for (size_t i = 0; i < job->model->n_clusters; i++) {
		const struct hk_unpinned *unpinned = &job->unpinned[i];
		if (unpinned->count == 0)
			continue;
		struct hk_diag *diag = hk_job_diag(job, HK0907, &unpinned->range, "%s", unpinned->first);
		if (unpinned->count == 1)
			hk_diag_help(job->diags, diag, "the plan's counts per node are not enforced here; everything else of the plan is");
		else
			hk_diag_help(job->diags, diag,
				     "the plan's counts per node are not enforced here and in %zu more case%s in this cluster; everything else of the plan is",
				     unpinned->count - 1, unpinned->count == 2 ? "" : "s");
	}
}

/* May node-level affinity be written here at all? */
static void decide_pin(struct place *place)
{
	if (!place->job->options->pin_nodes || place->placement->n_nodes == 0)
		return;
	hk_pin_read(&place->job->arena, place->job->model, place->cluster, place->entry->workload, place->placement, &place->pin);
	if (place->pin.n == 0)
		return;
	if (place->pin.unnamed && !(place->pin.everywhere && place->pin.even)) {
		note_pin(place, hk_arena_printf(&place->job->arena, "no labels tell node group '%s' from the others, so only the cluster is required",
						place->pin.unnamed));
		return;
	}
	if (place->entry->evicts_by_migration) {
		struct hk_diag *diag = hk_job_diag(place->job, HK0909, &place->entry->range,
						   "VirtualMachine '%s' is not pinned to a node in cluster '%s': its evictionStrategy "
						   "is LiveMigrate", place->entry->name, place->cluster->name);
		hk_diag_help(place->job->diags, diag,
			     "a pinned machine has nowhere to migrate to and blocks the drain of its node; use evictionStrategy None to pin it");
		return;
	}
	place->pinned = true;
}

/*
 * A spread with a skew of one leaves open which nodes get one replica more; the plan does not. Groups whose nodes differ among themselves have no names to say
 * it with.
 */
static struct hk_node_set fuller_nodes(const struct place *place)
{
	struct hk_arena *arena = &place->job->arena;
	struct hk_pin_unit *units = hk_arena_array(arena, place->pin.n + 1, sizeof *units);
	size_t n = 0;
	uint32_t low = UINT32_MAX, high = 0;
	for (size_t i = 0; i < place->pin.n; i++) {
		low = place->pin.units[i].low < low ? place->pin.units[i].low : low;
		high = place->pin.units[i].high > high ? place->pin.units[i].high : high;
	}
	for (size_t i = 0; i < place->pin.n; i++)
		if (low < high && place->pin.units[i].low == high)
			units[n++] = place->pin.units[i];
	return n > 0 ? hk_pin_set(arena, place->cluster, units, n) : (struct hk_node_set){ NULL, 0 };
}

/* The whole placement as one object. */
static struct hk_variant *plan_single(const struct place *place)
{
	struct hk_variant *variant = add_variant(place, NULL);
	bool name_nodes = place->pinned && !place->pin.everywhere;
	variant->nodes = hk_pin_set(&place->job->arena, place->cluster, place->pin.units, name_nodes ? place->pin.n : 0);
	variant->spread = place->pinned && place->pin.even && place->pin.nodes > 1;
	if (variant->spread && !place->entry->scaler)
		variant->fuller = fuller_nodes(place);
	return variant;
}

static void plan_unspread(const struct place *place)
{
	struct hk_variant *variant = plan_single(place);
	variant->spread = false;
	variant->fuller.n = 0;
}

static bool joins(const struct hk_pin_unit *first, const struct hk_pin_unit *unit)
{
	return unit == first || (first->low == first->high && unit->low == unit->high && unit->low == first->low);
}

static size_t count_shards(const struct hk_pin *pin)
{
	size_t shards = 0;
	for (size_t i = 0; i < pin->n; i++) {
		bool fresh = true;
		for (size_t j = 0; j < i; j++)
			fresh = fresh && !joins(&pin->units[j], &pin->units[i]);
		shards += fresh;
	}
	return shards;
}

/* The name comes from the shard's first node: other shards may come and go without renaming this one. */
static void plan_shard(const struct place *place, const struct hk_pin_unit *first)
{
	struct hk_arena *arena = &place->job->arena;
	struct hk_pin_unit *units = hk_arena_array(arena, place->pin.n, sizeof *units);
	size_t n = 0;
	uint32_t nodes = 0, replicas = 0;
	for (const struct hk_pin_unit *unit = first; unit < place->pin.units + place->pin.n; unit++) {
		if (!joins(first, unit))
			continue;
		units[n++] = *unit;
		nodes += unit->group->count > 1 ? unit->group->count : 1;
		replicas += unit->replicas;
	}
	const char *digits, *seed = hk_arena_printf(arena, "%s\n%s", place->cluster->name, first->group->name);
	const char *name = hk_hashed_name(arena, place->entry->name, seed, NAME_BUDGET, &digits);
	struct hk_variant *variant = add_variant(place, name);
	variant->shard = digits;
	variant->replicas = replicas;
	variant->nodes = hk_pin_set(arena, place->cluster, units, n);
	variant->spread = nodes > 1 && first->high - first->low <= 1;
	if (first->high - first->low > 1)
		note_pin(place, hk_arena_printf(arena, "the nodes of group '%s' have no names of their own, so their different counts cannot be told apart",
						first->group->name));
}

static void plan_replicated(const struct place *place)
{
	if (!place->pinned || place->pin.even) {
		plan_single(place);
		return;
	}
	if (place->entry->scaler || count_shards(&place->pin) < 2) {
		note_pin(place, place->entry->scaler ? "an autoscaler owns the replicas, so the nodes are required but not the counts on each"
						     : "the nodes of one group have no names of their own, so their different counts cannot be told apart");
		plan_single(place);
		return;
	}
	for (size_t i = 0; i < place->pin.n; i++) {
		bool fresh = true;
		for (size_t j = 0; j < i; j++)
			fresh = fresh && !joins(&place->pin.units[j], &place->pin.units[i]);
		if (fresh)
			plan_shard(place, &place->pin.units[i]);
	}
}

static void plan_stateful(const struct place *place)
{
	const struct hk_entry *entry = place->entry;
	int64_t first = 0;
	for (size_t i = 0; i < entry->planned->n_placements && &entry->planned->placements[i] != place->placement; i++) {
		int64_t least, most = -1;
		if (entry->scaler && entry->planned->placements[i].replicas > 0)
			hk_autoscaler_bounds(entry->scaler, i, &least, &most);
		first += most > 0 ? most : entry->planned->placements[i].replicas;
	}
	plan_single(place)->first_ordinal = first > INT32_MAX ? INT32_MAX : (uint32_t)first;
	if (place->pinned && !place->pin.even)
		note_pin(place, "a StatefulSet cannot say how many replicas run on each node; the set of nodes is required");
}

/* Pods and virtual machines: one object per replica; each gets its own node when nodes are pinned. */
static void plan_copies(const struct place *place)
{
	struct hk_arena *arena = &place->job->arena;
	if (place->placement->replicas > COPIES_MAX) {
		hk_job_diag(place->job, HK0923, &place->entry->range,
			    "%s '%s' has %u replicas in cluster '%s', each an object of its own; at most %d are written", place->entry->kind,
			    place->entry->name, place->placement->replicas, place->cluster->name, COPIES_MAX);
		return;
	}
	uint32_t unit = 0, left = place->pinned ? place->pin.units[0].replicas : 0;
	bool same_nodes = !place->pinned || (place->pin.everywhere && place->pin.nodes == 1);
	for (uint32_t i = 1; i <= place->placement->replicas; i++) {
		const char *name = hk_arena_printf(arena, "%s-%u", place->entry->name, i);
		if (strlen(name) > COPY_BUDGET)
			name = hk_hashed_name(arena, place->entry->name, hk_arena_printf(arena, "%u", i), COPY_BUDGET, NULL);
		struct hk_variant *variant = add_variant(place, place->placement->replicas == 1 ? NULL : name);
		for (; !same_nodes && left == 0 && unit + 1 < place->pin.n; left = place->pin.units[unit].replicas)
			unit++;
		variant->nodes = hk_pin_set(arena, place->cluster, same_nodes ? NULL : &place->pin.units[unit], same_nodes ? 0 : 1);
		left -= left > 0;
	}
}

/* A DaemonSet runs on every node it may run on, whatever the plan counted: all of the groups it is pinned to, or all that accept it. */
static void warn_daemons(const struct place *place)
{
	uint64_t nodes = 0;
	for (size_t g = 0; g < place->cluster->n_nodes; g++)
		if (hk_node_group_accepts(place->job->model, &place->cluster->nodes[g], place->entry->workload))
			nodes += place->cluster->nodes[g].count;
	if (place->pinned)
		nodes = place->pin.nodes;
	if (nodes <= place->placement->replicas)
		return;
	struct hk_diag *diag = hk_job_diag(place->job, HK0924, &place->entry->range,
					   "DaemonSet '%s' will run on %llu nodes of cluster '%s'; the plan counts %u", place->entry->name,
					   (unsigned long long)nodes, place->cluster->name, place->placement->replicas);
	hk_diag_help(place->job->diags, diag, "give the nodes labels that tell them apart, or ask for that many replicas in the pipeline (replicas.min)");
}

static void plan_place(struct place *place)
{
	decide_pin(place);
	switch (place->entry->workload->manifest.kind) {
	case HK_DEPLOYMENT:
	case HK_REPLICASET:
		plan_replicated(place);
		break;
	case HK_STATEFULSET:
		plan_stateful(place);
		break;
	case HK_POD:
	case HK_VIRTUAL_MACHINE:
		plan_copies(place);
		break;
	case HK_DAEMONSET:
		warn_daemons(place);
		plan_unspread(place);
		break;
	case HK_JOB:
	case HK_CRONJOB:
		plan_unspread(place);
		break;
	}
}

/* Findings about a workload as a whole. */
static void warn_workload(struct hk_job *job, const struct hk_entry *entry)
{
	size_t clusters = 0;
	bool moved = false, copied = false;
	uint64_t before = 0;
	for (size_t i = 0; i < entry->planned->n_placements; i++) {
		const struct hk_plan_placement *placement = &entry->planned->placements[i];
		clusters += placement->replicas > 0;
		before += placement->previous;
		moved = moved || placement->previous != placement->replicas;
		copied = copied || placement->replicas > 1;
	}
	if (entry->has_completions && clusters > 1) {
		struct hk_diag *diag = hk_job_diag(job, HK0914, &entry->range, "%s '%s' runs in %zu clusters, and each does all of its completions",
						   entry->kind, entry->name, clusters);
		hk_diag_help(job->diags, diag, "split the work between clusters yourself, or require one cluster in the pipeline (placement.require)");
	}
	if (entry->has_claims && moved && before > 0) {
		struct hk_diag *diag = hk_job_diag(job, HK0915, &entry->range,
						   "StatefulSet '%s' has volume claims, and its replicas change clusters or numbers", entry->name);
		hk_diag_help(job->diags, diag,
			     "data does not move with a replica: set persistentVolumeClaimRetentionPolicy to Retain and copy it before the change");
	}
	if (entry->has_disks && copied) {
		struct hk_diag *diag = hk_job_diag(job, HK0916, &entry->range, "copies of VirtualMachine '%s' would name the same volumes", entry->name);
		hk_diag_help(job->diags, diag, "use container disks or shared volumes for machines with several replicas");
	}
}

void hk_workload_plan(struct hk_job *job, struct hk_entry *entry)
{
	for (uint32_t i = 0; i < job->model->n_clusters; i++) {
		struct place place = { .job = job, .entry = entry, .index = i, .cluster = &job->model->clusters[i] };
		place.placement = entry->clusters[i] ? hk_placement_in(entry->planned, place.cluster->name) : NULL;
		if (place.placement)
			plan_place(&place);
	}
	warn_workload(job, entry);
}

static void plan_scaler(struct hk_job *job, struct hk_entry *entry)
{
	for (size_t at = 0; at < entry->planned->n_placements; at++) {
		uint32_t cluster = hk_model_cluster(job->model, entry->planned->placements[at].cluster);
		const char *suffix = hk_item_suffix(job, entry, entry->kind, entry->name);
		if (cluster == HK_NO_INDEX || !entry->clusters[cluster] || !suffix)
			continue;
		struct hk_variant *variant = hk_arena_alloc(&job->arena, sizeof *variant);
		hk_autoscaler_bounds(entry, at, &variant->least, &variant->most);
		hk_vec_push(&job->items, (struct hk_item){ .suffix = suffix, .cluster = cluster, .entry = entry, .variant = variant });
	}
}

static void carry(struct hk_job *job, struct hk_entry *entry)
{
	uint32_t i = 0;
	while (i < job->model->n_clusters && !entry->clusters[i])
		i++;
	const char *suffix = i < job->model->n_clusters ? hk_item_suffix(job, entry, entry->kind, entry->name) : NULL;
	for (; suffix && i < job->model->n_clusters; i++)
		if (entry->clusters[i])
			hk_vec_push(&job->items, (struct hk_item){ .suffix = suffix, .cluster = i, .entry = entry });
}

void hk_variants_plan(struct hk_job *job)
{
	for (size_t i = 0; i < job->entries.n; i++) {
		struct hk_entry *entry = job->entries.v[i];
		if (entry->role == HK_ENTRY_AUTOSCALER && entry->workload)
			plan_scaler(job, entry);
		else if (entry->role != HK_ENTRY_WORKLOAD && !hk_budget_plan(job, entry))
			carry(job, entry);
	}
	tell_unpinned(job);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which pods have to go, one after the other: each is counted at its new place before the next is looked at, so the list can be carried out as a whole. A pod
 * stays when nothing would be won by moving it, which is what makes descheduling loops: its next place would be the one it has.
 */
#include "check/action.h"
#include "check/evict_after.h"
#include <stdlib.h>
#include <string.h>

struct candidate { uint32_t pod; int64_t priority; uint64_t due; };

struct count { struct hk_map map; HK_VEC(uint64_t) list; };

struct state {
	struct hk_actions *actions;
	struct hk_inventory *inventory;
	const struct hk_eviction_limits *limits;
	const struct hk_plan *after;
	struct hk_budgets budgets;
	struct hk_moves moves;
	struct count on_node, in_name_space;
	uint64_t **running;             /* per pipeline and workload: pods there are */
	uint64_t **evicted;
};

struct best { struct hk_place place; uint64_t violations; bool found; };

static const struct hk_workload *workload_of(const struct state *s, const struct hk_check_pod *pod)
{
	return pod->workload == HK_NO_INDEX ? NULL : &s->inventory->model->pipelines[pod->pipeline].workloads[pod->workload];
}

static void refuse(struct state *s, uint32_t pod, const char *why)
{
	hk_vec_push(&s->actions->refusals, (struct hk_refusal){ pod, why });
}

/* ---- where it would go ---- */

static bool fits(const struct state *s, const struct hk_check_node *node, const struct hk_check_pod *pod)
{
	for (size_t r = 0; pod->request && r < s->inventory->model->n_resources; r++)
		if (pod->request[r] > node->free[r] * (1 + 1e-12))
			return false;
	return true;
}

/* Fewest violations; then where it is, then its own cluster, then the first by name. */
static void consider(struct state *s, uint32_t pod, struct hk_place place, struct best *best)
{
	const struct hk_place *now = &s->moves.places[pod];
	uint64_t violations = hk_moves_violations(&s->moves, pod, place);

	if (best->found && (violations > best->violations ||
			    (violations == best->violations && (best->place.cluster == now->cluster || place.cluster != now->cluster))))
		return;
	*best = (struct best){ place, violations, true };
}

/* One node of each group of like ones: the first with room. */
static void consider_cluster(struct state *s, uint32_t pod, uint32_t c, struct best *best)
{
	const struct hk_model *model = s->inventory->model;
	const struct hk_check_pod *p = &s->inventory->pods.v[pod];
	const struct hk_workload *workload = workload_of(s, p);
	const struct hk_cluster *cluster = &model->clusters[c];
	uint32_t tried = HK_NO_INDEX;

	if (!hk_selector_matches(&workload->require, &cluster->labels))
		return;
	if (cluster->unlimited) {
		consider(s, pod, (struct hk_place){ c, HK_NO_INDEX }, best);
		return;
	}
	size_t low = 0, high = s->inventory->nodes.n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (s->inventory->nodes.v[middle].cluster < c)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t i = low; i < s->inventory->nodes.n && s->inventory->nodes.v[i].cluster == c; i++) {
		const struct hk_check_node *node = &s->inventory->nodes.v[i];
		if (node->group == tried || i == s->moves.places[pod].node || !hk_node_group_accepts(model, &cluster->nodes[node->group], workload) ||
		    !fits(s, node, p))
			continue;
		tried = node->group;
		consider(s, pod, (struct hk_place){ c, (uint32_t)i }, best);
		if (!s->moves.nodes_matter)
			return;
	}
}

static void find_place(struct state *s, uint32_t pod, struct best *best)
{
	*best = (struct best){ s->moves.places[pod], 0, false };
	consider(s, pod, s->moves.places[pod], best);
	for (uint32_t c = 0; c < s->inventory->model->n_clusters; c++)
		consider_cluster(s, pod, c, best);
}

/* ---- what protects a pod ---- */

static const char *protection(const struct state *s, const struct hk_check_pod *pod)
{
	if (pod->flags & HK_POD_PLANNED)
		return "it is a replica of the plan, not a pod that was seen; make a new plan";
	if (pod->flags & HK_POD_STATIC)
		return "it is a static pod of its node";
	if (pod->flags & HK_POD_DAEMON)
		return "its DaemonSet would put it back on the same node";
	if (pod->priority >= s->limits->priority_threshold)
		return "its priority is at or above the threshold";
	if (pod->flags & HK_POD_FORCED)
		return NULL;
	if (pod->flags & HK_POD_BARE)
		return "no controller would make it again";
	if ((pod->flags & HK_POD_LOCAL_STORAGE) && !s->limits->local_storage)
		return "it keeps data on its node (emptyDir or hostPath)";
	return NULL;
}

static uint64_t *counter(struct count *count, struct hk_arena *arena, const char *name)
{
	size_t known = hk_map_put(&count->map, hk_str_of(hk_arena_strdup(arena, name)), count->list.n);

	if (known == HK_MAP_NONE) {
		known = count->list.n;
		hk_vec_push(&count->list, 0);
	}
	return &count->list.v[known];
}

static const char *over_cap(struct state *s, const struct hk_check_pod *pod)
{
	struct hk_arena *arena = &s->actions->arena;

	if (s->limits->total && s->actions->evictions.n >= s->limits->total)
		return "the cap on evictions is reached";
	if (s->limits->per_name_space && *counter(&s->in_name_space, arena, pod->name_space) >= s->limits->per_name_space)
		return "the cap on evictions of its namespace is reached";
	if (s->limits->per_node && *counter(&s->on_node, arena, pod->node_name ? pod->node_name : "") >= s->limits->per_node)
		return "the cap on evictions of its node is reached";
	return NULL;
}

/* A minimum of 1 is no obstacle: the only replica could never be moved otherwise. */
static const char *too_few(const struct state *s, const struct hk_check_pod *pod)
{
	const struct hk_workload *workload = workload_of(s, pod);
	uint64_t running = s->running[pod->pipeline][pod->workload], left = running - s->evicted[pod->pipeline][pod->workload];

	if (running < s->limits->min_replicas)
		return "its workload has fewer replicas than --min-replicas";
	if (workload->min_replicas > 1 && left <= workload->min_replicas)
		return "its workload would fall below replicas.min";
	return NULL;
}

/* ---- one after the other ---- */

static void accept(struct state *s, uint32_t pod, const struct best *best, uint64_t mends, const struct hk_check_offer *offer)
{
	const struct hk_check_pod *p = &s->inventory->pods.v[pod];
	const char *unused;

	hk_budgets_allow(&s->budgets, p, true, &s->actions->arena, &unused);
	(*counter(&s->in_name_space, &s->actions->arena, p->name_space))++;
	(*counter(&s->on_node, &s->actions->arena, p->node_name ? p->node_name : ""))++;
	s->evicted[p->pipeline][p->workload]++;
	for (size_t r = 0; p->request && r < s->inventory->model->n_resources; r++) {
		if (p->node != HK_NO_INDEX)
			s->inventory->nodes.v[p->node].free[r] += p->request[r];
		if (best->place.node != HK_NO_INDEX)
			s->inventory->nodes.v[best->place.node].free[r] -= p->request[r];
	}
	hk_moves_move(&s->moves, pod, best->place);
	hk_vec_push(&s->actions->evictions, (struct hk_eviction){ pod, best->place.cluster, best->place.node, mends, offer });
}

static void try_pod(struct state *s, uint32_t pod, const struct hk_check_offer *offer)
{
	const struct hk_check_pod *p = &s->inventory->pods.v[pod];
	uint64_t now = hk_moves_violations(&s->moves, pod, s->moves.places[pod]);
	const char *why = protection(s, p);
	struct best best;

	if (!now)
		return;         /* mended by an eviction before */
	if (!why && p->workload == HK_NO_INDEX)
		why = "it is of no pipeline, so nothing says where else it may run";
	if (!why)
		why = too_few(s, p);
	if (why || (why = over_cap(s, p)) || !hk_budgets_allow(&s->budgets, p, false, &s->actions->arena, &why)) {
		refuse(s, pod, why);
		return;
	}
	if (s->after) {
		if (hk_evict_after(&s->moves, s->after, pod, &best.place)) {
			best.violations = hk_moves_violations(&s->moves, pod, best.place);
			accept(s, pod, &best, now > best.violations ? now - best.violations : 0, offer);
		} else {
			refuse(s, pod, "the new plan keeps it where it is");
		}
		return;
	}
	find_place(s, pod, &best);
	if (best.violations < now)
		accept(s, pod, &best, now - best.violations, offer);
	else
		refuse(s, pod, "its next place would be the one it has: nowhere it may run are fewer of its bindings violated");
}

/* Less important pods first, then those that mend more. */
static int compare(const void *a, const void *b)
{
	const struct candidate *left = a, *right = b;

	if (left->priority != right->priority)
		return left->priority < right->priority ? -1 : 1;
	if (left->due != right->due)
		return left->due > right->due ? -1 : 1;
	return (left->pod > right->pod) - (left->pod < right->pod);
}

static void count_running(struct state *s)
{
	const struct hk_model *model = s->inventory->model;
	struct hk_arena *arena = &s->actions->arena;

	s->running = hk_arena_array(arena, model->n_pipelines, sizeof *s->running);
	s->evicted = hk_arena_array(arena, model->n_pipelines, sizeof *s->evicted);
	for (size_t p = 0; p < model->n_pipelines; p++) {
		s->running[p] = hk_arena_array(arena, model->pipelines[p].n_workloads, sizeof **s->running);
		s->evicted[p] = hk_arena_array(arena, model->pipelines[p].n_workloads, sizeof **s->evicted);
	}
	for (size_t i = 0; i < s->inventory->pods.n; i++)
		if (s->inventory->pods.v[i].workload != HK_NO_INDEX)
			s->running[s->inventory->pods.v[i].pipeline][s->inventory->pods.v[i].workload]++;
}

void hk_actions_evict(struct hk_actions *actions, struct hk_inventory *inventory, const uint64_t *due, const struct hk_check_offer *const *first,
		      const struct hk_plan *after, const struct hk_eviction_limits *limits)
{
	struct state s = { .actions = actions, .inventory = inventory, .limits = limits, .after = after };
	HK_VEC(struct candidate) candidates = { NULL, 0, 0 };

	hk_budgets_open(&s.budgets, inventory, &actions->arena);
	hk_moves_open(&s.moves, actions->check);
	count_running(&s);
	for (uint32_t i = 0; i < inventory->pods.n; i++)
		if (due[i])
			hk_vec_push(&candidates, (struct candidate){ i, inventory->pods.v[i].priority, due[i] });
	if (candidates.n)
		qsort(candidates.v, candidates.n, sizeof *candidates.v, compare);
	for (size_t i = 0; i < candidates.n; i++)
		try_pod(&s, candidates.v[i].pod, first[candidates.v[i].pod]);
	hk_vec_release(&candidates);
	hk_moves_close(&s.moves);
	hk_map_release(&s.on_node.map);
	hk_vec_release(&s.on_node.list);
	hk_map_release(&s.in_name_space.map);
	hk_vec_release(&s.in_name_space.list);
}

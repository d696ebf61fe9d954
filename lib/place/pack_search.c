/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Exact packing: node by node, each time every way to load one node that can matter, largest first. Equal nodes are loaded in falling order of their patterns,
 * several with the same pattern at once, so no two branches differ only in which node is which. A node may be left with room for an item that is still to be
 * placed only when required together makes that useful: without it, moving the item there from a later node never hurts.
 */
#include "place/pack_internal.h"
#include "place/pack_bound.h"

#include <string.h>

/* Deeper means thousands of different nodes in one packing: given up, so that the stack is safe. */
#define DEPTH_MAX 4000u
/* Classes times items beyond which the search is not begun: tens of megabytes of bounds for an answer that would not come anyway. */
#define TABLE_MAX ((size_t)1 << 22)

struct level { uint32_t class_index, nodes; uint32_t *pattern; };

struct search {
	struct hk_pack *pack;
	uint32_t *demand;             /* by position in order */
	const uint32_t *order;        /* position -> part */
	uint32_t n;
	bool needs;
	uint64_t *steps;
	struct level *levels; uint32_t n_levels;     /* the branch at hand */
	uint32_t **patterns, depth;                  /* a pattern for each call of descend under way */
	double *left;                 /* scratch */
	struct hk_pack_bound bound;
	const struct hk_pack_collect *collect;       /* every packing is wanted, not any; NULL: any */
	uint32_t *saved;              /* demand when the last of the tracked items was placed */
};

/* Counts per node of this item tell packings apart. */
static bool is_tracked(const struct search *s, uint32_t position)
{
	return s->collect && s->collect->tracked[s->order[position]];
}

static const struct hk_pack_part *part_at(const struct search *s, uint32_t position)
{
	return &s->pack->parts[s->order[position]];
}

static bool is_apart(const struct search *s, uint32_t position, const uint32_t *pattern)
{
	const struct hk_pack_list *apart = &part_at(s, position)->apart;

	for (uint32_t other = 0; apart->n && other < s->n; other++) {
		if (!pattern[other])
			continue;
		for (uint32_t k = 0; k < apart->n; k++)
			if (apart->v[k] == s->order[other])
				return true;
	}
	return false;
}

/* How many of the item at this position the node takes beside the pattern's items before it. */
static uint32_t fits(const struct search *s, uint32_t class_index, uint32_t position, const uint32_t *pattern)
{
	const struct hk_pack_part *part = part_at(s, position);
	uint32_t count;

	if (!s->demand[position] || !s->pack->classes[class_index].accepts[s->order[position]])
		return 0;
	count = hk_pack_fits(part->request, s->left, s->pack->n_resources);
	count = count < part->cap ? count : part->cap;
	count = count < s->demand[position] ? count : s->demand[position];
	return count && is_apart(s, position, pattern) ? 0 : count;
}

static void take(const struct search *s, uint32_t position, uint32_t count)
{
	const double *request = part_at(s, position)->request;

	for (size_t r = 0; r < s->pack->n_resources; r++)
		s->left[r] -= count * request[r];
}

static void reset_left(const struct search *s, uint32_t class_index, const uint32_t *pattern, uint32_t upto)
{
	memcpy(s->left, s->pack->classes[class_index].free, s->pack->n_resources * sizeof *s->left);
	for (uint32_t i = 0; i < upto; i++)
		if (pattern[i])
			take(s, i, pattern[i]);
}

/* Fill positions from `from` as full as possible, in order; true when nothing of them remains to be placed. */
static bool fill_from(const struct search *s, uint32_t class_index, uint32_t *pattern, uint32_t from)
{
	bool all = true;

	for (uint32_t i = from; i < s->n; i++) {
		pattern[i] = fits(s, class_index, i, pattern);
		take(s, i, pattern[i]);
		all = all && pattern[i] == s->demand[i];
	}
	return all;
}

/* Could one more of the item stand on the node? Expects left to be what the whole pattern leaves. */
static bool one_more(const struct search *s, uint32_t class_index, uint32_t i, uint32_t *pattern)
{
	const struct hk_pack_part *part = part_at(s, i);

	return pattern[i] < s->demand[i] && pattern[i] < part->cap && s->pack->classes[class_index].accepts[s->order[i]] &&
	       hk_pack_fits(part->request, s->left, s->pack->n_resources) && !is_apart(s, i, pattern);
}

/* The next smaller pattern in lexicographic order; false after the empty one. */
static bool next_pattern(const struct search *s, uint32_t class_index, uint32_t *pattern)
{
	for (uint32_t i = s->n; i-- > 0;) {
		if (!pattern[i])
			continue;
		pattern[i]--;
		memset(&pattern[i + 1], 0, (s->n - i - 1) * sizeof *pattern);
		reset_left(s, class_index, pattern, i + 1);
		/* Everything behind is on the node and there still is room for i: fewer of i only make more room. */
		if (fill_from(s, class_index, pattern, i + 1) && !s->needs && !is_tracked(s, i) && one_more(s, class_index, i, pattern)) {
			memset(&pattern[i], 0, (s->n - i) * sizeof *pattern);
			continue;
		}
		return true;
	}
	return false;
}

/* The largest pattern not above `last` (NULL: the largest of all) with what is still to be placed; false when there is none below `last`. */
static bool first_pattern(const struct search *s, uint32_t class_index, const uint32_t *last, uint32_t *pattern)
{
	bool tied = last != NULL;

	memset(pattern, 0, s->n * sizeof *pattern);
	reset_left(s, class_index, pattern, 0);
	for (uint32_t i = 0; i < s->n; i++) {
		pattern[i] = fits(s, class_index, i, pattern);
		if (tied && pattern[i] >= last[i])
			pattern[i] = last[i];
		else
			tied = false;
		take(s, i, pattern[i]);
	}
	return !tied || next_pattern(s, class_index, pattern);
}

/* Expects left as the pattern leaves it. */
static bool can_matter(const struct search *s, uint32_t class_index, uint32_t *pattern)
{
	for (uint32_t i = 0; i < s->n; i++) {
		if (!s->needs && !is_tracked(s, i) && one_more(s, class_index, i, pattern))
			return false;
		const struct hk_pack_list *needs = &part_at(s, i)->needs;

		for (uint32_t k = 0; s->needs && pattern[i] && k < needs->n; k++) {
			bool there = false;

			for (uint32_t other = 0; other < s->n && !there; other++)
				there = pattern[other] && s->order[other] == needs->v[k];
			if (!there)
				return false;
		}
	}
	return true;
}

/* On how many nodes the pattern can be used before something of it runs out. */
static uint32_t most_times(const struct search *s, const uint32_t *pattern, uint32_t nodes)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (pattern[i] && s->demand[i] / pattern[i] < nodes)
			nodes = s->demand[i] / pattern[i];
	return nodes;
}

static bool is_empty(const uint32_t *pattern, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (pattern[i])
			return false;
	return true;
}

static enum hk_pack_result descend(struct search *s, uint32_t class_index, uint32_t nodes, const uint32_t *last);

/* The pattern on t nodes, for every t from the most to one. */
static enum hk_pack_result use_pattern(struct search *s, uint32_t class_index, uint32_t nodes, uint32_t *pattern)
{
	enum hk_pack_result result = HK_UNPACKABLE;
	uint32_t most = most_times(s, pattern, nodes);

	/* An empty pattern is the last: the other nodes of this class stay as they are. */
	if (is_empty(pattern, s->n))
		return descend(s, class_index + 1, UINT32_MAX, NULL);
	for (uint32_t times = most; times > 0 && result == HK_UNPACKABLE; times--) {
		for (uint32_t i = 0; i < s->n; i++)
			s->demand[i] -= times * pattern[i];
		s->levels[s->n_levels++] = (struct level){ class_index, times, pattern };
		result = descend(s, class_index, nodes - times, pattern);
		if (result == HK_PACKED)
			return result;
		s->n_levels--;
		for (uint32_t i = 0; i < s->n; i++)
			s->demand[i] += times * pattern[i];
	}
	return result;
}

static bool nothing_left(const struct search *s)
{
	return is_empty(s->demand, s->n);
}

static void record(const struct search *s, struct hk_pack_runs *runs);

static bool tracked_left(const struct search *s)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (s->demand[i] && is_tracked(s, i))
			return true;
	return false;
}

/* The tracked items stand; one packing of the rest is as good as any other. */
static enum hk_pack_result complete(struct search *s, uint32_t class_index, uint32_t nodes, const uint32_t *last)
{
	const struct hk_pack_collect *collect = s->collect;
	uint32_t n_levels = s->n_levels;
	struct hk_pack_runs runs = { 0 };
	enum hk_pack_result result;

	memcpy(s->saved, s->demand, s->n * sizeof *s->saved);
	s->collect = NULL;
	result = descend(s, class_index, nodes, last);
	if (result == HK_PACKED) {
		record(s, &runs);
		result = collect->found(collect->closure, &runs) ? HK_PACKED : HK_UNPACKABLE;
	}
	memcpy(s->demand, s->saved, s->n * sizeof *s->saved);
	s->n_levels = n_levels;
	s->collect = collect;
	return result;
}

/* nodes UINT32_MAX: all of the class. */
static enum hk_pack_result descend(struct search *s, uint32_t class_index, uint32_t nodes, const uint32_t *last)
{
	enum hk_pack_result result = HK_UNPACKABLE;

	if (s->collect && !tracked_left(s))
		return complete(s, class_index, nodes, last);
	if (nothing_left(s))
		return HK_PACKED;
	if (!nodes) {
		class_index++;
		nodes = UINT32_MAX;
	}
	if (class_index >= s->pack->n_classes)
		return HK_UNPACKABLE;
	if (nodes == UINT32_MAX) {
		nodes = s->pack->classes[class_index].nodes;
		last = NULL;
	}
	if (!hk_pack_bound_allows(&s->bound, s->demand, class_index, nodes))
		return HK_UNPACKABLE;
	if (s->depth >= DEPTH_MAX)
		return HK_PACK_UNDECIDED;
	if (!s->patterns[s->depth])
		s->patterns[s->depth] = hk_arena_array(&s->pack->scratch, s->n, sizeof(uint32_t));
	uint32_t *pattern = s->patterns[s->depth++];

	bool more = first_pattern(s, class_index, last, pattern);

	while (more && result == HK_UNPACKABLE) {
		if (!*s->steps)
			result = HK_PACK_UNDECIDED;
		else if (--*s->steps, can_matter(s, class_index, pattern))
			result = use_pattern(s, class_index, nodes, pattern);
		/* The pattern of a packing found is part of the answer. */
		if (result == HK_UNPACKABLE)
			more = next_pattern(s, class_index, pattern);
	}
	s->depth--;
	return result;
}

static void record(const struct search *s, struct hk_pack_runs *runs)
{
	*runs = (struct hk_pack_runs){ 0 };
	for (uint32_t l = 0; l < s->n_levels; l++) {
		struct hk_pack_run *run = hk_pack_run_add(s->pack, runs, s->levels[l].class_index, s->levels[l].nodes);

		for (uint32_t i = 0; i < s->n; i++)
			if (s->levels[l].pattern[i])
				hk_pack_run_put(s->pack, run, s->order[i], s->levels[l].pattern[i]);
	}
}

/* The parts with demand, largest first, and their demand in this order. */
static uint32_t list_wanted(struct hk_pack *pack, const uint32_t *demand, uint32_t **order, uint32_t **wanted)
{
	uint32_t n = 0;

	*order = hk_arena_array(&pack->scratch, pack->n_parts, sizeof **order);
	*wanted = hk_arena_array(&pack->scratch, pack->n_parts, sizeof **wanted);
	for (uint32_t k = 0; k < pack->n_parts; k++) {
		uint32_t i = pack->by_size[k];

		if (!demand[i])
			continue;
		(*order)[n] = i;
		(*wanted)[n++] = demand[i];
	}
	return n;
}

bool hk_pack_surely_not(struct hk_pack *pack, const uint32_t *demand)
{
	struct hk_pack_bound bound;
	uint32_t *order, *wanted, n = list_wanted(pack, demand, &order, &wanted);

	if (!n || !pack->n_classes || (size_t)pack->n_classes * n > TABLE_MAX)
		return n && !pack->n_classes;
	hk_pack_bound_prepare(&bound, pack, order, n);
	return !hk_pack_bound_allows(&bound, wanted, 0, pack->classes[0].nodes);
}

static enum hk_pack_result search(struct hk_pack *pack, const uint32_t *demand, struct search *s, struct hk_pack_runs *runs)
{
	struct hk_arena *arena = &pack->scratch;
	enum hk_pack_result result;
	uint32_t *order;

	s->n = list_wanted(pack, demand, &order, &s->demand);
	s->order = order;
	if ((size_t)pack->n_classes * s->n > TABLE_MAX)
		return HK_PACK_UNDECIDED;
	s->left = hk_arena_array(arena, pack->n_resources, sizeof *s->left);
	s->patterns = hk_arena_array(arena, DEPTH_MAX, sizeof *s->patterns);
	s->levels = hk_arena_array(arena, DEPTH_MAX, sizeof *s->levels);
	s->saved = hk_arena_array(arena, (size_t)s->n + 1, sizeof *s->saved);
	hk_pack_bound_prepare(&s->bound, pack, order, s->n);
	result = descend(s, 0, UINT32_MAX, NULL);
	if (result == HK_PACKED && runs)
		record(s, runs);
	return result;
}

enum hk_pack_result hk_pack_search(struct hk_pack *pack, const uint32_t *demand, bool needs, uint64_t *steps, struct hk_pack_runs *runs)
{
	struct search s = { .pack = pack, .needs = needs && pack->any_needs, .steps = steps };

	return search(pack, demand, &s, runs);
}

enum hk_pack_result hk_pack_search_all(struct hk_pack *pack, const uint32_t *demand, const struct hk_pack_collect *collect, uint64_t *steps)
{
	struct search s = { .pack = pack, .needs = pack->any_needs, .steps = steps, .collect = collect };

	return search(pack, demand, &s, NULL);
}

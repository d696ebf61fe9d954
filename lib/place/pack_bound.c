/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/pack_bound.h"

#include <math.h>

/* More kinds than this are not looked at; the bound is only weaker. */
#define KINDS_MAX 16u
/* Sums of many amounts may round; a bound that is looser by this is still a bound. */
#define LOOSE (1 + 1e-9)
/* Items beyond which the quadratic part is left out. */
#define THRESHOLDS_MAX 40u

static bool accepts(const struct hk_pack_bound *b, uint32_t class_index, uint32_t position)
{
	return b->pack->classes[class_index].accepts[b->order[position]];
}

static bool same_classes(const struct hk_pack_bound *b, uint32_t i, uint32_t j)
{
	for (uint32_t c = 0; c < b->pack->n_classes; c++)
		if (accepts(b, c, i) != accepts(b, c, j))
			return false;
	return true;
}

static bool within_classes(const struct hk_pack_bound *b, uint32_t inner, uint32_t outer)
{
	for (uint32_t c = 0; c < b->pack->n_classes; c++)
		if (accepts(b, c, inner) && !accepts(b, c, outer))
			return false;
	return true;
}

static void prepare_kinds(struct hk_pack_bound *b, struct hk_arena *arena)
{
	size_t n_classes = b->pack->n_classes, n_resources = b->pack->n_resources;

	b->kind_item = hk_arena_array(arena, KINDS_MAX, sizeof *b->kind_item);
	for (uint32_t i = 0; i < b->n && b->n_kinds < KINDS_MAX; i++) {
		bool known = false;

		for (uint32_t k = 0; k < b->n_kinds && !known; k++)
			known = same_classes(b, i, b->kind_item[k]);
		if (!known)
			b->kind_item[b->n_kinds++] = i;
	}
	b->member = hk_arena_array(arena, (size_t)b->n_kinds * b->n, sizeof *b->member);
	b->kind_free = hk_arena_array(arena, b->n_kinds * (n_classes + 1) * n_resources, sizeof *b->kind_free);
	for (uint32_t k = 0; k < b->n_kinds; k++) {
		double *sums = &b->kind_free[k * (n_classes + 1) * n_resources];

		for (uint32_t i = 0; i < b->n; i++)
			b->member[(size_t)k * b->n + i] = within_classes(b, i, b->kind_item[k]);
		for (uint32_t c = (uint32_t)n_classes; c-- > 0;) {
			const struct hk_pack_class *class_ = &b->pack->classes[c];

			for (size_t r = 0; r < n_resources; r++)
				sums[c * n_resources + r] = sums[(c + 1) * n_resources + r] +
				    (accepts(b, c, b->kind_item[k]) ? class_->nodes * class_->free[r] : 0);
		}
	}
}

static uint64_t times(uint32_t a, uint32_t b)
{
	return (uint64_t)a * b;
}

void hk_pack_bound_prepare(struct hk_pack_bound *b, struct hk_pack *pack, const uint32_t *order, uint32_t n)
{
	struct hk_arena *arena = &pack->scratch;
	size_t n_classes = pack->n_classes, n_resources = pack->n_resources;

	*b = (struct hk_pack_bound){ .pack = pack, .order = order, .n = n };
	b->most = hk_arena_array(arena, n_classes * n, sizeof *b->most);
	b->room = hk_arena_array(arena, (n_classes + 1) * n, sizeof *b->room);
	b->largest = hk_arena_array(arena, (n_classes + 1) * n_resources, sizeof *b->largest);
	b->nodes = hk_arena_array(arena, n_classes + 1, sizeof *b->nodes);
	for (uint32_t c = (uint32_t)n_classes; c-- > 0;) {
		const struct hk_pack_class *class_ = &pack->classes[c];

		b->nodes[c] = b->nodes[c + 1] + class_->nodes;
		for (size_t r = 0; r < n_resources; r++)
			b->largest[c * n_resources + r] = fmax(b->largest[(c + 1) * n_resources + r], class_->free[r]);
		for (uint32_t i = 0; i < n; i++) {
			const struct hk_pack_part *part = &pack->parts[order[i]];
			uint32_t fits = accepts(b, c, i) ? hk_pack_fits(part->request, class_->free, n_resources) : 0;
			uint64_t more;

			fits = fits < part->cap ? fits : part->cap;
			b->most[c * n + i] = fits;
			more = b->room[(c + 1) * n + i] + times(fits, class_->nodes);
			b->room[c * n + i] = more < UINT32_MAX ? more : UINT32_MAX;      /* no demand is larger */
		}
	}
	prepare_kinds(b, arena);
}

static bool items_find_room(const struct hk_pack_bound *b, const uint32_t *demand, uint32_t class_index, uint32_t nodes)
{
	for (uint32_t i = 0; i < b->n; i++)
		if (demand[i] > times(b->most[(size_t)class_index * b->n + i], nodes) + b->room[((size_t)class_index + 1) * b->n + i])
			return false;
	return true;
}

static bool kinds_find_room(const struct hk_pack_bound *b, const uint32_t *demand, uint32_t class_index, uint32_t nodes)
{
	size_t n_resources = b->pack->n_resources, stride = ((size_t)b->pack->n_classes + 1) * n_resources;

	for (uint32_t k = 0; k < b->n_kinds; k++) {
		bool here = accepts(b, class_index, b->kind_item[k]);

		for (size_t r = 0; r < n_resources; r++) {
			double free = b->kind_free[k * stride + ((size_t)class_index + 1) * n_resources + r], wanted = 0;

			free += here ? nodes * b->pack->classes[class_index].free[r] : 0;
			for (uint32_t i = 0; i < b->n; i++)
				wanted += b->member[(size_t)k * b->n + i] ? demand[i] * b->pack->parts[b->order[i]].request[r] : 0;
			if (wanted > free * LOOSE)
				return false;
		}
	}
	return true;
}

/*
 * A dual feasible function maps sizes (shares of the largest node) so that what fits one node still sums to at most 1; the mapped demand then bounds the number
 * of nodes (Fekete and Schepers, New classes of fast lower bounds for bin packing problems, 2001).
 */
static double rounded_share(double share, unsigned k)
{
	double scaled = share * (k + 1), whole = floor(scaled);

	return scaled - whole < 1e-6 ? share : whole / k;
}

static double threshold_share(double share, double threshold)
{
	return share > 1 - threshold ? 1 : share >= threshold ? share : 0;
}

static bool resource_allows(const struct hk_pack_bound *b, const uint32_t *demand, size_t r, double largest, double nodes)
{
	for (unsigned k = 1; k <= 6; k++) {
		double sum = 0;

		for (uint32_t i = 0; i < b->n; i++)
			sum += demand[i] ? demand[i] * rounded_share(b->pack->parts[b->order[i]].request[r] / largest, k) : 0;
		if (sum > nodes * LOOSE)
			return false;
	}
	for (uint32_t j = 0; j < b->n && b->n <= THRESHOLDS_MAX; j++) {
		double threshold = b->pack->parts[b->order[j]].request[r] / largest, sum = 0;

		if (!(threshold > 0) || threshold > 0.5 || !demand[j])
			continue;
		for (uint32_t i = 0; i < b->n; i++)
			sum += demand[i] * threshold_share(b->pack->parts[b->order[i]].request[r] / largest, threshold);
		if (sum > nodes * LOOSE)
			return false;
	}
	return true;
}

bool hk_pack_bound_allows(const struct hk_pack_bound *b, const uint32_t *demand, uint32_t class_index, uint32_t nodes)
{
	size_t n_resources = b->pack->n_resources;
	double all_nodes = (double)nodes + (double)b->nodes[class_index + 1];

	if (!items_find_room(b, demand, class_index, nodes) || !kinds_find_room(b, demand, class_index, nodes))
		return false;
	for (size_t r = 0; r < n_resources; r++) {
		double largest = b->largest[class_index * n_resources + r];

		if (largest > 0 && !resource_allows(b, demand, r, largest, all_nodes))
			return false;
	}
	return true;
}

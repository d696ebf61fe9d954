/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bounds on replica counts that an availability target implies, before anything is placed. */
#include "place/availability.h"

#include <math.h>
#include <string.h>

/* Totals up to this are bounded by trying every way to split them over rooms (231 for 16). */
#define SPLIT_MAX 16u
/* More replicas than anybody runs; searches for a count stop there. */
#define COUNT_MAX ((uint32_t)1 << 30)
/* A missing probability that no target can tell from none. */
#define NO_DIFFERENCE 1e-12

/* P(at least need of n nodes up). */
static double enough_up(uint32_t n, uint32_t need, double up)
{
	struct hk_cluster cluster = { .name = "", .availability = 1, .node_availability = up };
	const struct hk_model model = { .clusters = &cluster, .n_clusters = 1 };
	const struct hk_replica_group group = { .cluster = 0, .replicas = n };

	return hk_availability(&model, &group, 1, need);
}

/* Smallest n with P(at least need of n nodes up) >= target; COUNT_MAX when that many do not reach it. Doubling, then halving: the probability grows with n. */
static uint32_t fewest_nodes(uint32_t need, double up, double target)
{
	uint32_t enough = need, step = 1, short_of;

	if (enough_up(need, need, up) >= target)
		return need;
	do {
		short_of = enough;
		enough = enough < COUNT_MAX - step ? enough + step : COUNT_MAX;
		step *= 2;
		if (short_of == COUNT_MAX)
			return COUNT_MAX;
	} while (enough_up(enough, need, up) < target);
	while (enough - short_of > 1) {
		uint32_t middle = short_of + (enough - short_of) / 2;

		if (enough_up(middle, need, up) >= target)
			enough = middle;
		else
			short_of = middle;
	}
	return enough;
}

/* Replicas split over rooms that are all as good as the best one. */
struct split {
	double conditional[SPLIT_MAX + 1][SPLIT_MAX + 1];     /* [replicas in a room that is up][replicas up] */
	double availability, target;
	uint32_t need, n_rooms, most;
};

static void split_init(struct split *s, double node_availability)
{
	memset(s->conditional, 0, sizeof s->conditional);
	s->conditional[0][0] = 1;
	for (uint32_t n = 1; n <= SPLIT_MAX; n++)
		for (uint32_t k = 0; k <= n; k++)
			s->conditional[n][k] = s->conditional[n - 1][k] * (1 - node_availability) + (k ? s->conditional[n - 1][k - 1] * node_availability : 0);
}

/*
 * Can `left` replicas in at most `rooms` more rooms, at most `most` in each, lift the distribution to the target? Parts in falling order: each split is met
 * once.
 */
static bool split_reaches(const struct split *s, const double *distribution, uint32_t left, uint32_t rooms, uint32_t most)
{
	double next[SPLIT_MAX + 1], up = 0;

	if (!left) {
		for (uint32_t k = s->need; k <= SPLIT_MAX; k++)
			up += distribution[k];
		return up >= s->target - NO_DIFFERENCE;
	}
	for (uint32_t part = most < left ? most : left; part > 0 && (uint64_t)part * rooms >= left; part--) {
		for (uint32_t k = 0; k <= SPLIT_MAX; k++) {
			next[k] = distribution[k] * (1 - s->availability);
			for (uint32_t i = 0; i <= part && i <= k; i++)
				next[k] += distribution[k - i] * s->availability * s->conditional[part][i];
		}
		if (split_reaches(s, next, left - part, rooms - 1, part))
			return true;
	}
	return false;
}

/* Smallest total from `from` on that survives the loss of its fullest room, when one room alone cannot be relied on. */
static uint32_t after_room_loss(uint32_t from, uint32_t need, uint32_t n_rooms)
{
	uint32_t total = from;

	while (total - (total + n_rooms - 1) / n_rooms < need)
		total++;
	return total;
}

/* Nodes alone, every room up: a bound that needs no split. */
static uint32_t least_for_nodes(const struct hk_replica_room *rooms, size_t n_rooms, uint32_t need, double target)
{
	double best = 0, node = 0;
	bool own = true;

	for (size_t r = 0; r < n_rooms; r++) {
		best = fmax(best, rooms[r].availability * rooms[r].node_availability);
		node = fmax(node, rooms[r].node_availability);
		own = own && rooms[r].own_nodes;
	}
	if (own)
		return fewest_nodes(need, node, target - NO_DIFFERENCE);
	/* When no single node can be relied on, the rest must be enough without any one of them. */
	return best < target - NO_DIFFERENCE ? need + 1 : need;
}

uint32_t hk_availability_least(const struct hk_replica_room *rooms, size_t n_rooms, uint32_t need, double target)
{
	struct split s = { .target = target, .need = need, .n_rooms = (uint32_t)n_rooms };
	double all_down = 1, node = 0, start[SPLIT_MAX + 1] = { 1 };
	uint32_t total;

	for (size_t r = 0; r < n_rooms; r++) {
		all_down *= 1 - rooms[r].availability;
		s.availability = fmax(s.availability, rooms[r].availability);
		/* Replicas that may share nodes can do better than on nodes of their own, but not better than on nodes that never fail. */
		node = fmax(node, rooms[r].own_nodes ? rooms[r].node_availability : 1);
		s.most = rooms[r].most > s.most ? rooms[r].most : s.most;
	}
	if (1 - all_down < target - NO_DIFFERENCE || !s.most)
		return UINT32_MAX;
	total = least_for_nodes(rooms, n_rooms, need, target);
	if (s.availability < target - NO_DIFFERENCE)
		total = after_room_loss(total, need, s.n_rooms);
	split_init(&s, node);
	while (total <= SPLIT_MAX && !split_reaches(&s, start, total, s.n_rooms, s.most))
		total++;
	return total < COUNT_MAX ? total : UINT32_MAX;
}

static uint32_t useful_on(double up, uint32_t need, uint32_t each_counted, uint32_t each)
{
	uint32_t nodes = fewest_nodes((need + each_counted - 1) / each_counted, up, 1 - NO_DIFFERENCE);

	return nodes < COUNT_MAX / each ? nodes * each : COUNT_MAX;
}

uint32_t hk_availability_useful(double node_availability, uint32_t need, uint32_t per_node)
{
	uint32_t useful = need, most = per_node < need ? per_node : need, exact = most < 32 ? most : 32;

	if (node_availability >= 1)
		return need;
	for (uint32_t each = 1; each <= exact; each++) {
		uint32_t count = useful_on(node_availability, need, each, each);

		useful = count > useful ? count : useful;
	}
	/* Between powers of two: as many nodes as the lower one needs, as many on each as the higher one has. */
	for (uint32_t each = exact; each < most; each = each < most / 2 ? each * 2 : most) {
		uint32_t count = useful_on(node_availability, need, each, each < most / 2 ? each * 2 : most);

		useful = count > useful ? count : useful;
	}
	return useful;
}

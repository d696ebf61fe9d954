/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mending a packing that leaves a few replicas without a place, node by node: a replica goes where it fits; or where another one makes room by moving; or it
 * takes the place of a smaller one, which then has to look. What is without a place gets smaller and smaller, so this ends, and small ones find room nearly
 * always.
 */
#include "place/pack_internal.h"

#include <stdlib.h>
#include <string.h>

/* Nodes beyond which mending one by one is not begun: hundreds of megabytes. */
#define NODES_MAX 1000000u
/* Nodes up to which three replicas may move for one; beyond, one. */
#define SMALL 100u
/* Different workloads on a node that are asked to move. */
#define HELD_MAX 64u
#define NONE UINT32_MAX

struct mend {
	struct hk_pack *pack;
	struct hk_pack_runs nodes;    /* one run for each node */
	uint32_t *homeless;           /* parts, one for each replica, smallest first */
	size_t n_homeless, cap_homeless;
	double *size;                 /* per part: shares of what is free, weighed by how scarce it is */
	uint32_t *receiver;           /* per part: a node that had room when last asked; NONE: nobody has any */
	bool *asked;                  /* per part: receiver is known */
	uint32_t cursor;              /* node that made room last */
	uint64_t work;
};

static bool look(struct mend *m)
{
	if (m->work == 0)
		return false;
	m->work--;
	return true;
}

/* Could the node hold one more if `without` (a part, or NONE) had one less? */
static bool takes(const struct mend *m, const struct hk_pack_run *node, uint32_t part, uint32_t without)
{
	const struct hk_pack_part *of = &m->pack->parts[part];

	for (size_t r = 0; r < m->pack->n_resources; r++)
		if (node->left[r] + (without == NONE ? 0 : m->pack->parts[without].request[r]) < of->request[r])
			return false;
	if (!m->pack->classes[node->class_index].accepts[part] || (of->cap < UINT32_MAX && hk_pack_run_count(node, part) - (without == part) >= of->cap))
		return false;
	for (uint32_t k = 0; k < of->apart.n; k++)
		if (hk_pack_run_count(node, of->apart.v[k]) > (of->apart.v[k] == without ? 1 : 0))
			return false;
	return true;
}

static void move_in(struct mend *m, struct hk_pack_run *node, uint32_t part)
{
	hk_pack_run_put(m->pack, node, part, 1);
	for (size_t r = 0; r < m->pack->n_resources; r++)
		node->left[r] -= m->pack->parts[part].request[r];
}

static void move_out(struct mend *m, struct hk_pack_run *node, uint32_t part)
{
	for (uint32_t h = 0; h < node->n_held; h++)
		if (node->held[h].part == part && --node->held[h].count == 0) {
			node->held[h] = node->held[--node->n_held];
			break;
		}
	for (size_t r = 0; r < m->pack->n_resources; r++)
		node->left[r] += m->pack->parts[part].request[r];
}

/* Whoever had no place to go to may have one on this node now. */
static void tell_others(struct mend *m, uint32_t node)
{
	for (uint32_t i = 0; i < m->pack->n_parts; i++)
		if (m->asked[i] && m->receiver[i] == NONE && takes(m, &m->nodes.v[node], i, NONE))
			m->receiver[i] = node;
}

/* A node with room for one more of the part. */
static uint32_t find_receiver(struct mend *m, uint32_t part)
{
	uint32_t known = m->receiver[part];

	if (m->asked[part] && (known == NONE || takes(m, &m->nodes.v[known], part, NONE)))
		return known;
	m->asked[part] = true;
	m->receiver[part] = NONE;
	for (uint32_t v = 0; v < m->nodes.n && m->receiver[part] == NONE && look(m); v++)
		if (takes(m, &m->nodes.v[v], part, NONE))
			m->receiver[part] = v;
	return m->receiver[part];
}

static bool settle(struct mend *m, uint32_t part, unsigned depth);

/* Some replica of the node goes elsewhere, so that the part finds room. */
static bool make_room_on(struct mend *m, uint32_t v, uint32_t part, unsigned depth)
{
	uint32_t others[HELD_MAX], n = 0;

	for (uint32_t h = 0; h < m->nodes.v[v].n_held && n < HELD_MAX; h++)
		others[n++] = m->nodes.v[v].held[h].part;
	for (uint32_t k = 0; k < n && look(m); k++) {
		uint32_t other = others[k];

		if (other == part || !takes(m, &m->nodes.v[v], part, other))
			continue;
		move_out(m, &m->nodes.v[v], other);
		move_in(m, &m->nodes.v[v], part);
		if (settle(m, other, depth - 1)) {
			tell_others(m, v);
			return true;
		}
		move_out(m, &m->nodes.v[v], part);
		move_in(m, &m->nodes.v[v], other);
	}
	return false;
}

/* Put one replica somewhere, with up to `depth` others moving. */
static bool settle(struct mend *m, uint32_t part, unsigned depth)
{
	uint32_t to = find_receiver(m, part);

	if (to != NONE) {
		move_in(m, &m->nodes.v[to], part);
		return true;
	}
	for (uint32_t k = 0; k < m->nodes.n && depth > 0 && m->work > 0; k++) {
		uint32_t v = (m->cursor + k) % (uint32_t)m->nodes.n;

		if (make_room_on(m, v, part, depth)) {
			m->cursor = v;
			return true;
		}
	}
	return false;
}

static void add_homeless(struct mend *m, uint32_t part)
{
	size_t at = m->n_homeless;

	if (m->n_homeless == m->cap_homeless) {
		size_t cap = m->cap_homeless ? 2 * m->cap_homeless : 64;
		uint32_t *grown = hk_arena_array(&m->pack->scratch, cap, sizeof *grown);

		if (m->n_homeless)
			memcpy(grown, m->homeless, m->n_homeless * sizeof *grown);
		m->homeless = grown;
		m->cap_homeless = cap;
	}
	m->n_homeless++;
	for (; at > 0 && m->size[m->homeless[at - 1]] > m->size[part]; at--)
		m->homeless[at] = m->homeless[at - 1];
	m->homeless[at] = part;
}

/* Take the place of the smallest that is smaller. */
static bool push_out(struct mend *m, uint32_t part)
{
	uint32_t best = NONE, where = NONE;

	for (uint32_t v = 0; v < m->nodes.n; v++)
		for (uint32_t h = 0; h < m->nodes.v[v].n_held && look(m); h++) {
			uint32_t other = m->nodes.v[v].held[h].part;

			if (m->size[other] < 0.999 * m->size[part] && (best == NONE || m->size[other] < m->size[best]) &&
			    takes(m, &m->nodes.v[v], part, other)) {
				best = other;
				where = v;
			}
		}
	if (best == NONE)
		return false;
	move_out(m, &m->nodes.v[where], best);
	move_in(m, &m->nodes.v[where], part);
	tell_others(m, where);
	add_homeless(m, best);
	return true;
}

static void weigh(struct mend *m, const uint32_t *demand)
{
	const struct hk_pack *pack = m->pack;

	for (size_t r = 0; r < pack->n_resources; r++) {
		double wanted = 0, free = 0;

		for (uint32_t i = 0; i < pack->n_parts; i++)
			wanted += demand[i] * pack->parts[i].request[r];
		for (uint32_t c = 0; c < pack->n_classes; c++)
			free += pack->classes[c].nodes * pack->classes[c].free[r];
		for (uint32_t i = 0; i < pack->n_parts && free > 0; i++)
			m->size[i] += wanted / free * pack->parts[i].request[r] / free;
	}
}

/* Each node on its own; false when there are too many. */
static bool open_nodes(struct mend *m, const struct hk_pack_runs *runs, uint32_t *left)
{
	uint64_t n = 0;

	for (size_t k = 0; k < runs->n; k++)
		n += runs->v[k].nodes;
	if (n > NODES_MAX)
		return false;
	for (size_t k = 0; k < runs->n; k++) {
		const struct hk_pack_run *run = &runs->v[k];

		for (uint32_t node = 0; node < run->nodes; node++)
			hk_pack_run_share(m->pack, run, hk_pack_run_add(m->pack, &m->nodes, run->class_index, 1));
		for (uint32_t h = 0; h < run->n_held; h++)
			left[run->held[h].part] -= run->nodes * run->held[h].count;
	}
	return true;
}

bool hk_pack_mend(struct hk_pack *pack, const uint32_t *demand, uint64_t work, struct hk_pack_runs *runs)
{
	struct hk_arena *arena = &pack->scratch;
	struct mend m = { .pack = pack, .work = work };
	uint32_t *left = hk_arena_array(arena, pack->n_parts, sizeof *left);

	m.size = hk_arena_array(arena, pack->n_parts, sizeof *m.size);
	m.receiver = hk_arena_array(arena, pack->n_parts, sizeof *m.receiver);
	m.asked = hk_arena_array(arena, pack->n_parts, sizeof *m.asked);
	memcpy(left, demand, pack->n_parts * sizeof *left);
	if (pack->any_needs || !open_nodes(&m, runs, left))
		return false;
	weigh(&m, demand);
	for (uint32_t i = 0; i < pack->n_parts; i++)
		for (uint32_t k = 0; k < left[i]; k++) {
			/* that many cannot be housed by moving others */
			if (m.n_homeless > m.nodes.n)
				return false;
			add_homeless(&m, i);
		}
	while (m.n_homeless > 0) {
		uint32_t part = m.homeless[--m.n_homeless];

		if ((!settle(&m, part, m.nodes.n <= SMALL ? 3 : 1) && !push_out(&m, part)) || m.work == 0)
			return false;
	}
	*runs = m.nodes;
	return true;
}

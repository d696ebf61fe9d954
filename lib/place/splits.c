/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/splits.h"

#include "base/mem.h"
#include "base/vec.h"

#include <math.h>
#include <string.h>

/* Replicas up to which all splits are tried, how many of them, and how many may be left that none dominates. */
enum { REPLICAS_MAX = 40, SPLITS_MAX = 20000, KEPT_MAX = 100 };

/* Sums of probabilities are known no better. */
static const double ROUNDING = 1e-15;

void hk_split_tail(const uint32_t *counts, uint32_t nodes, double up, uint32_t replicas, double *tail)
{
	uint32_t so_far = 0;
	double sum = 0;

	memset(tail, 0, ((size_t)replicas + 1) * sizeof *tail);
	tail[0] = 1;
	for (uint32_t i = 0; i < nodes; i++) {
		so_far += counts[i];
		for (uint32_t k = so_far + 1; k-- > 0;)
			tail[k] = tail[k] * (1 - up) + (k >= counts[i] ? tail[k - counts[i]] * up : 0);
	}
	for (uint32_t j = replicas + 1; j-- > 0;)
		tail[j] = sum += tail[j];
	tail[0] = 1;
}

bool hk_split_dominates(const double *tail, const double *other, uint32_t most)
{
	for (uint32_t j = 1; j <= most; j++)
		if (other[j] > tail[j] + ROUNDING)
			return false;
	return true;
}

struct finder {
	struct hk_arena *arena;
	struct hk_splits *splits;
	const uint32_t *caps; uint32_t nodes;
	uint32_t counts[REPLICAS_MAX + 1];
	uint32_t replicas, counted;   /* of them, up to how many survivors count */
	double up;
	unsigned tried;
	bool too_many;                /* to try them all */
	bool crowded;                 /* too many to keep */
};

static void keep(struct finder *f, uint32_t nodes)
{
	struct hk_splits *splits = f->splits;
	double tail[REPLICAS_MAX + 1];
	uint32_t n = 0;

	hk_split_tail(f->counts, nodes, f->up, f->replicas, tail);
	for (uint32_t j = 0; j <= f->replicas; j++)
		splits->best[j] = fmax(splits->best[j], tail[j]);
	if (f->crowded)
		return;
	for (uint32_t i = 0; i < splits->n; i++)
		if (hk_split_dominates(splits->tails[i], tail, f->counted))
			return;
	for (uint32_t i = 0; i < splits->n; i++)
		if (!hk_split_dominates(tail, splits->tails[i], f->counted))
			splits->tails[n++] = splits->tails[i];
	splits->n = n;
	f->crowded = n == KEPT_MAX;
	if (f->crowded)
		return;
	splits->tails[splits->n] = hk_arena_array(f->arena, (size_t)f->replicas + 1, sizeof(double));
	memcpy(splits->tails[splits->n++], tail, ((size_t)f->replicas + 1) * sizeof *tail);
}

/* What is left into falling parts of at most `largest`. Depth at most REPLICAS_MAX. */
static void try_parts(struct finder *f, uint32_t nodes, uint32_t left, uint32_t largest)
{
	if (left == 0) {
		f->too_many = f->too_many || ++f->tried > SPLITS_MAX;
		if (!f->too_many)
			keep(f, nodes);
		return;
	}
	if (nodes == f->nodes)
		return;
	largest = f->caps[nodes] < largest ? f->caps[nodes] : largest;
	for (uint32_t part = left < largest ? left : largest; part >= 1 && !f->too_many; part--) {
		if ((uint64_t)part * (f->nodes - nodes) < left)
			break;
		f->counts[nodes] = part;
		try_parts(f, nodes + 1, left - part, part);
	}
}

/* At least one node has to be up. */
static void bound(struct finder *f, double *tail)
{
	uint32_t most = f->replicas < f->nodes ? f->replicas : f->nodes;

	for (uint32_t j = 1; j <= f->replicas; j++)
		tail[j] = 1 - pow(1 - f->up, most);
}

void hk_splits_find(struct hk_splits *splits, struct hk_arena *arena, const uint32_t *caps, uint32_t nodes, uint32_t replicas, uint32_t need, double up)
{
	struct finder f = { .arena = arena, .splits = splits, .caps = caps, .nodes = nodes, .replicas = replicas, .counted = replicas < need ? replicas : need,
			    .up = up };

	*splits = (struct hk_splits){ .tails = hk_arena_array(arena, KEPT_MAX + 1, sizeof(double *)) };
	splits->best = hk_arena_array(arena, (size_t)replicas + 1, sizeof *splits->best);
	f.too_many = replicas > REPLICAS_MAX || need == 1;
	if (!f.too_many)
		try_parts(&f, 0, replicas, replicas);
	splits->best[0] = 1;
	/* with one needed the bound is what one replica on each node has */
	if (f.too_many || splits->n == 0)
		bound(&f, splits->best);
	if (f.too_many || f.crowded || splits->n == 0) {
		splits->tails[0] = splits->best;
		splits->n = 1;
	}
}

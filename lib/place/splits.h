/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ways to share nodes that can matter for availability: replicas of one workload in one cluster, and with which probability how many of them are up while
 * their failure domain is. Rows are "tails": tail[j] = P(at least j up), j = 0..replicas. A split whose tail is nowhere above another one's is never needed.
 */
#ifndef HK_PLACE_SPLITS_H
#define HK_PLACE_SPLITS_H

#include "base/arena.h"
#include <stdbool.h>
#include <stdint.h>

struct hk_splits {
	double **tails; uint32_t n;
	double *best;                 /* for every j the most any split has */
};

/* counts: per node. tail: room for replicas + 1. O(nodes * replicas). */
void hk_split_tail(const uint32_t *counts, uint32_t nodes, double up, uint32_t replicas, double *tail);
/* The second is nowhere above the first, for 1..most survivors. */
bool hk_split_dominates(const double *tail, const double *other, uint32_t most);
/*
 * All splits of the replicas over nodes that take at most caps[0] >= caps[1] >= ... of them, without dominated ones; `need` survivors count as much as more.
 * When there are too many, a single row that no split is above.
 */
void hk_splits_find(struct hk_splits *splits, struct hk_arena *arena, const uint32_t *caps, uint32_t nodes, uint32_t replicas, uint32_t need, double up);

#endif

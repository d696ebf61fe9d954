/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a re-plan can keep of the plan before: prices of full resources and links, proved bounds of pipelines that did not change, and where everything runs.
 * Bounds are those of pipelines without the price of moves: moves only add, so such a bound holds whatever the previous plan is.
 */
#ifndef HK_PLACE_WARM_H
#define HK_PLACE_WARM_H

#include "place/solution.h"

/* Digits of a block's fingerprint, without NUL. */
#define HK_FINGERPRINT_DIGITS 16

struct hk_warm_start {
	double *prices;               /* per coupling row (decomposition.h): resources by (cluster, resource), then links */
	double *bounds;               /* per block: proved least cost at the prices; NaN when not known or the pipeline changed */
	double *costs;                /* per block: list cost of the plan before, without moves; NaN when not known or the pipeline changed */
	bool *unchanged;              /* per block: same model as when the plan before was made */
	struct hk_block_solution *blocks;       /* per block: the plan before in terms of today's candidates; what has no place any more is left out */
	char (*fingerprints)[HK_FINGERPRINT_DIGITS + 1];      /* per block: as the pipeline is now; "" when nobody asked. NULL: none */
	bool *complete;               /* per block: everything of the plan before is in blocks */
};

/*
 * Names for everything a block's least cost at given prices depends on: its strong form without moves, and what it takes of the coupling rows. The problem has
 * to be built without a previous plan. Clusters and links count by name, so that new ones elsewhere change nothing.
 */
struct hk_fingerprints {
	const struct hk_problem *problem;
	struct hk_arena arena;
	uint64_t *clusters, *links;   /* short names of both */
};
void hk_fingerprints_open(struct hk_fingerprints *fingerprints, const struct hk_problem *problem);
void hk_fingerprints_block(const struct hk_fingerprints *fingerprints, uint32_t block, char text[HK_FINGERPRINT_DIGITS + 1]);
void hk_fingerprints_close(struct hk_fingerprints *fingerprints);

#endif

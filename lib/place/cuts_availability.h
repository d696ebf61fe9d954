/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Availability targets as cuts: rule 9 of the model is not linear, so it is demanded piece by piece where a solution misses it. */
#ifndef HK_PLACE_CUTS_AVAILABILITY_H
#define HK_PLACE_CUTS_AVAILABILITY_H

#include "place/cuts.h"
#include "place/solution.h"

/* Before anything is solved: without any one domain that fails more often than the target allows, `need` replicas must be left. */
void hk_cut_domains(struct hk_cuts *cuts, const struct hk_problem *problem, uint32_t block);

/*
 * replicas: per candidate. False when the target can be met with these counts if the nodes allow it (the packing decides). Otherwise true, and *added counts
 * new cuts that exclude the counts and all that are nowhere larger. pairs: they may say which pairs of domains are forgiven, with a binary for each.
 */
bool hk_cut_availability(struct hk_cuts *cuts, const struct hk_problem *problem, uint32_t block, uint32_t workload, const uint32_t *replicas, bool pairs,
			 size_t *added);

/*
 * Which pairs of failure domains are forgiven, as rows with a binary for each: of those the counts (per candidate) rely on, or all when they are few. False
 * when there is nothing new to say.
 */
bool hk_cut_forgiven(struct hk_cuts *cuts, const struct hk_problem *problem, uint32_t block, uint32_t workload, const uint32_t *replicas);

/*
 * hk_cut_availability for the newest answers of all pipelines, with everything else that has to stand on the same nodes. True when proved that no packing meets
 * the target of this workload; the cut then names counts of others too. *steps of packing are used up.
 */
bool hk_cut_shared(struct hk_cuts *cuts, const struct hk_problem *problem, uint32_t block, uint32_t workload, const struct hk_block_solution *blocks,
		   uint64_t *steps, size_t *added);

#endif

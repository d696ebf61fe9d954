/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HK_CHECK_EVICT_AFTER_H
#define HK_CHECK_EVICT_AFTER_H

#include "check/move.h"

/* Where the new plan has room for the pod, when it has fewer replicas of its workload where the pod is now than run there. False: the pod stays where it is. */
bool hk_evict_after(const struct hk_moves *moves, const struct hk_plan *after, uint32_t pod, struct hk_place *place);

#endif

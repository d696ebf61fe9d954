/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where pods run and where the plan has them: counts that differ, by cluster, and by node where the cluster's count is right. */
#ifndef HK_CHECK_DRIFT_H
#define HK_CHECK_DRIFT_H

#include "check/inventory.h"

struct hk_drift_entry { const char *pipeline, *workload, *cluster, *node /* NULL: of the cluster as a whole */; uint64_t planned, running,
			waiting /* not scheduled yet; of the cluster as a whole */; };
struct hk_drift { struct hk_arena arena; HK_VEC(struct hk_drift_entry) list; /* by pipeline, workload, cluster, node */ };

void hk_drift_open(struct hk_drift *drift, const struct hk_inventory *inventory, const struct hk_plan *plan);
void hk_drift_close(struct hk_drift *drift);

#endif

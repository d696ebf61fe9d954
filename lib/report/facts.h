/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is worth saying about a plan, as data: counts, what is tight, what misses its request, what moves. Shared by the text and JSON views and the graph. */
#ifndef HK_REPORT_FACTS_H
#define HK_REPORT_FACTS_H

#include "base/arena.h"
#include "base/vec.h"
#include "plan/plan.h"
#include <inttypes.h>
#include <stdlib.h>

struct hk_plan_facts { size_t workloads, clusters; uint64_t replicas; };
void hk_plan_facts_count(const struct hk_plan *plan, struct hk_plan_facts *facts);

/* kind: "cluster", "link", "connection", "path", "move", "network", "pipeline" */
struct hk_remark { const char *kind, *subject, *text; double value, bound; };
struct hk_remark_list { struct hk_remark *v; size_t n, cap; };
struct hk_remarks { struct hk_arena arena; struct hk_remark_list tight, missed, moves, network, left_out; };

/*
 * tight: use of a cluster's resource or of a link from `tight_share` on, or a worst latency from that share of its limit on. In the plan's order, removals
 * before additions.
 */
void hk_plan_remarks(const struct hk_plan *plan, double tight_share, struct hk_remarks *remarks);
void hk_remarks_release(struct hk_remarks *remarks);
/* "bandwidth 1Gbps -> 3Gbps, latency 4ms -> 3ms" */
void hk_network_change_print(const struct hk_plan_network_change *change, struct hk_buf *out);
/* "cpu 7.2 of 8", "memory 3.5Gi". */
void hk_resource_print(const struct hk_plan_resource *resource, struct hk_buf *out);

#endif

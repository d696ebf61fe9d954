/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Seeded placement problems as documents (Topology + Pipelines), for tests and benchmarks: same arguments, same bytes.
 *   hk4     four-workload pipelines with two inputs, a fork and a join
 *   mec     tenants of 2 to 6 workloads over a tree of clusters, traffic entering at the edge
 *   retail  one template of a few workloads per store
 *   micro   DAGs of 5 to 20 services; 5 to 50 where planted
 *   wide    DAGs of about 20 services that may run anywhere within their latency limits (always planted)
 *   bad     mec, loose is meant, with one set of demands that cannot hold together; its lines end in "# planted" (always planted)
 *
 * Up to 20 clusters the world is drawn at random and need not hold everything. Larger worlds are planted (planted.h): a hidden plan fits. Loose: clusters are
 * far larger than the hidden plan needs. Tight: four times the load on clusters of a tenth to a fifth of the size, larger only where the hidden plan needs it.
 */
#ifndef HK_TESTS_PLACE_FAMILY_H
#define HK_TESTS_PLACE_FAMILY_H

#include "base/buf.h"

#include <stdint.h>

/*
 * False for an unknown family. rich adds availability targets, spread, pairings, paths, preferences and node features here and there; a rich world is never
 * planted.
 */
bool hk_family_generate(const char *family, unsigned workloads, unsigned clusters, uint64_t seed, bool tight, bool rich, struct hk_buf *out);
/* Planted whatever the size; at least 8 clusters. */
bool hk_family_plant(const char *family, unsigned workloads, unsigned clusters, uint64_t seed, bool tight, struct hk_buf *out);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Seeded placement problems as documents (Topology + Pipelines), for tests and benchmarks: same arguments, same bytes.
 *   hk4     four-workload pipelines with two inputs, a fork and a join
 *   mec     tenant chains of 2 to 6 workloads over cloud, metro and edge clusters, traffic entering at the edge
 *   retail  one template of three workloads per store
 *   micro   DAGs of 5 to 20 services
 */
#ifndef HK_TESTS_PLACE_FAMILY_H
#define HK_TESTS_PLACE_FAMILY_H

#include "base/buf.h"

#include <stdint.h>

/* False for an unknown family. rich adds availability targets, spread, pairings, paths, preferences and node features here and there. */
bool hk_family_generate(const char *family, unsigned workloads, unsigned clusters, uint64_t seed, bool tight, bool rich, struct hk_buf *out);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Random small topologies and pipelines as YAML, line by line: lines that may be left out are marked, so that a failing text can be made smaller without
 * knowing what it says.
 */
#ifndef HK_TESTS_PROPERTY_GENERATE_H
#define HK_TESTS_PROPERTY_GENERATE_H

#include "base/buf.h"
#include "base/rng.h"

#include <stdbool.h>

struct line { char *text; bool optional; };
struct instance { struct line *v; size_t n, cap; };

/* 2 to 4 clusters, 1 or 2 pipelines with 4 workloads at most in all. */
void instance_generate(struct instance *instance, struct hk_rng *rng);
/* A controller that sells bandwidth and latency of one or two links. */
void instance_offer(struct instance *instance, struct hk_rng *rng);
/* As many routes of the same length as possible, between links that share traffic. */
void instance_even(struct instance *instance, struct hk_rng *rng);
/* As an operator would edit it: other rates, prices and latencies, same names. */
void instance_disturb(struct instance *instance, struct hk_rng *rng);
void instance_text(const struct instance *instance, struct hk_buf *out);
void instance_copy(struct instance *to, const struct instance *from);
/* Leave out the optional lines among first .. first + count - 1; false when there is none. */
bool instance_drop(struct instance *instance, size_t first, size_t count);
void instance_release(struct instance *instance);

#endif

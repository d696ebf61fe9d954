/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections of a pipeline by the workload they leave. */
#ifndef HK_MODEL_GRAPH_H
#define HK_MODEL_GRAPH_H

#include "model/model.h"

/* Those of workload w are next[first[w]] .. next[first[w + 1] - 1], in the order of the pipeline. */
struct hk_successors { uint32_t *first, *next; };

void hk_successors_build(const struct hk_pipeline *pipeline, struct hk_successors *successors);
void hk_successors_release(struct hk_successors *successors);

#endif

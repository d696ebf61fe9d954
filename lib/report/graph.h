/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pipelines as pictures: DOT (Graphviz) and Mermaid (which code hosts draw inside pull requests). With a plan, replicas per cluster and probabilities are
 * written in.
 */
#ifndef HK_REPORT_GRAPH_H
#define HK_REPORT_GRAPH_H

#include "model/model.h"
#include "plan/plan.h"

enum hk_graph_format { HK_GRAPH_DOT, HK_GRAPH_MERMAID };

void hk_graph_model(const struct hk_model *model, enum hk_graph_format format, struct hk_buf *out);
void hk_graph_plan(const struct hk_plan *plan, enum hk_graph_format format, struct hk_buf *out);

#endif

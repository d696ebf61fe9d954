/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HK_MODEL_NODES_H
#define HK_MODEL_NODES_H

#include "model/build.h"

/* Nodes of a cluster: written down, from a saved node list, and what saved pods use of them. */
void hk_build_nodes(struct hk_build *b, struct hk_cluster *cluster, const struct hk_node *node);
void hk_build_used(struct hk_build *b, struct hk_cluster *cluster, const struct hk_node *file);     /* pods.c */

#endif

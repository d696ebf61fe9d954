/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HK_MODEL_LINKS_H
#define HK_MODEL_LINKS_H

#include "model/build.h"

void hk_build_links(struct hk_build *b);                /* of all topologies */
void hk_sort_links(struct hk_model *model);             /* by (from, to, latency), then most bandwidth, then as they were */

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HK_MODEL_LINKS_H
#define HK_MODEL_LINKS_H

#include "model/build.h"

void hk_build_now(struct hk_build *b);                  /* expiry.c: model->now, before links are read */
/* expiry.c: `expires` of what is adjustable; behind the rest of it, which an offer that is over takes back. */
void hk_read_expiry(struct hk_build *b, const struct hk_node *adjustable, struct hk_link *link);
void hk_build_links(struct hk_build *b);                /* of all topologies */
void hk_sort_links(struct hk_model *model);             /* by (from, to, latency), then most bandwidth, then as they were */

#endif

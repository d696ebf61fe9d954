/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Node affinity in a pod template.
 *
 * nodeSelectorTerms are ORed: a term added beside the user's would widen the choice. So every term of the user gets the new requirements; when there are
 * several new terms, every pair (theirs, ours) becomes a term. A term without requirements matches no node and is left alone. nodeSelector is ANDed with all of
 * this and never touched.
 */
#ifndef HK_RENDER_AFFINITY_H
#define HK_RENDER_AFFINITY_H

#include "render/pin.h"
#include "render/script.h"

/* Preferences (weight 100, the most) are added beside the user's. Either set may be empty. */
void hk_affinity_edit(struct hk_script *script, const struct hk_node *pod_spec, const struct hk_node_set *require, const struct hk_node_set *prefer);
/* Spread over host names with a skew of at most one among the pods of `selector` (a LabelSelector; NULL: none written). */
void hk_spread_edit(struct hk_script *script, const struct hk_node *pod_spec, const struct hk_value *selector, bool has_template_hash);

#endif

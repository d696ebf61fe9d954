/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quick proofs that a demand cannot be packed into the nodes that are left. */
#ifndef HK_PLACE_PACK_BOUND_H
#define HK_PLACE_PACK_BOUND_H

#include "place/pack_internal.h"

/* Sums over the classes from each one to the last; position n_classes is zero. */
struct hk_pack_bound {
	const struct hk_pack *pack;
	const uint32_t *order; uint32_t n;
	uint32_t *most;               /* [class][position]: of this item alone on one node */
	uint64_t *room;               /* [class][position]: of this item alone on all nodes from the class on */
	/* A kind is a set of classes that some item may use; its members may use no other ones. */
	uint32_t n_kinds;
	uint32_t *kind_item;          /* position of an item whose classes make the kind */
	bool *member;                 /* [kind][position] */
	double *kind_free;            /* [kind][class][resource] */
	double *largest;              /* [class][resource]: most free on a node from the class on */
	uint64_t *nodes;              /* [class] */
};

void hk_pack_bound_prepare(struct hk_pack_bound *bound, struct hk_pack *pack, const uint32_t *order, uint32_t n);
/* False only when demand (by position in order) surely does not fit `nodes` nodes of the class and all of the later classes. */
bool hk_pack_bound_allows(const struct hk_pack_bound *bound, const uint32_t *demand, uint32_t class_index, uint32_t nodes);

#endif

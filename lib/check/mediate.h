/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the network can do about a violated rule. A way that is too slow or too narrow is mended by what the topology says can be bought of its links, at the
 * least price; what nothing is known to mend is asked of the controller of its links, with the value that has to be reached, so that it can look for another
 * way.
 */
#ifndef HK_CHECK_MEDIATE_H
#define HK_CHECK_MEDIATE_H

#include "check/binding.h"
#include "plan/changes.h"

enum hk_remedy { HK_REMEDY_NONE, HK_REMEDY_CHANGE, HK_REMEDY_REQUEST };

struct hk_mediation_need {
	uint32_t from, to;
	enum hk_measure measure;
	double value, limit;                    /* as it is (NaN: a provider said so, without a value), and the worst allowed */
	enum hk_remedy remedy;
	uint32_t *links; size_t n_links;        /* to be changed */
	const char *controller;                 /* of a request */
	uint64_t wanted;                        /* bindings whose policy wants it now */
	const struct hk_check_offer *offer;     /* the first of them */
};

struct hk_mediation {
	const struct hk_check *check;
	struct hk_arena arena;
	struct hk_map keys;
	HK_VEC(struct hk_mediation_need) needs;
};

void hk_mediation_open(struct hk_mediation *mediation, const struct hk_check *check);
void hk_mediation_close(struct hk_mediation *mediation);
/* Can the network mend every violated rule of the binding? */
bool hk_mediation_can(struct hk_mediation *mediation, const struct hk_binding *binding);
void hk_mediation_want(struct hk_mediation *mediation, const struct hk_binding *binding);
/* All that is wanted, joined by link. */
void hk_mediation_changes(const struct hk_mediation *mediation, struct hk_network_changes *changes);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Domains of clusters: sets of clusters that count as one place for together, apart, spread and failures (docs/optimisation-model.md, "Must hold" 9 to 12). A
 * domain is named by its smallest cluster index, so that domains are comparable without names and numbered the same way everywhere.
 */
#ifndef HK_PLACE_DOMAIN_H
#define HK_PLACE_DOMAIN_H

#include "model/model.h"

/*
 * Smallest index of a cluster in the same domain as `cluster`. Levels node and cluster: the cluster itself. A cluster without the zone or region is a domain of
 * its own. O(clusters) for zones and regions.
 */
uint32_t hk_domain_of(const struct hk_model *model, enum hk_level level, uint32_t cluster);

/*
 * As hk_domain_of for the key of a spread rule: "cluster" is the cluster itself, anything else a label (failureDomain, region, zone and tier are labels of
 * every cluster that has them). HK_NO_INDEX when the cluster does not carry the label: it counts for no value.
 */
uint32_t hk_domain_of_label(const struct hk_model *model, const char *key, uint32_t cluster);

/* All of them at once, O(clusters): of[c] for each cluster. */
void hk_domain_table(const struct hk_model *model, enum hk_level level, uint32_t *of);
void hk_domain_label_table(const struct hk_model *model, const char *key, uint32_t *of);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/domain.h"

#include "base/map.h"

#include <string.h>

/* The text clusters of one domain share; NULL when the cluster stands alone. */
static const char *level_name(const struct hk_cluster *cluster, enum hk_level level)
{
	switch (level) {
	case HK_LEVEL_ZONE: return cluster->zone;
	case HK_LEVEL_REGION: return cluster->region;
	case HK_LEVEL_FAILURE_DOMAIN: return cluster->failure_domain ? cluster->failure_domain : cluster->name;
	case HK_LEVEL_NODE:
	case HK_LEVEL_CLUSTER: break;
	}
	return NULL;
}

uint32_t hk_domain_of(const struct hk_model *model, enum hk_level level, uint32_t cluster)
{
	if (level == HK_LEVEL_FAILURE_DOMAIN && model->failure_domain_of)
		return model->failure_domain_of[cluster];
	const char *name = level_name(&model->clusters[cluster], level);

	for (uint32_t c = 0; name && c < cluster; c++) {
		const char *other = level_name(&model->clusters[c], level);

		if (other && !strcmp(name, other))
			return c;
	}
	return cluster;
}

uint32_t hk_domain_of_label(const struct hk_model *model, const char *key, uint32_t cluster)
{
	if (!strcmp(key, "cluster"))
		return cluster;
	const char *value = hk_cluster_label(&model->clusters[cluster], key);

	for (uint32_t c = 0; value && c < cluster; c++) {
		const char *other = hk_cluster_label(&model->clusters[c], key);

		if (other && !strcmp(value, other))
			return c;
	}
	return value ? cluster : HK_NO_INDEX;
}

/* First cluster seen with this text, which is the smallest as clusters come in order. */
static uint32_t first_with(struct hk_map *map, const char *text, uint32_t cluster)
{
	size_t found = hk_map_put(map, hk_str_of(text), cluster);

	return found == HK_MAP_NONE ? cluster : (uint32_t)found;
}

void hk_domain_table(const struct hk_model *model, enum hk_level level, uint32_t *of)
{
	struct hk_map map = HK_MAP_INIT;

	if (level == HK_LEVEL_FAILURE_DOMAIN && model->failure_domain_of) {
		memcpy(of, model->failure_domain_of, model->n_clusters * sizeof *of);
		return;
	}
	for (uint32_t c = 0; c < model->n_clusters; c++) {
		const char *name = level_name(&model->clusters[c], level);

		of[c] = name ? first_with(&map, name, c) : c;
	}
	hk_map_release(&map);
}

void hk_domain_label_table(const struct hk_model *model, const char *key, uint32_t *of)
{
	struct hk_map map = HK_MAP_INIT;
	bool itself = !strcmp(key, "cluster");

	for (uint32_t c = 0; c < model->n_clusters; c++) {
		const char *value = itself ? NULL : hk_cluster_label(&model->clusters[c], key);

		of[c] = itself ? c : value ? first_with(&map, value, c) : HK_NO_INDEX;
	}
	hk_map_release(&map);
}

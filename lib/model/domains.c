/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Failure domains once for all who ask: clusters that fail together, and how available they are at best. */
#include "model/build.h"
#include <math.h>

void hk_build_domains(struct hk_build *b)
{
	struct hk_model *model = b->model;
	struct hk_map map = HK_MAP_INIT;

	model->failure_domain_of = hk_arena_array(b->arena, model->n_clusters, sizeof *model->failure_domain_of);
	model->domain_availability = hk_arena_array(b->arena, model->n_clusters, sizeof *model->domain_availability);
	for (uint32_t c = 0; c < model->n_clusters; c++) {
		const struct hk_cluster *cluster = &model->clusters[c];
		size_t known = hk_map_put(&map, hk_str_of(cluster->failure_domain ? cluster->failure_domain : cluster->name), c);
		uint32_t first = known == HK_MAP_NONE ? c : (uint32_t)known;

		model->failure_domain_of[c] = first;
		model->domain_availability[c] = cluster->availability;
		model->domain_availability[first] = fmin(model->domain_availability[first], cluster->availability);
	}
	for (uint32_t c = 0; c < model->n_clusters; c++)
		model->domain_availability[c] = model->domain_availability[model->failure_domain_of[c]];
	hk_map_release(&map);
}

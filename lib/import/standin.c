/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pipeline alone cannot be validated: it names clusters. What stands in for them until there is a topology. */
#include "import/standin.h"
#include <string.h>

#define MOST_COPIES 16
#define MOST_CLUSTERS 1000

/* The label a term needs of a cluster; NULL when it needs none. */
static const char *needed_value(const struct hk_selector_term *term)
{
	if (term->op == HK_OP_IN && term->n_values)
		return term->values[0];
	return term->op == HK_OP_EXISTS ? "stand-in" : NULL;
}

static struct hk_draft_cluster *add_cluster(struct hk_import *import, struct hk_draft_topology *topology, const char *name)
{
	struct hk_draft_cluster *cluster;

	for (size_t i = 0; i < topology->clusters.n; i++)
		if (strcmp(topology->clusters.v[i].name, name) == 0)
			return &topology->clusters.v[i];
	if (topology->clusters.n == MOST_CLUSTERS)
		return &topology->clusters.v[0];
	cluster = hk_vec_add(&topology->clusters);
	cluster->name = hk_arena_strdup(&import->arena, name);
	cluster->unlimited = true;
	return cluster;
}

static void label(struct hk_import *import, const struct hk_draft_workload *workload, struct hk_draft_cluster *cluster)
{
	const char *over = workload->spread_over;

	for (size_t i = 0; i < workload->require.n_terms; i++) {
		const struct hk_selector_term *term = &workload->require.terms[i];
		const char *value = strcmp(term->key, "name") == 0 ? NULL : needed_value(term);

		if (value)
			hk_labels_add(&import->build, &cluster->labels, term->key, value);
	}
	if (over && strcmp(over, "cluster") != 0 && strcmp(over, "failureDomain") != 0)
		hk_labels_add(&import->build, &cluster->labels, over, cluster->name);
}

static bool needs_labels(const struct hk_draft_workload *workload)
{
	for (size_t i = 0; i < workload->require.n_terms; i++)
		if (needed_value(&workload->require.terms[i]))
			return true;
	return workload->spread_over != NULL;
}

/* Clusters that have the names asked for, or new ones that have the labels. */
static void stand_in(struct hk_import *import, const struct hk_draft_workload *workload, struct hk_draft_topology *topology)
{
	size_t copies = workload->spread_over && workload->spread_min > 1 ? workload->spread_min : 1;
	bool named = false;

	for (size_t i = 0; i < workload->require.n_terms; i++) {
		const struct hk_selector_term *term = &workload->require.terms[i];

		if (strcmp(term->key, "name") != 0 || term->op != HK_OP_IN)
			continue;
		for (size_t v = 0; v < term->n_values; v++)
			if (hk_is_label_name(term->values[v]))
				label(import, workload, add_cluster(import, topology, term->values[v]));
		named = true;
	}
	for (size_t i = 0; i < copies && i < MOST_COPIES && !named && needs_labels(workload); i++) {
		HK_AUTO_BUF struct hk_buf name = HK_BUF_INIT;

		hk_buf_addf(&name, "%.40s-%zu", workload->name, i + 1);
		label(import, workload, add_cluster(import, topology, name.s));
	}
	for (size_t i = 0; i < workload->prefer.n; i++)
		if (strcmp(workload->prefer.v[i].key, "name") == 0 && hk_is_label_name(workload->prefer.v[i].value))
			add_cluster(import, topology, workload->prefer.v[i].value);
}

const char *hk_draft_standin(struct hk_import *import, const struct hk_draft_pipeline *pipeline, struct hk_draft_topology *topology)
{
	for (size_t i = 0; i < pipeline->workloads.n; i++)
		stand_in(import, &pipeline->workloads.v[i], topology);
	if (!topology->clusters.n)
		add_cluster(import, topology, "stand-in");
	hk_vec_push(&topology->remarks,
		    "fill in: this stands in for your topology, so that the pipeline can be validated and planned; replace it (hkctl import nodes)");
	for (size_t i = 1; i < topology->clusters.n; i++)
		hk_vec_push(&topology->links, (struct hk_draft_link){ topology->clusters.v[0].name, topology->clusters.v[i].name, true, 0.010, -1, "guess" });
	return topology->clusters.v[0].name;
}

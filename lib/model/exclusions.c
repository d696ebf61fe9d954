/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pods that cannot share a node whatever the pipeline says: they ask for the same port of the node, or a manifest has required anti-affinity. Kubernetes would
 * leave one of them pending, so the plan must keep them apart.
 */
#include "model/build.h"
#include <string.h>

static bool share_port(const struct hk_pod *a, const struct hk_pod *b)
{
	for (size_t i = 0; i < a->n_ports; i++)
		for (size_t k = 0; k < b->n_ports; k++)
			if (a->ports[i].number == b->ports[k].number && strcmp(a->ports[i].protocol, b->ports[k].protocol) == 0)
				return true;
	return false;
}

enum bar { BAR_NONE, BAR_NODE, BAR_ZONE };

static enum bar repels(const struct hk_pod *a, const struct hk_pod *b)
{
	enum bar most = BAR_NONE;
	for (size_t i = 0; i < a->n_repels; i++)
		if (hk_selector_matches(&a->repels[i], &b->labels) && most != BAR_ZONE)
			most = a->repels_zone[i] ? BAR_ZONE : BAR_NODE;
	return most;
}

/* Required at that level, unless the pipeline asks for as much or more. */
static void keep_apart(struct hk_build *b, struct hk_workload *w, uint32_t with, enum hk_level level)
{
	struct hk_pairing *apart;
	size_t at = 0;

	for (size_t i = 0; i < w->n_apart; i++) {
		if (w->apart[i].with != with || !w->apart[i].required)
			continue;
		if (w->apart[i].level == HK_LEVEL_NODE)
			w->apart[i].level = level;
		return;
	}
	apart = hk_arena_array(b->arena, w->n_apart + 1, sizeof *apart);
	while (at < w->n_apart && w->apart[at].with < with)
		at++;
	if (at)
		memcpy(apart, w->apart, at * sizeof *apart);
	apart[at] = (struct hk_pairing){ .with = with, .level = level, .required = true, .weight = 1, .where = w->manifest.where };
	if (at < w->n_apart)
		memcpy(apart + at + 1, w->apart + at, (w->n_apart - at) * sizeof *apart);
	w->apart = apart;
	w->n_apart++;
}

static const char *find_divided(const struct hk_model *model)
{
	for (size_t c = 0; c < model->n_clusters; c++) {
		const char *first = NULL;
		for (size_t i = 0; i < model->clusters[c].n_nodes; i++) {
			const char *zone = hk_labels_get(&model->clusters[c].nodes[i].labels, "topology.kubernetes.io/zone");
			if (first && zone && strcmp(first, zone) != 0)
				return model->clusters[c].name;
			first = first ? first : zone;
		}
	}
	return NULL;
}

/* A cluster whose nodes are in several zones; then a plan, which knows no zones inside a cluster, cannot say what anti-affinity over zones means. */
static const char *divided_cluster(struct hk_build *b)
{
	if (!b->divided_known)
		b->divided = find_divided(b->model);
	b->divided_known = true;
	return b->divided;
}

/* Where each cluster is one zone, apart in zones is apart in clusters. */
static enum hk_level level_of(struct hk_build *b, enum bar bar)
{
	return bar == BAR_ZONE && !divided_cluster(b) ? HK_LEVEL_CLUSTER : HK_LEVEL_NODE;
}

void hk_build_exclusions(struct hk_build *b, struct hk_pipeline *pipeline, const struct hk_pod *pods)
{
	for (uint32_t i = 0; i < pipeline->n_workloads; i++) {
		struct hk_workload *w = &pipeline->workloads[i];
		bool zones = false;
		if (!pods[i].n_ports && !pods[i].n_repels)
			continue;
		for (uint32_t k = 0; k < pipeline->n_workloads; k++) {
			enum bar bar = pods[k].labels.n ? repels(&pods[i], &pods[k]) : BAR_NONE;
			/* ports are mutual: once per pair is enough */
			if (bar == BAR_NONE && k >= i && share_port(&pods[i], &pods[k]))
				bar = BAR_NODE;
			if (bar != BAR_NONE)
				keep_apart(b, w, k, level_of(b, bar));
			zones = zones || bar == BAR_ZONE;
		}
		if (zones && divided_cluster(b))
			hk_node_diag(b->diags, w->where.doc, w->where.node, HK0609,
				     "'%s' must not share a zone with some pods; cluster '%s' has several zones, so only nodes are told apart", w->name,
				     divided_cluster(b));
	}
}

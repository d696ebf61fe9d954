/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What can be said to be impossible by looking at one workload at a time. Everything that depends on the whole plan is left to the planner, which proves it;
 * these findings come at once and point at the line.
 */
#include "model/build.h"
#include "model/sort.h"
#include <math.h>
#include <string.h>

static void check_rate(struct hk_build *b, const struct hk_workload *w, double rate)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT, limit = HK_BUF_INIT;
	double need = ceil(rate / w->capacity * (1 - 1e-9));
	struct hk_diag *diag;

	if (!(need > w->max_replicas) && !(need > HK_MOST_REPLICAS))
		return;
	hk_unit_print(HK_UNIT_RATE, rate, &text);
	if (w->max_replicas > HK_MOST_REPLICAS) {
		const struct hk_where *at = w->capacity_at.node ? &w->capacity_at : &w->where;
		diag = hk_node_diag(b->diags, at->doc, at->node, HK0405, "%s arrive at '%s', which takes %.0f replicas; at most %d can be planned", text.s,
				    w->name, ceil(rate / w->capacity), HK_MOST_REPLICAS);
		hk_diag_help(b->diags, diag, "is the unit of the rate or of the capacity right?");
		return;
	}
	hk_unit_print(HK_UNIT_RATE, w->capacity * w->max_replicas, &limit);
	diag = hk_node_diag(b->diags, w->replicas_at.doc, w->replicas_at.node, HK0405, "%s arrive at '%s', but its %u replicas carry only %s", text.s, w->name,
			    w->max_replicas, limit.s);
	hk_diag_help(b->diags, diag, "allow %.0f replicas, or raise the capacity", need);
}

/* Why no node will do, over all clusters that the workload's selector admits. */
struct search {
	size_t clusters, accepting;     /* clusters that match; node groups that take the pod whatever its size */
	double *largest;                /* per resource: most any accepting node has free */
	bool fits;
};

static double free_on(const struct hk_cluster *c, const struct hk_node_group *group, size_t r)
{
	double allocatable = group->allocatable[r] > 0 ? group->allocatable[r] : 0;
	double left = allocatable * (1 - c->reserve[r]) - group->used[r];

	return left > 0 ? left : 0;
}

static void search_cluster(const struct hk_model *model, const struct hk_cluster *c, const struct hk_workload *w, struct search *found)
{
	for (size_t g = 0; g < c->n_nodes && !found->fits; g++) {
		bool fits = true;

		if (!hk_node_group_accepts(model, &c->nodes[g], w))
			continue;
		found->accepting++;
		for (size_t r = 0; r < model->n_resources; r++) {
			double left = free_on(c, &c->nodes[g], r);
			if (left > found->largest[r])
				found->largest[r] = left;
			fits = fits && w->request[r] <= left * (1 + 1e-9);
		}
		found->fits = fits;
	}
}

static void report_too_large(struct hk_build *b, const struct hk_workload *w, const struct search *found)
{
	const struct hk_where *at = w->request_at.node ? &w->request_at : &w->where;
	HK_AUTO_BUF struct hk_buf asked = HK_BUF_INIT, there = HK_BUF_INIT;

	for (size_t r = 0; r < b->model->n_resources; r++) {
		if (w->request[r] <= found->largest[r] * (1 + 1e-9))
			continue;
		hk_unit_print(HK_UNIT_QUANTITY, w->request[r], &asked);
		hk_unit_print(HK_UNIT_QUANTITY, found->largest[r], &there);
		hk_node_diag(b->diags, at->doc, at->node, HK0406, "a replica of '%s' needs %s of %s, but the largest node it may use has %s free", w->name,
			     asked.s, b->model->resources[r], there.s);
		return;
	}
	hk_node_diag(b->diags, at->doc, at->node, HK0406, "no node has room for everything a replica of '%s' needs at once", w->name);
}

static bool is_candidate(const struct hk_cluster *c, const struct hk_workload *w)
{
	bool daemon = w->manifest.file && w->manifest.kind == HK_DAEMONSET;

	return hk_selector_matches(&w->require, &c->labels) && !(daemon && c->unlimited);
}

/* How many clusters to look at for the workload: those in b->fitting when *listed, else all there are. */
static size_t find_fitting(struct hk_build *b, const struct hk_workload *w, bool *listed)
{
	*listed = hk_cluster_index_narrow(&b->by_label, &w->require, &b->fitting);
	return *listed ? b->fitting.n : b->model->n_clusters;
}

static const struct hk_cluster *fitting(const struct hk_build *b, bool listed, size_t i)
{
	return &b->model->clusters[listed ? b->fitting.v[i] : i];
}

/* Labels of nodes are asked for elsewhere than labels of clusters; saying so is worth the look at all nodes, since no plan will be made. */
static const char *cluster_with_such_nodes(const struct hk_model *model, const char *key)
{
	for (size_t c = 0; c < model->n_clusters; c++)
		for (size_t n = 0; n < model->clusters[c].n_nodes; n++)
			if (hk_labels_get(&model->clusters[c].nodes[n].labels, key))
				return model->clusters[c].name;
	return NULL;
}

static void say_no_label(struct hk_build *b, struct hk_diag *diag, const char *key)
{
	const char *having = cluster_with_such_nodes(b->model, key);

	if (having)
		hk_diag_help(b->diags, diag,
			     "no cluster has the label '%s', but nodes of '%s' have: labels of nodes are required by 'features' of the workload", key, having);
	else
		hk_diag_help(b->diags, diag, "no cluster has the label '%s'", key);
}

/* Nobody can look at the nodes of a cluster that lists none; what is rendered will wait there for ever when the assumption is wrong. */
static void note_assumed_features(struct hk_build *b, const struct hk_workload *w)
{
	const char *first = NULL;
	size_t n, others = 0;
	bool listed;

	if (!w->features.n)
		return;
	n = find_fitting(b, w, &listed);
	for (size_t i = 0; i < n; i++) {
		const struct hk_cluster *c = fitting(b, listed, i);
		if (!c->unlimited || !is_candidate(c, w))
			continue;
		if (first)
			others++;
		else
			first = c->name;
	}
	if (others)
		hk_node_diag(b->diags, w->where.doc, hk_node_get(w->where.node, "name"), HK0417,
			     "'%s' and %zu more list no nodes; it is assumed that some have the features '%s' needs", first, others, w->name);
	else if (first)
		hk_node_diag(b->diags, w->where.doc, hk_node_get(w->where.node, "name"), HK0417,
			     "cluster '%s' lists no nodes; it is assumed that some have the features '%s' needs", first, w->name);
}

static void report_no_cluster(struct hk_build *b, const struct hk_workload *w)
{
	bool daemon = w->manifest.file && w->manifest.kind == HK_DAEMONSET;
	const struct hk_node *at = w->require.where.node ? w->require.where.node : w->where.node;
	struct hk_diag *diag = hk_node_diag(b->diags, w->where.doc, at, HK0408, "no cluster satisfies what '%s' requires", w->name);
	HK_VEC(const char *) values = { NULL, 0, 0 };
	HK_AUTO_BUF struct hk_buf list = HK_BUF_INIT;
	const char *nearest = NULL;

	if (daemon && !w->require.n_terms) {
		hk_diag_help(b->diags, diag, "a DaemonSet needs a cluster whose nodes are listed");
		return;
	}
	for (size_t t = 0; t < w->require.n_terms && !values.n; t++) {
		for (size_t c = 0; c < b->model->n_clusters; c++) {
			const char *value = hk_cluster_label(&b->model->clusters[c], w->require.terms[t].key);
			bool known = !value;
			for (size_t i = 0; i < values.n && !known; i++)
				known = strcmp(values.v[i], value) == 0;
			if (!known)
				hk_vec_push(&values, value);
		}
		if (!values.n) {
			say_no_label(b, diag, w->require.terms[t].key);
			return;
		}
		hk_sort(values.v, values.n, sizeof *values.v, hk_sort_by_text);
		for (size_t i = 0; i < values.n && i < 8; i++)
			hk_buf_addf(&list, "%s%s", i ? ", " : "", values.v[i]);
		if (w->require.terms[t].op == HK_OP_IN && w->require.terms[t].n_values)
			nearest = hk_str_nearest(hk_str_of(w->require.terms[t].values[0]), values.v, values.n);
		if (nearest && strcmp(nearest, w->require.terms[t].values[0]) != 0)
			hk_diag_help(b->diags, diag, "did you mean '%s: %s'? there are: %s%s", w->require.terms[t].key, nearest, list.s,
				     values.n > 8 ? ", ..." : "");
		else
			hk_diag_help(b->diags, diag, "label '%s' has these values: %s%s", w->require.terms[t].key, list.s, values.n > 8 ? ", ..." : "");
	}
	hk_vec_release(&values);
}

static void check_room(struct hk_build *b, const struct hk_workload *w)
{
	const struct hk_model *model = b->model;
	HK_AUTO_FREE double *largest = hk_calloc(model->n_resources + 1, sizeof *largest);
	struct search found = { 0, 0, largest, false };
	struct hk_diag *diag;
	bool listed;
	size_t n = find_fitting(b, w, &listed);

	for (size_t i = 0; i < n && !found.fits; i++) {
		const struct hk_cluster *c = fitting(b, listed, i);
		if (!is_candidate(c, w))
			continue;
		found.clusters++;
		found.fits = c->unlimited;
		search_cluster(model, c, w, &found);
	}
	if (found.fits)
		return;
	if (!found.clusters) {
		report_no_cluster(b, w);
	} else if (!found.accepting) {
		diag = hk_node_diag(b->diags, w->where.doc, hk_node_get(w->where.node, "name"), HK0408, "no node of the clusters '%s' may use accepts it",
				    w->name);
		hk_diag_help(b->diags, diag, "compare the nodes' labels and taints with its features, node affinity, tolerations and policies");
	} else {
		report_too_large(b, w, &found);
	}
}

static const char *domain_of(const struct hk_cluster *c, const char *over)
{
	return strcmp(over, "cluster") == 0 ? c->name : hk_cluster_label(c, over);
}

static void check_spread(struct hk_build *b, const struct hk_workload *w)
{
	HK_VEC(const char *) values = { NULL, 0, 0 };
	size_t distinct = 0, n;
	struct hk_diag *diag;
	bool listed;

	if (!w->has_spread)
		return;
	n = find_fitting(b, w, &listed);
	for (size_t i = 0; i < n; i++) {
		const char *value = domain_of(fitting(b, listed, i), w->spread_over);
		if (value && is_candidate(fitting(b, listed, i), w))
			hk_vec_push(&values, value);
	}
	if (values.n)
		hk_sort(values.v, values.n, sizeof *values.v, hk_sort_by_text);
	for (size_t i = 0; i < values.n; i++)
		distinct += i == 0 || strcmp(values.v[i - 1], values.v[i]) != 0;
	hk_vec_release(&values);
	if (distinct >= w->spread_min)
		return;
	diag = hk_node_diag(b->diags, w->where.doc, hk_node_at(w->where.node, "placement.spread"), HK0409,
			    "'%s' must spread over %u values of '%s', but the clusters it may use have %zu", w->name, w->spread_min, w->spread_over, distinct);
	hk_diag_help(b->diags, diag,
		     distinct ? "lower 'min', or let it use more clusters"
		     : "spread over cluster, failureDomain, region, zone, tier or a label that the clusters have");
}

/* Required together on a node or in a cluster, but no cluster may run both. */
static void check_together(struct hk_build *b, const struct hk_pipeline *p, const struct hk_workload *w)
{
	bool listed;
	size_t n = w->n_together ? find_fitting(b, w, &listed) : 0;

	for (size_t i = 0; i < w->n_together; i++) {
		const struct hk_workload *other = &p->workloads[w->together[i].with];
		bool possible = !w->together[i].required || w->together[i].level > HK_LEVEL_CLUSTER;

		for (size_t c = 0; c < n && !possible; c++)
			possible = is_candidate(fitting(b, listed, c), w) && is_candidate(fitting(b, listed, c), other);
		if (!possible)
			hk_node_diag(b->diags, w->where.doc, w->together[i].where.node, HK0410, "'%s' must be together with '%s', but no cluster may run both",
				     w->name, other->name);
	}
}

static bool share_node(const struct hk_workload *w, uint32_t with)
{
	for (size_t i = 0; i < w->n_together; i++)
		if (w->together[i].with == with && w->together[i].level == HK_LEVEL_NODE && w->together[i].required)
			return true;
	return false;
}

/* A bridge of a node joins only what runs on that node. */
static void check_chains(struct hk_build *b, const struct hk_pipeline *p)
{
	for (size_t i = 0; i < p->n_connections; i++) {
		const struct hk_connection *c = &p->connections[i];
		if (c->chain != HK_CHAIN_MULTUS)
			continue;
		const struct hk_workload *from = &p->workloads[c->from_workload], *to = &p->workloads[c->to_workload];
		if (share_node(from, c->to_workload) || share_node(to, c->from_workload))
			continue;
		struct hk_diag *diag = hk_node_diag(b->diags, c->where.doc, hk_node_get(c->where.node, "chain"), HK0416,
						    "'%s' and '%s' are chained on a node, but may run on different nodes", from->name, to->name);
		hk_diag_help(b->diags, diag,
			     "keep them together in the workload '%s': placement: {together: [{with: %s, level: node, required: true}]}, or chain them with nsm",
			     to->name, from->name);
	}
}

static void check_manifest_replicas(struct hk_build *b, const struct hk_workload *w, const struct hk_pod *pod)
{
	const struct hk_manifest_ref *m = &w->manifest;
	struct hk_diag *diag;

	if (!pod->replicas_stated || !w->replicas_at.node || (m->replicas >= w->min_replicas && m->replicas <= w->max_replicas))
		return;
	diag = hk_node_diag(b->diags, w->where.doc, w->replicas_at.node, HK0608, "the manifest of '%s' has 'replicas: %u', outside the range given here",
			    w->name, m->replicas);
	hk_diag_help(b->diags, diag, "the plan decides the number; rendering replaces the manifest's");
}

static bool has_errors(const struct hk_build *b, size_t before)
{
	return b->diags->errors > before;
}

void hk_build_checks(struct hk_build *b)
{
	struct hk_arena labels = HK_ARENA_INIT;

	hk_cluster_index_open(&b->by_label, b->model, &labels);
	for (size_t i = 0; i < b->model->n_pipelines; i++) {
		const struct hk_pipeline *p = &b->model->pipelines[i];
		check_chains(b, p);
		for (size_t n = 0; n < p->n_workloads; n++) {
			const struct hk_workload *w = &p->workloads[n];
			size_t errors = b->diags->errors;

			check_rate(b, w, p->rate[n]);
			check_manifest_replicas(b, w, &b->drafts[i].pods[n]);
			if (b->topology_partial)
				continue;
			check_room(b, w);
			if (has_errors(b, errors))
				continue;       /* without a cluster, spread and together are impossible for the same reason */
			check_spread(b, w);
			note_assumed_features(b, w);
			check_together(b, p, w);
		}
	}
	hk_arena_release(&labels);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* placement of a workload: require, prefer, spread, together, apart. */
#include "model/build.h"
#include "model/sort.h"
#include <math.h>
#include <string.h>

static bool read_metric(const struct hk_node *node, struct hk_prefer *prefer, enum hk_unit *unit)
{
	static const struct { const char *name; int metric; enum hk_unit unit; } table[] = {
		{ "latency", HK_METRIC_LATENCY, HK_UNIT_DURATION }, { "jitter", HK_METRIC_JITTER, HK_UNIT_DURATION },
		{ "loss", HK_METRIC_LOSS, HK_UNIT_RATIO }, { "bandwidth", HK_METRIC_BANDWIDTH, HK_UNIT_BITRATE },
	};

	for (size_t i = 0; node && i < HK_COUNT(table); i++) {
		if (hk_str_is(node->text, table[i].name)) {
			*unit = table[i].unit;
			memcpy(&prefer->metric, &table[i].metric, sizeof table[i].metric);
			return true;
		}
	}
	return false;
}

/* Measured from a site, the access hop comes on top: take it off the value so that the rest compares with the route from the site's cluster. */
static void take_off_site(struct hk_prefer *prefer, const struct hk_site *site)
{
	switch (prefer->metric) {
	case HK_METRIC_LATENCY: prefer->value -= site->latency; break;
	case HK_METRIC_JITTER: prefer->value -= site->jitter; break;
	case HK_METRIC_LOSS: prefer->value = site->loss < 1 ? 1 - (1 - prefer->value) / (1 - site->loss) : -1; break;
	case HK_METRIC_BANDWIDTH:
		/* the lesser of the two counts: a slow site decides alone */
		if (prefer->below ? site->bandwidth < prefer->value : site->bandwidth <= prefer->value)
			prefer->value = INFINITY;
		break;
	}
}

/* An input, a site, or a cluster. */
static bool read_when_from(struct hk_build *b, const struct hk_pipeline *p, const struct hk_node *node, struct hk_prefer *prefer)
{
	const char *name = hk_node_string(node);
	uint32_t site = hk_model_site(b->model, name);
	HK_VEC(const char *) names = { NULL, 0, 0 };

	prefer->from_input = hk_pipeline_input(p, name);
	prefer->from_cluster = HK_NO_INDEX;
	if (!name || prefer->from_input != HK_NO_INDEX)
		return name != NULL;
	prefer->from_cluster = site != HK_NO_INDEX ? b->model->sites[site].cluster : hk_model_cluster(b->model, name);
	if (site != HK_NO_INDEX)
		take_off_site(prefer, &b->model->sites[site]);
	if (prefer->from_cluster != HK_NO_INDEX || b->topology_partial || b->sites_partial)
		return prefer->from_cluster != HK_NO_INDEX;
	for (size_t i = 0; i < p->n_inputs; i++)
		hk_vec_push(&names, p->inputs[i].name);
	for (size_t i = 0; i < b->model->n_sites; i++)
		hk_vec_push(&names, b->model->sites[i].name);
	for (size_t i = 0; i < b->model->n_clusters; i++)
		hk_vec_push(&names, b->model->clusters[i].name);
	hk_refer_unknown(b, node, HK0307, "input, site or cluster", names.v, names.n);
	hk_vec_release(&names);
	return false;
}

static bool read_when(struct hk_build *b, const struct hk_pipeline *p, const struct hk_node *node, struct hk_prefer *prefer)
{
	enum hk_unit unit = HK_UNIT_DURATION;
	bool below;

	if (!node)
		return true;
	prefer->has_when = true;
	if (!read_metric(hk_node_get(node, "metric"), prefer, &unit)) {
		hk_node_diag(b->diags, b->doc, node, HK0202, "the condition needs one of the metrics latency, jitter, loss and bandwidth");
		return false;
	}
	below = hk_read_unit(b, node, "below", unit, &prefer->value);
	prefer->below = below;
	if (!below && !hk_read_unit(b, node, "above", unit, &prefer->value))
		return false;
	return read_when_from(b, p, hk_node_get(node, "from"), prefer);
}

static void read_prefer(struct hk_build *b, const struct hk_pipeline *p, struct hk_workload *w, const struct hk_node *list)
{
	w->prefer = hk_arena_array(b->arena, list ? list->count : 0, sizeof *w->prefer);
	hk_for_each_item(item, list) {
		struct hk_prefer prefer = { .weight = 1, .from_input = HK_NO_INDEX, .from_cluster = HK_NO_INDEX };

		hk_read_selector(b, item, &prefer.selector);
		hk_read_unit(b, item, "weight", HK_UNIT_WEIGHT, &prefer.weight);
		if (read_when(b, p, hk_read_map(b, item, "when"), &prefer))
			w->prefer[w->n_prefer++] = prefer;
	}
}

static bool read_level(const struct hk_node *node, enum hk_level *level)
{
	if (hk_node_is_null(node))
		return true;
	for (int i = HK_LEVEL_NODE; i <= HK_LEVEL_FAILURE_DOMAIN; i++) {
		if (hk_str_is(node->text, hk_level_name((enum hk_level)i))) {
			*level = (enum hk_level)i;
			return true;
		}
	}
	return false;
}

static uint32_t refer_workload(struct hk_build *b, const struct hk_pipeline *p, const struct hk_node *node)
{
	const char *name = hk_node_string(node);
	uint32_t index = hk_pipeline_workload(p, name);
	HK_VEC(const char *) names = { NULL, 0, 0 };

	if (!name || index != HK_NO_INDEX)
		return index;
	for (size_t i = 0; i < p->n_workloads; i++)
		hk_vec_push(&names, p->workloads[i].name);
	hk_refer_unknown(b, node, HK0306, "workload", names.v, names.n);
	hk_vec_release(&names);
	return HK_NO_INDEX;
}

static int compare_pairings(const void *a, const void *b)
{
	const struct hk_pairing *left = a, *right = b;

	if (left->with != right->with)
		return left->with < right->with ? -1 : 1;
	return (left->level > right->level) - (left->level < right->level);
}

static size_t read_pairings(struct hk_build *b, const struct hk_pipeline *p, const struct hk_workload *w, const struct hk_node *list, bool apart,
			    struct hk_pairing **pairings)
{
	size_t n = 0;

	*pairings = hk_arena_array(b->arena, list ? list->count : 0, sizeof **pairings);
	hk_for_each_item(item, list) {
		struct hk_pairing pairing = { .level = HK_LEVEL_NODE, .required = apart, .weight = 1, .where = hk_where_of(b, item) };

		pairing.with = refer_workload(b, p, hk_node_get(item, "with"));
		hk_read_bool(b, item, "required", &pairing.required);
		hk_read_unit(b, item, "weight", HK_UNIT_NUMBER, &pairing.weight);
		if (!read_level(hk_node_get(item, "level"), &pairing.level)) {
			hk_node_diag(b->diags, b->doc, hk_node_get(item, "level"), HK0201, "levels are node, cluster, zone, region and failureDomain");
			continue;
		}
		if (pairing.with == HK_NO_INDEX)
			continue;
		if (!apart && &p->workloads[pairing.with] == w) {
			hk_diag_help(b->diags, hk_node_diag(b->diags, b->doc, item, HK0207, "'%s' is always together with itself; this has no effect", w->name),
				     "name the other workload; to keep all replicas in one place use a path limit or replicas.max");
			continue;
		}
		(*pairings)[n++] = pairing;
	}
	hk_sort(*pairings, n, sizeof **pairings, compare_pairings);
	return n;
}

/* The same two workloads must be both together and apart. */
static void check_contradictions(struct hk_build *b, const struct hk_pipeline *p, const struct hk_workload *w)
{
	for (size_t i = 0; i < w->n_together; i++) {
		const struct hk_pairing *together = &w->together[i];
		for (size_t k = 0; k < w->n_apart; k++) {
			const struct hk_pairing *apart = &w->apart[k];
			struct hk_range range;
			struct hk_diag *diag;

			/* being together on a node means being together on every level above it; apart in a zone means apart on every level below */
			if (!together->required || !apart->required || together->with != apart->with || apart->level < together->level)
				continue;
			diag = hk_node_diag(b->diags, b->doc, apart->where.node, HK0410,
					    "'%s' must be apart from '%s' on level %s, but together with it on level %s", w->name,
					    p->workloads[apart->with].name, hk_level_name(apart->level), hk_level_name(together->level));
			hk_node_range(together->where.doc, together->where.node, &range);
			hk_diag_related(b->diags, diag, &range, "together is asked for here");
		}
	}
}

static void read_spread(struct hk_build *b, struct hk_workload *w, const struct hk_node *node)
{
	if (!node)
		return;
	w->spread_over = hk_read_text(b, node, "over");
	w->spread_min = 1;
	hk_read_count(b, node, "min", &w->spread_min);
	w->has_spread = w->spread_over != NULL;
}

void hk_build_placement(struct hk_build *b, struct hk_pipeline *pipeline, struct hk_workload *workload, const struct hk_node *node)
{
	hk_read_selector(b, hk_read_map(b, node, "require"), &workload->require);
	read_prefer(b, pipeline, workload, hk_read_list(b, node, "prefer"));
	read_spread(b, workload, hk_read_map(b, node, "spread"));
	workload->n_together = read_pairings(b, pipeline, workload, hk_read_list(b, node, "together"), false, &workload->together);
	workload->n_apart = read_pairings(b, pipeline, workload, hk_read_list(b, node, "apart"), true, &workload->apart);
	check_contradictions(b, pipeline, workload);
}

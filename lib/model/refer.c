/* SPDX-License-Identifier: GPL-3.0-or-later */
/* References by name: unknown ones get the nearest name that exists, twice declared ones both places. */
#include "model/build.h"
#include <string.h>

/* Put `text` where the scalar stands, quoted as it was or as it must be. */
static void add_fix(struct hk_build *b, struct hk_diag *diag, const struct hk_node *node, const char *text)
{
	const char *quote = "";

	if (node->from_alias || node->style > HK_DOUBLE_QUOTED)
		return;
	if (node->style == HK_DOUBLE_QUOTED || hk_yaml_needs_quotes(hk_str_of(text)))
		quote = "\"";
	else if (node->style == HK_SINGLE_QUOTED)
		quote = "'";
	if (strpbrk(text, "\"'\\"))
		return;
	hk_diag_fix(b->diags, diag, node->start, node->end, hk_arena_printf(b->arena, "%s%s%s", quote, text, quote));
}

void hk_refer_unknown(struct hk_build *b, const struct hk_node *node, enum hk_rule_id rule, const char *what, const char *const *names, size_t count)
{
	const char *nearest = hk_str_nearest(node->text, names, count);
	struct hk_diag *diag = hk_node_diag(b->diags, b->doc, node, rule, "%s '%.*s' does not exist", what, HK_STR_ARG(node->text));
	HK_AUTO_BUF struct hk_buf list = HK_BUF_INIT;

	if (nearest) {
		hk_diag_help(b->diags, diag, "did you mean '%s'?", nearest);
		add_fix(b, diag, node, nearest);
		return;
	}
	if (!count)
		return;
	for (size_t i = 0; i < count && i < 8; i++)
		hk_buf_addf(&list, "%s%s", i ? ", " : "", names[i]);
	hk_diag_help(b->diags, diag, "there are: %s%s", list.s, count > 8 ? ", ..." : "");
}

/* First members of an array of named things. */
static const char **names_of(const void *base, size_t count, size_t size)
{
	const char **names = hk_reallocarray(NULL, count ? count : 1, sizeof *names);

	for (size_t i = 0; i < count; i++)
		names[i] = *(const char *const *)(const void *)((const char *)base + i * size);
	return names;
}

uint32_t hk_refer_cluster(struct hk_build *b, const struct hk_node *mapping, const char *key)
{
	const struct hk_node *node = hk_node_get(mapping, key);
	const char *name = hk_node_string(node);
	uint32_t index = hk_model_cluster(b->model, name);
	HK_AUTO_FREE const char **names = NULL;

	if (!name || index != HK_NO_INDEX || b->topology_partial)
		return index;
	if (hk_model_site(b->model, name) != HK_NO_INDEX) {
		struct hk_diag *diag = hk_node_diag(b->diags, b->doc, node, HK0304, "'%s' is a site, expected a cluster", name);
		hk_diag_help(b->diags, diag, "the site is attached to cluster '%s'",
			     b->model->clusters[b->model->sites[hk_model_site(b->model, name)].cluster].name);
		return index;
	}
	names = names_of(b->model->clusters, b->model->n_clusters, sizeof *b->model->clusters);
	hk_refer_unknown(b, node, HK0304, "cluster", names, b->model->n_clusters);
	return index;
}

uint32_t hk_refer_site(struct hk_build *b, const struct hk_node *mapping, const char *key)
{
	const struct hk_node *node = hk_node_get(mapping, key);
	const char *name = hk_node_string(node);
	uint32_t index = hk_model_site(b->model, name);
	HK_AUTO_FREE const char **names = NULL;

	if (!name || index != HK_NO_INDEX || b->topology_partial || b->sites_partial)
		return index;
	if (hk_model_cluster(b->model, name) != HK_NO_INDEX) {
		struct hk_diag *diag = hk_node_diag(b->diags, b->doc, node, HK0305, "'%s' is a cluster, expected a site", name);
		hk_diag_help(b->diags, diag, "write 'cluster: %s'", name);
		return index;
	}
	names = names_of(b->model->sites, b->model->n_sites, sizeof *b->model->sites);
	hk_refer_unknown(b, node, HK0305, "site", names, b->model->n_sites);
	return index;
}

bool hk_refer_declare(struct hk_build *b, struct hk_map *names, const char *name, const struct hk_node *node, const struct hk_where *first, const char *what,
		      size_t index)
{
	struct hk_range range;
	struct hk_diag *diag;

	if (hk_map_put(names, hk_str_of(name), index) == HK_MAP_NONE)
		return true;
	diag = hk_node_diag(b->diags, b->doc, node, HK0205, "%s '%s' is declared twice", what, name);
	if (first && first->doc) {
		hk_node_range(first->doc, first->node, &range);
		hk_diag_related(b->diags, diag, &range, "first declared here");
	}
	return false;
}

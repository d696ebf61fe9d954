/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/cluster_index.h"

#include <stdlib.h>
#include <string.h>

static int compare(const struct hk_cluster_index_entry *a, const char *key, const char *value)
{
	int order = strcmp(a->key, key);

	return order ? order : strcmp(a->value, value);
}

static int by_label(const void *left, const void *right)
{
	const struct hk_cluster_index_entry *a = left, *b = right;
	int order = compare(a, b->key, b->value);

	return order ? order : (a->cluster > b->cluster) - (a->cluster < b->cluster);
}

void hk_cluster_index_open(struct hk_cluster_index *index, const struct hk_model *model, struct hk_arena *arena)
{
	size_t total = 0;

	for (size_t c = 0; c < model->n_clusters; c++)
		total += model->clusters[c].labels.n;
	*index = (struct hk_cluster_index){ .entries = hk_arena_array(arena, total, sizeof *index->entries) };
	for (uint32_t c = 0; c < model->n_clusters; c++)
		for (size_t i = 0; i < model->clusters[c].labels.n; i++)
			index->entries[index->n++] = (struct hk_cluster_index_entry){ model->clusters[c].labels.v[i].key, model->clusters[c].labels.v[i].value,
										      c };
	if (index->n > 0)
		qsort(index->entries, index->n, sizeof *index->entries, by_label);
}

/* First entry that is not before the label; with `after`, first that is behind it. */
static size_t bound(const struct hk_cluster_index *index, const char *key, const char *value, bool after)
{
	size_t low = 0, high = index->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(&index->entries[middle], key, value);

		if (order < 0 || (after && order == 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t count(const struct hk_cluster_index *index, const struct hk_selector_term *term)
{
	size_t n = 0;

	for (size_t i = 0; i < term->n_values; i++)
		n += bound(index, term->key, term->values[i], true) - bound(index, term->key, term->values[i], false);
	return n;
}

static int ascending(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

void hk_cluster_list_sort(struct hk_cluster_list *list)
{
	size_t kept = 0;

	if (list->n > 1)
		qsort(list->v, list->n, sizeof *list->v, ascending);
	for (size_t i = 0; i < list->n; i++)
		if (kept == 0 || list->v[kept - 1] != list->v[i])
			list->v[kept++] = list->v[i];
	list->n = kept;
}

bool hk_cluster_index_narrow(const struct hk_cluster_index *index, const struct hk_selector *selector, struct hk_cluster_list *list)
{
	const struct hk_selector_term *best = NULL;
	size_t fewest = SIZE_MAX;

	list->n = 0;
	for (size_t i = 0; i < selector->n_terms && fewest > 0; i++) {
		size_t n = selector->terms[i].op == HK_OP_IN ? count(index, &selector->terms[i]) : SIZE_MAX;

		if (n < fewest) {
			fewest = n;
			best = &selector->terms[i];
		}
	}
	if (!best)
		return false;
	for (size_t i = 0; i < best->n_values; i++)
		for (size_t at = bound(index, best->key, best->values[i], false), end = bound(index, best->key, best->values[i], true); at < end; at++)
			hk_vec_push(list, index->entries[at].cluster);
	hk_cluster_list_sort(list);
	return true;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/measured.h"
#include "base/time.h"
#include <math.h>
#include <string.h>

struct way_key { uint32_t from, to; };
struct way_of_rule { uint32_t rule, from, to; };

static const struct { const char *key; enum hk_unit unit; } measures[] = {
	[HK_MEASURE_LATENCY] = { "latency", HK_UNIT_DURATION },
	[HK_MEASURE_JITTER] = { "jitter", HK_UNIT_DURATION },
	[HK_MEASURE_LOSS] = { "loss", HK_UNIT_RATIO },
	[HK_MEASURE_BANDWIDTH] = { "bandwidth", HK_UNIT_BITRATE },
};

static void read_way(struct hk_measured *m, struct hk_map *map, const struct hk_model *model, const struct hk_node *item, double at)
{
	const char *from = hk_node_string(hk_node_get(item, "from")), *to = hk_node_string(hk_node_get(item, "to"));
	struct way_key *key = hk_arena_alloc(&m->arena, sizeof *key);
	size_t known;

	key->from = from ? hk_model_cluster(model, from) : HK_NO_INDEX;
	key->to = to ? hk_model_cluster(model, to) : HK_NO_INDEX;
	if (key->from == HK_NO_INDEX || key->to == HK_NO_INDEX)
		return;
	known = hk_map_put(map, (struct hk_str){ (const char *)key, sizeof *key }, m->ways.n);
	if (known == HK_MAP_NONE) {
		known = m->ways.n;
		hk_vec_push(&m->ways, (struct hk_measured_way){ { NAN, NAN, NAN, NAN }, { NAN, NAN, NAN, NAN } });
	}
	for (size_t i = 0; i < HK_COUNT(measures); i++) {
		const struct hk_node *node = hk_node_get(item, measures[i].key);
		double value;
		if (!node || node->kind != HK_SCALAR || hk_unit_parse(measures[i].unit, node->text, &value, NULL))
			continue;
		m->ways.v[known].value[i] = value;
		m->ways.v[known].at[i] = at;
	}
}

static uint32_t number_of(struct hk_map *map, size_t *count, const char *name)
{
	size_t known = hk_map_put(map, hk_str_of(name), *count + 1);

	return (uint32_t)(known == HK_MAP_NONE ? ++*count : known);
}

static void keep_value(struct hk_measured *m, struct hk_map *map, struct hk_str key, const char *text, double at)
{
	size_t known = hk_map_put(map, key, m->list.n);

	if (known == HK_MAP_NONE)
		hk_vec_push(&m->list, (struct hk_measured_value){ text, at });
	else
		m->list.v[known] = (struct hk_measured_value){ text, at };
}

static void read_value(struct hk_measured *m, const struct hk_node *item, double at)
{
	const char *rule = hk_node_string(hk_node_get(item, "name")), *target = hk_node_string(hk_node_get(item, "target")),
	    *from = hk_node_string(hk_node_get(item, "from"));
	const char *to = hk_node_string(hk_node_get(item, "to")), *text = hk_node_string(hk_node_get(item, "value"));
	uint32_t number;

	if (!rule || !text || (!target && !(from && to)))
		return;
	number = number_of(&m->rules, &m->n_rules, rule);
	if (from && to) {
		struct way_of_rule *key = hk_arena_alloc(&m->arena, sizeof *key);
		*key = (struct way_of_rule){ number, number_of(&m->names, &m->n_names, from), number_of(&m->names, &m->n_names, to) };
		keep_value(m, &m->ways_of_rules, (struct hk_str){ (const char *)key, sizeof *key }, text, at);
		return;
	}
	number_of(&m->names, &m->n_names, target);
	keep_value(m, &m->values, hk_str_of(hk_arena_printf(&m->arena, "%s\n%s", rule, target)), text, at);
}

void hk_measured_open(struct hk_measured *m, const struct hk_model *model, const struct hk_workspace *workspace)
{
	*m = (struct hk_measured){ .newest = NAN };
	for (size_t i = 0; i < workspace->n_documents; i++) {
		const struct hk_document *document = workspace->documents[i];
		const struct hk_node *spec = hk_node_get(document->doc.root, "spec"), *when = hk_node_get(spec, "observedAt");
		double at = NAN;

		if (document->kind != HK_KIND_METRICS || document->invalid)
			continue;
		if (when && when->kind == HK_SCALAR && hk_time_parse(when->text, &at) && !(at <= m->newest))
			m->newest = at;
		hk_for_each_item(item, hk_node_get(spec, "links"))
			read_way(m, &m->links, model, item, at);
		hk_for_each_item(item, hk_node_get(spec, "pairs"))
			read_way(m, &m->pairs, model, item, at);
		hk_for_each_item(item, hk_node_get(spec, "values"))
			read_value(m, item, at);
	}
}

void hk_measured_close(struct hk_measured *m)
{
	hk_map_release(&m->links);
	hk_map_release(&m->pairs);
	hk_map_release(&m->values);
	hk_map_release(&m->ways_of_rules);
	hk_map_release(&m->rules);
	hk_map_release(&m->names);
	hk_vec_release(&m->ways);
	hk_vec_release(&m->list);
	hk_arena_release(&m->arena);
}

static bool find_way(const struct hk_measured *m, const struct hk_map *map, uint32_t from, uint32_t to, enum hk_measure measure, double *value, double *at)
{
	struct way_key key = { from, to };
	size_t known = hk_map_get(map, (struct hk_str){ (const char *)&key, sizeof key });

	if (known == HK_MAP_NONE || isnan(m->ways.v[known].value[measure]))
		return false;
	*value = m->ways.v[known].value[measure];
	*at = m->ways.v[known].at[measure];
	return true;
}

bool hk_measured_link(const struct hk_measured *m, uint32_t from, uint32_t to, enum hk_measure measure, double *value, double *at)
{
	return find_way(m, &m->links, from, to, measure, value, at);
}

bool hk_measured_pair(const struct hk_measured *m, uint32_t from, uint32_t to, enum hk_measure measure, double *value, double *at)
{
	return find_way(m, &m->pairs, from, to, measure, value, at);
}

size_t hk_measured_find(const struct hk_measured *m, const char *rule, const char *target)
{
	HK_AUTO_BUF struct hk_buf key = HK_BUF_INIT;

	hk_buf_addf(&key, "%s\n%s", rule, target);
	return hk_map_get(&m->values, (struct hk_str){ key.s, key.len });
}

size_t hk_measured_find_way(const struct hk_measured *m, uint32_t rule, uint32_t from, uint32_t to)
{
	struct way_of_rule key = { rule, from, to };

	return hk_map_get(&m->ways_of_rules, (struct hk_str){ (const char *)&key, sizeof key });
}

uint32_t hk_measured_rule(const struct hk_measured *m, const char *rule)
{
	size_t number = hk_map_get(&m->rules, hk_str_of(rule));

	return number == HK_MAP_NONE ? 0 : (uint32_t)number;
}

uint32_t hk_measured_name(const struct hk_measured *m, const char *name)
{
	size_t number = hk_map_get(&m->names, hk_str_of(name));

	return number == HK_MAP_NONE ? 0 : (uint32_t)number;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/read_field.h"
#include "base/time.h"

#include <math.h>
#include <string.h>

void hk_plan_field_complain(struct hk_plan_reader *reader, const struct hk_node *node, enum hk_rule_id rule, const char *text)
{
	hk_node_diag(reader->diags, reader->doc, node, rule, "%s", text);
	reader->broken = true;
}

static const struct hk_node *need(struct hk_plan_reader *reader, const struct hk_node *map, const char *key)
{
	const struct hk_node *value = hk_node_get(map, key);

	if (!value && map) {
		hk_node_diag(reader->diags, reader->doc, map, HK0803, "field '%s' of the plan is missing", key);
		reader->broken = true;
	}
	return value;
}

static void wrong_type(struct hk_plan_reader *reader, const struct hk_node *node, const char *key, const char *expected)
{
	hk_node_diag(reader->diags, reader->doc, node, HK0804, "field '%s' of the plan must be %s", key, expected);
	reader->broken = true;
}

static const char *text_of(struct hk_plan_reader *reader, const struct hk_node *value, const char *key)
{
	if (!value)
		return NULL;
	if (value->kind != HK_SCALAR || hk_node_type(value) != HK_TYPE_STRING || value->text.n == 0) {
		wrong_type(reader, value, key, "text");
		return NULL;
	}
	if (memchr(value->text.s, '\0', value->text.n)) {
		wrong_type(reader, value, key, "text without NUL bytes");
		return NULL;
	}
	return hk_arena_slicedup(&reader->plan->arena, value->text);
}

const char *hk_plan_field_text(struct hk_plan_reader *reader, const struct hk_node *map, const char *key)
{
	return text_of(reader, need(reader, map, key), key);
}

const char *hk_plan_field_optional_text(struct hk_plan_reader *reader, const struct hk_node *map, const char *key)
{
	return text_of(reader, hk_node_get(map, key), key);
}

double hk_plan_field_time(struct hk_plan_reader *reader, const struct hk_node *map, const char *key)
{
	const struct hk_node *value = hk_node_get(map, key);
	double seconds = 0;

	if (value && text_of(reader, value, key) && !hk_time_parse_moment(value->text, &seconds))
		wrong_type(reader, value, key, "a time such as 2026-01-31T12:00:00Z");
	return seconds;
}

static double number_of(struct hk_plan_reader *reader, const struct hk_node *value, const char *key, double least, double most)
{
	double number = 0;

	if (!value)
		return least;
	if (!hk_node_float(value, &number)) {
		wrong_type(reader, value, key, "a number");
		return least;
	}
	/* Written so that NaN fails too. */
	if (!(number >= least && number <= most)) {
		struct hk_buf text HK_AUTO_BUF = HK_BUF_INIT;

		hk_buf_addf(&text, "field '%s' of the plan is %.*s; expected a finite number from ", key, HK_STR_ARG(value->text));
		hk_buf_addround(&text, least, 6);
		hk_buf_addstr(&text, " to ");
		hk_buf_addround(&text, most, 6);
		hk_plan_field_complain(reader, value, HK0805, text.s);
		return least;
	}
	return number;
}

double hk_plan_field_number(struct hk_plan_reader *reader, const struct hk_node *map, const char *key, double least, double most)
{
	return number_of(reader, need(reader, map, key), key, least, most);
}

double hk_plan_field_optional_number(struct hk_plan_reader *reader, const struct hk_node *map, const char *key, double least, double most, double absent)
{
	const struct hk_node *value = hk_node_get(map, key);

	return value ? number_of(reader, value, key, least, most) : absent;
}

int64_t hk_plan_field_count(struct hk_plan_reader *reader, const struct hk_node *map, const char *key, int64_t least, int64_t most)
{
	const struct hk_node *value = need(reader, map, key);
	int64_t number = least;

	if (!value)
		return least;
	if (!hk_node_int(value, &number)) {
		wrong_type(reader, value, key, "a whole number");
		return least;
	}
	if (number < least || number > most) {
		hk_node_diag(reader->diags, reader->doc, value, HK0805, "field '%s' of the plan is %lld; expected a whole number from %lld to %lld", key,
			     (long long)number, (long long)least, (long long)most);
		reader->broken = true;
		return least;
	}
	return number;
}

bool hk_plan_field_flag(struct hk_plan_reader *reader, const struct hk_node *map, const char *key)
{
	const struct hk_node *value = need(reader, map, key);
	bool flag = false;

	if (value && !hk_node_bool(value, &flag))
		wrong_type(reader, value, key, "true or false");
	return flag;
}

const struct hk_node *hk_plan_field_map(struct hk_plan_reader *reader, const struct hk_node *map, const char *key)
{
	const struct hk_node *value = need(reader, map, key);

	if (value && value->kind != HK_MAPPING) {
		wrong_type(reader, value, key, "a mapping");
		return NULL;
	}
	return value;
}

void *hk_plan_field_list(struct hk_plan_reader *reader, const struct hk_node *map, const char *key, size_t size, size_t *count, const struct hk_node **items)
{
	const struct hk_node *value = hk_node_get(map, key);

	*count = 0;
	*items = NULL;
	if (!value)
		return NULL;
	if (value->kind != HK_SEQUENCE) {
		wrong_type(reader, value, key, "a list");
		return NULL;
	}
	hk_for_each_item(item, value) {
		if (item->kind != HK_MAPPING) {
			wrong_type(reader, item, key, "a list of mappings");
			return NULL;
		}
	}
	*count = value->count;
	*items = value;
	return value->count ? hk_arena_array(&reader->plan->arena, value->count, size) : NULL;
}

void hk_plan_field_order(struct hk_plan_reader *reader, const struct hk_node *item, const char *before, const char *name, bool strict)
{
	int order = before && name ? strcmp(before, name) : -1;

	if (order < 0 || (order == 0 && !strict))
		return;
	hk_node_diag(reader->diags, reader->doc, item, HK0806,
		     order == 0 ? "'%s' stands twice in this list of the plan" : "'%s' is out of order in this list of the plan", name);
	reader->broken = true;
}

const char **hk_plan_field_sentences(struct hk_plan_reader *reader, const struct hk_node *map, const char *key, size_t *count)
{
	const struct hk_node *list = hk_node_get(map, key);
	const char **sentences;

	*count = 0;
	if (!list)
		return NULL;
	if (list->kind != HK_SEQUENCE) {
		wrong_type(reader, list, key, "a list");
		return NULL;
	}
	sentences = hk_arena_array(&reader->plan->arena, list->count, sizeof *sentences);
	hk_for_each_item(item, list) {
		const char *text = hk_node_string(item);

		if (text)
			sentences[(*count)++] = hk_arena_strdup(&reader->plan->arena, text);
		else
			hk_plan_field_complain(reader, item, HK0804, "a reason in the plan must be text");
	}
	return sentences;
}

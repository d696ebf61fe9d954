/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values that a caller gives, checked against what the adapter says of them. */
#include "base/num.h"
#include "base/time.h"
#include "net/api_adapter.h"
#include <string.h>

static const char *const type_names[] = { "text", "integer", "duration", "bitrate", "ratio", "time", "texts", "integers", "number" };

enum hk_api_type hk_api_type_of(const struct hk_node *declaration)
{
	const char *name = hk_node_string(hk_node_get(declaration, "type"));
	for (size_t i = 0; name && i < HK_COUNT(type_names); i++)
		if (strcmp(name, type_names[i]) == 0)
			return (enum hk_api_type)i;
	return HK_API_TEXT;
}

enum hk_dimension hk_api_dimension(enum hk_api_type type)
{
	return type == HK_API_DURATION ? HK_DIMENSION_DURATION : type == HK_API_BITRATE ? HK_DIMENSION_BITRATE : type == HK_API_RATIO ? HK_DIMENSION_RATIO
	    : HK_DIMENSION_NONE;
}

const struct hk_api_value *hk_api_values_get(const struct hk_api_values *values, struct hk_str name)
{
	for (size_t i = 0; i < values->list.n; i++)
		if (hk_str_is(name, values->list.v[i].name))
			return &values->list.v[i];
	return NULL;
}

static const char *name_text(void *closure, struct hk_str name)
{
	const struct hk_api_value *value = hk_api_values_get(closure, name);
	return value ? value->text : NULL;
}

struct hk_pointer_names hk_api_names(const struct hk_api_values *values)
{
	union { const struct hk_api_values *in; void *out; } closure = { values };
	return (struct hk_pointer_names){ name_text, closure.out };
}

static bool integers_good(struct hk_str text)
{
	int64_t ignored;
	if (hk_str_ends(text, ","))
		return false;
	do
		if (!hk_num_parse_int(hk_str_cut(&text, ','), &ignored))
			return false;
	while (text.n);
	return true;
}

static bool texts_good(struct hk_str text)
{
	if (hk_str_ends(text, ","))
		return false;
	do
		if (!hk_str_cut(&text, ',').n)
			return false;
	while (text.n);
	return true;
}

static bool is_utf8(struct hk_str text)
{
	for (size_t i = 0; i < text.n;) {
		unsigned n = hk_utf8_length(text.s + i, text.n - i);
		if (!n || (unsigned char)text.s[i] < 0x20 || text.s[i] == 0x7f)
			return false;
		i += n;
	}
	return true;
}

/* NULL when the value is good, else what is expected. */
static const char *wrong_type(struct hk_api_value *value)
{
	struct hk_str text = hk_str_of(value->text);
	enum hk_api_type type = hk_api_type_of(value->declaration);
	int64_t whole;
	double seconds;
	switch (type) {
	case HK_API_INTEGER:
		if (!hk_num_parse_int(text, &whole))
			return "a whole number";
		value->quantity = (struct hk_exact){ whole, 1 };
		return NULL;
	case HK_API_NUMBER:
		return hk_exact_parse(text, &value->quantity) ? NULL : "a number such as 52.52";
	case HK_API_DURATION:
	case HK_API_BITRATE:
	case HK_API_RATIO:
		if (hk_exact_quantity(hk_api_dimension(type), text, &value->quantity) && value->quantity.numerator >= 0)
			return NULL;
		return type == HK_API_DURATION ? "a duration such as 90s or 1h30m" : type == HK_API_BITRATE ? "a bit rate such as 20Mbps"
		    : "a ratio such as 0.1% or 0.001";
	case HK_API_TIME:
		return hk_time_parse(text, &seconds) ? NULL : "a time such as 2026-01-31T12:00:00Z";
	case HK_API_INTEGERS:
		return integers_good(text) ? NULL : "whole numbers with commas between them";
	case HK_API_TEXTS:
		return texts_good(text) && is_utf8(text) ? NULL : "texts with commas between them";
	default:
		return text.n && is_utf8(text) ? NULL : "a text that is not empty and has no control characters";
	}
}

static int check_choice(const struct hk_api_value *value, struct hk_err *err)
{
	const struct hk_node *choices = hk_node_get(value->declaration, "values");
	HK_AUTO_BUF struct hk_buf names = HK_BUF_INIT;
	if (!choices)
		return 0;
	hk_for_each_item(choice, choices) {
		if (hk_str_is(choice->text, value->text))
			return 0;
		hk_buf_addf(&names, "%s%.*s", names.len ? ", " : "", HK_STR_ARG(choice->text));
	}
	return hk_err_set(err, HK_USAGE, "'%s' is none of the values of '%s': %s", value->text, value->name, names.s);
}

/* One number of a value against what its input says of all. */
static int check_bounds(const struct hk_api_value *value, struct hk_str text, const struct hk_exact *number, struct hk_err *err)
{
	static const struct { const char *key, *beyond, *end; int sign; } rules[] = { { "minimum", "less", "least", -1 }, { "maximum", "more", "most", 1 } };
	for (size_t i = 0; i < HK_COUNT(rules); i++) {
		const struct hk_node *bound = hk_node_get(value->declaration, rules[i].key);
		struct hk_exact limit;
		if (bound && hk_exact_parse(bound->text, &limit) && hk_exact_compare(number, &limit) * rules[i].sign > 0)
			return hk_err_set(err, HK_USAGE, "'%.*s' of '%s' is %s than %.*s, the %s that the operator takes", HK_STR_ARG(text), value->name,
					  rules[i].beyond, HK_STR_ARG(bound->text), rules[i].end);
	}
	return 0;
}

static int check_range(const struct hk_api_value *value, struct hk_err *err)
{
	enum hk_api_type type = hk_api_type_of(value->declaration);
	struct hk_str rest = hk_str_of(value->text);
	if (type == HK_API_INTEGER || type == HK_API_NUMBER)
		return check_bounds(value, rest, &value->quantity, err);
	while (type == HK_API_INTEGERS && rest.n) {
		struct hk_str part = hk_str_cut(&rest, ',');
		int64_t whole = 0;
		(void)hk_num_parse_int(part, &whole);
		if (check_bounds(value, part, &(struct hk_exact){ whole, 1 }, err))
			return -1;
	}
	return 0;
}

static int unknown_name(const struct hk_api_adapter *adapter, const char *name, struct hk_err *err)
{
	const char *names[128], *nearest;
	size_t n = 0;
	hk_for_each_pair(key, hk_node_get(adapter->spec, "inputs"))
		if (n < HK_COUNT(names))
			names[n++] = key->text.s;
	nearest = hk_str_nearest(hk_str_of(name), names, n);
	if (nearest)
		return hk_err_set(err, HK_USAGE, "adapter %s has no value '%s'; did you mean '%s'?", adapter->name, name, nearest);
	return hk_err_set(err, HK_USAGE, "adapter %s has no value '%s'; 'hkctl api lint %s' lists them", adapter->name, name, adapter->name);
}

int hk_api_values_add(struct hk_api_values *values, const struct hk_api_adapter *adapter, const char *assignment, struct hk_arena *arena, struct hk_err *err)
{
	struct hk_str rest = hk_str_of(assignment), name = hk_str_cut(&rest, '=');
	struct hk_api_value value = { .quantity = { 0, 1 } };
	const char *expected;
	if (name.n == strlen(assignment) || !name.n)
		return hk_err_set(err, HK_USAGE, "'%s' is no value; write NAME=VALUE", assignment);
	value.name = hk_arena_slicedup(arena, name);
	value.text = hk_arena_slicedup(arena, rest);
	value.declaration = hk_api_input(adapter, name);
	if (!value.declaration && !hk_str_is(name, "id"))
		return unknown_name(adapter, value.name, err);
	if (hk_api_values_get(values, name))
		return hk_err_set(err, HK_USAGE, "'%s' is given twice", value.name);
	expected = wrong_type(&value);
	if (expected)
		return hk_err_set(err, HK_USAGE, "'%s' of '%s' is not %s", value.text, value.name, expected);
	if (check_choice(&value, err) || check_range(&value, err))
		return -1;
	hk_vec_push(&values->list, value);
	return 0;
}

void hk_api_values_set_id(struct hk_api_values *values, const char *id)
{
	for (size_t i = 0; i < values->list.n; i++)
		if (strcmp(values->list.v[i].name, "id") == 0) {
			values->list.v[i].text = id;
			return;
		}
	hk_vec_push(&values->list, (struct hk_api_value){ .name = "id", .text = id, .quantity = { 0, 1 } });
}

/* An item of `needs` is a name, or a list of names of which one must be there. */
static bool has_one(const struct hk_api_values *values, const struct hk_node *need, struct hk_buf *names)
{
	hk_buf_reset(names);
	if (need->kind == HK_SCALAR) {
		hk_buf_addslice(names, need->text);
		return hk_api_values_get(values, need->text);
	}
	hk_for_each_item(name, need) {
		if (hk_api_values_get(values, name->text))
			return true;
		hk_buf_addf(names, "%s%.*s", names->len ? " or " : "", HK_STR_ARG(name->text));
	}
	return false;
}

/* Some values say something only together with another one. */
static int check_company(const struct hk_api_values *values, const struct hk_api_adapter *adapter, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf names = HK_BUF_INIT;
	for (size_t i = 0; i < values->list.n; i++) {
		const struct hk_node *with = hk_node_get(values->list.v[i].declaration, "with");
		if (with && !has_one(values, with, &names))
			return hk_err_set(err, HK_USAGE, "'%s' of adapter %s needs %s=VALUE beside it", values->list.v[i].name, adapter->name, names.s);
	}
	return 0;
}

int hk_api_values_complete(const struct hk_api_values *values, const struct hk_api_adapter *adapter, const char *action, struct hk_err *err)
{
	const struct hk_node *node = hk_api_action(adapter, action);
	HK_AUTO_BUF struct hk_buf names = HK_BUF_INIT;
	hk_for_each_item(need, hk_node_get(node, "needs"))
		if (!has_one(values, need, &names))
			return hk_err_set(err, HK_USAGE, "'%s' of adapter %s needs %s=VALUE", action, adapter->name, names.s);
	return check_company(values, adapter, err);
}

void hk_api_values_release(struct hk_api_values *values)
{
	hk_vec_release(&values->list);
}

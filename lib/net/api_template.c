/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/api_template.h"
#include "base/num.h"
#include "out/ser.h"
#include <string.h>

enum presence { LITERAL, PRESENT, ABSENT };

const struct hk_node *hk_api_template_name(const struct hk_node *node)
{
	if (!node || node->kind != HK_MAPPING || !node->first)
		return NULL;
	return hk_str_is(node->first->text, "$in") || hk_str_is(node->first->text, "$amount") ? node->first->next : NULL;
}

static enum presence presence_of(const struct hk_node *node, const struct hk_api_values *values)
{
	const struct hk_node *name = hk_api_template_name(node);
	enum presence result = LITERAL;
	if (name)
		return hk_api_values_get(values, name->text) ? PRESENT : ABSENT;
	if (node->kind == HK_SCALAR)
		return LITERAL;
	for (const struct hk_node *child = node->first; child; child = child->next) {
		enum presence this = LITERAL;
		if (node->kind == HK_MAPPING)
			child = child->next;
		this = presence_of(child, values);
		if (this == PRESENT)
			return PRESENT;
		result = this == ABSENT ? ABSENT : result;
	}
	return result;
}

static enum hk_round round_of(const struct hk_node *node)
{
	const char *text = hk_node_string(hk_node_get(node, "round"));
	return !text ? HK_ROUND_EXACT : strcmp(text, "up") == 0 ? HK_ROUND_UP : HK_ROUND_DOWN;
}

static int refuse(const struct hk_api_value *value, const char *why, struct hk_err *err)
{
	return hk_err_set(err, HK_USAGE, "'%s' of '%s' cannot be sent: %s", value->text, value->name, why);
}

/* A one-way value for an API that speaks of round trips is twice as much. */
static bool apply_way(const struct hk_node *node, struct hk_exact *quantity)
{
	const char *way = hk_node_string(hk_node_get(node, "way"));
	return !way || strcmp(way, "round-trip") != 0 || hk_exact_scale(quantity, 2, 1);
}

static int64_t most_of(const struct hk_node *node, int64_t otherwise)
{
	(void)hk_node_int(hk_node_get(node, "most"), &otherwise);
	return otherwise;
}

static int in_unit(const struct hk_node *node, const struct hk_api_value *value, struct hk_str unit, int64_t *whole, struct hk_err *err)
{
	enum hk_dimension dimension;
	struct hk_exact factor, quantity = value->quantity;
	if (!hk_exact_unit(unit, &dimension, &factor) || !apply_way(node, &quantity) ||
	    !hk_exact_scale(&quantity, (int64_t)factor.denominator, (int64_t)factor.numerator))
		return refuse(value, "it is out of range", err);
	if (!hk_exact_integer(&quantity, round_of(node), whole))
		return hk_err_set(err, HK_USAGE, "'%s' of '%s' cannot be sent: it is no whole number of %.*s", value->text, value->name, HK_STR_ARG(unit));
	return *whole > most_of(node, INT64_MAX) ? refuse(value, "it is more than the operator takes", err) : 0;
}

/* "12.5 Mbps": the largest unit that leaves at least 1. */
static int rate_text(const struct hk_api_value *value, struct hk_buf *text, struct hk_err *err)
{
	static const struct { const char *name; int64_t factor; } units[] = { { "Tbps", 1000000000000 }, { "Gbps", 1000000000 }, { "Mbps", 1000000 },
									      { "Kbps", 1000 }, { "bps", 1 } };
	struct hk_exact shown;
	size_t i = 0;
	while (i + 1 < HK_COUNT(units) && value->quantity.numerator / units[i].factor < value->quantity.denominator)
		i++;
	shown = value->quantity;
	if (!hk_exact_scale(&shown, 1, units[i].factor) || !hk_exact_print(&shown, text))
		return refuse(value, "it is no decimal fraction", err);
	hk_buf_addf(text, " %s", units[i].name);
	return 0;
}

/* n with 10^-n = ratio, or the next smaller (round down: less loss) or larger one. */
static int exponent_of(const struct hk_node *node, const struct hk_api_value *value, int64_t *n, struct hk_err *err)
{
	struct hk_exact power = { 1000000000, 1 };
	if (value->quantity.numerator <= 0)
		return refuse(value, "it has no power of ten", err);
	for (*n = 0; *n < 18 && hk_exact_compare(&power, &value->quantity) > 0; ++*n)
		(void)hk_exact_scale(&power, 1, 10);
	if (hk_exact_compare(&power, &value->quantity) == 0)
		return 0;
	if (hk_exact_compare(&power, &value->quantity) > 0 || round_of(node) == HK_ROUND_EXACT)
		return refuse(value, "it is no power of ten", err);
	*n -= round_of(node) == HK_ROUND_UP && *n > 0;
	return 0;
}

static void write_list(struct hk_ser *ser, const struct hk_api_value *value, bool numbers)
{
	struct hk_str rest = hk_str_of(value->text);
	int64_t whole = 0;
	hk_ser_seq(ser);
	do {
		struct hk_str part = hk_str_cut(&rest, ',');
		if (numbers && hk_num_parse_int(part, &whole))
			hk_ser_int(ser, whole);
		else
			hk_ser_slice(ser, part);
	} while (rest.n);
	hk_ser_end(ser);
}

static void write_scalar(struct hk_ser *ser, const struct hk_node *node)
{
	int64_t whole;
	double number;
	bool truth;
	switch (hk_node_type(node)) {
	case HK_TYPE_INT:
		if (hk_node_int(node, &whole)) {
			hk_ser_int(ser, whole);
			return;
		}
		break;
	case HK_TYPE_FLOAT:
		if (hk_node_float(node, &number)) {
			hk_ser_num(ser, number);
			return;
		}
		break;
	case HK_TYPE_BOOL:
		hk_ser_bool(ser, hk_node_bool(node, &truth) && truth);
		return;
	case HK_TYPE_NULL:
		hk_ser_null(ser);
		return;
	default:
		break;
	}
	hk_ser_slice(ser, node->text);
}

/* A decimal fraction, as long as it has no more digits than JSON readers keep. */
static int write_number(struct hk_ser *ser, const struct hk_api_value *value, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_exact again;
	double number;
	if (!hk_num_parse(hk_str_of(value->text), &number))
		return refuse(value, "it is out of range", err);
	hk_buf_addnum(&text, number);
	if (!hk_exact_parse((struct hk_str){ text.s, text.len }, &again) || hk_exact_compare(&again, &value->quantity) != 0)
		return refuse(value, "it has more digits than can be sent", err);
	hk_ser_num(ser, number);
	return 0;
}

static int write_mapped(struct hk_ser *ser, const struct hk_node *map, const struct hk_api_value *value, struct hk_err *err)
{
	const struct hk_node *found = hk_node_get(map, value->text);
	if (!found)
		return refuse(value, "the operator has no word for it", err);
	write_scalar(ser, found);
	return 0;
}

static int write_quantity(struct hk_ser *ser, const struct hk_node *node, const struct hk_api_value *value, struct hk_err *err)
{
	const char *as = hk_node_string(hk_node_get(node, "as"));
	const struct hk_node *unit = hk_node_get(node, "unit");
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	int64_t whole = 0;
	if (as && strcmp(as, "rate") == 0) {
		if (rate_text(value, &text, err))
			return -1;
		hk_ser_str(ser, text.s);
		return 0;
	}
	if (as && strcmp(as, "exponent") == 0 ? exponent_of(node, value, &whole, err) : in_unit(node, value, unit ? unit->text : HK_STR("ns"), &whole, err))
		return -1;
	if (as && strcmp(as, "text") == 0) {
		hk_buf_addf(&text, "%lld", (long long)whole);
		hk_ser_str(ser, text.s);
	} else
		hk_ser_int(ser, whole);
	return 0;
}

static int write_amount(struct hk_ser *ser, const struct hk_node *node, const struct hk_api_value *value, struct hk_err *err)
{
	int64_t most = most_of(node, INT32_MAX), whole;
	enum hk_dimension dimension;
	struct hk_exact factor, quantity;
	hk_for_each_item(unit, hk_node_get(node, "units")) {
		quantity = value->quantity;
		if (!hk_exact_unit(unit->text, &dimension, &factor) || !hk_exact_scale(&quantity, (int64_t)factor.denominator, (int64_t)factor.numerator) ||
		    !hk_exact_integer(&quantity, round_of(node), &whole) || whole > most)
			continue;
		hk_ser_map(ser);
		hk_ser_kint(ser, "value", whole);
		hk_ser_key(ser, "unit");
		hk_ser_slice(ser, unit->text);
		hk_ser_end(ser);
		return 0;
	}
	return hk_err_set(err, HK_USAGE, "'%s' of '%s' cannot be sent: it is a whole number up to %lld of none of the operator's units", value->text,
			  value->name, (long long)most);
}

static int write_value(struct hk_ser *ser, const struct hk_node *node, const struct hk_api_value *value, struct hk_err *err)
{
	const struct hk_node *map = hk_node_get(node, "map");
	enum hk_api_type type = value->declaration ? hk_api_type_of(value->declaration) : HK_API_TEXT;
	const char *as = hk_node_string(hk_node_get(node, "as"));
	if (hk_str_is(node->first->text, "$amount"))
		return write_amount(ser, node, value, err);
	if (map)
		return write_mapped(ser, map, value, err);
	if (hk_api_dimension(type) != HK_DIMENSION_NONE)
		return write_quantity(ser, node, value, err);
	if (type == HK_API_INTEGERS || type == HK_API_TEXTS)
		write_list(ser, value, type == HK_API_INTEGERS);
	else if (type == HK_API_NUMBER)
		return write_number(ser, value, err);
	else if (type == HK_API_INTEGER && !(as && strcmp(as, "text") == 0))
		hk_ser_int(ser, (int64_t)value->quantity.numerator);
	else
		hk_ser_str(ser, value->text);
	return 0;
}

static int write_node(struct hk_ser *ser, const struct hk_node *node, const struct hk_api_values *values, struct hk_err *err)
{
	const struct hk_node *name = hk_api_template_name(node);
	if (name)
		return write_value(ser, node, hk_api_values_get(values, name->text), err);
	if (node->kind == HK_SCALAR) {
		write_scalar(ser, node);
		return 0;
	}
	if (node->kind == HK_MAPPING)
		hk_ser_map(ser);
	else
		hk_ser_seq(ser);
	for (const struct hk_node *child = node->first; child; child = child->next) {
		const struct hk_node *key = child;
		child = node->kind == HK_MAPPING ? child->next : child;
		if (presence_of(child, values) == ABSENT)
			continue;
		if (node->kind == HK_MAPPING)
			hk_ser_key(ser, key->text.s);
		if (write_node(ser, child, values, err))
			return -1;
	}
	hk_ser_end(ser);
	return 0;
}

int hk_api_template_body(const struct hk_node *template, const struct hk_api_values *values, struct hk_buf *out, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_ser *ser = hk_ser_open(HK_SER_JSON_COMPACT, &text);
	int result = write_node(ser, template, values, err);
	HK_AUTO_ERR struct hk_err unbalanced = HK_ERR_INIT;
	if (hk_ser_close(ser, &unbalanced) && !result)
		result = hk_err_set(err, HK_FAILED, "%s", unbalanced.message);
	while (text.len && text.s[text.len - 1] == '\n')
		text.len--;
	if (!result)
		hk_buf_add(out, text.s, text.len);
	return result;
}

int hk_api_template_text(const struct hk_node *template, const struct hk_api_values *values, bool *present, struct hk_buf *out, struct hk_err *err)
{
	const struct hk_node *name = hk_api_template_name(template);
	const struct hk_api_value *value = name ? hk_api_values_get(values, name->text) : NULL;
	HK_AUTO_BUF struct hk_buf json = HK_BUF_INIT;
	*present = !name || value;
	if (!*present)
		return 0;
	if (!name) {
		hk_buf_addslice(out, template->text);
		return 0;
	}
	if (!hk_node_get(template, "map") && hk_api_dimension(hk_api_type_of(value->declaration)) == HK_DIMENSION_NONE) {
		hk_buf_addstr(out, value->text);
		return 0;
	}
	if (hk_api_template_body(template, values, &json, err))
		return -1;
	if (json.len >= 2 && json.s[0] == '"')        /* words of adapters and digits: nothing in them is escaped */
		hk_buf_add(out, json.s + 1, json.len - 2);
	else
		hk_buf_add(out, json.s, json.len);
	return 0;
}

static void add_parameter(struct hk_str name, struct hk_str value, char *separator, struct hk_buf *out)
{
	hk_buf_addch(out, *separator);
	hk_buf_addencoded(out, name);
	hk_buf_addch(out, '=');
	hk_buf_addencoded(out, value);
	*separator = '&';
}

static bool is_list(const struct hk_node *template, const struct hk_api_values *values)
{
	const struct hk_node *name = hk_api_template_name(template);
	const struct hk_api_value *value = name ? hk_api_values_get(values, name->text) : NULL;
	enum hk_api_type type = value ? hk_api_type_of(value->declaration) : HK_API_TEXT;
	return type == HK_API_TEXTS || type == HK_API_INTEGERS;
}

/* A list is a parameter for each item, as OpenAPI has it unless it says otherwise. */
static int add_query(const struct hk_node *query, const struct hk_api_values *values, struct hk_buf *out, struct hk_err *err)
{
	char separator = '?';
	hk_for_each_pair(key, query) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		bool present;
		if (hk_api_template_text(key->next, values, &present, &text, err))
			return -1;
		if (!present)
			continue;
		struct hk_str rest = { text.s, text.len };
		bool list = is_list(key->next, values);
		do
			add_parameter(key->text, list ? hk_str_cut(&rest, ',') : rest, &separator, out);
		while (list && rest.n);
	}
	return 0;
}

int hk_api_template_path(const char *path, const struct hk_node *query, const struct hk_api_values *values, struct hk_buf *out, struct hk_err *err)
{
	while (*path) {
		const char *end = *path == '{' ? strchr(path, '}') : NULL;
		const struct hk_api_value *value;
		if (!end) {
			hk_buf_addch(out, *path++);
			continue;
		}
		struct hk_str name = { path + 1, (size_t)(end - path - 1) };
		value = hk_api_values_get(values, name);
		if (!value)
			return hk_err_set(err, HK_USAGE, "'%.*s' is not given; add %.*s=VALUE", HK_STR_ARG(name), HK_STR_ARG(name));
		/* "." and ".." would be taken for steps of the path, encoded or not */
		if (strcmp(value->text, ".") == 0 || strcmp(value->text, "..") == 0 || !*value->text)
			return refuse(value, "it cannot stand in an address", err);
		hk_buf_addencoded(out, hk_str_of(value->text));
		path = end + 1;
	}
	return add_query(query, values, out, err);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "schema/rules.h"
#include <math.h>
#include <stdlib.h>

unsigned hk_schema_type(const struct hk_node *node)
{
	double value;

	if (node->kind == HK_SEQUENCE)
		return HK_SCHEMA_ARRAY;
	if (node->kind == HK_MAPPING)
		return HK_SCHEMA_OBJECT;
	switch (hk_node_type(node)) {
	case HK_TYPE_NULL: return HK_SCHEMA_NULL;
	case HK_TYPE_BOOL: return HK_SCHEMA_BOOLEAN;
	case HK_TYPE_INT: return HK_SCHEMA_INTEGER | HK_SCHEMA_NUMBER;
	case HK_TYPE_STRING: return HK_SCHEMA_STRING;
	case HK_TYPE_FLOAT: break;
	}
	if (!hk_node_float(node, &value) || !isfinite(value))
		return HK_SCHEMA_NOT_FINITE;
	return rint(value) == value ? HK_SCHEMA_INTEGER | HK_SCHEMA_NUMBER : HK_SCHEMA_NUMBER;
}

size_t hk_schema_length(struct hk_str text)
{
	size_t count = 0, length;

	for (size_t at = 0; at < text.n; at += length, count++) {
		length = 1;
		if ((unsigned char)text.s[at] >= 0x80)
			hk_pattern_code_point((struct hk_str){ text.s + at, text.n - at }, &length);
	}
	return count;
}

static void add_text(struct hk_str text, struct hk_buf *out)
{
	/* the length in front keeps neighbours apart whatever bytes they have */
	hk_buf_addf(out, "s%zu:", text.n);
	hk_buf_addslice(out, text);
}

static void add_number(const struct hk_node *node, struct hk_buf *out)
{
	int64_t integer;
	double value = 0;

	if (hk_node_int(node, &integer)) {
		hk_buf_addf(out, "n%lld", (long long)integer);
	} else if (hk_node_float(node, &value) && rint(value) == value && fabs(value) < 9.2e18) {
		hk_buf_addf(out, "n%lld", (long long)value);
	} else if (isfinite(value)) {
		hk_buf_addch(out, 'n');
		hk_buf_addnum(out, value);
	} else {
		hk_buf_addch(out, 'x');
		hk_buf_addslice(out, node->text);
	}
}

static int by_key(const void *a, const void *b)
{
	const struct hk_node *const *x = a, *const *y = b;

	return hk_str_cmp((*x)->text, (*y)->text);
}

static void add_mapping(const struct hk_node *node, struct hk_buf *out)
{
	HK_VEC(const struct hk_node *) keys = { 0 };

	hk_for_each_pair(key, node)
		hk_vec_push(&keys, key);
	if (keys.n)
		qsort(keys.v, keys.n, sizeof *keys.v, by_key);
	hk_buf_addch(out, '{');
	for (size_t i = 0; i < keys.n; i++) {
		add_text(keys.v[i]->text, out);
		hk_schema_canonical(keys.v[i]->next, out);
	}
	hk_buf_addch(out, '}');
	hk_vec_release(&keys);
}

void hk_schema_canonical(const struct hk_node *node, struct hk_buf *out)
{
	bool value;

	switch (hk_schema_type(node)) {
	case HK_SCHEMA_OBJECT:
		add_mapping(node, out);
		break;
	case HK_SCHEMA_ARRAY:
		hk_buf_addch(out, '[');
		hk_for_each_item(item, node)
			hk_schema_canonical(item, out);
		hk_buf_addch(out, ']');
		break;
	case HK_SCHEMA_NULL:
		hk_buf_addch(out, '0');
		break;
	case HK_SCHEMA_BOOLEAN:
		hk_buf_addch(out, hk_node_bool(node, &value) && value ? 't' : 'f');
		break;
	case HK_SCHEMA_STRING:
		add_text(node->text, out);
		break;
	default:
		add_number(node, out);
		break;
	}
	hk_buf_addch(out, ';');
}

bool hk_schema_equal(const struct hk_node *a, const struct hk_node *b)
{
	unsigned type = hk_schema_type(a);

	if (!(type & hk_schema_type(b)))
		return false;
	if (type == HK_SCHEMA_STRING)
		return hk_str_eq(a->text, b->text);
	HK_AUTO_BUF struct hk_buf x = HK_BUF_INIT, y = HK_BUF_INIT;
	hk_schema_canonical(a, &x);
	hk_schema_canonical(b, &y);
	return hk_str_eq((struct hk_str){ x.s, x.len }, (struct hk_str){ y.s, y.len });
}

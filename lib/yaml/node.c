/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "yaml/doc.h"
#include "yaml/types.h"

#include "base/num.h"
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const struct hk_node *find_key(const struct hk_node *mapping, struct hk_str name)
{
	hk_for_each_pair(key, mapping)
		if (key->text.n == name.n && key->text.s[0] == name.s[0] && memcmp(key->text.s, name.s, name.n) == 0)
			return key;
	return NULL;
}

const struct hk_node *hk_node_key(const struct hk_node *mapping, const char *key)
{
	return find_key(mapping, hk_str_of(key));
}

const struct hk_node *hk_node_get(const struct hk_node *mapping, const char *key)
{
	const struct hk_node *found = hk_node_key(mapping, key);
	return found ? found->next : NULL;
}

static const struct hk_node *item_at(const struct hk_node *sequence, struct hk_str number)
{
	size_t index = 0;
	if (number.n == 0 || number.n > 9)
		return NULL;
	for (size_t i = 0; i < number.n; i++) {
		if (number.s[i] < '0' || number.s[i] > '9')
			return NULL;
		index = index * 10 + (size_t)(number.s[i] - '0');
	}
	hk_for_each_item(item, sequence)
		if (index-- == 0)
			return item;
	return NULL;
}

const struct hk_node *hk_node_at(const struct hk_node *root, const char *path)
{
	struct hk_str rest = hk_str_of(path);
	const struct hk_node *node = root;
	while (node && rest.n) {
		struct hk_str part = hk_str_cut(&rest, '.');
		if (node->kind == HK_SEQUENCE) {
			node = item_at(node, part);
			continue;
		}
		const struct hk_node *key = find_key(node, part);
		node = key ? key->next : NULL;
	}
	return node;
}

bool hk_node_is_null(const struct hk_node *node)
{
	return !node || (node->kind == HK_SCALAR && hk_node_type(node) == HK_TYPE_NULL);
}

const char *hk_node_string(const struct hk_node *node)
{
	return node && node->kind == HK_SCALAR && !hk_node_is_null(node) ? node->text.s : NULL;
}

enum hk_scalar_type hk_node_type(const struct hk_node *node)
{
	if (!node || node->kind != HK_SCALAR)
		return node ? HK_TYPE_STRING : HK_TYPE_NULL;
	if (node->style != HK_PLAIN || node->string_tag)
		return HK_TYPE_STRING;
	return hk_yaml_type_12(node->text);
}

/* Digits of the given base, within int64. */
static bool parse_digits(const char *digits, int base, bool negative, int64_t *value)
{
	char *end;
	errno = 0;
	unsigned long long magnitude = strtoull(digits, &end, base);
	if (errno || *end || magnitude > (unsigned long long)INT64_MAX + (negative ? 1u : 0u))
		return false;
	*value = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
	return true;
}

bool hk_node_int(const struct hk_node *node, int64_t *value)
{
	if (!node || node->kind != HK_SCALAR || hk_node_type(node) != HK_TYPE_INT)
		return false;
	const char *s = node->text.s;
	if (s[0] == '0' && (s[1] == 'o' || s[1] == 'x'))
		return parse_digits(s + 2, s[1] == 'o' ? 8 : 16, false, value);
	return parse_digits(s + (s[0] == '-' || s[0] == '+'), 10, s[0] == '-', value);
}

bool hk_node_float(const struct hk_node *node, double *value)
{
	enum hk_scalar_type type = hk_node_type(node);
	int64_t whole;
	if (!node || node->kind != HK_SCALAR || (type != HK_TYPE_FLOAT && type != HK_TYPE_INT))
		return false;
	if (hk_node_int(node, &whole)) {
		*value = (double)whole;
		return true;
	}
	const char *s = node->text.s, *body = s + (s[0] == '-' || s[0] == '+');
	if (body[0] == '.' && (body[1] == 'i' || body[1] == 'I')) {
		*value = s[0] == '-' ? -INFINITY : INFINITY;
		return true;
	}
	if (body[0] == '.' && (body[1] == 'n' || body[1] == 'N')) {
		*value = NAN;
		return true;
	}
	if (body[0] == '0' && (body[1] == 'o' || body[1] == 'x'))
		return false;           /* an integer past int64 */
	return hk_num_parse(node->text, value);
}

bool hk_node_bool(const struct hk_node *node, bool *value)
{
	if (!node || node->kind != HK_SCALAR || hk_node_type(node) != HK_TYPE_BOOL)
		return false;
	*value = node->text.s[0] == 't' || node->text.s[0] == 'T';
	return true;
}

void hk_node_range(const struct hk_doc *doc, const struct hk_node *node, struct hk_range *range)
{
	hk_source_range(doc->source, node->start, node->end, range);
}

struct hk_diag *hk_node_diag(struct hk_diags *diags, const struct hk_doc *doc, const struct hk_node *node, enum hk_rule_id rule, const char *format, ...)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_range range;
	va_list args;
	va_start(args, format);
	hk_buf_vaddf(&text, format, args);
	va_end(args);
	hk_node_range(doc, node, &range);
	struct hk_diag *diag = hk_diag_add(diags, rule, &range, "%s", text.s);
	hk_diag_source_line(diags, diag, hk_source_line(doc->source, range.line));
	return diag;
}

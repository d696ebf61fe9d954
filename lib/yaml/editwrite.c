/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "yaml/editing.h"

#include "yaml/types.h"

#include <string.h>

bool hk_value_is_block(const struct hk_value *value)
{
	return value && value->kind != HK_SCALAR && value->count > 0;
}

int hk_value_check(const struct hk_value *value, unsigned depth, struct hk_err *err)
{
	if (depth > HK_YAML_MAX_DEPTH)
		return hk_err_set(err, HK_FAILED, "a value to write nests deeper than %u levels", HK_YAML_MAX_DEPTH);
	if (!value)
		return 0;
	if (value->kind == HK_SCALAR) {
		if (value->text && !value->is_string && hk_yaml_type_12(hk_str_of(value->text)) == HK_TYPE_STRING)
			return hk_err_set(err, HK_FAILED, "'%s' is to be written as a number, boolean or null and is none", value->text);
		return 0;
	}
	for (size_t i = 0; i < value->count; i++)
		if (hk_value_check(value->items[i], depth + 1, err) != 0)
			return -1;
	return 0;
}

static bool is_flow_safe(struct hk_str text)
{
	return !memchr(text.s, ':', text.n) && !memchr(text.s, '?', text.n);
}

static bool fits_single_quotes(struct hk_str text)
{
	HK_AUTO_BUF struct hk_buf quoted = HK_BUF_INIT;
	hk_yaml_add_quoted(&quoted, text);
	return quoted.len == text.n + 2;       /* nothing in it needs an escape */
}

static void write_string(const struct hk_edit *edit, struct hk_buf *out, struct hk_str text, enum hk_scalar_style like, bool flow)
{
	if (like == HK_SINGLE_QUOTED && !edit->style.json && fits_single_quotes(text) && !memchr(text.s, '\'', text.n))
		hk_buf_addf(out, "'%.*s'", HK_STR_ARG(text));
	else if (like == HK_DOUBLE_QUOTED || edit->style.json || hk_yaml_needs_quotes(text) || (flow && !is_flow_safe(text)))
		hk_yaml_add_quoted(out, text);
	else
		hk_buf_addslice(out, text);
}

void hk_edit_write_scalar(const struct hk_edit *edit, struct hk_buf *out, const struct hk_value *value, enum hk_scalar_style like, bool flow)
{
	if (!value || !value->text || (!value->is_string && !value->text[0]))
		hk_buf_addstr(out, "null");
	else if (value->is_string)
		write_string(edit, out, hk_str_of(value->text), like, flow);
	else
		hk_buf_addstr(out, value->text);
}

void hk_edit_write_key(const struct hk_edit *edit, struct hk_buf *out, const char *key, bool flow, bool quoted)
{
	write_string(edit, out, hk_str_of(key), quoted ? HK_DOUBLE_QUOTED : HK_PLAIN, flow);
}

void hk_edit_write_flow(const struct hk_edit *edit, struct hk_buf *out, const struct hk_value *value)
{
	if (!value || value->kind == HK_SCALAR) {
		hk_edit_write_scalar(edit, out, value, HK_PLAIN, true);
		return;
	}
	bool mapping = value->kind == HK_MAPPING;
	hk_buf_addch(out, mapping ? '{' : '[');
	for (size_t i = 0; i < value->count; i++) {
		if (i)
			hk_buf_addstr(out, ", ");
		if (mapping) {
			hk_edit_write_key(edit, out, value->keys[i], true, false);
			hk_buf_addstr(out, ": ");
		}
		hk_edit_write_flow(edit, out, value->items[i]);
	}
	hk_buf_addch(out, mapping ? '}' : ']');
}

static void new_line(const struct hk_edit *edit, struct hk_buf *out, unsigned column)
{
	hk_buf_addstr(out, edit->style.newline);
	hk_buf_addchn(out, ' ', column);
}

void hk_edit_write_pair(const struct hk_edit *edit, struct hk_buf *out, const char *key, const struct hk_value *value, unsigned column)
{
	hk_edit_write_key(edit, out, key, false, false);
	hk_buf_addch(out, ':');
	if (!hk_value_is_block(value)) {
		hk_buf_addch(out, ' ');
		if (value && value->kind != HK_SCALAR)
			hk_edit_write_flow(edit, out, value);
		else
			hk_edit_write_scalar(edit, out, value, HK_PLAIN, false);
		return;
	}
	unsigned inner = column + (value->kind == HK_MAPPING ? edit->style.step : edit->style.list_step);
	new_line(edit, out, inner);
	hk_edit_write_block(edit, out, value, inner);
}

void hk_edit_write_item(const struct hk_edit *edit, struct hk_buf *out, const struct hk_value *value, unsigned column)
{
	hk_buf_addstr(out, "- ");
	if (hk_value_is_block(value))
		hk_edit_write_block(edit, out, value, column + 2);
	else if (value && value->kind != HK_SCALAR)
		hk_edit_write_flow(edit, out, value);
	else
		hk_edit_write_scalar(edit, out, value, HK_PLAIN, false);
}

void hk_edit_write_block(const struct hk_edit *edit, struct hk_buf *out, const struct hk_value *value, unsigned column)
{
	for (size_t i = 0; i < value->count; i++) {
		if (i)
			new_line(edit, out, column);
		if (value->kind == HK_MAPPING)
			hk_edit_write_pair(edit, out, value->keys[i], value->items[i], column);
		else
			hk_edit_write_item(edit, out, value->items[i], column);
	}
}

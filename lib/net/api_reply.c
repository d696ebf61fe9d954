/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/api_reply.h"
#include "base/time.h"
#include <string.h>

#define MOST_ROWS 10000u

const char *const hk_api_state_names[] = { "unknown", "pending", "active", "ended", "failed", NULL };

/* Such a text would end at it for whoever reads it as a string, and be another value than what was sent. Depth is limited by the reader. */
static bool has_nul(const struct hk_node *node)
{
	if (node->kind == HK_SCALAR)
		return memchr(node->text.s, 0, node->text.n) != NULL;
	for (const struct hk_node *child = node->first; child; child = child->next)
		if (has_nul(child))
			return true;
	return false;
}

int hk_api_json(const char *name, struct hk_str text, struct hk_source *source, struct hk_doc *doc, struct hk_err *err)
{
	struct hk_diags diags = HK_DIAGS_INIT;
	int result = 0;
	hk_source_from_text(source, name, text.s, text.n);
	if (!text.n)
		result = hk_err_set(err, HK_FAILED, "%s is empty, and JSON was expected", name);
	else if (hk_yaml_read_one(source, true, doc, &diags))
		result = hk_err_set(err, HK_FAILED, "%s is no JSON: %s", name, diags.list.n ? diags.list.v[0].summary : "nothing in it");
	else if (has_nul(doc->root))
		result = hk_err_set(err, HK_FAILED, "%s has a text with a NUL character in it, which no value can be", name);
	hk_diags_release(&diags);
	return result;
}

/* ---- one value ---- */

struct reading { const struct hk_node *out; const char *pointer; const struct hk_api_values *values; struct hk_arena *arena; struct hk_err *err; };

static const char *what_is(const struct hk_node *node)
{
	if (node->kind != HK_SCALAR)
		return node->kind == HK_MAPPING ? "an object" : "a list";
	switch (hk_node_type(node)) {
	case HK_TYPE_NULL: return "null";
	case HK_TYPE_BOOL: return "a boolean";
	case HK_TYPE_INT:
	case HK_TYPE_FLOAT: return "a number";
	default: return "a text";
	}
}

static int wrong(const struct reading *r, const struct hk_node *node, const char *expected)
{
	if (node->kind == HK_SCALAR && node->text.n && node->text.n < 100)
		return hk_err_set(r->err, HK_FAILED, "the reply has %s '%.*s' at '%s', where %s was expected", what_is(node), HK_STR_ARG(node->text),
				  r->pointer, expected);
	return hk_err_set(r->err, HK_FAILED, "the reply has %s at '%s', where %s was expected", what_is(node), r->pointer, expected);
}

static bool is_number(const struct hk_node *node)
{
	return node->kind == HK_SCALAR && (hk_node_type(node) == HK_TYPE_INT || hk_node_type(node) == HK_TYPE_FLOAT);
}

static bool is_text(const struct hk_node *node)
{
	return node->kind == HK_SCALAR && hk_node_type(node) == HK_TYPE_STRING;
}

static enum hk_dimension dimension_of(const struct hk_node *out)
{
	return hk_api_dimension(hk_api_type_of(out));
}

/* A number, or a text that is one, in the unit the adapter names. */
static int in_unit(const struct reading *r, const struct hk_node *node, struct hk_str unit, struct hk_exact *value)
{
	enum hk_dimension dimension;
	struct hk_exact factor;
	bool text_allowed = hk_node_string(hk_node_get(r->out, "form")) != NULL;
	if (!is_number(node) && !(text_allowed && is_text(node)))
		return wrong(r, node, "a number");
	if (!hk_exact_unit(unit, &dimension, &factor) || dimension != dimension_of(r->out))
		return hk_err_set(r->err, HK_FAILED, "the reply has the unit '%.*s' at '%s', which is not known", HK_STR_ARG(unit), r->pointer);
	if (!hk_exact_parse(node->text, value) || value->numerator < 0 || !hk_exact_scale(value, (int64_t)factor.numerator, (int64_t)factor.denominator))
		return wrong(r, node, "a number from 0 on that can be kept exactly");
	return 0;
}

/* 10^-n */
static int exponent(const struct reading *r, const struct hk_node *node, struct hk_exact *value)
{
	int64_t n;
	if (!is_number(node) || !hk_node_int(node, &n) || n < 0 || n > 18)
		return wrong(r, node, "an exponent from 0 to 18");
	*value = (struct hk_exact){ 1000000000, 1 };
	for (; n > 0; n--)
		(void)hk_exact_scale(value, 1, 10);
	return 0;
}

static int amount(const struct reading *r, const struct hk_node *node, struct hk_exact *value)
{
	const struct hk_node *number = hk_node_get(node, "value"), *unit = hk_node_get(node, "unit");
	if (!number || !hk_node_string(unit))
		return wrong(r, node, "an object with 'value' and 'unit'");
	return in_unit(r, number, unit->text, value);
}

static int quantity(const struct reading *r, const struct hk_node *node, struct hk_exact *value)
{
	const char *form = hk_node_string(hk_node_get(r->out, "form")), *way = hk_node_string(hk_node_get(r->out, "way"));
	const struct hk_node *unit = hk_node_get(r->out, "unit");
	enum hk_dimension dimension = dimension_of(r->out);
	int result;
	if (form && strcmp(form, "amount") == 0)
		result = amount(r, node, value);
	else if (form && strcmp(form, "exponent") == 0)
		result = exponent(r, node, value);
	else if (form && strcmp(form, "quantity") == 0)
		result = is_text(node) && hk_exact_quantity(dimension, node->text, value) &&
		    value->numerator >= 0 ? 0 : wrong(r, node, "a text with a number and a unit");
	else
		result = in_unit(r, node, unit ? unit->text : HK_STR("ns"), value);
	/* there and back is twice the way there */
	if (!result && way && strcmp(way, "round-trip") == 0)
		(void)hk_exact_scale(value, 1, 2);
	return result;
}

/* What is smaller than a base unit is rounded to the worse side: delay and loss up, bandwidth down. */
static int quantity_text(const struct reading *r, const struct hk_node *node, struct hk_api_field *field)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	if (!hk_exact_document(field->dimension, &field->quantity, field->dimension == HK_DIMENSION_BITRATE ? HK_ROUND_DOWN : HK_ROUND_UP, &text))
		return wrong(r, node, "a value within range");
	if (field->dimension == HK_DIMENSION_RATIO && hk_exact_compare(&field->quantity, &(struct hk_exact){ 1000000000, 1 }) > 0)
		return wrong(r, node, "a ratio up to 1");
	field->text = hk_arena_strdup(r->arena, text.s);
	return 0;
}

static int time_text(const struct reading *r, const struct hk_node *node, struct hk_api_field *field)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	int64_t epoch;
	double seconds;
	if (is_text(node) && hk_time_parse(node->text, &seconds)) {
		field->text = hk_arena_slicedup(r->arena, node->text);
		return 0;
	}
	if (is_number(node) && hk_node_int(node, &epoch) && epoch >= 0 && epoch < 253402300800)
		hk_time_print((double)epoch, &text);
	if (!text.len)
		return wrong(r, node, "a time");
	field->text = hk_arena_strdup(r->arena, text.s);
	return 0;
}

static int mapped(const struct reading *r, const struct hk_node *map, const struct hk_node *node, struct hk_api_field *field)
{
	const struct hk_node *word = node->kind == HK_SCALAR ? hk_node_get(map, node->text.s) : NULL;
	if (!word)
		return wrong(r, node, "one of the words the adapter knows");
	field->text = word->text.s;
	return 0;
}

static int texts(const struct reading *r, const struct hk_node *node, struct hk_api_field *field)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	if (node->kind != HK_SEQUENCE)
		return wrong(r, node, "a list");
	hk_for_each_item(item, node) {
		if (!is_text(item))
			return wrong(r, item, "a text");
		hk_buf_addf(&text, "%s%.*s", text.len ? "," : "", HK_STR_ARG(item->text));
	}
	field->text = hk_arena_strdup(r->arena, text.s);
	return 0;
}

static int read_value(const struct reading *r, const struct hk_node *node, struct hk_api_field *field)
{
	const struct hk_node *map = hk_node_get(r->out, "map");
	enum hk_api_type type = hk_api_type_of(r->out);
	int64_t whole;
	field->dimension = hk_api_dimension(type);
	if (field->dimension != HK_DIMENSION_NONE)
		return quantity(r, node, &field->quantity) || quantity_text(r, node, field) ? -1 : 0;
	if (map)
		return mapped(r, map, node, field);
	if (type == HK_API_TIME)
		return time_text(r, node, field);
	if (type == HK_API_TEXTS)
		return texts(r, node, field);
	if (type == HK_API_NUMBER ? !is_number(node) : type == HK_API_INTEGER ? !is_number(node) || !hk_node_int(node, &whole) : !is_text(node))
		return wrong(r, node, type == HK_API_NUMBER ? "a number" : type == HK_API_INTEGER ? "a whole number" : "a text");
	field->text = hk_arena_slicedup(r->arena, node->text);
	return 0;
}

/* ---- rows ---- */

/* The worst or another one of a list of measurements, as the adapter says. */
static const struct hk_node *pick(const struct reading *r, const struct hk_node *node)
{
	const char *which = hk_node_string(hk_node_get(r->out, "of"));
	const struct hk_node *best = NULL;
	struct hk_exact value, best_value = { 0, 1 };
	if (!which)
		return node;
	if (node->kind != HK_SEQUENCE)
		return wrong(r, node, "a list"), NULL;
	hk_for_each_item(item, node) {
		int order;
		if (!is_number(item) || !hk_exact_parse(item->text, &value))
			return wrong(r, item, "a number"), NULL;
		order = best ? hk_exact_compare(&value, &best_value) : 0;
		if (best && (strcmp(which, "most") == 0 ? order <= 0 : order >= 0))
			continue;
		best = item;
		best_value = value;
	}
	if (!best)
		hk_err_set(r->err, HK_FAILED, "the reply has an empty list at '%s'", r->pointer);
	return best;
}

/* Nothing is there because something else is where the way leads: a text that should have members is no absence. */
static int find(struct reading *r, const struct hk_node *node, const struct hk_node **value)
{
	struct hk_pointer_names names = hk_api_names(r->values);
	const char *pointer = r->pointer;
	size_t n = strlen(pointer);
	*value = hk_pointer_get(node, pointer, &names);
	for (const struct hk_node *above = *value; !above && n;) {
		while (n && pointer[--n] != '/')
			;
		above = hk_pointer_get(node, hk_arena_slicedup(r->arena, (struct hk_str){ pointer, n }), &names);
		if (above && above->kind == HK_SCALAR && !hk_node_is_null(above)) {
			r->pointer = hk_arena_slicedup(r->arena, (struct hk_str){ pointer, n });
			return wrong(r, above, pointer[n + 1] == '[' ? "a list" : "an object");
		}
	}
	return 0;
}

static int read_row(const struct hk_node *from, const struct hk_node *node, struct reading *r, struct hk_api_row *row)
{
	const struct hk_node *outs = hk_node_get(from, "out");
	row->fields = hk_arena_array(r->arena, outs ? outs->count : 0, sizeof *row->fields);
	hk_for_each_item(out, outs) {
		bool required = false;
		struct hk_api_field *field = &row->fields[row->n];
		r->out = out;
		r->pointer = hk_node_string(hk_node_get(out, "from"));
		if (!r->pointer)                 /* the empty pointer: the item itself */
			r->pointer = "";
		const struct hk_node *value;
		if (find(r, node, &value))
			return -1;
		(void)hk_node_bool(hk_node_get(out, "required"), &required);
		if (!value || hk_node_is_null(value)) {
			if (required)
				return hk_err_set(r->err, HK_FAILED, "the reply has nothing at '%s'", r->pointer);
			continue;
		}
		if (required && is_text(value) && !value->text.n)
			return hk_err_set(r->err, HK_FAILED, "the reply has an empty text at '%s'", r->pointer);
		value = pick(r, value);
		field->name = hk_node_string(hk_node_get(out, "name"));
		if (!value || read_value(r, value, field))
			return -1;
		row->n++;
	}
	return 0;
}

static int read_level(const struct hk_node *from, const struct hk_node *level, const struct hk_node *node, struct reading *r, struct hk_api_rows *rows)
{
	const struct hk_node *list;
	struct hk_pointer_names names = hk_api_names(r->values);
	if (!level) {
		struct hk_api_row row = { NULL, 0 };
		if (rows->list.n == MOST_ROWS)
			return hk_err_set(r->err, HK_FAILED, "the reply has more than %u entries", MOST_ROWS);
		if (read_row(from, node, r, &row))
			return -1;
		hk_vec_push(&rows->list, row);
		return 0;
	}
	list = hk_pointer_get(node, level->text.s, &names);
	r->pointer = level->text.s;
	if (!list || hk_node_is_null(list))
		return 0;
	if (list->kind != HK_SEQUENCE)
		return wrong(r, list, "a list");
	hk_for_each_item(item, list)
		if (read_level(from, level->next, item, r, rows))
			return -1;
	return 0;
}

int hk_api_rows_read(const struct hk_node *from, const struct hk_node *root, const struct hk_api_values *values, struct hk_arena *arena,
		     struct hk_api_rows *rows, struct hk_err *err)
{
	const struct hk_node *each = hk_node_get(from, "each");
	struct reading r = { NULL, "", values, arena, err };
	/* the first list has to be there: an object where a list belongs is no empty list */
	if (each && each->kind == HK_SEQUENCE && each->first) {
		struct hk_pointer_names names = hk_api_names(values);
		if (!hk_pointer_get(root, each->first->text.s, &names)) {
			bool optional = false;
			(void)hk_node_bool(hk_node_get(from, "eachOptional"), &optional);
			if (!optional)
				return hk_err_set(err, HK_FAILED, "the reply has no list at '%s'", each->first->text.s);
		}
		return read_level(from, each->first, root, &r, rows);
	}
	return hk_node_get(from, "out") ? read_level(from, NULL, root, &r, rows) : 0;
}

void hk_api_rows_release(struct hk_api_rows *rows)
{
	hk_vec_release(&rows->list);
}

const struct hk_api_field *hk_api_row_get(const struct hk_api_row *row, const char *name)
{
	for (size_t i = 0; i < row->n; i++)
		if (strcmp(row->fields[i].name, name) == 0)
			return &row->fields[i];
	return NULL;
}

/* ---- states and errors ---- */

int hk_api_state_read(const struct hk_node *action, const struct hk_node *root, const struct hk_api_values *values, enum hk_api_state *state, const char **word,
		      struct hk_err *err)
{
	const struct hk_node *declared = hk_node_get(action, "state"), *value;
	const char *pointer = hk_node_string(hk_node_get(declared, "from")), *missing;
	struct hk_pointer_names names = hk_api_names(values);
	*word = NULL;
	*state = HK_API_ACTIVE;
	if (!declared)
		return 0;
	value = hk_pointer_get(root, pointer ? pointer : "", &names);
	if (!value && (missing = hk_node_string(hk_node_get(declared, "missing"))) != NULL) {
		for (size_t i = HK_API_PENDING; hk_api_state_names[i]; i++)
			if (strcmp(missing, hk_api_state_names[i]) == 0)
				*state = (enum hk_api_state)i;
		return 0;
	}
	if (!value)
		return hk_err_set(err, HK_FAILED, "the reply has nothing at '%s', where the state was expected", pointer ? pointer : "");
	for (size_t i = HK_API_PENDING; hk_api_state_names[i]; i++)
		hk_for_each_item(known, hk_node_get(declared, hk_api_state_names[i]))
			if (is_text(value) && hk_str_eq(known->text, value->text)) {
				*state = (enum hk_api_state)i;
				*word = value->text.s;
				return 0;
			}
	struct reading r = { NULL, pointer ? pointer : "", values, NULL, err };
	return wrong(&r, value, "a state that the adapter knows");
}

static enum hk_api_class by_status(long status)
{
	switch (status) {
	case 401: case 403: return HK_API_CLASS_AUTH;
	case 404: case 410: return HK_API_CLASS_ABSENT;
	case 409: return HK_API_CLASS_EXISTS;
	case 429: case 502: case 503: case 504: return HK_API_CLASS_RETRY;
	case 400: case 422: return HK_API_CLASS_INVALID;
	case 405: case 501: return HK_API_CLASS_UNSUPPORTED;
	default: return HK_API_CLASS_FATAL;
	}
}

static const char *text_at(const struct hk_node *root, const struct hk_node *pointer)
{
	const struct hk_node *found = root && hk_node_string(pointer) ? hk_pointer_get(root, pointer->text.s, NULL) : NULL;
	return found && found->kind == HK_SCALAR && !hk_node_is_null(found) ? found->text.s : NULL;
}

enum hk_api_class hk_api_classify(const struct hk_api_adapter *adapter, long status, const struct hk_node *root, const char **code, const char **message)
{
	static const char *const names[] = { "fatal", "retry", "exists", "absent", "auth", "invalid", "unsupported" };
	const struct hk_node *errors = hk_node_get(adapter->spec, "errors");
	const char *class;
	*code = text_at(root, hk_node_get(errors, "code"));
	*message = text_at(root, hk_node_get(errors, "message"));
	class = *code ? hk_node_string(hk_node_get(hk_node_get(errors, "classes"), *code)) : NULL;
	for (size_t i = 0; class && i < HK_COUNT(names); i++)
		if (strcmp(class, names[i]) == 0)
			return (enum hk_api_class)i;
	return by_status(status);
}

int64_t hk_api_retry_wait(const struct hk_api_retry *retry, int64_t tried, int64_t retry_after)
{
	int64_t wait = retry->first_wait_us;
	if (tried >= retry->most)
		return -1;
	if (retry_after >= 0)
		return retry_after > retry->most_wait_us / 1000000 ? -1 : retry_after * 1000000;
	for (int64_t i = 1; i < tried && wait < retry->most_wait_us; i++)
		wait *= 2;
	return wait < retry->most_wait_us ? wait : retry->most_wait_us;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a text the way YAML 1.1 readers do, with libyaml and the 1.1 typing rules, and compares it with what was meant. */
#include "yaml/emit.h"

#include "yaml/types.h"

#include <yaml.h>

struct verify {
	yaml_parser_t parser;
	yaml_event_t event;
	bool has_event;
	unsigned depth;
	struct hk_err *err;
};

static int differ(struct verify *verify, const char *what)
{
	return hk_err_set(verify->err, HK_FAILED, "a YAML 1.1 reader sees other data at line %zu: %s", verify->event.start_mark.line + 1, what);
}

static int next_event(struct verify *verify)
{
	if (verify->has_event)
		yaml_event_delete(&verify->event);
	verify->has_event = false;
	if (!yaml_parser_parse(&verify->parser, &verify->event))
		return hk_err_set(verify->err, HK_FAILED, "a YAML 1.1 reader cannot read line %zu: %s", verify->parser.problem_mark.line + 1,
				  verify->parser.problem ? verify->parser.problem : "unknown reason");
	verify->has_event = true;
	return 0;
}

/* Skip to the next event that is not the start or end of stream or document. */
static int expect(struct verify *verify, yaml_event_type_t type)
{
	if (next_event(verify) != 0)
		return -1;
	return verify->event.type == type ? 0 : differ(verify, "another structure");
}

static int check_string(struct verify *verify, struct hk_str text, bool is_string)
{
	if (verify->event.type != YAML_SCALAR_EVENT)
		return differ(verify, "a collection instead of a scalar");
	struct hk_str found = { (const char *)verify->event.data.scalar.value, verify->event.data.scalar.length };
	if (!hk_str_eq(found, text))
		return differ(verify, "another text");
	bool plain = verify->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	enum hk_type_11 type = plain ? hk_yaml_type_11(found) : HK_11_STRING;
	if (is_string)
		return type == HK_11_STRING ? 0 : differ(verify, "a typed value instead of a text");
	/* hk_yaml_is_ambiguous knows where the two typings disagree; where they agree, type_12 is the type in both. */
	if (!plain || hk_yaml_type_12(text) == HK_TYPE_STRING || hk_yaml_is_ambiguous(found))
		return differ(verify, "another type");
	return 0;
}

static int check_value(struct verify *verify, const struct hk_value *value);

static int check_items(struct verify *verify, const struct hk_value *value)
{
	bool mapping = value->kind == HK_MAPPING;
	for (size_t i = 0; i < value->count; i++) {
		if (mapping && (next_event(verify) != 0 || check_string(verify, hk_str_of(value->keys[i]), true) != 0))
			return -1;
		if (next_event(verify) != 0 || check_value(verify, value->items[i]) != 0)
			return -1;
	}
	return expect(verify, mapping ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT);
}

/* Compares the value that starts at the current event. */
static int check_value(struct verify *verify, const struct hk_value *value)
{
	if (!value || (value->kind == HK_SCALAR && (!value->text || (!value->is_string && !value->text[0]))))
		return check_string(verify, HK_STR("null"), false);
	if (value->kind == HK_SCALAR)
		return check_string(verify, hk_str_of(value->text), value->is_string);
	if (verify->event.type != (value->kind == HK_MAPPING ? YAML_MAPPING_START_EVENT : YAML_SEQUENCE_START_EVENT))
		return differ(verify, "another structure");
	if (++verify->depth > HK_YAML_MAX_DEPTH)
		return differ(verify, "too deep a structure");
	int status = check_items(verify, value);
	verify->depth--;
	return status;
}

int hk_emit_verify_11(struct hk_str text, const struct hk_value *tree, struct hk_err *err)
{
	struct verify verify = { .err = err };
	if (!yaml_parser_initialize(&verify.parser))
		return hk_err_set(err, HK_FAILED, "out of memory");
	yaml_parser_set_input_string(&verify.parser, (const unsigned char *)text.s, text.n);
	int status = -1;
	if (expect(&verify, YAML_STREAM_START_EVENT) == 0 && expect(&verify, YAML_DOCUMENT_START_EVENT) == 0 && next_event(&verify) == 0 &&
	    check_value(&verify, tree) == 0 && expect(&verify, YAML_DOCUMENT_END_EVENT) == 0 && expect(&verify, YAML_STREAM_END_EVENT) == 0)
		status = 0;
	if (verify.has_event)
		yaml_event_delete(&verify.event);
	yaml_parser_delete(&verify.parser);
	return status;
}

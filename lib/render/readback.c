/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An edited manifest through the eyes of libyaml. */
#include "render/script.h"

#include <yaml.h>

struct reading {
	const struct hk_script *script;
	yaml_parser_t parser;
	yaml_event_t event;
	size_t met;                 /* steps found */
	HK_VEC(const char *) anchors;   /* names defined so far, in the script's arena */
};

static const yaml_char_t *anchor_of(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT: return event->data.scalar.anchor;
	case YAML_SEQUENCE_START_EVENT: return event->data.sequence_start.anchor;
	case YAML_MAPPING_START_EVENT: return event->data.mapping_start.anchor;
	default: return NULL;
	}
}

static bool next(struct reading *reading, yaml_event_type_t type)
{
	yaml_event_delete(&reading->event);
	if (!yaml_parser_parse(&reading->parser, &reading->event))
		return false;
	const char *anchor = (const char *)anchor_of(&reading->event);
	if (anchor)
		hk_vec_push(&reading->anchors, hk_arena_strdup(reading->script->arena, anchor));
	return type == YAML_NO_EVENT || reading->event.type == type;
}

static struct hk_str event_text(const struct reading *reading)
{
	return (struct hk_str){ (const char *)reading->event.data.scalar.value, reading->event.data.scalar.length };
}

static bool is_plain(const struct reading *reading)
{
	return reading->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

/* The current event starts this value. */
static bool is_value(struct reading *reading, const struct hk_value *value)
{
	if (value->kind == HK_SCALAR) {
		struct hk_str text = event_text(reading);
		return reading->event.type == YAML_SCALAR_EVENT && hk_str_is(text, value->text) &&
		       (value->is_string ? !is_plain(reading) || !hk_yaml_needs_quotes(text) : is_plain(reading));
	}
	bool mapping = value->kind == HK_MAPPING;
	if (reading->event.type != (mapping ? YAML_MAPPING_START_EVENT : YAML_SEQUENCE_START_EVENT))
		return false;
	for (size_t i = 0; i < value->count; i++) {
		if (mapping && (!next(reading, YAML_SCALAR_EVENT) || !hk_str_is(event_text(reading), value->keys[i])))
			return false;
		if (!next(reading, YAML_NO_EVENT) || !is_value(reading, value->items[i]))
			return false;
	}
	return next(reading, mapping ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT);
}

static bool skip_value(struct reading *reading)
{
	size_t depth = 0;
	do {
		if (!next(reading, YAML_NO_EVENT))
			return false;
		depth += reading->event.type == YAML_MAPPING_START_EVENT || reading->event.type == YAML_SEQUENCE_START_EVENT;
		depth -= reading->event.type == YAML_MAPPING_END_EVENT || reading->event.type == YAML_SEQUENCE_END_EVENT;
	} while (depth > 0);
	return true;
}

/* The next event, behind merge keys: what they bring is in the tree without them. */
static bool next_key(struct reading *reading)
{
	if (!next(reading, YAML_NO_EVENT))
		return false;
	while (reading->event.type == YAML_SCALAR_EVENT && is_plain(reading) && hk_str_is(event_text(reading), "<<"))
		if (!skip_value(reading) || !next(reading, YAML_NO_EVENT))
			return false;
	return true;
}

/* What was added stands at the end, in the order of the steps. On return the current event is the one behind. */
static bool has_additions(struct reading *reading, const struct hk_node *node)
{
	for (size_t i = 0; i < reading->script->steps.n; i++) {
		const struct hk_step *step = &reading->script->steps.v[i];
		if (step->node != node || step->kind == HK_STEP_REPLACE || step->kind == HK_STEP_REMOVE_KEY)
			continue;
		if (step->kind == HK_STEP_ADD_KEY) {
			if (reading->event.type != YAML_SCALAR_EVENT || !hk_str_is(event_text(reading), step->key) || !next(reading, YAML_NO_EVENT))
				return false;
		}
		if (!is_value(reading, step->value) || !(node->kind == HK_MAPPING ? next_key(reading) : next(reading, YAML_NO_EVENT)))
			return false;
		reading->met++;
	}
	return true;
}

static bool is_removed(const struct hk_script *script, const struct hk_node *mapping, const struct hk_node *key)
{
	for (size_t i = 0; i < script->steps.n; i++)
		if (script->steps.v[i].kind == HK_STEP_REMOVE_KEY && script->steps.v[i].node == mapping && hk_str_is(key->text, script->steps.v[i].key))
			return true;
	return false;
}

static const struct hk_step *replacement(const struct hk_script *script, const struct hk_node *node)
{
	for (size_t i = 0; i < script->steps.n; i++)
		if (script->steps.v[i].node == node && script->steps.v[i].kind == HK_STEP_REPLACE)
			return &script->steps.v[i];
	return NULL;
}

/* The alias has the name it had, of an anchor that is there. */
static bool is_alias(const struct reading *reading, const struct hk_node *node)
{
	if (reading->event.type != YAML_ALIAS_EVENT)
		return false;
	const char *name = (const char *)reading->event.data.alias.anchor;
	struct hk_str old = { reading->script->doc->source->text.s + node->start, node->end - node->start };
	if (old.n > 0 && old.s[0] == '*')
		old = (struct hk_str){ old.s + 1, old.n - 1 };
	for (size_t i = 0; i < reading->anchors.n; i++)
		if (strcmp(reading->anchors.v[i], name) == 0)
			return hk_str_is(old, name);
	return false;
}

static bool is_node(struct reading *reading, const struct hk_node *node);

static bool is_mapping(struct reading *reading, const struct hk_node *node)
{
	if (reading->event.type != YAML_MAPPING_START_EVENT || !next_key(reading))
		return false;
	hk_for_each_pair(key, node) {
		if (key->from_alias)               /* brought by a merge key */
			continue;
		if (is_removed(reading->script, node, key)) {
			reading->met++;
			continue;
		}
		if (reading->event.type != YAML_SCALAR_EVENT || !hk_str_eq(event_text(reading), key->text) || !next(reading, YAML_NO_EVENT) ||
		    !is_node(reading, key->next) || !next_key(reading))
			return false;
	}
	return has_additions(reading, node) && reading->event.type == YAML_MAPPING_END_EVENT;
}

static bool is_sequence(struct reading *reading, const struct hk_node *node)
{
	if (reading->event.type != YAML_SEQUENCE_START_EVENT || !next(reading, YAML_NO_EVENT))
		return false;
	hk_for_each_item(item, node)
		if (!is_node(reading, item) || !next(reading, YAML_NO_EVENT))
			return false;
	return has_additions(reading, node) && reading->event.type == YAML_SEQUENCE_END_EVENT;
}

/* The current event starts what this node has become. */
static bool is_node(struct reading *reading, const struct hk_node *node)
{
	const struct hk_step *step = replacement(reading->script, node);
	if (step) {
		reading->met++;
		return is_value(reading, step->value);
	}
	if (node->from_alias)
		return is_alias(reading, node);
	if (node->kind == HK_MAPPING)
		return is_mapping(reading, node);
	if (node->kind == HK_SEQUENCE)
		return is_sequence(reading, node);
	return reading->event.type == YAML_SCALAR_EVENT && is_plain(reading) == (node->style == HK_PLAIN) && hk_str_eq(event_text(reading), node->text);
}

/* What one reading came to: where it ended (from 0), and why libyaml could not go on; NULL when it is only not what was expected. */
struct verdict { bool same; size_t line; const char *problem; };

static bool judge(const struct hk_script *script, struct hk_str text, struct verdict *verdict, struct hk_err *err)
{
	struct reading reading = { .script = script };
	*verdict = (struct verdict){ 0 };
	if (!yaml_parser_initialize(&reading.parser))
		return hk_err_set(err, HK_FAILED, "cannot start a YAML reader") == 0;
	yaml_parser_set_input_string(&reading.parser, (const unsigned char *)text.s, text.n);
	bool same = next(&reading, YAML_STREAM_START_EVENT) && next(&reading, YAML_DOCUMENT_START_EVENT) && next(&reading, YAML_NO_EVENT) &&
		    is_node(&reading, script->doc->root) && next(&reading, YAML_DOCUMENT_END_EVENT) && next(&reading, YAML_STREAM_END_EVENT);
	verdict->same = same && reading.met == script->steps.n;
	verdict->line = reading.event.start_mark.line;
	if (!same && reading.parser.error != YAML_NO_ERROR) {
		verdict->line = reading.parser.problem_mark.line;
		verdict->problem = reading.parser.problem ? reading.parser.problem : "unknown reason";     /* a constant of libyaml */
	}
	hk_vec_release(&reading.anchors);
	yaml_event_delete(&reading.event);
	yaml_parser_delete(&reading.parser);
	return true;
}

/* The manifest as it was already means something else, or nothing, to such a reader: no fault of the edit. */
static int blame_original(const struct hk_script *script, struct hk_err *err)
{
	const struct hk_doc *doc = script->doc;
	const struct hk_script unedited = { .doc = doc, .arena = script->arena };
	struct verdict verdict;
	struct hk_range range;
	if (!judge(&unedited, (struct hk_str){ doc->source->text.s + doc->start, doc->end - doc->start }, &verdict, err))
		return -1;
	if (verdict.same)
		return 0;
	hk_source_range(doc->source, doc->start, doc->start, &range);
	size_t line = range.line + verdict.line;
	if (verdict.problem)
		return hk_err_set(err, HK_INVALID, "a YAML 1.1 reader, such as that of Kubernetes, cannot read the manifest at line %zu: %s", line,
				  verdict.problem);
	return hk_err_set(err, HK_INVALID,
			  "a YAML 1.1 reader, such as that of Kubernetes, reads the manifest in another way from line %zu on; write that in a plainer form",
			  line);
}

int hk_script_read_back(const struct hk_script *script, struct hk_str text, struct hk_err *err)
{
	struct verdict verdict;
	if (!judge(script, text, &verdict, err))
		return -1;
	if (verdict.same)
		return 0;
	if (blame_original(script, err) != 0)
		return -1;
	if (verdict.problem)
		return hk_err_set(err, HK_FAILED, "a YAML 1.1 reader, such as that of Kubernetes, cannot read line %zu of the edited manifest: %s",
				  verdict.line + 1, verdict.problem);
	return hk_err_set(err, HK_FAILED,
			  "a YAML 1.1 reader, such as that of Kubernetes, does not find the original with exactly the wanted changes at line %zu",
			  verdict.line + 1);
}

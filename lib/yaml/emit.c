/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "yaml/emit.h"

#include "base/mem.h"
#include "yaml/types.h"

#include <math.h>
#include <string.h>
#include <yaml.h>

struct level {
	bool mapping, flow, has_key;
};

struct hk_emitter {
	yaml_emitter_t yaml;
	struct hk_buf *out;
	HK_VEC(struct level) levels;
	bool in_document, has_root;
	struct hk_err err;           /* the first error; later calls do nothing */
};

static int write_bytes(void *data, unsigned char *bytes, size_t count)
{
	hk_buf_add(data, bytes, count);
	return 1;
}

static void fail(struct hk_emitter *emitter, const char *reason)
{
	if (emitter->err.status == HK_OK)
		hk_err_set(&emitter->err, HK_FAILED, "YAML cannot be written: %s", reason);
}

/* Hands the event over to libyaml, which frees it whatever happens. */
static void emit(struct hk_emitter *emitter, yaml_event_t *event)
{
	if (emitter->err.status != HK_OK)
		yaml_event_delete(event);
	else if (!yaml_emitter_emit(&emitter->yaml, event))
		fail(emitter, emitter->yaml.problem ? emitter->yaml.problem : "unknown reason");
}

struct hk_emitter *hk_emit_open(struct hk_buf *out)
{
	struct hk_emitter *emitter = hk_calloc(1, sizeof *emitter);
	yaml_event_t event;
	emitter->out = out;
	if (!yaml_emitter_initialize(&emitter->yaml) || !yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING)) {
		fail(emitter, "out of memory");
		return emitter;
	}
	yaml_emitter_set_output(&emitter->yaml, write_bytes, out);
	yaml_emitter_set_unicode(&emitter->yaml, 1);
	yaml_emitter_set_indent(&emitter->yaml, 2);
	yaml_emitter_set_width(&emitter->yaml, -1);
	yaml_emitter_set_break(&emitter->yaml, YAML_LN_BREAK);
	emit(emitter, &event);
	return emitter;
}

static void end_document(struct hk_emitter *emitter)
{
	yaml_event_t event;
	if (!emitter->in_document)
		return;
	if (emitter->levels.n)
		fail(emitter, "a collection was not ended");
	if (!emitter->has_root)
		fail(emitter, "a document has no content");
	if (emitter->err.status == HK_OK && yaml_document_end_event_initialize(&event, 1))
		emit(emitter, &event);
	emitter->in_document = false;
}

static void start_document(struct hk_emitter *emitter, bool implicit)
{
	yaml_event_t event;
	end_document(emitter);
	if (emitter->err.status == HK_OK && yaml_document_start_event_initialize(&event, NULL, NULL, NULL, implicit))
		emit(emitter, &event);
	emitter->in_document = true;
	emitter->has_root = false;
}

void hk_emit_document(struct hk_emitter *emitter)
{
	start_document(emitter, false);
}

int hk_emit_close(struct hk_emitter *emitter, struct hk_err *err)
{
	yaml_event_t event;
	end_document(emitter);
	if (emitter->err.status == HK_OK && yaml_stream_end_event_initialize(&event))
		emit(emitter, &event);
	yaml_emitter_delete(&emitter->yaml);
	hk_vec_release(&emitter->levels);
	int status = emitter->err.status == HK_OK ? 0 : hk_err_set(err, emitter->err.status, "%s", emitter->err.message);
	hk_err_release(&emitter->err);
	hk_cleanup_free(&emitter);
	return status;
}

/* A value is about to come: is there a place for it? */
static bool take_value(struct hk_emitter *emitter)
{
	if (!emitter->in_document)
		start_document(emitter, true);
	struct level *level = emitter->levels.n ? &emitter->levels.v[emitter->levels.n - 1] : NULL;
	if (!level && emitter->has_root)
		fail(emitter, "a second value at the top of a document");
	if (level && level->mapping && !level->has_key)
		fail(emitter, "a value without a key");
	if (level)
		level->has_key = false;
	emitter->has_root = true;
	return emitter->err.status == HK_OK;
}

static bool in_flow(const struct hk_emitter *emitter)
{
	return emitter->levels.n && emitter->levels.v[emitter->levels.n - 1].flow;
}

static void start_collection(struct hk_emitter *emitter, bool mapping, bool flow)
{
	yaml_event_t event;
	if (!take_value(emitter))
		return;
	flow = flow || in_flow(emitter);
	hk_vec_push(&emitter->levels, (struct level){ .mapping = mapping, .flow = flow });
	int ok = mapping ? yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, flow ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE)
			 : yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, flow ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE);
	if (ok)
		emit(emitter, &event);
	else
		fail(emitter, "out of memory");
}

void hk_emit_map(struct hk_emitter *emitter, bool flow)
{
	start_collection(emitter, true, flow);
}

void hk_emit_seq(struct hk_emitter *emitter, bool flow)
{
	start_collection(emitter, false, flow);
}

void hk_emit_end(struct hk_emitter *emitter)
{
	yaml_event_t event;
	if (emitter->levels.n == 0) {
		fail(emitter, "an end without a collection");
		return;
	}
	struct level level = emitter->levels.v[--emitter->levels.n];
	if (level.has_key)
		fail(emitter, "a key without a value");
	if (level.mapping ? yaml_mapping_end_event_initialize(&event) : yaml_sequence_end_event_initialize(&event))
		emit(emitter, &event);
}

static void write_scalar(struct hk_emitter *emitter, struct hk_str text, yaml_scalar_style_t style)
{
	yaml_event_t event;
	HK_AUTO_BUF struct hk_buf repaired = HK_BUF_INIT;
	hk_yaml_add_repaired(&repaired, text);
	if (emitter->err.status != HK_OK)
		return;
	if (repaired.len > INT32_MAX || !yaml_scalar_event_initialize(&event, NULL, NULL, (const yaml_char_t *)repaired.s, (int)repaired.len, 1, 1, style))
		fail(emitter, "a text is too large");
	else
		emit(emitter, &event);
}

/* In a flow collection libyaml takes these for structure and would choose quotes of its own. */
static bool is_flow_safe(struct hk_str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (strchr(":?", text.s[i]))
			return false;
	return true;
}

/* A text of several lines that a literal block shows as it is, without indentation or chomping signs that readers get wrong. */
static bool is_clean_block(struct hk_str text)
{
	if (text.n < 2 || !memchr(text.s, '\n', text.n) || strchr(" \t\n", text.s[0]) || text.s[text.n - 1] == ' ')
		return false;
	return (text.s[text.n - 1] != '\n' || text.s[text.n - 2] != '\n') && hk_yaml_is_printable(text);
}

static yaml_scalar_style_t string_style(const struct hk_emitter *emitter, struct hk_str text, bool key)
{
	bool flow = in_flow(emitter);
	if (!key && !flow && is_clean_block(text))
		return YAML_LITERAL_SCALAR_STYLE;
	return hk_yaml_needs_quotes(text) || (flow && !is_flow_safe(text)) ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_PLAIN_SCALAR_STYLE;
}

void hk_emit_key(struct hk_emitter *emitter, const char *key)
{
	struct level *level = emitter->levels.n ? &emitter->levels.v[emitter->levels.n - 1] : NULL;
	if (!level || !level->mapping || level->has_key) {
		fail(emitter, "a key where none can stand");
		return;
	}
	level->has_key = true;
	write_scalar(emitter, hk_str_of(key), string_style(emitter, hk_str_of(key), true));
}

void hk_emit_slice(struct hk_emitter *emitter, struct hk_str text)
{
	if (take_value(emitter))
		write_scalar(emitter, text, string_style(emitter, text, false));
}

void hk_emit_str(struct hk_emitter *emitter, const char *text)
{
	if (text)
		hk_emit_slice(emitter, hk_str_of(text));
	else
		hk_emit_null(emitter);
}

static void write_plain(struct hk_emitter *emitter, const char *text)
{
	if (take_value(emitter))
		write_scalar(emitter, hk_str_of(text), YAML_PLAIN_SCALAR_STYLE);
}

void hk_emit_int(struct hk_emitter *emitter, int64_t value)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	hk_buf_addf(&text, "%lld", (long long)value);
	write_plain(emitter, text.s);
}

/* YAML 1.1 wants a point in front of an exponent: 1e+20 would be a string there, 1.0e+20 is the same number everywhere. */
static void add_number(struct hk_buf *out, double value)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	hk_buf_addnum(&text, value);
	const char *exponent = strchr(text.s, 'e');
	size_t whole = exponent ? (size_t)(exponent - text.s) : text.len;
	hk_buf_add(out, text.s, whole);
	if (exponent && !memchr(text.s, '.', whole))
		hk_buf_addstr(out, ".0");
	hk_buf_addstr(out, text.s + whole);
}

void hk_emit_num(struct hk_emitter *emitter, double value)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	if (isnan(value))
		hk_buf_addstr(&text, ".nan");
	else if (isinf(value))
		hk_buf_addstr(&text, value < 0 ? "-.inf" : ".inf");
	else
		add_number(&text, value);
	write_plain(emitter, text.s);
}

void hk_emit_bool(struct hk_emitter *emitter, bool value)
{
	write_plain(emitter, value ? "true" : "false");
}

void hk_emit_null(struct hk_emitter *emitter)
{
	write_plain(emitter, "null");
}

static void emit_scalar_value(struct hk_emitter *emitter, const struct hk_value *value)
{
	if (!value->text)
		hk_emit_null(emitter);
	else if (value->is_string)
		hk_emit_str(emitter, value->text);
	else if (hk_yaml_type_12(hk_str_of(value->text)) == HK_TYPE_STRING)
		fail(emitter, "a text is given as a number, boolean or null");
	else
		write_plain(emitter, value->text[0] ? value->text : "null");
}

void hk_emit_value(struct hk_emitter *emitter, const struct hk_value *value)
{
	if (!value || value->kind == HK_SCALAR) {
		if (value)
			emit_scalar_value(emitter, value);
		else
			hk_emit_null(emitter);
		return;
	}
	if (emitter->levels.n > HK_YAML_MAX_DEPTH) {
		fail(emitter, "a value nests too deep");
		return;
	}
	start_collection(emitter, value->kind == HK_MAPPING, false);
	for (size_t i = 0; i < value->count && emitter->err.status == HK_OK; i++) {
		if (value->kind == HK_MAPPING)
			hk_emit_key(emitter, value->keys[i]);
		hk_emit_value(emitter, value->items[i]);
	}
	if (emitter->err.status == HK_OK)
		hk_emit_end(emitter);
}

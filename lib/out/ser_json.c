/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON by RFC 8259: what comes out is always valid, whatever bytes go in. Two-space indentation, or one line. Ends with a line feed. */
#include "out/ser_back.h"

#include "base/mem.h"
#include "base/vec.h"

struct level {
	bool mapping, has_key, has_items;
};

struct hk_json_writer {
	struct hk_buf *out;
	HK_VEC(struct level) levels;
	bool compact, has_root;
	struct hk_err err;
};

static void fail(struct hk_json_writer *writer, const char *reason)
{
	if (writer->err.status == HK_OK)
		hk_err_set(&writer->err, HK_FAILED, "JSON cannot be written: %s", reason);
}

struct hk_json_writer *hk_json_open(struct hk_buf *out, bool compact)
{
	struct hk_json_writer *writer = hk_calloc(1, sizeof *writer);
	writer->out = out;
	writer->compact = compact;
	return writer;
}

int hk_json_close(struct hk_json_writer *writer, struct hk_err *err)
{
	if (writer->levels.n)
		fail(writer, "a collection was not ended");
	if (!writer->has_root)
		fail(writer, "there is no value");
	hk_buf_addch(writer->out, '\n');
	int status = writer->err.status == HK_OK ? 0 : hk_err_set(err, writer->err.status, "%s", writer->err.message);
	hk_err_release(&writer->err);
	hk_vec_release(&writer->levels);
	hk_cleanup_free(&writer);
	return status;
}

static void new_line(struct hk_json_writer *writer)
{
	if (writer->compact)
		return;
	hk_buf_addch(writer->out, '\n');
	hk_buf_addchn(writer->out, ' ', 2 * writer->levels.n);
}

static struct level *top(struct hk_json_writer *writer)
{
	return writer->levels.n ? &writer->levels.v[writer->levels.n - 1] : NULL;
}

static void next_entry(struct hk_json_writer *writer, struct level *level)
{
	if (level->has_items)
		hk_buf_addch(writer->out, ',');
	level->has_items = true;
	new_line(writer);
}

/* What has to stand in front of a value; false when no value may stand here. */
static bool take_value(struct hk_json_writer *writer)
{
	struct level *level = top(writer);
	if (!level && writer->has_root)
		fail(writer, "a second value at the top");
	if (level && level->mapping && !level->has_key)
		fail(writer, "a value without a key");
	if (writer->err.status != HK_OK)
		return false;
	if (level && !level->mapping)
		next_entry(writer, level);
	if (level)
		level->has_key = false;
	writer->has_root = true;
	return true;
}

void hk_json_start(struct hk_json_writer *writer, bool mapping)
{
	if (!take_value(writer))
		return;
	hk_buf_addch(writer->out, mapping ? '{' : '[');
	hk_vec_push(&writer->levels, (struct level){ .mapping = mapping });
}

void hk_json_end(struct hk_json_writer *writer)
{
	struct level *level = top(writer);
	if (!level)
		fail(writer, "an end without a collection");
	else if (level->has_key)
		fail(writer, "a key without a value");
	if (writer->err.status != HK_OK)
		return;
	struct level done = *level;
	writer->levels.n--;
	if (done.has_items)
		new_line(writer);
	hk_buf_addch(writer->out, done.mapping ? '}' : ']');
}

static void add_ascii(struct hk_buf *out, unsigned char byte)
{
	switch (byte) {
	case '"': hk_buf_addstr(out, "\\\""); break;
	case '\\': hk_buf_addstr(out, "\\\\"); break;
	case '\n': hk_buf_addstr(out, "\\n"); break;
	case '\r': hk_buf_addstr(out, "\\r"); break;
	case '\t': hk_buf_addstr(out, "\\t"); break;
	case '\b': hk_buf_addstr(out, "\\b"); break;
	case '\f': hk_buf_addstr(out, "\\f"); break;
	default: hk_buf_addf(out, "\\u%04x", byte);
	}
}

/* Stands for itself in a string. */
static bool is_literal(unsigned char byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

/* C1 controls as escapes too: they drive terminals. U+2028 and U+2029 end lines for some readers. */
static bool is_risky(const unsigned char *s, unsigned length)
{
	return (length == 2 && s[0] == 0xc2 && s[1] < 0xa0) || (length == 3 && s[0] == 0xe2 && s[1] == 0x80 && (s[2] == 0xa8 || s[2] == 0xa9));
}

static void add_string(struct hk_buf *out, struct hk_str text)
{
	const unsigned char *s = (const unsigned char *)text.s;
	hk_buf_addch(out, '"');
	for (size_t i = 0; i < text.n;) {
		size_t run = i;
		while (run < text.n && is_literal(s[run]))
			run++;
		hk_buf_add(out, s + i, run - i);
		i = run;
		if (i == text.n)
			break;
		if (s[i] < 0x80) {
			add_ascii(out, s[i++]);
			continue;
		}
		unsigned length = hk_utf8_length(text.s + i, text.n - i);
		if (length == 0)
			hk_buf_addstr(out, "\xef\xbf\xbd");
		else if (is_risky(s + i, length))
			hk_buf_addf(out, "\\u%04x", length == 2 ? s[i + 1] : 0x2000u + (s[i + 2] & 0x3fu));
		else
			hk_buf_add(out, s + i, length);
		i += length ? length : 1;
	}
	hk_buf_addch(out, '"');
}

void hk_json_key(struct hk_json_writer *writer, const char *key)
{
	struct level *level = top(writer);
	if (!level || !level->mapping || level->has_key)
		fail(writer, "a key where none can stand");
	if (writer->err.status != HK_OK)
		return;
	next_entry(writer, level);
	add_string(writer->out, hk_str_of(key));
	hk_buf_addstr(writer->out, writer->compact ? ":" : ": ");
	level->has_key = true;
}

void hk_json_text(struct hk_json_writer *writer, struct hk_str text)
{
	if (take_value(writer))
		add_string(writer->out, text);
}

void hk_json_raw(struct hk_json_writer *writer, struct hk_str text)
{
	if (take_value(writer))
		hk_buf_addslice(writer->out, text);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks at every byte once before libfyaml does, so that hostile bytes have one place where they stop and an exact position. */
#include "yaml/reader.h"

#include <stdio.h>
#include <string.h>

/* libfyaml looks through all handles for each %TAG line, so many of them take quadratic time. */
#define MAX_DIRECTIVES 64u

static int refuse(struct hk_source *source, struct hk_diags *diags, enum hk_rule_id rule, size_t at, const char *text, const char *help)
{
	struct hk_range range;
	hk_source_range(source, (uint32_t)at, (uint32_t)at + 1, &range);
	struct hk_diag *diag = hk_diag_add(diags, rule, &range, "%s", text);
	hk_diag_source_line(diags, diag, hk_source_line(source, range.line));
	if (help)
		hk_diag_help(diags, diag, "%s", help);
	return -1;
}

static int check_encoding(struct hk_source *source, struct hk_diags *diags)
{
	const unsigned char *s = (const unsigned char *)source->text.s;
	size_t n = source->text.len;
	bool wide = (n >= 2 && ((s[0] == 0xff && s[1] == 0xfe) || (s[0] == 0xfe && s[1] == 0xff))) ||
		    (n >= 4 && s[0] == 0 && s[1] == 0 && s[2] == 0xfe && s[3] == 0xff);
	if (!wide)
		return 0;
	return refuse(source, diags, HK0003, 0, "the text is UTF-16 or UTF-32 by its byte order mark; only UTF-8 is read", "save the file as UTF-8");
}

static int refuse_control(struct hk_source *source, size_t at, struct hk_diags *diags)
{
	char text[96];
	unsigned char byte = (unsigned char)source->text.s[at];
	snprintf(text, sizeof text, byte ? "control byte 0x%02x is not allowed here" : "NUL byte (0x%02x) is not allowed in text", byte);
	return refuse(source, diags, HK0004, at, text,
		      byte ? "remove it, or write it as an escape in a double-quoted string" : "is this a binary file, or UTF-16?");
}

/* Characters of two and three bytes that YAML does not count as printable: C1 controls but NEL, and U+FFFE, U+FFFF. */
static bool is_unprintable(const unsigned char *s, unsigned length)
{
	if (length == 2)
		return s[0] == 0xc2 && s[1] < 0xa0 && s[1] != 0x85;
	return length == 3 && s[0] == 0xef && s[1] == 0xbf && s[2] >= 0xbe;
}

/* A byte that is not plain printable ASCII, at *at; moves behind its character. */
static int check_special(struct hk_source *source, size_t *at, bool json, struct hk_diags *diags)
{
	const unsigned char *s = (const unsigned char *)source->text.s + *at;
	if (*s == '\t' || *s == '\n' || *s == '\r' || (json && *s == 0x7f)) {
		++*at;
		return 0;
	}
	if (*s < 0x80)
		return refuse_control(source, *at, diags);
	unsigned length = hk_utf8_length((const char *)s, source->text.len - *at);
	if (length == 0)
		return refuse(source, diags, HK0003, *at, "invalid UTF-8", "save the file as UTF-8");
	if (!json && is_unprintable(s, length))
		return refuse(source, diags, HK0004, *at, "control character that YAML forbids", "write it as an escape in a double-quoted string");
	*at += length;
	return 0;
}

static int check_directives(struct hk_source *source, struct hk_diags *diags)
{
	const struct hk_buf *text = &source->text;
	unsigned count = 0;
	for (const char *s = memchr(text->s, '%', text->len); s; s = memchr(s + 1, '%', (size_t)(text->s + text->len - s - 1))) {
		if (strncmp(s, "%TAG", 4) != 0 || (s != text->s && s[-1] != '\n' && s[-1] != '\r'))
			continue;
		if (++count > MAX_DIRECTIVES)
			return refuse(source, diags, HK0007, (size_t)(s - text->s), "more than 64 %TAG directives", NULL);
	}
	return 0;
}

/* A '?' that may announce a key: in front of it only blanks or another sign on its line. */
static bool may_announce_key(const struct hk_buf *text, size_t at)
{
	const char *s = text->s;
	bool ends = at + 1 == text->len || strchr(" \t\r\n", s[at + 1]) != NULL;
	return ends && (at == 0 || strchr(" \t\r\n", s[at - 1]) != NULL);
}

/* Tabs among the blanks behind ':', '-' or '?'; SIZE_MAX when there are none. */
static size_t find_tab_behind_sign(const struct hk_buf *text)
{
	const char *s = text->s;
	for (const char *tab = memchr(s, '\t', text->len); tab; tab = memchr(tab + 1, '\t', (size_t)(s + text->len - tab - 1))) {
		const char *before = tab;
		while (before > s && before[-1] == ' ' && tab - before < 256)
			before--;
		if (before > s && strchr(":-?\t ", before[-1]))
			return (size_t)(tab - s);
	}
	return SIZE_MAX;
}

/*
 * libfyaml 0.7.12 writes through a wild pointer when it reports tabs behind the ':' of an explicit key ("? a: <tab>:"). Explicit keys are rare and tabs
 * there are rarer: the two together are refused.
 */
static int check_tabs(struct hk_source *source, struct hk_diags *diags)
{
	const struct hk_buf *text = &source->text;
	for (const char *s = memchr(text->s, '?', text->len); s; s = memchr(s + 1, '?', (size_t)(text->s + text->len - s - 1))) {
		if (!may_announce_key(text, (size_t)(s - text->s)))
			continue;
		size_t tab = find_tab_behind_sign(text);
		if (tab == SIZE_MAX)
			return 0;
		return refuse(source, diags, HK0002, tab, "a tab stands behind ':', '-' or '?' in a text that has explicit keys ('? ')",
			      "write spaces instead");
	}
	return 0;
}

/* libfyaml keeps every token of a flow collection that stands on one line, 70 bytes for each byte of text: lines are bounded so that memory is. */
static int check_lines(struct hk_source *source, struct hk_diags *diags)
{
	const struct hk_buf *text = &source->text;
	for (size_t at = 0; at < text->len;) {
		const char *end = memchr(text->s + at, '\n', text->len - at);
		size_t next = end ? (size_t)(end - text->s) + 1 : text->len;
		if (next - at > HK_YAML_MAX_LINE)
			return refuse(source, diags, HK0007, at, "a line is longer than 16 MiB",
				      "write the file with line breaks, for example with: jq . FILE");
		at = next;
	}
	return 0;
}

int hk_yaml_scan(struct hk_source *source, bool json, struct hk_diags *diags)
{
	if (source->text.len >= UINT32_MAX / 2)
		return refuse(source, diags, HK0007, 0, "the text is larger than 2 GiB", NULL);
	if (check_encoding(source, diags) != 0)
		return -1;
	const unsigned char *s = (const unsigned char *)source->text.s;
	for (size_t at = 0, end = source->text.len; at < end;) {
		if ((s[at] >= 0x20 && s[at] < 0x7f) || s[at] == '\n')
			at++;
		else if (check_special(source, &at, json, diags) != 0)
			return -1;
	}
	if (check_lines(source, diags) != 0)
		return -1;
	return json || (check_directives(source, diags) == 0 && check_tabs(source, diags) == 0) ? 0 : -1;
}

uint32_t hk_yaml_skip_blank(const struct hk_buf *text, uint32_t from)
{
	const char *s = text->s;
	for (uint32_t at = from; at < text->len; at++) {
		if (s[at] == ' ' || s[at] == '\t' || s[at] == '\n' || s[at] == '\r')
			continue;
		if (s[at] != '#' || (at > 0 && !strchr(" \t\r\n", s[at - 1])))
			return at;
		while (at + 1 < text->len && s[at + 1] != '\n' && s[at + 1] != '\r')
			at++;
	}
	return (uint32_t)text->len;
}

static bool starts_document(const char *line, size_t left)
{
	if (left >= 3 && memcmp(line, "---", 3) == 0)
		return left == 3 || strchr(" \t\r\n", line[3]) != NULL;
	return line[0] == '%';
}

uint32_t hk_yaml_find_document(const struct hk_buf *text, uint32_t from)
{
	const char *s = text->s;
	for (uint32_t at = from; at < text->len; at++) {
		bool line_start = at == 0 || s[at - 1] == '\n' || s[at - 1] == '\r';
		if (line_start && starts_document(s + at, text->len - at))
			return at;
	}
	return (uint32_t)text->len;
}

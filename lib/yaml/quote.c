/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When must a string be quoted? Conservative on purpose: a pair of quotes too many is ugly, one too few changes the data. */
#include "yaml/types.h"

#include "base/vec.h"
#include <string.h>

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_typed_word(struct hk_str text)
{
	static const char *const words[] = { "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "=", "<<" };
	for (size_t i = 0; i < HK_COUNT(words); i++) {
		size_t n = 0;
		while (n < text.n && words[i][n] && lower(text.s[n]) == words[i][n])
			n++;
		if (n == text.n && !words[i][n])
			return true;
	}
	return false;
}

/* Made of nothing but bytes that occur in some reader's numbers, times and infinities. */
static bool is_number_like(struct hk_str text)
{
	char first = text.s[0];
	if (first != '-' && first != '+' && first != '.' && (first < '0' || first > '9'))
		return false;
	struct hk_str rest = text;
	while (rest.n && (rest.s[0] == '-' || rest.s[0] == '+'))
		rest = (struct hk_str){ rest.s + 1, rest.n - 1 };
	if (rest.n == 4 && rest.s[0] == '.' && (lower(rest.s[1]) == 'i' || lower(rest.s[1]) == 'n'))
		return true;
	if (rest.n == 0 || (rest.s[0] != '.' && (rest.s[0] < '0' || rest.s[0] > '9')))
		return false;
	for (size_t i = 0; i < rest.n; i++)
		if (!strchr("0123456789abcdefABCDEFxXoO_.:,+-tTzZ ", rest.s[i]))
			return false;
	return true;
}

/* Length of a character that may stand in a plain scalar, 0 otherwise. Line separators and C1 controls are out: YAML 1.1 breaks lines there. */
static unsigned plain_character(const char *s, size_t available)
{
	unsigned char c = (unsigned char)s[0];
	if (c < 0x80)
		return c >= 0x20 && c != 0x7f;
	unsigned length = hk_utf8_length(s, available);
	if (length == 2 && c == 0xc2 && (unsigned char)s[1] <= 0xa0)
		return 0;
	if (length == 3 && c == 0xe2 && (unsigned char)s[1] == 0x80)
		return 0;               /* U+2000 to U+203F: spaces, separators, direction marks */
	if (length == 3 && c == 0xef && (unsigned char)s[1] >= 0xbb && ((unsigned char)s[1] == 0xbb || (unsigned char)s[1] == 0xbf))
		return 0;               /* byte order mark, specials */
	return length;
}

static bool has_plain_body(struct hk_str text)
{
	for (size_t i = 0; i < text.n;) {
		unsigned length = plain_character(text.s + i, text.n - i);
		if (length == 0 || strchr("[]{},", text.s[i]))
			return false;
		char next = i + 1 < text.n ? text.s[i + 1] : ' ';
		if ((text.s[i] == ':' && next == ' ') || (text.s[i] == '#' && i > 0 && text.s[i - 1] == ' '))
			return false;
		i += length;
	}
	return true;
}

bool hk_yaml_needs_quotes(struct hk_str text)
{
	if (text.n == 0 || text.s[0] == ' ' || text.s[text.n - 1] == ' ')
		return true;
	if (strchr("#&*!|>'\"%@`?:", text.s[0]) || (text.s[0] == '-' && (text.n == 1 || text.s[1] == ' ')))
		return true;
	if (hk_str_starts(text, "---") || hk_str_starts(text, "..."))
		return true;
	return !has_plain_body(text) || is_typed_word(text) || is_number_like(text) || hk_yaml_type_12(text) != HK_TYPE_STRING ||
	       hk_yaml_type_11(text) != HK_11_STRING;
}

void hk_yaml_add_repaired(struct hk_buf *out, struct hk_str text)
{
	for (size_t i = 0; i < text.n;) {
		unsigned length = hk_utf8_length(text.s + i, text.n - i);
		if (length)
			hk_buf_add(out, text.s + i, length);
		else
			hk_buf_addstr(out, "\xef\xbf\xbd");
		i += length ? length : 1;
	}
}

/* The character at s (of `length` bytes, valid UTF-8) as an escape both YAML and JSON know; only called for characters below U+10000. */
static void add_escape(struct hk_buf *out, const char *s, unsigned length)
{
	const unsigned char *u = (const unsigned char *)s;
	unsigned code = length == 3 ? (u[0] & 0x0fu) << 12 | (u[1] & 0x3fu) << 6 | (u[2] & 0x3fu) : length == 2 ? (u[0] & 0x1fu) << 6 | (u[1] & 0x3fu) : u[0];
	switch (code) {
	case '"': hk_buf_addstr(out, "\\\""); break;
	case '\\': hk_buf_addstr(out, "\\\\"); break;
	case '\n': hk_buf_addstr(out, "\\n"); break;
	case '\t': hk_buf_addstr(out, "\\t"); break;
	case '\r': hk_buf_addstr(out, "\\r"); break;
	default: hk_buf_addf(out, "\\u%04x", code);
	}
}

void hk_yaml_add_quoted(struct hk_buf *out, struct hk_str text)
{
	hk_buf_addch(out, '"');
	for (size_t i = 0; i < text.n;) {
		unsigned length = hk_utf8_length(text.s + i, text.n - i);
		if (length == 0)
			hk_buf_addstr(out, "\xef\xbf\xbd");
		else if (text.s[i] == '"' || text.s[i] == '\\' || plain_character(text.s + i, text.n - i) == 0)
			add_escape(out, text.s + i, length);
		else
			hk_buf_add(out, text.s + i, length);
		i += length ? length : 1;
	}
	hk_buf_addch(out, '"');
}

bool hk_yaml_is_printable(struct hk_str text)
{
	for (size_t i = 0; i < text.n;) {
		unsigned length = text.s[i] == '\n' ? 1 : plain_character(text.s + i, text.n - i);
		if (length == 0)
			return false;
		i += length;
	}
	return true;
}

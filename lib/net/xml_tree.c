/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looking at trees, and writing them. */
#include "net/xml.h"
#include "base/vec.h"
#include <stdlib.h>
#include <string.h>

bool hk_xml_is(const struct hk_xml_node *node, const char *name_space, const char *name)
{
	return node && strcmp(node->name, name) == 0 && (!name_space || strcmp(node->name_space, name_space) == 0);
}

const struct hk_xml_node *hk_xml_child(const struct hk_xml_node *node, const char *name_space, const char *name)
{
	const struct hk_xml_node *child = node ? node->first : NULL;
	while (child && !hk_xml_is(child, name_space, name))
		child = child->next;
	return child;
}

const struct hk_xml_node *hk_xml_next(const struct hk_xml_node *node, const char *name_space, const char *name)
{
	for (node = node ? node->next : NULL; node && !hk_xml_is(node, name_space, name);)
		node = node->next;
	return node;
}

const char *hk_xml_text(const struct hk_xml_node *node)
{
	return node ? node->text : "";
}

const char *hk_xml_attribute(const struct hk_xml_node *node, const char *name)
{
	for (const struct hk_xml_attribute *a = node ? node->attributes : NULL; a; a = a->next)
		if (strcmp(a->name, name) == 0)
			return a->value;
	return NULL;
}

void hk_xml_escape(struct hk_buf *out, struct hk_str text)
{
	for (size_t i = 0; i < text.n; i++)
		switch (text.s[i]) {
		case '&': hk_buf_addstr(out, "&amp;"); break;
		case '<': hk_buf_addstr(out, "&lt;"); break;
		case '>': hk_buf_addstr(out, "&gt;"); break;
		case '"': hk_buf_addstr(out, "&quot;"); break;
		case '\'': hk_buf_addstr(out, "&apos;"); break;
		case '\t': hk_buf_addstr(out, "&#9;"); break;
		case '\n': hk_buf_addstr(out, "&#10;"); break;
		case '\r': hk_buf_addstr(out, "&#13;"); break;
		default: hk_buf_addch(out, text.s[i]);
		}
}

bool hk_xml_can_say(struct hk_str text)
{
	for (size_t i = 0; i < text.n;) {
		unsigned char c = (unsigned char)text.s[i];
		unsigned length = hk_utf8_length(text.s + i, text.n - i);
		if (!length || (c < 0x20 && c != '\t' && c != '\n' && c != '\r'))
			return false;
		if (length == 3 && c == 0xef && (unsigned char)text.s[i + 1] == 0xbf && (unsigned char)text.s[i + 2] >= 0xbe)      /* U+FFFE, U+FFFF */
			return false;
		i += length;
	}
	return true;
}

void hk_xml_write(struct hk_buf *out, const struct hk_xml_node *node)
{
	const char *outer = node->parent ? node->parent->name_space : "";
	unsigned prefixes = 0;
	hk_buf_addf(out, "<%s", node->name);
	if (strcmp(outer, node->name_space) != 0) {
		hk_buf_addstr(out, " xmlns=\"");
		hk_xml_escape(out, hk_str_of(node->name_space));
		hk_buf_addch(out, '"');
	}
	for (const struct hk_xml_attribute *a = node->attributes; a; a = a->next) {
		hk_buf_addch(out, ' ');
		if (strcmp(a->name_space, "http://www.w3.org/XML/1998/namespace") == 0)
			hk_buf_addstr(out, "xml:");      /* may not be declared under another prefix */
		else if (*a->name_space) {
			hk_buf_addf(out, "xmlns:a%u=\"", prefixes);
			hk_xml_escape(out, hk_str_of(a->name_space));
			hk_buf_addf(out, "\" a%u:", prefixes++);
		}
		hk_buf_addf(out, "%s=\"", a->name);
		hk_xml_escape(out, hk_str_of(a->value));
		hk_buf_addch(out, '"');
	}
	hk_buf_addch(out, '>');
	hk_xml_escape(out, hk_str_of(node->text));
	for (const struct hk_xml_node *child = node->first; child; child = child->next)
		hk_xml_write(out, child);
	hk_buf_addf(out, "</%s>", node->name);
}

void hk_xml_show(struct hk_buf *out, const struct hk_xml_node *node)
{
	hk_buf_addf(out, "<%s>", node->name);
	hk_buf_addstr(out, node->text);
	for (const struct hk_xml_node *child = node->first; child; child = child->next)
		hk_xml_show(out, child);
	hk_buf_addf(out, "</%s>", node->name);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_sorted(struct hk_buf *out, char **parts, size_t count)
{
	if (count)
		qsort(parts, count, sizeof *parts, by_text);
	for (size_t i = 0; i < count; i++) {
		hk_buf_addstr(out, parts[i]);
		free(parts[i]);
	}
}

static void canonical_attributes(struct hk_buf *out, const struct hk_xml_node *node)
{
	HK_VEC(char *) parts = { 0 };
	for (const struct hk_xml_attribute *a = node->attributes; a; a = a->next) {
		struct hk_buf part = HK_BUF_INIT;
		hk_buf_addf(&part, " {%s}%s=\"", a->name_space, a->name);
		hk_xml_escape(&part, hk_str_of(a->value));
		hk_buf_addch(&part, '"');
		hk_vec_push(&parts, hk_buf_detach(&part, NULL));
	}
	add_sorted(out, parts.v, parts.n);
	hk_vec_release(&parts);
}

/* Recursion is as deep as the reader allows. */
void hk_xml_canonical(struct hk_buf *out, const struct hk_xml_node *node)
{
	hk_buf_addf(out, "<{%s}%s", node->name_space, node->name);
	canonical_attributes(out, node);
	hk_buf_addch(out, '>');
	hk_xml_escape(out, hk_str_of(node->text));
	HK_VEC(char *) parts = { 0 };
	for (const struct hk_xml_node *child = node->first; child; child = child->next) {
		struct hk_buf part = HK_BUF_INIT;
		hk_xml_canonical(&part, child);
		hk_vec_push(&parts, hk_buf_detach(&part, NULL));
	}
	add_sorted(out, parts.v, parts.n);
	hk_vec_release(&parts);
	hk_buf_addstr(out, "</>");
}

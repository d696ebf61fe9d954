/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * XML read into a compact tree, and text escaped for writing. libxml2's SAX2 parser does the reading; document types, entities of one's own and processing of
 * anything outside the text are refused (a device has no reason to send them), depth, nodes and bytes are bounded. Namespaces are resolved: a prefix means
 * nothing after reading.
 */
#ifndef HK_NET_XML_H
#define HK_NET_XML_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#define HK_XML_MAX_DEPTH 200u
#define HK_XML_MAX_NODES 4000000u

struct hk_xml_attribute {
	const char *name_space;          /* "" when it has none */
	const char *name, *value;
	struct hk_xml_attribute *next;
};
struct hk_xml_node {
	const char *name_space, *name;   /* "" when there is no namespace */
	const char *text;                /* character data of the element itself, blanks at both ends removed; "" */
	struct hk_xml_attribute *attributes;
	struct hk_xml_node *first, *next, *parent;
};
struct hk_xml { struct hk_arena arena; struct hk_xml_node *root; };

/* Exactly one well-formed element. NULL with HK_UNREACHABLE and what is wrong with it ("line 3: ..."). Free with hk_xml_free. */
struct hk_xml *hk_xml_parse(struct hk_str text, struct hk_err *err);
void hk_xml_free(struct hk_xml *document);

/* First child of that name; name_space NULL: of any namespace. NULL-safe. */
const struct hk_xml_node *hk_xml_child(const struct hk_xml_node *node, const char *name_space, const char *name);
const struct hk_xml_node *hk_xml_next(const struct hk_xml_node *node, const char *name_space, const char *name);   /* next sibling of that name */
bool hk_xml_is(const struct hk_xml_node *node, const char *name_space, const char *name);
const char *hk_xml_text(const struct hk_xml_node *node);                  /* "" for NULL */
const char *hk_xml_attribute(const struct hk_xml_node *node, const char *name);      /* NULL when absent; any namespace */

/* Escaped so that it can stand as character data and inside a quoted attribute. */
void hk_xml_escape(struct hk_buf *out, struct hk_str text);
/* True when XML 1.0 can say this text at all: valid UTF-8, no control bytes but tab and line ends. */
bool hk_xml_can_say(struct hk_str text);
/* The element as XML that reads back as the same tree. */
void hk_xml_write(struct hk_buf *out, const struct hk_xml_node *node);
/* One element on one line, without namespaces: for messages. */
void hk_xml_show(struct hk_buf *out, const struct hk_xml_node *node);
/*
 * The same text for the same data: names with their namespaces, attributes and siblings sorted, so that the order in which a device lists entries does not
 * matter (nor does the order of lists that are ordered by the user).
 */
void hk_xml_canonical(struct hk_buf *out, const struct hk_xml_node *node);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/xml.h"
#include "base/map.h"
#include "base/vec.h"
#include <libxml/parser.h>
#include <libxml/SAX2.h>
#include <stdlib.h>
#include <string.h>

struct builder {
	struct hk_xml *document;
	struct hk_xml_node *current;        /* element that is open; NULL outside the root */
	HK_VEC(struct hk_xml_node *) last;  /* of each open element: its last child, or NULL */
	HK_VEC(struct hk_buf) text;         /* of each open element */
	HK_VEC(const char *) names;         /* interned */
	struct hk_map index;
	unsigned depth, nodes;
	xmlParserCtxtPtr parser;
	const char *why;                    /* our own reason to stop */
};

static const char *intern(struct builder *b, const xmlChar *name)
{
	if (!name)
		return "";
	struct hk_str key = hk_str_of((const char *)name);
	size_t there = hk_map_get(&b->index, key);
	if (there != HK_MAP_NONE)
		return b->names.v[there];
	const char *copy = hk_arena_slicedup(&b->document->arena, key);
	hk_map_put(&b->index, hk_str_of(copy), b->names.n);
	hk_vec_push(&b->names, copy);
	return copy;
}

static void stop(struct builder *b, const char *why)
{
	if (!b->why)
		b->why = why;
	xmlStopParser(b->parser);
}

static void add_attributes(struct builder *b, struct hk_xml_node *node, int count, const xmlChar **attributes)
{
	struct hk_xml_attribute **link = &node->attributes;
	for (int i = 0; i < count; i++, attributes += 5) {
		struct hk_xml_attribute *attribute = hk_arena_alloc(&b->document->arena, sizeof *attribute);
		attribute->name = intern(b, attributes[0]);
		attribute->name_space = intern(b, attributes[2]);
		attribute->value = hk_arena_slicedup(&b->document->arena,
						     (struct hk_str){ (const char *)attributes[3], (size_t)(attributes[4] - attributes[3]) });
		*link = attribute;
		link = &attribute->next;
	}
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int n_namespaces, const xmlChar **namespaces,
		     int n_attributes, int n_defaulted, const xmlChar **attributes)
{
	struct builder *b = context;
	(void)prefix, (void)n_namespaces, (void)namespaces, (void)n_defaulted;
	if (b->why)
		return;
	if (++b->depth > HK_XML_MAX_DEPTH) {
		stop(b, "elements are nested too deeply");
		return;
	}
	if (++b->nodes > HK_XML_MAX_NODES) {
		stop(b, "too many elements");
		return;
	}
	struct hk_xml_node *node = hk_arena_alloc(&b->document->arena, sizeof *node);
	node->name = intern(b, name);
	node->name_space = intern(b, uri);
	node->text = "";
	node->parent = b->current;
	add_attributes(b, node, n_attributes, attributes);
	if (!b->current)
		b->document->root = node;
	else {
		struct hk_xml_node **last = &b->last.v[b->depth - 2];
		*(*last ? &(*last)->next : &b->current->first) = node;
		*last = node;
	}
	b->current = node;
	if (b->last.n < b->depth) {
		hk_vec_push(&b->last, NULL);
		hk_vec_push(&b->text, (struct hk_buf)HK_BUF_INIT);
	}
	b->last.v[b->depth - 1] = NULL;
	hk_buf_reset(&b->text.v[b->depth - 1]);
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct builder *b = context;
	(void)name, (void)prefix, (void)uri;
	if (b->why || !b->current)
		return;
	const struct hk_buf *text = &b->text.v[b->depth - 1];
	size_t start = 0, end = text->len;
	while (start < end && strchr(" \t\r\n", text->s[start]))
		start++;
	while (end > start && strchr(" \t\r\n", text->s[end - 1]))
		end--;
	if (end > start)
		b->current->text = hk_arena_slicedup(&b->document->arena, (struct hk_str){ text->s + start, end - start });
	b->current = b->current->parent;
	b->depth--;
}

static void on_text(void *context, const xmlChar *text, int length)
{
	struct builder *b = context;
	if (!b->why && b->depth && length > 0)
		hk_buf_add(&b->text.v[b->depth - 1], text, (size_t)length);
}

static void on_doctype(void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	(void)name, (void)external, (void)system;
	stop(context, "a document type is not taken");
}

static void on_reference(void *context, const xmlChar *name)
{
	(void)name;
	stop(context, "entities other than those of XML itself are not taken");
}

static void on_message(void *context, const char *format, ...)
{
	(void)context, (void)format;
}

/* Takes what would else be printed. */
static void on_error(void *context, xmlErrorPtr error)
{
	(void)context, (void)error;
}

static xmlParserCtxtPtr new_parser(struct builder *b)
{
	xmlSAXHandler handler = { .initialized = XML_SAX2_MAGIC, .startElementNs = on_start, .endElementNs = on_end, .characters = on_text,
				  .cdataBlock = on_text,
				  .ignorableWhitespace = on_text, .internalSubset = on_doctype, .reference = on_reference, .error = on_message,
				  .warning = on_message,
				  .serror = on_error };
	xmlParserCtxtPtr parser = xmlCreatePushParserCtxt(&handler, b, NULL, 0, NULL);
	if (parser)
		xmlCtxtUseOptions(parser, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT | XML_PARSE_IGNORE_ENC);
	return parser;
}

static int complain(const struct builder *b, struct hk_err *err)
{
	if (b->why)
		return hk_err_set(err, HK_UNREACHABLE, "%s", b->why);
	const xmlError *last = xmlCtxtGetLastError(b->parser);
	struct hk_str message = hk_str_of(last ? last->message : NULL);
	while (message.n && (message.s[message.n - 1] == '\n' || message.s[message.n - 1] == ' '))
		message.n--;
	if (!message.n)
		message = HK_STR("not well formed");
	return hk_err_set(err, HK_UNREACHABLE, "line %d: %.*s", last ? last->line : 0, HK_STR_ARG(message));
}

static void release(struct builder *b)
{
	for (size_t i = 0; i < b->text.n; i++)
		hk_buf_release(&b->text.v[i]);
	hk_vec_release(&b->text);
	hk_vec_release(&b->last);
	hk_vec_release(&b->names);
	hk_map_release(&b->index);
	if (b->parser) {
		if (b->parser->myDoc)
			xmlFreeDoc(b->parser->myDoc);
		xmlFreeParserCtxt(b->parser);
	}
}

struct hk_xml *hk_xml_parse(struct hk_str text, struct hk_err *err)
{
	struct builder b = { .document = hk_calloc(1, sizeof *b.document), .index = HK_MAP_INIT };
	int code = 0;
	b.document->arena = (struct hk_arena)HK_ARENA_INIT;
	/* NETCONF is UTF-8 (RFC 6241 section 3), whatever the text says of itself; libxml2 lets other bytes through in CDATA */
	if (!hk_xml_can_say(text)) {
		hk_err_set(err, HK_UNREACHABLE, "bytes that are no UTF-8, or control bytes");
		goto failed;
	}
	b.parser = new_parser(&b);
	if (!b.parser) {
		hk_err_set(err, HK_FAILED, "libxml2 gave no parser");
		goto failed;
	}
	/* libxml2 counts in int */
	while (!code && !b.why && text.n) {
		int part = text.n > 1 << 20 ? 1 << 20 : (int)text.n;
		code = xmlParseChunk(b.parser, text.s, part, 0);
		text.s += part;
		text.n -= (size_t)part;
	}
	if (!code && !b.why)
		code = xmlParseChunk(b.parser, "", 0, 1);
	if (!b.why && !b.parser->nsWellFormed)
		b.why = "a prefix is used that is not declared";
	if (code || b.why || !b.document->root || b.current) {
		complain(&b, err);
		goto failed;
	}
	release(&b);
	return b.document;
failed:
	release(&b);
	hk_xml_free(b.document);
	return NULL;
}

void hk_xml_free(struct hk_xml *document)
{
	if (!document)
		return;
	hk_arena_release(&document->arena);
	free(document);
}

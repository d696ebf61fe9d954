/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files as people save them: JSON or YAML, several values behind each other, lists or single objects, UTF-16 from a Windows shell, cut off by a full disk. */
#include "import/reading.h"
#include "base/file.h"
#include <stdlib.h>
#include <string.h>

/* Most of the bytes of saved nodes and pods, and nothing a plan depends on. */
static const char *const pruned[] = { "managedFields", "images", "kubectl.kubernetes.io/last-applied-configuration", "volumesAttached", "volumesInUse" };

static void add_utf8(struct hk_buf *out, uint32_t c)
{
	if (c < 0x80) {
		hk_buf_addch(out, (char)c);
	} else if (c < 0x800) {
		hk_buf_addch(out, (char)(0xC0 | c >> 6));
		hk_buf_addch(out, (char)(0x80 | (c & 0x3F)));
	} else if (c < 0x10000) {
		hk_buf_addch(out, (char)(0xE0 | c >> 12));
		hk_buf_addch(out, (char)(0x80 | (c >> 6 & 0x3F)));
		hk_buf_addch(out, (char)(0x80 | (c & 0x3F)));
	} else {
		hk_buf_addch(out, (char)(0xF0 | c >> 18));
		hk_buf_addch(out, (char)(0x80 | (c >> 12 & 0x3F)));
		hk_buf_addch(out, (char)(0x80 | (c >> 6 & 0x3F)));
		hk_buf_addch(out, (char)(0x80 | (c & 0x3F)));
	}
}

/* What is not a pair becomes U+FFFD, as everywhere. */
static void recode_utf16(struct hk_buf *text, bool big)
{
	struct hk_buf utf8 = HK_BUF_INIT;
	const unsigned char *s = (const unsigned char *)text->s;

	hk_buf_reserve(&utf8, text->len / 2 + 1);
	for (size_t i = 2; i + 1 < text->len; i += 2) {
		uint32_t low, c = big ? (uint32_t)s[i] << 8 | s[i + 1] : (uint32_t)s[i + 1] << 8 | s[i];
		if (c >= 0xD800 && c < 0xDC00 && i + 3 < text->len) {
			low = big ? (uint32_t)s[i + 2] << 8 | s[i + 3] : (uint32_t)s[i + 3] << 8 | s[i + 2];
			if (low >= 0xDC00 && low < 0xE000) {
				c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
				i += 2;
			}
		}
		add_utf8(&utf8, c >= 0xD800 && c < 0xE000 ? 0xFFFD : c);
	}
	hk_buf_release(text);
	*text = utf8;
}

static void file_diag(struct hk_import *import, const char *path, enum hk_rule_id rule, const char *text, const char *help)
{
	struct hk_range range = { .file = path, .line = 1, .column = 1, .end_line = 1, .end_column = 1 };
	struct hk_diag *diag = hk_diag_add(import->diags, rule, &range, "%s", text);

	if (help)
		hk_diag_help(import->diags, diag, "%s", help);
}

static void recode(struct hk_import *import, struct hk_source *source)
{
	const unsigned char *s = (const unsigned char *)source->text.s;
	bool little = source->text.len >= 2 && s[0] == 0xFF && s[1] == 0xFE, big = source->text.len >= 2 && s[0] == 0xFE && s[1] == 0xFF;

	if (little || big) {
		recode_utf16(&source->text, big);
		file_diag(import, source->name, HK1109, "the file is UTF-16 and was read as such; positions count the bytes of its UTF-8 form", NULL);
	} else if (source->text.len >= 3 && memcmp(s, "\xEF\xBB\xBF", 3) == 0) {
		memset(source->text.s, ' ', 3);
	}
}

struct hk_source *hk_import_load(struct hk_import *import, size_t file)
{
	const struct hk_import_file *from = &import->files[file];
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_source *source = hk_calloc(1, sizeof *source);

	hk_vec_push(&import->sources, source);
	if (from->text) {
		hk_source_from_text(source, from->path, from->text, from->length);
	} else if (hk_source_load(source, from->path, HK_IMPORT_MAX, &err)) {
		file_diag(import, strcmp(from->path, "-") == 0 ? "<stdin>" : from->path, HK0001, err.message, NULL);
		return NULL;
	}
	recode(import, source);
	if (!hk_str_trim((struct hk_str){ source->text.s, source->text.len }).n) {
		file_diag(import, source->name, HK0010, "the file is empty", "save it again, for example with: kubectl get nodes -o json");
		return NULL;
	}
	return source;
}

/* A JSON text opens with a bracket, and what follows is what only JSON has there. YAML's own flow style is left to the YAML reader. */
static bool looks_like_json(const struct hk_source *source)
{
	const char *s = source->text.s + strspn(source->text.s, " \t\r\n");

	if (*s != '{' && *s != '[')
		return hk_str_ends(hk_str_of(source->name), ".json");
	for (s++; *s && strchr(" \t\r\n{[", *s); s++)
		;
	return *s == '"' || *s == '}' || *s == ']' || !*s;
}

static void shift(struct hk_node *node, uint32_t by)
{
	for (; node; node = node->next) {
		node->start += by;
		node->end += by;
		node->outer += by;
		shift(node->first, by);
	}
}

/* Findings and marks of a text that stands in the source from `offset` on. */
static void relocate(struct hk_import *import, struct hk_source *source, size_t first, uint32_t offset)
{
	for (size_t i = first; i < import->diags->list.n; i++) {
		struct hk_diag *diag = &import->diags->list.v[i];

		hk_source_range(source, diag->range.start_byte + offset, diag->range.end_byte + offset, &diag->range);
		diag->source_line = NULL;
		hk_diag_source_line(import->diags, diag, hk_source_line(source, diag->range.line));
	}
}

static bool parse_json_value(struct hk_import *import, struct hk_source *source, const struct hk_json_span *span, bool prune)
{
	struct hk_source part = { 0 };
	struct hk_doc *doc = hk_calloc(1, sizeof *doc);
	size_t first = import->diags->list.n;
	size_t end = span->complete ? span->end : span->cut;
	bool ok;

	hk_source_from_text(&part, source->name, source->text.s + span->start, end - span->start);
	if (!span->complete)
		hk_buf_addstr(&part.text, span->closers);
	if (prune)
		hk_json_prune(part.text.s, part.text.len, pruned, HK_COUNT(pruned));
	ok = hk_yaml_read_one(&part, true, doc, import->diags) == 0;
	if (span->start)
		relocate(import, source, first, (uint32_t)span->start);
	if (ok) {
		if (span->start)
			shift(doc->root, (uint32_t)span->start);
		doc->source = source;
		hk_vec_push(&import->docs, doc);
	} else {
		hk_doc_release(doc);
		free(doc);
	}
	hk_source_release(&part);
	return ok;
}

static bool report_cut(struct hk_import *import, struct hk_source *source, const struct hk_json_span *span)
{
	bool salvage = import->options->partial && span->cut;
	struct hk_range range;
	struct hk_diag *diag;

	hk_source_range(source, (uint32_t)source->text.len, (uint32_t)source->text.len, &range);
	if (salvage) {
		diag = hk_diag_add(import->diags, HK1104, &range, "the file was cut off; its %zu complete items are taken, the rest is missing", span->items);
	} else {
		diag = hk_diag_add(import->diags, HK1103, &range, "the file ends in the middle, behind %zu complete items", span->items);
		hk_diag_help(import->diags, diag, span->cut ? "save it again; --partial takes what is complete" : "save it again: nothing in it is complete");
	}
	hk_source_range(source, (uint32_t)span->start, (uint32_t)span->start + 1, &range);
	hk_diag_related(import->diags, diag, &range, "what starts here does not end");
	return salvage;
}

static bool parse_json(struct hk_import *import, struct hk_source *source, bool prune)
{
	struct hk_str text = { source->text.s, source->text.len };
	struct hk_json_span span;
	size_t at = 0;

	while (hk_json_next(text, &at, &span)) {
		if (!span.complete && !report_cut(import, source, &span))
			return false;
		if (!parse_json_value(import, source, &span, prune))
			return false;
	}
	return true;
}

/* kubectl writes `kind: List` behind the items: a list without it was cut off, and its last item may be. */
static bool check_yaml_end(struct hk_import *import, struct hk_doc *doc)
{
	const struct hk_node *items = hk_node_get(doc->root, "items"), *last = NULL;
	struct hk_diag *diag;

	if (!items || items->kind != HK_SEQUENCE || !items->count || hk_node_get(doc->root, "kind"))
		return true;
	hk_for_each_item(item, items)
		last = item;
	if (!import->options->partial) {
		diag = hk_node_diag(import->diags, doc, last, HK1103,
				    "this list has no kind behind its %u items, so its end is missing, and may be that of the last item", items->count);
		hk_diag_help(import->diags, diag, "save it again; --partial takes all items but the last");
		return false;
	}
	hk_node_diag(import->diags, doc, last, HK1104, "the file was cut off; the last item is left out and what follows is missing");
	for (struct hk_node *item = items->first; item; item = item->next)
		if (item->next == last)
			item->next = NULL;
	if (items->first == last)
		((struct hk_node *)(uintptr_t)items)->first = NULL;
	return true;
}

static bool parse_yaml(struct hk_import *import, struct hk_source *source)
{
	struct hk_yaml_reader *reader = hk_yaml_open(source, false);
	struct hk_doc doc = { 0 };
	int status;
	bool ok = true;

	while ((status = hk_yaml_next(reader, &doc, import->diags)) == 1) {
		struct hk_doc *kept = hk_malloc(sizeof *kept);

		*kept = doc;
		doc = (struct hk_doc){ 0 };
		hk_vec_push(&import->docs, kept);
		ok = check_yaml_end(import, kept) && ok;
	}
	hk_doc_release(&doc);
	hk_yaml_close(reader);
	return status == 0 && ok;
}

bool hk_import_parse(struct hk_import *import, struct hk_source *source, bool prune)
{
	return looks_like_json(source) ? parse_json(import, source, prune) : parse_yaml(import, source);
}

/* What an object without a kind must be, by what only that kind has. */
static const char *kind_of_shape(const struct hk_node *node)
{
	if (hk_node_at(node, "status.allocatable") || hk_node_at(node, "status.nodeInfo"))
		return "Node";
	return hk_node_at(node, "spec.containers") ? "Pod" : NULL;
}

static void add_object(struct hk_import *import, size_t file, const struct hk_doc *doc, const struct hk_node *node, const char *list_kind)
{
	struct hk_import_object object = { .doc = doc, .node = node, .file = file };
	struct hk_diag *diag;

	object.kind = hk_node_string(hk_node_get(node, "kind"));
	object.api_version = hk_node_string(hk_node_get(node, "apiVersion"));
	object.name = hk_node_string(hk_node_at(node, "metadata.name"));
	object.name_space = hk_node_string(hk_node_at(node, "metadata.namespace"));
	if (!object.kind)
		object.kind = list_kind ? list_kind : kind_of_shape(node);
	if (object.kind && object.name && object.name_space && !hk_is_label_name(object.name_space)) {
		hk_node_diag(import->diags, doc, node, HK1102, "'%s' is no namespace; %s '%s' is left out", object.name_space, object.kind, object.name);
		return;
	}
	if (object.kind && object.name && *object.name) {
		hk_vec_push(&import->objects, object);
		return;
	}
	if (hk_node_is_null(node))
		return;
	diag = hk_node_diag(import->diags, doc, node, HK1102,
			    object.kind ? "this %s has no name and is left out" : "this is no Kubernetes object and is left out%s",
			    object.kind ? object.kind : "");
	hk_diag_help(import->diags, diag, "an object has apiVersion, kind and metadata.name");
}

/* `kubectl get -o jsonpath={.items}` leaves a plain list; typed lists let their items have no kind; lists may stand in lists. */
static void add_objects(struct hk_import *import, size_t file, const struct hk_doc *doc, const struct hk_node *node, const char *list_kind)
{
	const char *kind = hk_node_string(hk_node_get(node, "kind"));
	const struct hk_node *items = hk_node_get(node, "items");
	bool is_list = items && items->kind == HK_SEQUENCE && (!kind || hk_str_ends(hk_str_of(kind), "List"));

	if (node->kind == HK_SEQUENCE)
		items = node;
	else if (!is_list) {
		add_object(import, file, doc, node, list_kind);
		return;
	}
	if (kind && strlen(kind) > 4)
		list_kind = hk_arena_slicedup(&import->arena, (struct hk_str){ kind, strlen(kind) - 4 });
	hk_for_each_item(item, items)
		add_objects(import, file, doc, item, list_kind);
}

int hk_import_read(struct hk_import *import, bool prune, struct hk_err *err)
{
	(void)err;
	for (size_t f = 0; f < import->n_files; f++) {
		struct hk_source *source = hk_import_load(import, f);
		size_t first = import->docs.n;

		if (!source || !hk_import_parse(import, source, prune))
			continue;
		for (size_t i = first; i < import->docs.n; i++)
			add_objects(import, f, import->docs.v[i], import->docs.v[i]->root, NULL);
	}
	return import->diags->errors ? -1 : 0;
}

void hk_import_release(struct hk_import *import)
{
	for (size_t i = 0; i < import->docs.n; i++) {
		hk_doc_release(import->docs.v[i]);
		free(import->docs.v[i]);
	}
	for (size_t i = 0; i < import->sources.n; i++) {
		hk_source_release(import->sources.v[i]);
		free(import->sources.v[i]);
	}
	hk_vec_release(&import->docs);
	hk_vec_release(&import->sources);
	hk_vec_release(&import->objects);
	hk_model_release(&import->model);
	hk_arena_release(&import->arena);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * YAML 1.2 (and JSON) read into a compact tree with exact byte marks.
 *
 * libfyaml's event parser feeds it (never its tree: that costs 43-50 bytes of memory per input byte); a stream is read one document at a time, so memory is
 * bounded by the largest document. Aliases are expanded by reference and counted; depth, nodes and bytes are limited; keys must be plain scalars; duplicate
 * keys, NUL, invalid UTF-8 and YAML 1.1 surprises are findings with a position. Everything in a document lives in its arena and is borrowed.
 */
#ifndef HK_YAML_DOC_H
#define HK_YAML_DOC_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/err.h"

#define HK_YAML_MAX_DEPTH 64u
#define HK_YAML_MAX_LINE ((size_t)16 << 20) /* bytes of one line */
#define HK_YAML_MAX_NODES 8000000u         /* per document, aliases expanded */

/* One input text. Line starts are computed on first use. */
struct hk_source {
	char *name;                /* as shown to the user: the path given, or "<stdin>" */
	struct hk_buf text;
	uint32_t *line_starts;     /* lazily built by hk_source_range */
	uint32_t line_count;
};

int hk_source_load(struct hk_source *source, const char *path, size_t max_bytes, struct hk_err *err);
void hk_source_from_text(struct hk_source *source, const char *name, const void *text, size_t count);   /* copies */
void hk_source_release(struct hk_source *source);
/* Fill a range from byte offsets (clamped to the text). */
void hk_source_range(struct hk_source *source, uint32_t start, uint32_t end, struct hk_range *range);
struct hk_str hk_source_line(struct hk_source *source, uint32_t line);        /* without its line end; empty when out of range */

enum hk_node_kind { HK_SCALAR = 1, HK_SEQUENCE, HK_MAPPING };
enum hk_scalar_style { HK_PLAIN, HK_SINGLE_QUOTED, HK_DOUBLE_QUOTED, HK_LITERAL, HK_FOLDED };
enum hk_scalar_type { HK_TYPE_NULL, HK_TYPE_BOOL, HK_TYPE_INT, HK_TYPE_FLOAT, HK_TYPE_STRING };

struct hk_doc;
/*
 * A node. A mapping's children alternate key, value, key, value ... (keys are HK_SCALAR); a sequence's are its items. Sibling order is source order.
 * Byte marks: for a plain or quoted scalar the token including its quotes; for a block scalar from its '|' or '>' to the end of its last content line;
 * for a collection from its first byte to the end of its last descendant (flow: closing bracket included). An empty (null) value has start == end at
 * the place right behind its key's ':' or '-' sign (behind its tag or anchor when it has one).
 * Merge keys (`<<: *base`) are resolved as Kubernetes does: the merged pairs stand where `<<` stood, from_alias set, keys that are written out win.
 * Children reached through an alias are shared with the anchored node and carry the marks of their own place.
 */
struct hk_node {
	uint8_t kind, style;       /* enum hk_node_kind, enum hk_scalar_style */
	bool flow;                 /* collection written with [] or {} */
	bool tagged;               /* had an explicit tag: text is then a string for "!" and "!!str" */
	bool from_alias;           /* reached through an alias: marks are those of the alias */
	bool string_tag;           /* tag says string */
	uint32_t start, end;       /* byte offsets in the source */
	uint32_t count;            /* items, or key/value pairs */
	uint32_t outer;            /* where its anchor or tag starts; == start when it has neither */
	struct hk_str text;        /* scalar: decoded value, NUL-terminated too */
	struct hk_node *first;     /* first child */
	struct hk_node *next;      /* next sibling */
};

struct hk_doc {
	struct hk_source *source;  /* borrowed: must outlive the document */
	struct hk_arena arena;
	struct hk_node *root;      /* never NULL in a good document; an empty document has a null scalar */
	/*
	 * Byte range of the document in the source, up to before the next '---' (or the directives in front of it). Ranges are contiguous: the first starts at
	 * byte 0, so a byte order mark and the comments in front of the first token belong to it; later ones start at their '---'.
	 */
	uint32_t start, end;
	uint32_t index;            /* 0 for the first document of the source; empty documents are not counted */
	bool json;                 /* read as strict JSON */
};

struct hk_yaml_reader;
/* json: accept RFC 8259 JSON only (libfyaml forced-JSON mode). The source is borrowed. NULL never returned. */
struct hk_yaml_reader *hk_yaml_open(struct hk_source *source, bool json);
/*
 * Next document: 1 = read, 0 = end of stream, -1 = broken (findings say why; reading cannot go on). Empty documents (only comments) are skipped.
 * doc must be zeroed or released before. After a duplicate key and its like, later documents are still read for their findings before -1 is returned.
 */
int hk_yaml_next(struct hk_yaml_reader *reader, struct hk_doc *doc, struct hk_diags *diags);
void hk_yaml_close(struct hk_yaml_reader *reader);
void hk_doc_release(struct hk_doc *doc);
/* Convenience: exactly one document. 0 or -1 with findings. */
int hk_yaml_read_one(struct hk_source *source, bool json, struct hk_doc *doc, struct hk_diags *diags);

const struct hk_node *hk_node_get(const struct hk_node *mapping, const char *key);       /* value or NULL; NULL and non-mapping safe */
const struct hk_node *hk_node_key(const struct hk_node *mapping, const char *key);       /* the key's own node */
/* "spec.template.spec" from root; list items by number ("containers.0.image"). NULL when absent. Keys with dots: use hk_node_get. */
const struct hk_node *hk_node_at(const struct hk_node *root, const char *path);
const char *hk_node_string(const struct hk_node *node);       /* text of a scalar, NULL for NULL, null scalars and collections */
bool hk_node_is_null(const struct hk_node *node);             /* NULL or a null scalar */

#define hk_for_each_item(item, collection) \
	for (const struct hk_node *item = (collection) && (collection)->kind == HK_SEQUENCE ? (collection)->first : NULL; item; item = item->next)
#define hk_for_each_pair(key, mapping) /* value is key->next */ \
	for (const struct hk_node *key = (mapping) && (mapping)->kind == HK_MAPPING ? (mapping)->first : NULL; key; key = key->next->next)

/* Type of a scalar by the YAML 1.2 core schema, respecting style and tag. */
enum hk_scalar_type hk_node_type(const struct hk_node *node);
/* Value when the type is what is asked; else false. Integers: decimal, 0o, 0x, within int64. Floats accept integers. */
bool hk_node_int(const struct hk_node *node, int64_t *value);
bool hk_node_float(const struct hk_node *node, double *value);
bool hk_node_bool(const struct hk_node *node, bool *value);

/* True when a plain scalar with this text could be typed as anything but a string by some YAML 1.1 or 1.2 reader, or is no valid plain scalar at all. */
bool hk_yaml_needs_quotes(struct hk_str text);
/* True when YAML 1.1 and 1.2 readers disagree on the value of this plain text (no, on, 0777, 1e3, 12:30:45, ~ is not one). */
bool hk_yaml_is_ambiguous(struct hk_str text);

/* Range of a node, for findings. */
void hk_node_range(const struct hk_doc *doc, const struct hk_node *node, struct hk_range *range);
/* Finding at a node, with the source line filled in. */
struct hk_diag *hk_node_diag(struct hk_diags *diags, const struct hk_doc *doc, const struct hk_node *node, enum hk_rule_id rule,
			     const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif

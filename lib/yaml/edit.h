/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Surgical edits of a YAML text: only the bytes that must change do; comments, blank lines, quoting, CRLF, BOM and indentation stay as they were.
 *
 * Edits are collected against one parsed document, applied together, and proved: the result is parsed again and its event stream compared with the old one plus
 * exactly the changes asked for. If that does not hold the edit is refused and nothing is changed.
 */
#ifndef HK_YAML_EDIT_H
#define HK_YAML_EDIT_H

#include "yaml/doc.h"

struct hk_edit;      /* a set of edits on one document */

struct hk_edit *hk_edit_begin(const struct hk_doc *doc);
void hk_edit_free(struct hk_edit *edit);

/* A value to insert or to set: a small tree in the caller's arena. */
struct hk_value {
	enum hk_node_kind kind;
	const char *text;               /* scalar */
	bool is_string;                 /* scalar: must be read as a string (quoted when needed); else written as it is (number, bool, null) */
	const char *const *keys;        /* mapping */
	const struct hk_value *const *items;   /* mapping values or sequence items */
	size_t count;
};

/* Replace the value of a scalar or whole subtree. */
void hk_edit_replace(struct hk_edit *edit, const struct hk_node *node, const struct hk_value *value);
/* Add `key: value` at the end of a mapping (which may be flow, empty or `{}`); the key must not exist. */
void hk_edit_add_key(struct hk_edit *edit, const struct hk_node *mapping, const char *key, const struct hk_value *value);
/* Append an item to a sequence (which may be flow or empty). */
void hk_edit_add_item(struct hk_edit *edit, const struct hk_node *sequence, const struct hk_value *value);
/* Remove a key with its value and the comment lines that stand directly above it stay. */
void hk_edit_remove_key(struct hk_edit *edit, const struct hk_node *mapping, const char *key);

/*
 * Apply and prove. out gets the bytes of the document alone (doc->start..doc->end with the edits), not of the whole source.
 * HK_INVALID when the text does not allow the edit, HK_FAILED when the proof fails, with the reason; out is then empty.
 */
int hk_edit_apply(struct hk_edit *edit, struct hk_buf *out, struct hk_err *err);
/* The same without the proof, for callers that have one of their own for all of the document (render/readback.c): reading it twice would prove it no better. */
int hk_edit_write(struct hk_edit *edit, struct hk_buf *out, struct hk_err *err);

#endif

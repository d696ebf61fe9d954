/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inner parts of surgical editing, shared by the edit*.c files. */
#ifndef HK_YAML_EDITING_H
#define HK_YAML_EDITING_H

#include "base/vec.h"
#include "yaml/edit.h"

enum hk_edit_kind { HK_EDIT_REPLACE, HK_EDIT_ADD_KEY, HK_EDIT_ADD_ITEM, HK_EDIT_REMOVE_KEY };

struct hk_edit_op {
	enum hk_edit_kind kind;
	const struct hk_node *node;
	const char *key;               /* in the edit's arena */
	const struct hk_value *value;  /* the caller's */
	size_t order;                  /* of the calls */
};

/* A node with edits, and where it stands. */
struct hk_edit_target {
	const struct hk_node *node;
	const struct hk_edit_op *ops;  /* a run of edit->ops */
	size_t count;
	size_t visits;                 /* ways that lead to the node: more than one when it is shared through an alias */
	const struct hk_node *parent, *key;    /* NULL for the root; key only in a mapping */
	unsigned depth;
	bool in_flow;                  /* some collection around it is written with [] or {} */
};

/* Bytes start..end are replaced by text. */
struct hk_patch {
	uint32_t start, end;
	unsigned depth;                /* at the same byte, deeper insertions come first */
	size_t order;
	struct hk_str text;
};

/* How the document is written, so that what is added looks the same. */
struct hk_edit_style {
	const char *newline;
	unsigned step;                 /* columns a mapping is indented by below its key */
	unsigned list_step;            /* columns a list is indented by below its key: 0 or more */
	bool json;                     /* every text in double quotes */
	bool step_known, list_step_known;
};

struct hk_edit {
	const struct hk_doc *doc;
	struct hk_arena arena;
	HK_VEC(struct hk_edit_op) ops;
	HK_VEC(struct hk_edit_target) targets;    /* by address of the node */
	HK_VEC(struct hk_patch) patches;
	struct hk_edit_style style;
	struct hk_err *err;            /* of the running hk_edit_apply */
};

/* editfind.c */
int hk_edit_find_targets(struct hk_edit *edit);
const struct hk_edit_target *hk_edit_target_of(const struct hk_edit *edit, const struct hk_node *node);
const struct hk_edit_op *hk_edit_replacement(const struct hk_edit_target *target);     /* NULL when nothing replaces the node */
bool hk_edit_removes(const struct hk_edit_target *target, const struct hk_node *key);

/* editwrite.c: values as text. */
void hk_edit_write_scalar(const struct hk_edit *edit, struct hk_buf *out, const struct hk_value *value, enum hk_scalar_style like, bool flow);
void hk_edit_write_key(const struct hk_edit *edit, struct hk_buf *out, const char *key, bool flow, bool quoted);
void hk_edit_write_flow(const struct hk_edit *edit, struct hk_buf *out, const struct hk_value *value);
/* Lines of a non-empty collection; the first without its indentation, the last without its line end. */
void hk_edit_write_block(const struct hk_edit *edit, struct hk_buf *out, const struct hk_value *value, unsigned column);
/* "key: value" lines of a block mapping at the column, in the same way. */
void hk_edit_write_pair(const struct hk_edit *edit, struct hk_buf *out, const char *key, const struct hk_value *value, unsigned column);
void hk_edit_write_item(const struct hk_edit *edit, struct hk_buf *out, const struct hk_value *value, unsigned column);
bool hk_value_is_block(const struct hk_value *value);         /* a collection with something in it */
int hk_value_check(const struct hk_value *value, unsigned depth, struct hk_err *err);

/* editline.c: lines around a byte, bounded by the document. */
uint32_t hk_edit_line_start(const struct hk_edit *edit, uint32_t at);
uint32_t hk_edit_line_end(const struct hk_edit *edit, uint32_t at);       /* of its text, before CR LF */
uint32_t hk_edit_line_next(const struct hk_edit *edit, uint32_t at);
bool hk_edit_is_blank(const struct hk_edit *edit, uint32_t start, uint32_t end);
unsigned hk_edit_column(const struct hk_edit *edit, uint32_t at);
void hk_edit_patch(struct hk_edit *edit, const struct hk_edit_target *target, size_t order, uint32_t start, uint32_t end, struct hk_str text);
/* Put whole lines behind the line that holds byte `at`; text has no line end at its end. */
void hk_edit_insert_lines(struct hk_edit *edit, const struct hk_edit_target *target, size_t order, uint32_t at, struct hk_str text);
/* Delete the lines from the one with byte `start` to the one with byte `end`. */
void hk_edit_delete_lines(struct hk_edit *edit, const struct hk_edit_target *target, uint32_t start, uint32_t end);

/* editreplace.c, editblock.c, editflow.c: patches for one target. 0 or -1 with edit->err. */
int hk_edit_plan_replace(struct hk_edit *edit, const struct hk_edit_target *target, const struct hk_value *value, size_t order);
int hk_edit_plan_block(struct hk_edit *edit, const struct hk_edit_target *target);
int hk_edit_plan_flow(struct hk_edit *edit, const struct hk_edit_target *target);

/* editprove.c: read the result and compare it with what was asked for. 0 or -1 with edit->err. */
int hk_edit_prove(const struct hk_edit *edit, const struct hk_buf *result);
int hk_edit_refuse(const struct hk_edit *edit, const struct hk_node *node, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif

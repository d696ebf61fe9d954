/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of lib/import: the objects of all files, and what the importers share. */
#ifndef HK_IMPORT_READING_H
#define HK_IMPORT_READING_H

#include "import/import.h"
#include "model/build.h"

/* One Kubernetes object. Lists are unpacked; kind and apiVersion may be those of the list, or told from the object's shape. */
struct hk_import_object {
	const struct hk_doc *doc;
	const struct hk_node *node;
	const char *kind, *api_version, *name, *name_space;      /* api_version and name_space NULL when absent */
	size_t file;                                             /* index of its file */
	bool taken;                                              /* an importer has used it; the others are told */
};

struct hk_import {
	const struct hk_import_options *options;
	const struct hk_import_file *files; size_t n_files;
	struct hk_diags *diags;
	struct hk_arena arena;
	struct hk_buf *out;
	struct hk_model model;                  /* empty; its arena is what the readers of lib/model allocate from */
	struct hk_build build;                  /* for the readers of lib/model */
	HK_VEC(struct hk_source *) sources;
	HK_VEC(struct hk_doc *) docs;
	HK_VEC(struct hk_import_object) objects;
	const char *known_cluster;              /* one of those written already; NULL: none is */
};

/* ---- read.c ---- */
/* Everything in all files; findings where something is no object. prune: leave out parts of nodes and pods nobody needs, which are most of their bytes. */
int hk_import_read(struct hk_import *import, bool prune, struct hk_err *err);
/* The text of one file as UTF-8, and its source for findings; NULL with a finding. */
struct hk_source *hk_import_load(struct hk_import *import, size_t file);
/* The documents of a JSON or YAML text; to is import->docs from the returned index on. */
bool hk_import_parse(struct hk_import *import, struct hk_source *source, bool prune);
void hk_import_release(struct hk_import *import);
/* Finding at a node of an object. */
struct hk_diag *hk_import_diag(struct hk_import *import, const struct hk_import_object *object, const struct hk_node *node, enum hk_rule_id rule,
			       const char *format, ...)
	__attribute__((format(printf, 5, 6)));
/* Whether the object has this kind and, when group is given and the object says its apiVersion, that group ("apps"; "" is the core group). */
bool hk_import_is(const struct hk_import_object *object, const char *group, const char *kind);
/* Point the readers of lib/model at the object. */
struct hk_build *hk_import_at(struct hk_import *import, const struct hk_import_object *object);
/* One finding for each kind of which no object was taken. */
void hk_import_tell_rest(struct hk_import *import);

/* ---- scan.c: JSON as bytes ---- */
struct hk_json_span {
	size_t start, end;
	bool complete;                          /* false: the text ends inside of the value */
	size_t cut;                             /* not complete: behind the last complete item of its list; 0 when there is none */
	char closers[4];                        /* not complete: what has to follow the cut */
	size_t items;                           /* complete items of the list it holds */
};
/* The next value at or behind *position, which moves behind it. False at the end of the text. */
bool hk_json_next(struct hk_str text, size_t *position, struct hk_json_span *span);
/* Replace the values of these keys by 0 and blanks, in place; line ends stay. */
void hk_json_prune(char *text, size_t length, const char *const *keys, size_t n_keys);

/* ---- names.c ---- */
bool hk_is_label_name(const char *text);                /* DNS-1123 label */
bool hk_is_object_name(const char *text);               /* DNS-1123 subdomain */
bool hk_is_label_key(const char *text);
bool hk_is_label_value(const char *text);
/* A DNS-1123 label made of a text: lower case, what is not allowed becomes '-'. fallback when nothing is left. */
const char *hk_import_name(struct hk_arena *arena, const char *text, const char *fallback);
/* `file` as seen from the directory of `output`; NULL or "-": the current directory. */
const char *hk_import_relative(struct hk_arena *arena, const char *file, const char *output);
/* "nodes" of "dir/nodes.json". */
const char *hk_import_stem(struct hk_arena *arena, const char *path);

/* ---- write.c: YAML with comments ---- */
/* A scalar that stays a string for every reader, in flow and block context. */
void hk_write_text(struct hk_buf *out, const char *text);
/* "# ..." on a line of its own; text is made harmless. */
void hk_write_comment(struct hk_buf *out, unsigned indent, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Behind what is on the line: "   # ...", then the line end. text may be NULL. */
void hk_write_note(struct hk_buf *out, const char *text);
void hk_write_labels(struct hk_buf *out, const struct hk_labels *labels);            /* {key: value, ...} */
void hk_write_amounts(struct hk_buf *out, const struct hk_amounts *amounts);         /* {cpu: 500m, memory: 1Gi}, sorted by name */
void hk_write_quantity(struct hk_buf *out, const char *resource, double value, bool up);      /* rounded up or down to what the resource counts in */
void hk_write_duration(struct hk_buf *out, double seconds);
void hk_write_bitrate(struct hk_buf *out, double bps);
void hk_write_head(struct hk_buf *out, const char *kind, const char *name, const char *name_space);      /* up to and with "spec:" */
/* A tree as block YAML, types kept. */
void hk_write_tree(struct hk_buf *out, const struct hk_node *node, unsigned indent);

/* ---- one file a format ---- */
int hk_import_nodes(struct hk_import *import, bool need_pods);
int hk_import_manifests(struct hk_import *import);
int hk_import_karmada(struct hk_import *import);
int hk_import_kubefed(struct hk_import *import);
int hk_import_diktyo(struct hk_import *import);
int hk_import_turnbuckle(struct hk_import *import);
int hk_import_prometheus(struct hk_import *import);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inner parts of the reader, shared by reader.c, scan.c, build.c, keys.c and complain.c. Nobody outside lib/yaml includes this. */
#ifndef HK_YAML_READER_H
#define HK_YAML_READER_H

#include "base/map.h"
#include "base/vec.h"
#include "yaml/doc.h"
#include <libfyaml.h>

struct hk_yaml_reader {
	struct hk_source *source;
	bool json, opened, finished;
	struct fy_diag *diag;
	struct fy_parser *parser;
	struct fy_token_iter *iterator;
	struct hk_buf scratch;
	uint32_t next_start;       /* where the next document's bytes begin */
	uint32_t index;
};

/* An open collection. */
struct hk_yaml_frame {
	struct hk_node *node, *last;
	struct hk_node *key;       /* mapping: the key that waits for its value */
	size_t anchor;             /* index of its anchor, or HK_MAP_NONE */
	uint64_t size;             /* nodes in it, aliases expanded */
	unsigned height;           /* levels below it */
	bool merges;               /* has a `<<` key */
};

struct hk_yaml_anchor {
	struct hk_node *node;
	uint64_t size;
	unsigned height;
	bool open;                 /* its collection has not ended yet */
};

struct hk_yaml_build {
	struct hk_source *source;
	struct hk_doc *doc;
	struct hk_diags *diags;
	struct fy_token_iter *iterator;    /* the reader's, for texts that need decoding */
	struct hk_buf *scratch;
	struct hk_yaml_frame stack[HK_YAML_MAX_DEPTH + 1];
	unsigned depth;
	uint32_t cursor;           /* end of the last token that was read */
	uint64_t size;
	HK_VEC(struct hk_yaml_anchor) anchors;
	struct hk_map names;       /* anchor name -> index into anchors */
	struct hk_node *nodes;     /* rest of the current slab */
	size_t nodes_left;
	char *bytes;
	size_t bytes_left;
	bool bad;                  /* a finding that spoils the document but lets reading go on */
	bool fatal;                /* stop here */
};

/* scan.c: refuse bytes that YAML forbids before libfyaml sees them. 0 or -1 with a finding. */
int hk_yaml_scan(struct hk_source *source, bool json, struct hk_diags *diags);
/* First byte at or behind `from` that is neither blank, line break nor comment. */
uint32_t hk_yaml_skip_blank(const struct hk_buf *text, uint32_t from);
/* Start of the document that follows one whose last token ends at `from`. */
uint32_t hk_yaml_find_document(const struct hk_buf *text, uint32_t from);

/* complain.c: turn libfyaml's first error into a finding for people. */
void hk_yaml_complain(struct hk_yaml_reader *reader, struct hk_diags *diags);

/* build.c: one event into the tree. */
void hk_yaml_build_event(struct hk_yaml_build *build, struct fy_event *event);
void hk_yaml_build_release(struct hk_yaml_build *build);
struct hk_node *hk_yaml_build_node(struct hk_yaml_build *build);
__attribute__((format(printf, 5, 6)))
struct hk_diag *hk_yaml_build_diag(struct hk_yaml_build *build, enum hk_rule_id rule, uint32_t start, uint32_t end, const char *format, ...);

/* place.c: byte marks of nodes from libfyaml's tokens and the bytes around them. */
void hk_yaml_place_scalar(struct hk_yaml_build *build, struct hk_node *node, struct fy_event *event);
void hk_yaml_place_start(struct hk_yaml_build *build, struct hk_node *node, struct fy_event *event);
void hk_yaml_place_end(struct hk_yaml_build *build, struct hk_node *node, struct fy_event *event);

/* keys.c: merges resolved, duplicates found, when a mapping is complete. */
void hk_yaml_finish_mapping(struct hk_yaml_build *build, struct hk_yaml_frame *frame);
bool hk_yaml_is_merge_key(const struct hk_node *key);

#endif

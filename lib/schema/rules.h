/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A compiled schema as the files of lib/schema see it. Every subschema is a `place`; all places, names and patterns live in the arena of the schema, and
 * texts are borrowed from its JSON tree.
 */
#ifndef HK_SCHEMA_RULES_H
#define HK_SCHEMA_RULES_H

#include "base/map.h"
#include "schema/pattern.h"
#include "schema/schema.h"

/* Types of instances, as bits. An integer is a number too, so "number" in a schema sets both bits. */
enum {
	HK_SCHEMA_NULL = 1, HK_SCHEMA_BOOLEAN = 2, HK_SCHEMA_INTEGER = 4, HK_SCHEMA_NUMBER = 8, HK_SCHEMA_STRING = 16, HK_SCHEMA_ARRAY = 32,
	HK_SCHEMA_OBJECT = 64,
	HK_SCHEMA_NOT_FINITE = 128,     /* .nan and .inf: of no type that a schema can name */
};

struct hk_schema_place;
struct hk_schema_list { struct hk_schema_place **v; size_t n; };
struct hk_schema_names { struct hk_str *v; size_t n; };
struct hk_schema_property { struct hk_str name; struct hk_schema_place *place; };
struct hk_schema_by_pattern { const struct hk_pattern *pattern; struct hk_schema_place *place; };
struct hk_schema_dependent { struct hk_str name; struct hk_schema_names needs; };
struct hk_schema_sizes { bool has_min, has_max; uint64_t min, max; };

struct hk_schema_place {
	bool refuses;                   /* refuses: the schema `false` */
	bool checking, checked;         /* marks of the search for endless references */
	unsigned types;                 /* 0: any */
	struct hk_schema_place *reference;
	const char *title, *description;
	const struct hk_node *examples, *enumeration, *constant;
	/* mappings */
	struct hk_schema_property *properties; size_t n_properties;
	struct hk_schema_by_pattern *by_pattern; size_t n_by_pattern;
	struct hk_schema_place *additional, *property_names;
	struct hk_schema_names required;
	struct hk_schema_dependent *dependent; size_t n_dependent;
	/* lists */
	struct hk_schema_place *items;
	struct hk_schema_list prefix_items;
	bool unique;
	/* texts */
	const struct hk_pattern *pattern;
	struct hk_schema_sizes properties_count, items_count, length;
	/* numbers */
	const struct hk_node *minimum, *maximum, *exclusive_minimum, *exclusive_maximum;
	/* combinations */
	struct hk_schema_list all_of, any_of, one_of;
	struct hk_schema_place *not, *condition, *then, *otherwise;
};

struct hk_schema {
	struct hk_source source;
	struct hk_doc doc;
	struct hk_arena arena;
	struct hk_schema_property *definitions; size_t n_definitions;
	struct hk_schema_place *root;
};

/* Way from the root of the document to a node; each step lives on the stack of the check. */
struct hk_schema_step {
	const struct hk_schema_step *up;        /* NULL: this is the root */
	const struct hk_node *key;      /* the key's node; NULL for list items and the root */
	size_t index;                   /* of a list item */
	const struct hk_schema_place *about;    /* what the schema says of this place; NULL when it is about a key */
};

struct hk_schema_check {
	const struct hk_doc *doc;
	struct hk_diags *diags;         /* NULL: only the verdict is wanted */
	size_t findings;
};

/* check.c: apply one place to one node. */
void hk_schema_apply(struct hk_schema_check *check, const struct hk_schema_place *place, const struct hk_node *node, const struct hk_schema_step *step);
bool hk_schema_accepts(const struct hk_schema_place *place, const struct hk_doc *doc, const struct hk_node *node);
/* Nothing more to find out: a finding was made and only the verdict is wanted. */
bool hk_schema_is_decided(const struct hk_schema_check *check);
/* Where to point when something is missing from a collection: its key, else its first key. The whole may be pages long. */
const struct hk_node *hk_schema_handle(const struct hk_node *node, const struct hk_schema_step *step);
/* One for each group of keywords. */
void hk_schema_check_mapping(struct hk_schema_check *check, const struct hk_schema_place *place, const struct hk_node *node, const struct hk_schema_step *step);
void hk_schema_check_list(struct hk_schema_check *check, const struct hk_schema_place *place, const struct hk_node *node, const struct hk_schema_step *step);
void hk_schema_check_combinations(struct hk_schema_check *check, const struct hk_schema_place *place, const struct hk_node *node,
				  const struct hk_schema_step *step);

/* equal.c: equality of JSON Schema: 1 and 1.0 are equal, true and 1 are not, order of keys does not matter. */
unsigned hk_schema_type(const struct hk_node *node);
bool hk_schema_equal(const struct hk_node *a, const struct hk_node *b);
/* Text that is the same for equal nodes and different for others. */
void hk_schema_canonical(const struct hk_node *node, struct hk_buf *out);
size_t hk_schema_length(struct hk_str text);           /* in code points */

/* words.c: what people read. */
/* Count a finding and, when findings are wanted, add it; " at POINTER" is appended to the summary. NULL when only the verdict is wanted. */
struct hk_diag *hk_schema_find(struct hk_schema_check *check, enum hk_rule_id rule, const struct hk_node *at, const struct hk_schema_step *step,
			       const char *format, ...) __attribute__((format(printf, 5, 6)));
/* help: title, description and an example of what belongs here. */
void hk_schema_explain(struct hk_schema_check *check, struct hk_diag *diag, const struct hk_schema_place *place, const struct hk_schema_step *step);
/* As hk_schema_explain, with a sentence in front; NULL for none. */
void hk_schema_explain_more(struct hk_schema_check *check, struct hk_diag *diag, const struct hk_schema_place *place, const struct hk_schema_step *step,
			    const char *sentence);
/* fix: another text for a scalar, quoted as the old one was. Nothing when the node comes from an alias or is a block scalar. */
void hk_schema_fix_text(struct hk_schema_check *check, struct hk_diag *diag, const struct hk_node *node, const char *text);
/* fix: replace the node by these bytes. */
void hk_schema_fix_bytes(struct hk_schema_check *check, struct hk_diag *diag, const struct hk_node *node, const char *bytes);
void hk_schema_add_types(struct hk_buf *out, unsigned types);          /* "a text or a number" */
void hk_schema_add_found(struct hk_buf *out, const struct hk_node *node);      /* "the number 5", "a list" */
void hk_schema_add_names(struct hk_buf *out, const struct hk_schema_names *names, const char *last);   /* "a, b and c" with last "and" */
void hk_schema_add_values(struct hk_buf *out, const struct hk_node *list);     /* "Pod, Cluster, Endpoint" */
void hk_schema_add_example(struct hk_buf *out, const struct hk_node *example, bool json);      /* one line of flow YAML or JSON */
/* Title, description, examples of a place, or of what it refers to. */
const char *hk_schema_title(const struct hk_schema_place *place);
const char *hk_schema_description(const struct hk_schema_place *place);
/* An example, or for a list without one a list of an example item; false when there is none. */
bool hk_schema_add_place_example(struct hk_buf *out, const struct hk_schema_place *place, bool json);
/* The subschema of a key, also of the place that is referred to; NULL when the key is not known by name. */
const struct hk_schema_place *hk_schema_property(const struct hk_schema_place *place, struct hk_str name);
/* Nearest name and whether it is certain: one name alone is nearest, by one edit, or two in a word of at least six letters. */
const char *hk_schema_nearest(struct hk_str word, const char *const *names, size_t count, bool *certain);

#endif

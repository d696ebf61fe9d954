/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSON Schema 2020-12, the part the documents in schemas/ need, over the trees of yaml/doc.h.
 *
 * Keywords: type, enum, const; properties, patternProperties, additionalProperties, propertyNames, required, minProperties, maxProperties,
 * dependentRequired; items, prefixItems, minItems, maxItems, uniqueItems; minLength, maxLength, pattern; minimum, maximum, exclusiveMinimum,
 * exclusiveMaximum; allOf, anyOf, oneOf, not, if/then/else; $ref to "#" and "#/$defs/NAME", $defs; title, description, examples, default, $schema, $id,
 * $comment. Any other keyword is an error when the schema is loaded: what is not understood is never ignored. Patterns are those of schema/pattern.h.
 *
 * Scalars are typed by the YAML 1.2 core schema. 3.0 is an integer, as the specification says; .nan and .inf are no numbers, because JSON has none.
 *
 * Source: https://json-schema.org/draft/2020-12/json-schema-core and json-schema-validation.
 */
#ifndef HK_SCHEMA_SCHEMA_H
#define HK_SCHEMA_SCHEMA_H

#include "base/diag.h"
#include "base/err.h"
#include "yaml/doc.h"

struct hk_schema;      /* compiled; never changes after loading */

/* Compile a schema. `name` is for error messages. NULL with HK_FAILED when it is no JSON or uses what is not supported. */
struct hk_schema *hk_schema_load(const char *name, struct hk_str json, struct hk_err *err);
void hk_schema_free(struct hk_schema *schema);         /* NULL is fine */

/*
 * Check a node (normally doc->root). Findings (rules HK01xx) point at the offending value, or at the key when a key is unknown; the message has the place as a
 * JSON pointer. Returns the number of findings: 0 means valid. diags may be NULL when only the verdict is wanted; checking then stops at the first finding.
 */
size_t hk_schema_check(const struct hk_schema *schema, const struct hk_doc *doc, const struct hk_node *node, struct hk_diags *diags);

/* What a schema says about one place, for `hkctl explain` and completion. Text lives in the schema; NULL where it says nothing. */
struct hk_schema_field {
	const char *name;           /* last key of the path; "" for the document */
	const char *title, *description;
	const char *example;        /* first example as compact JSON */
	const char *type;           /* for people: "a text or a number", "a list", "one of Pod, Cluster" */
	bool required;
	const void *place;          /* for hk_schema_field_at */
};
/*
 * `path` is "spec.clusters.nodes.count": known keys separated by dots, nothing for the number of a list item or the key of a mapping with free keys; "" is the
 * document. false when there is no such place; *field is then untouched.
 */
bool hk_schema_field(struct hk_schema *schema, const char *path, struct hk_schema_field *field);
/* Known keys of a place, in the order of the schema; false past the end. */
bool hk_schema_field_at(struct hk_schema *schema, const struct hk_schema_field *parent, size_t index, struct hk_schema_field *field);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The documents of schemas/, compiled into the program: an installed hkctl needs no files. The Makefile makes their bytes from schemas/NAME.schema.json. */
#ifndef HK_SCHEMA_BUILTIN_H
#define HK_SCHEMA_BUILTIN_H

#include "schema/schema.h"

struct hk_schema_file {
	const char *name;           /* "constraint-policy": the file is schemas/constraint-policy.schema.json */
	const char *kind;           /* "ConstraintPolicy" */
	const char *api_version;    /* "constraint.ciena.com/v1alpha1" */
	struct hk_str json;         /* the bytes of the file */
};

const struct hk_schema_file *hk_schema_file_at(size_t index);            /* in order of name; NULL past the end */
const struct hk_schema_file *hk_schema_file_find(const char *name_or_kind);   /* NULL when there is none */

/* Compiled schemas, each loaded when first asked for. Zero it before use; one per thread. */
#define HK_SCHEMA_FILES 12
struct hk_schema_set { struct hk_schema *loaded[HK_SCHEMA_FILES]; };
/* By name or kind. Borrowed from the set. NULL with HK_FAILED when there is no such schema. */
struct hk_schema *hk_schema_set_get(struct hk_schema_set *set, const char *name_or_kind, struct hk_err *err);
void hk_schema_set_release(struct hk_schema_set *set);

#endif

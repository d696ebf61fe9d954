/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How readers type a plain scalar: the YAML 1.2 core schema (RFC 9512 era) and YAML 1.1 as real readers have it (PyYAML, go-yaml, libyaml users). */
#ifndef HK_YAML_TYPES_H
#define HK_YAML_TYPES_H

#include "yaml/doc.h"

enum hk_type_11 { HK_11_NULL, HK_11_BOOL, HK_11_INT, HK_11_FLOAT, HK_11_STRING, HK_11_TIMESTAMP, HK_11_MERGE, HK_11_VALUE };

/* Type of a plain scalar with this text by the YAML 1.2 core schema. */
enum hk_scalar_type hk_yaml_type_12(struct hk_str text);
enum hk_type_11 hk_yaml_type_11(struct hk_str text);
/* False: YAML 1.1 and 1.2 read a plain scalar with this text alike, by its first byte alone. */
bool hk_yaml_may_differ(struct hk_str text);
/* The type's name with an article, for messages: "a boolean". */
const char *hk_yaml_name_11(enum hk_type_11 type);
const char *hk_yaml_name_12(enum hk_scalar_type type);
/* "0777": 511 for YAML 1.1 and 777 for YAML 1.2. */
bool hk_yaml_is_octal_11(struct hk_str text);

/* Append `text` with invalid UTF-8 replaced by U+FFFD, one for each byte that is wrong. */
void hk_yaml_add_repaired(struct hk_buf *out, struct hk_str text);
/* Append a double-quoted scalar on one line that YAML 1.1, YAML 1.2 and JSON read alike. */
void hk_yaml_add_quoted(struct hk_buf *out, struct hk_str text);

/* Nothing but line feeds and characters that need no escape, and none that YAML 1.1 takes for another line end. */
bool hk_yaml_is_printable(struct hk_str text);

#endif

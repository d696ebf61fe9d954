/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Canonical form of a document that keeps every comment, quote and flow collection: keys of block mappings in a given order, one blank behind a key's colon, no
 * blanks at line ends, at most one blank line in a row, one line end at the end. Comment lines travel with the key they stand directly above; those on top of
 * the document stay there, those indented deeper than the key above them stay below that one.
 *
 * The result is parsed again and must mean the same (mappings compared without order), else nothing is returned. A mapping whose keys cannot be moved without
 * tearing a comment from its place stays as it is.
 */
#ifndef HK_YAML_FORMAT_H
#define HK_YAML_FORMAT_H

#include "yaml/doc.h"

/*
 * Position of a key among its siblings: path is that of the mapping, keys joined by dots, list indices left out ("spec.clusters"). Keys with equal rank keep
 * their order; SIZE_MAX for keys that are not known (last).
 */
typedef size_t (*hk_format_rank)(void *closure, const char *path, const char *key);

/* Append the document's formatted bytes (doc->start to doc->end). HK_FAILED when the proof fails. */
int hk_yaml_format(const struct hk_doc *doc, hk_format_rank rank, void *closure, struct hk_buf *out, struct hk_err *err);

#endif

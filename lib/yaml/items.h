/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The objects of a saved answer of kubectl, one at a time: `kubectl get ... -o json` or `-o yaml` of many objects is one document, a List, that may be far
 * larger than what is worth holding as a tree; and a save that was cut off is still good for all objects before the cut. So the list is split by its text and
 * each object is read by itself. Streams of documents, and documents that are no lists, come out one by one as well.
 *
 * A list counts as cut off when its JSON ends before the bracket that closes it, or when its YAML (kubectl writes keys in order of their names) ends without
 * the `kind` that comes behind the items. The object the cut went through is not handed out, since nobody can tell how much of it is missing.
 */
#ifndef HK_YAML_ITEMS_H
#define HK_YAML_ITEMS_H

#include "yaml/doc.h"

#define HK_ITEMS_MAX ((size_t)1 << 30)  /* bytes of a saved list worth reading */

struct hk_items {
	const struct hk_source *source;    /* borrowed */
	struct hk_source slice;            /* the text of the current object, named "<source> (item N)" */
	struct hk_yaml_reader *stream;     /* documents of the slice that is no list, or NULL */
	size_t at;                         /* where the text goes on */
	size_t count;                      /* objects handed out */
	size_t indent;                     /* YAML: columns before the dashes of the current list */
	bool json, in_list, kind_seen, truncated;
};

/* The source must outlive the reader. Whether it is JSON is told by its first byte. */
void hk_items_open(struct hk_items *items, const struct hk_source *source);
/*
 * Next object: 1, 0 at the end (items->truncated then tells about the end), -1 when the text is broken (findings say why; for an object inside a list reading
 * can go on). doc borrows from the reader: release it (hk_doc_release) before the next call.
 */
int hk_items_next(struct hk_items *items, struct hk_doc *doc, struct hk_diags *diags);
void hk_items_close(struct hk_items *items);

#endif

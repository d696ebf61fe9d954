/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which kind of document a tree is. */
#ifndef HK_MODEL_CLASSIFY_H
#define HK_MODEL_CLASSIFY_H

#include "model/load.h"

/* Kind by apiVersion and kind; what cannot be told is a finding and HK_KIND_UNKNOWN. Sets kind, name and name_space of the document. */
void hk_document_classify(struct hk_document *document, struct hk_diags *diags);
/* A finding when a directive ("%YAML 1.2") stands in front of a Kubernetes object: its own tools stop there, whatever the version says. */
void hk_document_check_directives(const struct hk_doc *doc, struct hk_diags *diags);
/* "Topology"; NULL for Kubernetes objects and unknown ones. Also the name of the schema. */
const char *hk_kind_name(enum hk_kind kind);

#endif

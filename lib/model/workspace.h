/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the workspace: files that documents name are added while the model is built. */
#ifndef HK_MODEL_WORKSPACE_H
#define HK_MODEL_WORKSPACE_H

#include "model/load.h"

struct hk_input *hk_workspace_add_input(struct hk_workspace *workspace, const char *path);      /* in order of paths; not read yet */
/* Read the file; -1 and a finding when it cannot be read. */
int hk_input_load(struct hk_input *input, struct hk_diags *diags);
/* Keep a document that came from a named file; takes what doc owns. */
struct hk_document *hk_workspace_attach(struct hk_workspace *workspace, const struct hk_doc *doc);
/* These are all documents of the file: whoever needs them next need not parse it again. */
void hk_input_keep(struct hk_workspace *workspace, struct hk_input *input, struct hk_document *const *documents, size_t count);
bool hk_path_is_json(const char *path);

#endif

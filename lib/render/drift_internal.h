/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of render/drift.h share: how objects are told apart. Private to lib/render. */
#ifndef HK_RENDER_DRIFT_INTERNAL_H
#define HK_RENDER_DRIFT_INTERNAL_H

#include "render/drift.h"

struct hk_object_id { const char *group, *kind, *name_space /* "" when it does not say */, *name; };
/* False when it is no Kubernetes object with a name. Text is copied to the arena. */
bool hk_object_identify(const struct hk_node *root, struct hk_object_id *id, struct hk_arena *arena);
const char *hk_object_key(const struct hk_object_id *id, const char *cluster, struct hk_arena *arena);
/* Namespace of an object that does not say: the folder of its file. "" for what has none. */
const char *hk_object_folder(const char *path, struct hk_arena *arena);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What kustomize would build from overlays that this program wrote (kustomize.c), object by object: enough to tell what a new rendering no longer has.
 * Deletions in overlays are followed, other patches are kept beside the object they change.
 */
#ifndef HK_RENDER_OVERLAY_H
#define HK_RENDER_OVERLAY_H

#include "render/deletions.h"

struct hk_overlay_object {
	const char *path;              /* where finished manifests would have it: "clusters/edge/shop/deployment-web.yaml" */
	struct hk_str text, patch;     /* as the user wrote it; the JSON patch of the cluster's overlay, or nothing */
	bool deleted;                  /* by the overlay */
};
struct hk_overlays { struct hk_arena arena; HK_VEC(struct hk_overlay_object) list; /* sorted by path */ };
#define HK_OVERLAYS_INIT { HK_ARENA_INIT, { 0 } }

/* Those an earlier rendering left in the directory, by its index; none when there is none. Read them before a new rendering is written. */
int hk_overlays_read(struct hk_overlays *overlays, const char *directory, struct hk_err *err);
void hk_overlays_release(struct hk_overlays *overlays);
/* As hk_deletions_find, between earlier overlays and those of the tree. */
int hk_overlays_deletions(const struct hk_overlays *before, const struct hk_tree *tree, const char *directory, const struct hk_model *model,
			  struct hk_deletions *deletions, struct hk_err *err);

#endif

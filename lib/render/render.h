/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Plan + the user's manifests -> files per cluster, in memory. The caller writes them (lib/render never touches the output directory but to compare).
 *
 * Manifests get replicas and required node affinity by surgical edits (yaml/edit.h), every other byte as it was; routes (Istio, Gateway API) are emitted. Same plan and manifests,
 * same bytes.
 */
#ifndef HK_RENDER_RENDER_H
#define HK_RENDER_RENDER_H

#include "base/diag.h"
#include "base/err.h"
#include "base/file.h"
#include "model/load.h"
#include "plan/plan.h"

enum hk_mesh { HK_MESH_NONE = 0, HK_MESH_ISTIO = 1, HK_MESH_GATEWAY = 2 };   /* flags */

struct hk_render_options {
	unsigned mesh;               /* enum hk_mesh flags */
	bool pin_nodes;              /* node-level affinity where the plan's node counts need it; else cluster level only */
};

/* One file to be: path relative to the output directory ("clusters/edge-a/retail/deployment-decode.yaml"). */
struct hk_render_file { const char *path; const char *bytes; size_t size; };

/*
 * Called once per finished file, in bytewise order of path within a cluster; the memory is valid during the call only. Return non-zero to stop (hk_render then returns -1).
 */
typedef int (*hk_render_sink)(void *closure, const struct hk_render_file *file, struct hk_err *err);

int hk_render(const struct hk_model *model, const struct hk_plan *plan, const struct hk_render_options *options, hk_render_sink sink, void *closure,
	      struct hk_diags *diags, struct hk_err *err);

#endif

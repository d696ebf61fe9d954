/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model and a plan built by hand, a manifest file in a temporary folder, and what comes out of rendering them. Names must be given in sorted order. */
#ifndef TESTS_RENDER_FIXTURE_H
#define TESTS_RENDER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "render/tree.h"
#include <string.h>

enum { FX_MAX = 8 };

struct fx {
	struct hk_model model;
	struct hk_plan plan;
	struct hk_diags diags;
	struct hk_err err;
	struct hk_tree tree;
	struct hk_render_options options;
	struct hk_arena arena;
	struct hk_cluster clusters[FX_MAX];
	struct hk_node_group groups[FX_MAX][FX_MAX];
	struct hk_pipeline pipeline;
	struct hk_plan_pipeline planned;
	struct hk_endpoint inputs[FX_MAX];
	struct hk_workload workloads[FX_MAX];
	struct hk_plan_workload planned_workloads[FX_MAX];
	struct hk_plan_placement placements[FX_MAX][FX_MAX];
	struct hk_plan_connection connections[FX_MAX];
	char directory[64];
	char file[96];
};

void fx_open(struct fx *fx, const char *manifests);
void fx_close(struct fx *fx);
/* region may be NULL; the zone is then NULL too, else "<region>-<zone>". */
struct hk_cluster *fx_cluster(struct fx *fx, const char *name, const char *region, const char *zone);
struct hk_node_group *fx_nodes(struct fx *fx, struct hk_cluster *cluster, const char *name, uint32_t count);
void fx_label(struct fx *fx, struct hk_labels *labels, const char *key, const char *value);
/* Pod labels: app = the workload's name. The manifest's name is the workload's. */
struct hk_workload *fx_workload(struct fx *fx, const char *name, enum hk_manifest_kind kind);
struct hk_plan_placement *fx_place(struct fx *fx, const char *workload, const char *cluster, uint32_t replicas, double load);
void fx_on_node(struct fx *fx, struct hk_plan_placement *placement, const char *group, const char *node, uint32_t replicas);
/* "metro-1=80 cloud-1=20" */
void fx_route(struct fx *fx, const char *from, const char *to, double rate, const char *source, const char *weights);

/* Render; must succeed (or fail with that status). Findings are kept in fx->diags. */
void fx_render(struct fx *fx);
void fx_render_fails(struct fx *fx, enum hk_status status);
/* Bytes of one file of the rendering, NULL when it is not there. */
const char *fx_file(const struct fx *fx, const char *path);
void fx_has(const struct fx *fx, const char *path, const char *part);
void fx_has_not(const struct fx *fx, const char *path, const char *part);
/* Number of findings with this rule. */
size_t fx_count(const struct fx *fx, enum hk_rule_id rule);
/*
 * The whole rendering as one text: "=== path" lines and bytes; compare with tests/golden/render/<name>, or write it when HK_GOLDEN is set in the environment.
 */
void fx_golden(const struct fx *fx, const char *name);

#endif

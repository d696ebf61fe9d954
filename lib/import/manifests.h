/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of lib/import: workloads and services of manifests, and who calls whom. manifests.c reads them, wiring.c joins them. */
#ifndef HK_IMPORT_MANIFESTS_H
#define HK_IMPORT_MANIFESTS_H

#include "import/calls.h"
#include "import/pipeline.h"

struct hk_manifest_workload {
	struct hk_import_object *object;
	const struct hk_node *pod;              /* spec of the pod */
	struct hk_labels labels;                /* of the pod */
	size_t draft;                           /* workload of the pipeline */
};

struct hk_manifest_service {
	const struct hk_import_object *object;
	struct hk_labels selector;
	bool outside;                           /* reachable from outside the cluster */
	size_t next;                            /* service of the same name, or HK_MAP_NONE */
};

struct hk_manifests {
	struct hk_import *import;
	struct hk_draft_pipeline pipeline;
	HK_VEC(struct hk_manifest_workload) workloads;
	HK_VEC(struct hk_manifest_service) services;
	struct hk_map service_names;
	HK_VEC(const struct hk_import_object *) config_maps;
	struct hk_map config_names;             /* "namespace/name" to config_maps */
	struct hk_map told;                     /* lines about calls that leave */
};

const char *hk_manifest_namespace(const struct hk_import_object *object);       /* "default" when it says none */
/* Connections, from what variables, arguments and configuration say; and which workloads are reachable from outside. */
void hk_manifests_wire(struct hk_manifests *manifests);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of lib/import: a Pipeline on its way to text, with everything a person has to fill in marked. */
#ifndef HK_IMPORT_PIPELINE_H
#define HK_IMPORT_PIPELINE_H

#include "import/topology.h"

struct hk_draft_prefer { const char *key, *value; double weight; };    /* clusters with this label */

struct hk_draft_workload {
	const char *name;
	const char *file, *kind, *object, *object_namespace;   /* the manifest; file NULL when it is not known */
	struct hk_amounts requests;             /* written when there are any; freed by hk_draft_pipeline_release */
	bool guess_requests;                    /* nobody says what it needs: a guess is written */
	uint32_t min, max;                      /* replicas; 0: not given */
	const char *replicas_note;
	struct hk_selector require;             /* clusters; no terms: all */
	HK_VEC(struct hk_draft_prefer) prefer;
	const char *spread_over; uint32_t spread_min;          /* NULL: not spread */
	HK_VEC(const char *) remarks;
	bool entry;                             /* called from outside */
	bool called;                            /* set while writing */
};

struct hk_draft_connection {
	size_t from, to;                        /* workloads */
	double latency, bandwidth;              /* limits; s and bit/s; negative: none */
	const char *note;
	bool cut;                               /* closes a circle: written as a comment. Set while writing */
};

struct hk_draft_pipeline {
	const char *name, *name_space;
	HK_VEC(const char *) remarks;
	HK_VEC(struct hk_draft_workload) workloads;
	HK_VEC(struct hk_draft_connection) connections;
	HK_VEC(const char *) outside;           /* comment lines: calls that leave the pipeline */
	struct hk_map names, pairs;             /* of workloads; of connections by their ends */
};

/* The workload of that name, added when new. The name is made a legal one. */
size_t hk_draft_workload(struct hk_import *import, struct hk_draft_pipeline *pipeline, const char *name);
/* Added unless the two are joined already (then the bounds of the stricter count) or are one. The note is kept from the first. */
void hk_draft_connect(struct hk_import *import, struct hk_draft_pipeline *pipeline, size_t from, size_t to, double latency, double bandwidth, const char *note);
void hk_draft_remark(struct hk_draft_workload *workload, const char *text);    /* borrowed */
/*
 * Write the pipeline; circles are cut, workloads nobody calls get an input. When the options know no clusters and the topology has none, a stand-in topology is
 * written too, so that the result can be validated and planned before it is complete. topology NULL: there is none.
 */
void hk_draft_pipeline_write(struct hk_import *import, struct hk_draft_pipeline *pipeline, const struct hk_draft_topology *topology);
void hk_draft_pipeline_release(struct hk_draft_pipeline *pipeline);

#endif

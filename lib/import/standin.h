/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HK_IMPORT_STANDIN_H
#define HK_IMPORT_STANDIN_H

#include "import/pipeline.h"

/* Clusters without limits that satisfy what the pipeline asks of clusters, for a result that has no topology. The name of one. */
const char *hk_draft_standin(struct hk_import *import, const struct hk_draft_pipeline *pipeline, struct hk_draft_topology *topology);

#endif

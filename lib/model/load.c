/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hk_model_load: the order in which documents become a model. */
#include "model/load.h"
#include "model/build.h"
#include <string.h>

const struct hk_document *hk_next_document(struct hk_build *b, enum hk_kind kind, size_t *position)
{
	while (*position < b->workspace->n_documents) {
		const struct hk_document *document = b->workspace->documents[(*position)++];
		if (document->kind != kind || document->invalid)
			continue;
		b->doc = &document->doc;
		return document;
	}
	return NULL;
}

const struct hk_node *hk_document_spec(const struct hk_document *document)
{
	return hk_node_get(document->doc.root, "spec");
}

/* What an invalid document would have declared is not reported as unknown: that finding would only hide the cause. */
static void note_invalid_documents(struct hk_build *b)
{
	for (size_t i = 0; i < b->workspace->n_documents; i++) {
		const struct hk_document *document = b->workspace->documents[i];
		if (!document->invalid)
			continue;
		b->topology_partial |= document->kind == HK_KIND_TOPOLOGY;
		b->policies_partial |= document->kind != HK_KIND_KUBERNETES;
		b->pipelines_partial |= document->kind == HK_KIND_PIPELINE;
	}
}

static void release(struct hk_build *b)
{
	for (size_t i = 0; i < b->attachments.n; i++)
		hk_vec_release(&b->attachments.v[i]->objects);
	for (size_t p = 0; p < b->model->n_pipelines; p++) {
		for (size_t w = 0; w < b->model->pipelines[p].n_workloads; w++) {
			hk_amounts_release(&b->drafts[p].requests[w]);
			hk_amounts_release(&b->drafts[p].pods[w].requests);
		}
	}
	hk_vec_release(&b->attachments);
	hk_vec_release(&b->controllers);
}

static void require_topology(struct hk_build *b)
{
	const struct hk_pipeline *p = b->model->pipelines;

	if (!b->model->n_pipelines || b->model->n_clusters || b->topology_partial)
		return;
	hk_diag_help(b->diags, hk_node_diag(b->diags, p->where.doc, p->where.node, HK0309, "there is no cluster the pipeline '%s' could run on", p->name),
		     "add a document of kind Topology to the files given");
	b->topology_partial = true;
}

int hk_model_load(struct hk_model *model, struct hk_workspace *workspace, struct hk_diags *diags, struct hk_err *err)
{
	struct hk_build b = { .model = model, .workspace = workspace, .diags = diags, .arena = &model->arena };

	(void)err;      /* everything that can go wrong so far lies in the user's files */
	memset(model, 0, sizeof *model);
	note_invalid_documents(&b);
	hk_build_declare_pipelines(&b);
	hk_collect_resources(&b);
	hk_build_topologies(&b);
	require_topology(&b);
	hk_build_pipelines(&b);
	hk_build_metrics(&b);
	hk_build_policies(&b);
	hk_build_rates(&b);
	hk_build_checks(&b);
	release(&b);
	return 0;
}

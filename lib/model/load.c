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

/* Names are unique per kind; pipelines and policies are checked where they are read. */
static void check_document_names(struct hk_build *b, enum hk_kind kind)
{
	struct hk_map names = HK_MAP_INIT;
	HK_VEC(struct hk_where) places = { NULL, 0, 0 };
	const struct hk_document *document;

	for (size_t i = 0; (document = hk_next_document(b, kind, &i)); ) {
		const struct hk_node *name = hk_node_at(document->doc.root, "metadata.name");
		const char *key = hk_arena_printf(b->arena, "%s/%s", document->name_space ? document->name_space : "default",
						  document->name ? document->name : "");
		size_t known = hk_map_put(&names, hk_str_of(key), places.n);
		struct hk_range range;

		hk_vec_push(&places, (struct hk_where){ &document->doc, name });
		if (known == HK_MAP_NONE || !name)
			continue;
		hk_node_range(places.v[known].doc, places.v[known].node, &range);
		hk_diag_related(b->diags, hk_node_diag(b->diags, b->doc, name, HK0205, "%.*s '%s' is declared twice",
						       HK_STR_ARG(hk_node_get(document->doc.root, "kind")->text), document->name), &range,
						       "first declared here");
	}
	hk_map_release(&names);
	hk_vec_release(&places);
}

static void release(struct hk_build *b)
{
	for (size_t i = 0; i < b->attachments.n; i++) {
		hk_vec_release(&b->attachments.v[i]->objects);
		hk_map_release(&b->attachments.v[i]->names);
	}
	for (size_t p = 0; p < b->model->n_pipelines; p++) {
		for (size_t w = 0; w < b->model->pipelines[p].n_workloads; w++) {
			hk_amounts_release(&b->drafts[p].requests[w]);
			hk_amounts_release(&b->drafts[p].pods[w].requests);
		}
	}
	hk_vec_release(&b->attachments);
	hk_map_release(&b->attachment_paths);
	hk_map_release(&b->input_names);
	hk_vec_release(&b->inputs);
	hk_owners_free(b->owners);
	hk_vec_release(&b->controllers);
	hk_vec_release(&b->fitting);
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
	check_document_names(&b, HK_KIND_TOPOLOGY);
	check_document_names(&b, HK_KIND_METRICS);
	check_document_names(&b, HK_KIND_CONSTRAINT_POLICY_OFFER);
	hk_build_declare_pipelines(&b);
	hk_collect_resources(&b);
	hk_build_topologies(&b);
	require_topology(&b);
	hk_build_pipelines(&b);
	hk_build_metrics(&b);
	hk_build_domains(&b);
	hk_build_policies(&b);
	hk_build_rates(&b);
	hk_build_checks(&b);
	hk_build_limit_checks(&b);
	release(&b);
	return 0;
}

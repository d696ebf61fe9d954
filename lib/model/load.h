/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From paths to documents to a typed model.
 *
 * hk_workspace_load reads every YAML and JSON document below the given paths (one source in memory at a time is parsed, all hkctl documents are kept) and sorts
 * them by kind. Each document is checked by itself as it is read (YAML surprises, schema); hk_model_load checks values, resolves references between documents,
 * reads the manifests and node lists they name, applies constraint policies and metrics and gives the model. All findings go to diags; no function prints.
 */
#ifndef HK_MODEL_LOAD_H
#define HK_MODEL_LOAD_H

#include "base/err.h"
#include "model/model.h"

enum hk_kind {
	HK_KIND_UNKNOWN,          /* not ours and not a Kubernetes object: a finding */
	HK_KIND_TOPOLOGY, HK_KIND_PIPELINE, HK_KIND_METRICS, HK_KIND_PLAN, HK_KIND_NETWORK_CHANGES, HK_KIND_NETWORK_CONFIGURATION, HK_KIND_NETWORK_PLAN,
	    HK_KIND_NETWORK_API_ADAPTER,
	HK_KIND_CONSTRAINT_POLICY, HK_KIND_CONSTRAINT_POLICY_OFFER, HK_KIND_COST_PROVIDER, HK_KIND_RULE_PROVIDER,
	HK_KIND_KUBERNETES,       /* any other apiVersion/kind/metadata.name object: kept as a manifest, not interpreted */
	HK_KIND_COUNT
};

struct hk_document {
	struct hk_doc doc;
	enum hk_kind kind;
	const char *name, *name_space;      /* metadata; NULL when absent */
	bool invalid;                       /* does not fit its schema: hk_model_load leaves it out */
};

struct hk_input {                           /* one file, for digests */
	char *path;
	char digest[65];                        /* by hk_input_digest */
	bool used;                              /* the model depends on it: documents of ours other than plans, or a file they name */
	struct hk_source source;
	struct hk_document **documents; size_t n_documents;   /* all of the file, when all are still there as trees; else none */
};

struct hk_workspace {
	struct hk_input **inputs; size_t n_inputs;         /* sorted by path; manifests and node lists read later are added */
	struct hk_document **documents; size_t n_documents;
	size_t count_by_kind[HK_KIND_COUNT];
	struct hk_document **attached; size_t n_attached;  /* documents of files that other documents name (manifests, node lists); owned here */
	size_t cap_inputs, cap_documents, cap_attached;
	double now;                                        /* of the caller, before hk_model_load: when it is, s since 1970; 0: see hk_model */
	struct hk_arena arena;
};

/*
 * paths: files, directories, "-". Unreadable files and YAML errors are findings; -1 only for errors of the operation itself. keep_kubernetes false drops the
 * trees of Kubernetes objects after checking them (validate of 10,000 files must not hold them all); true saves parsing manifests a second time when workloads
 * name them.
 */
int hk_workspace_load(struct hk_workspace *workspace, const char *const *paths, size_t count, bool keep_kubernetes, struct hk_diags *diags, struct hk_err *err);
/* Add the documents of a text, named as a file would be, to a zeroed or loaded workspace. For tests, and for texts that are in no file. */
int hk_workspace_add_text(struct hk_workspace *workspace, const char *name, struct hk_str text, bool keep_kubernetes, struct hk_diags *diags,
			  struct hk_err *err);
/*
 * SHA-256 of the input as hexadecimal digits: of the bytes that were read when they are still held, else of the file as it is now; "" when it cannot be read.
 * Taken when first asked for, because validating asks for none and would spend a seventh of its time on them.
 */
const char *hk_input_digest(struct hk_input *input);
void hk_workspace_release(struct hk_workspace *workspace);
/* Build the model. With errors in diags the model may be partial: do not plan with it. */
int hk_model_load(struct hk_model *model, struct hk_workspace *workspace, struct hk_diags *diags, struct hk_err *err);

#endif

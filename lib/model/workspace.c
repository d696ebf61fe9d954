/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading files into documents. One file is in memory at a time, one document of it at a time is a tree; of a file that holds only Kubernetes objects nothing
 * stays but its path and digest, unless the caller keeps them.
 */
#include "model/load.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/vec.h"
#include "model/classify.h"
#include "model/workspace.h"
#include "schema/builtin.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 32u       /* of directories */

struct loader {
	struct hk_workspace *workspace;
	struct hk_schema_set schemas;
	bool keep_kubernetes;
	struct hk_diags *diags;
	struct hk_err *err;
};

/* Room for one more pointer. */
static void *grow_pointers(void *items, size_t count, size_t *cap)
{
	return count < *cap ? items : hk_vec_grow_(items, cap, count + 1, sizeof(void *));
}

struct hk_input *hk_workspace_add_input(struct hk_workspace *workspace, const char *path)
{
	struct hk_input *input = hk_arena_alloc(&workspace->arena, sizeof *input);
	size_t at = workspace->n_inputs;

	input->path = hk_arena_strdup(&workspace->arena, path);
	workspace->inputs = grow_pointers(workspace->inputs, workspace->n_inputs, &workspace->cap_inputs);
	for (; at > 0 && strcmp(workspace->inputs[at - 1]->path, path) > 0; at--)
		workspace->inputs[at] = workspace->inputs[at - 1];
	workspace->inputs[at] = input;
	workspace->n_inputs++;
	return input;
}

int hk_input_load(struct hk_input *input, struct hk_diags *diags)
{
	HK_AUTO_ERR struct hk_err problem = HK_ERR_INIT;

	hk_source_release(&input->source);
	errno = 0;
	if (hk_source_load(&input->source, input->path, HK_FILE_MAX, &problem)) {
		struct hk_range range = { .file = input->path, .line = 1, .column = 1, .end_line = 1, .end_column = 1 };
		hk_diag_add(diags, errno == EFBIG ? HK0007 : HK0001, &range, "%s", problem.message);
		return -1;
	}
	input->digest[0] = '\0';
	return 0;
}

const char *hk_input_digest(struct hk_input *input)
{
	struct hk_source again = { 0 };
	const struct hk_source *source = &input->source;

	if (*input->digest)
		return input->digest;
	if (!source->name && hk_source_load(&again, input->path, HK_FILE_MAX, NULL) == 0)
		source = &again;
	if (source->name)
		hk_sha256_text(source->text.s, source->text.len, input->digest);
	hk_source_release(&again);
	return input->digest;
}

bool hk_path_is_json(const char *path)
{
	return hk_str_ends(hk_str_of(path), ".json");
}

/* Shape by the document's schema. False: unfit to be read. */
static bool fits_schema(struct loader *l, const struct hk_document *document)
{
	const struct hk_schema *schema;

	if (document->kind == HK_KIND_KUBERNETES || document->kind == HK_KIND_UNKNOWN)
		return true;
	schema = hk_schema_set_get(&l->schemas, hk_kind_name(document->kind), l->err);
	return schema && hk_schema_check(schema, &document->doc, document->doc.root, l->diags) == 0;
}

static void add_document(struct hk_workspace *workspace, const struct hk_document *read)
{
	struct hk_document *document = hk_arena_alloc(&workspace->arena, sizeof *document);

	*document = *read;
	workspace->documents = grow_pointers(workspace->documents, workspace->n_documents, &workspace->cap_documents);
	workspace->documents[workspace->n_documents++] = document;
}

void hk_input_keep(struct hk_workspace *workspace, struct hk_input *input, struct hk_document *const *documents, size_t count)
{
	if (!count)
		return;
	input->documents = hk_arena_array(&workspace->arena, count, sizeof *documents);
	memcpy(input->documents, documents, count * sizeof *documents);
	input->n_documents = count;
}

/* Every document of a file. The number that were kept. */
static size_t load_documents(struct loader *l, struct hk_input *input)
{
	struct hk_yaml_reader *reader = hk_yaml_open(&input->source, hk_path_is_json(input->path));
	struct hk_document document = { 0 };
	size_t kept = 0, first = l->workspace->n_documents, read = 0;
	int status;

	while ((status = hk_yaml_next(reader, &document.doc, l->diags)) == 1) {
		size_t errors = l->diags->errors;

		hk_document_classify(&document, l->diags);
		l->workspace->count_by_kind[document.kind]++;
		document.invalid = !fits_schema(l, &document) || l->diags->errors > errors;
		if (document.kind == HK_KIND_UNKNOWN || (document.kind == HK_KIND_KUBERNETES && !l->keep_kubernetes)) {
			hk_doc_release(&document.doc);
		} else {
			add_document(l->workspace, &document);
			input->used = input->used ||
			    (document.kind != HK_KIND_KUBERNETES && (document.kind < HK_KIND_PLAN || document.kind > HK_KIND_NETWORK_API_ADAPTER));
			kept++;
		}
		document = (struct hk_document){ 0 };
		read++;
	}
	if (status == 0 && kept == read)
		hk_input_keep(l->workspace, input, l->workspace->documents ? l->workspace->documents + first : NULL, kept);
	hk_doc_release(&document.doc);
	hk_yaml_close(reader);
	return kept;
}

static void load_file(struct loader *l, const char *path)
{
	struct hk_input *input = hk_workspace_add_input(l->workspace, path);

	if (hk_input_load(input, l->diags))
		return;
	if (!load_documents(l, input))
		hk_source_release(&input->source);
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All files below the given paths, sorted; a file named twice ("a.yaml", "./a.yaml") comes once. */
static void list_files(const char *const *paths, size_t count, struct hk_paths *files, struct hk_diags *diags)
{
	struct hk_map seen = HK_MAP_INIT;
	struct hk_arena names = HK_ARENA_INIT;
	size_t unique = 0;

	for (size_t i = 0; i < count; i++) {
		HK_AUTO_ERR struct hk_err problem = HK_ERR_INIT;
		if (strcmp(paths[i], "-") == 0) {
			hk_paths_add(files, "-");
		} else if (hk_file_walk(paths[i], MAX_DEPTH, files, &problem)) {
			struct hk_range range = { .file = paths[i], .line = 1, .column = 1, .end_line = 1, .end_column = 1 };
			hk_diag_add(diags, HK0001, &range, "%s", problem.message);
		}
	}
	if (files->n)
		qsort(files->v, files->n, sizeof *files->v, compare_paths);
	for (size_t i = 0; i < files->n; i++) {
		HK_AUTO_FREE char *plain = hk_path_join(".", files->v[i]);
		if (hk_map_put(&seen, hk_str_of(hk_arena_strdup(&names, plain)), i) != HK_MAP_NONE)
			free(files->v[i]);
		else
			files->v[unique++] = files->v[i];
	}
	files->n = unique;
	hk_map_release(&seen);
	hk_arena_release(&names);
}

int hk_workspace_load(struct hk_workspace *workspace, const char *const *paths, size_t count, bool keep_kubernetes, struct hk_diags *diags, struct hk_err *err)
{
	HK_AUTO_ERR struct hk_err problem = HK_ERR_INIT;
	struct loader l = { workspace, { { NULL } }, keep_kubernetes, diags, &problem };
	struct hk_paths files = { NULL, 0, 0 };
	size_t errors = diags->errors, documents = 0;

	memset(workspace, 0, sizeof *workspace);
	list_files(paths, count, &files, diags);
	for (size_t i = 0; i < files.n && !problem.status; i++)
		load_file(&l, files.v[i]);
	hk_paths_release(&files);
	hk_schema_set_release(&l.schemas);
	if (problem.status)
		return hk_err_set(err, problem.status, "%s", problem.message);
	for (size_t i = 0; i < HK_KIND_COUNT; i++)
		documents += workspace->count_by_kind[i];
	if (!documents && diags->errors == errors) {
		struct hk_range range = { .file = count ? paths[0] : NULL, .line = 1, .column = 1, .end_line = 1, .end_column = 1 };
		hk_diag_help(diags, hk_diag_add(diags, HK0010, &range, "no document was found"),
			     "name files, or directories with *.yaml, *.yml or *.json files");
	}
	return 0;
}

int hk_workspace_add_text(struct hk_workspace *workspace, const char *name, struct hk_str text, bool keep_kubernetes, struct hk_diags *diags,
			  struct hk_err *err)
{
	HK_AUTO_ERR struct hk_err problem = HK_ERR_INIT;
	struct loader l = { workspace, { { NULL } }, keep_kubernetes, diags, &problem };
	struct hk_input *input = hk_workspace_add_input(workspace, name);

	hk_source_from_text(&input->source, input->path, text.s, text.n);
	if (!load_documents(&l, input))
		hk_source_release(&input->source);
	hk_schema_set_release(&l.schemas);
	return problem.status ? hk_err_set(err, problem.status, "%s", problem.message) : 0;
}

void hk_workspace_release(struct hk_workspace *workspace)
{
	for (size_t i = 0; i < workspace->n_documents; i++)
		hk_doc_release(&workspace->documents[i]->doc);
	for (size_t i = 0; i < workspace->n_attached; i++)
		hk_doc_release(&workspace->attached[i]->doc);
	for (size_t i = 0; i < workspace->n_inputs; i++)
		hk_source_release(&workspace->inputs[i]->source);
	free(workspace->inputs);
	free(workspace->documents);
	free(workspace->attached);
	hk_arena_release(&workspace->arena);
	memset(workspace, 0, sizeof *workspace);
}

struct hk_document *hk_workspace_attach(struct hk_workspace *workspace, const struct hk_doc *doc)
{
	struct hk_document *document = hk_arena_alloc(&workspace->arena, sizeof *document);

	document->doc = *doc;
	workspace->attached = grow_pointers(workspace->attached, workspace->n_attached, &workspace->cap_attached);
	workspace->attached[workspace->n_attached++] = document;
	return document;
}

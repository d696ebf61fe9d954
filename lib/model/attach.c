/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that documents name: manifests, saved node and pod lists. Each is read once, whoever names it. */
#include "model/build.h"
#include "model/classify.h"
#include "model/workspace.h"
#include "base/file.h"
#include <stdlib.h>
#include <string.h>

/* `name` as seen from the file of the document being read. */
static char *resolve(const struct hk_build *b, const char *name)
{
	HK_AUTO_FREE char *directory = hk_path_dirname(b->doc->source->name);

	if (strcmp(b->doc->source->name, "<stdin>") == 0)
		return hk_path_join(".", name);
	return hk_path_join(directory, name);
}

static struct hk_str normalise(struct hk_build *b, const char *path)
{
	HK_AUTO_FREE char *plain = hk_path_join(".", path);

	return hk_str_of(hk_arena_strdup(b->arena, plain));
}

static void know_input(struct hk_build *b, struct hk_input *input)
{
	hk_map_put(&b->input_names, normalise(b, input->path), b->inputs.n);
	hk_vec_push(&b->inputs, input);
}

/* The same file under the name the user gave it ("./app.yaml"), so that it is not listed twice. */
static struct hk_input *find_input(struct hk_build *b, const char *path)
{
	size_t at;

	for (size_t i = 0; !b->inputs_known && i < b->workspace->n_inputs; i++)
		know_input(b, b->workspace->inputs[i]);
	b->inputs_known = true;
	at = hk_map_get(&b->input_names, normalise(b, path));
	return at == HK_MAP_NONE ? NULL : b->inputs.v[at];
}

static void add_objects(struct hk_build *b, struct hk_attachment *attachment, const struct hk_doc *doc, const struct hk_node *node)
{
	const char *kind = hk_node_string(hk_node_get(node, "kind"));
	const struct hk_node *items = hk_node_get(node, "items");
	const struct hk_node *metadata = hk_node_get(node, "metadata");

	if (!kind)
		return;
	if (hk_str_ends(hk_str_of(kind), "List") && items && items->kind == HK_SEQUENCE) {
		/* items of a typed list ("NodeList") may leave their kind out */
		const char *item_kind = strcmp(kind, "List") == 0 ? NULL : hk_arena_slicedup(b->arena, (struct hk_str){ kind, strlen(kind) - 4 });
		hk_for_each_item(item, items) {
			struct hk_object object = { doc, item, hk_node_string(hk_node_get(item, "kind")), hk_node_string(hk_node_at(item, "metadata.name")),
						    hk_node_string(hk_node_at(item, "metadata.namespace")), HK_MAP_NONE, 0 };
			if (!object.kind)
				object.kind = item_kind;
			if (object.kind)
				hk_vec_push(&attachment->objects, object);
		}
		return;
	}
	hk_vec_push(&attachment->objects, (struct hk_object){ doc, node, kind, hk_node_string(hk_node_get(metadata, "name")),
							     hk_node_string(hk_node_get(metadata, "namespace")), HK_MAP_NONE, 0 });
}

size_t hk_attachment_named(struct hk_attachment *attachment, const char *name)
{
	for (size_t i = 0; !attachment->names_known && i < attachment->objects.n; i++) {
		struct hk_object *object = &attachment->objects.v[i], *first;
		size_t at = object->name ? hk_map_put(&attachment->names, hk_str_of(object->name), i) : HK_MAP_NONE;

		first = at == HK_MAP_NONE ? object : &attachment->objects.v[at];
		if (first != object)
			attachment->objects.v[first->last].next = i;
		first->last = i;
	}
	attachment->names_known = true;
	return hk_map_get(&attachment->names, hk_str_of(name));
}

/* Parse a file, unless the workspace still has its trees; true when its text could be read as far as its end. */
static bool parse_file(struct hk_build *b, struct hk_attachment *attachment, struct hk_input *input, struct hk_diags *diags)
{
	struct hk_yaml_reader *reader;
	struct hk_doc doc;
	size_t first = b->workspace->n_attached;
	int status;

	for (size_t i = 0; i < input->n_documents; i++)
		add_objects(b, attachment, &input->documents[i]->doc, input->documents[i]->doc.root);
	if (input->n_documents)
		return true;
	reader = hk_yaml_open(&input->source, hk_path_is_json(input->path));
	memset(&doc, 0, sizeof doc);
	while ((status = hk_yaml_next(reader, &doc, diags)) == 1) {
		hk_document_check_directives(&doc, diags);
		const struct hk_document *kept = hk_workspace_attach(b->workspace, &doc);
		add_objects(b, attachment, &kept->doc, kept->doc.root);
		memset(&doc, 0, sizeof doc);
	}
	hk_doc_release(&doc);
	hk_yaml_close(reader);
	if (status == 0)
		hk_input_keep(b->workspace, input, b->workspace->attached + first, b->workspace->n_attached - first);
	return status == 0;
}

/* Findings about a file of the workspace were reported when it was loaded; saying them again would double them. */
static bool load_attachment(struct hk_build *b, struct hk_attachment *attachment, const struct hk_node *node)
{
	struct hk_diags quiet = HK_DIAGS_INIT;
	struct hk_input *input = find_input(b, attachment->path);
	bool known = input != NULL, ok = true;
	struct hk_diags *diags = known ? &quiet : b->diags;

	if (!known && !hk_file_exists(attachment->path)) {
		struct hk_diag *diag = hk_node_diag(b->diags, b->doc, node, HK0601, "file '%.*s' does not exist", HK_STR_ARG(node->text));
		hk_diag_help(b->diags, diag, "paths are relative to the file that names them; this one means '%s'", attachment->path);
		return false;
	}
	if (!known) {
		input = hk_workspace_add_input(b->workspace, attachment->path);
		know_input(b, input);
	}
	input->used = true;
	if (!input->source.text.len)
		ok = hk_input_load(input, &quiet) == 0;
	if (!ok)
		hk_node_diag(b->diags, b->doc, node, HK0601, "%s", quiet.list.n ? quiet.list.v[0].summary : "the file cannot be read");
	ok = ok && parse_file(b, attachment, input, diags);
	hk_diags_release(&quiet);
	return ok;
}

struct hk_attachment *hk_attach(struct hk_build *b, const struct hk_node *node)
{
	const char *name = hk_node_string(node);
	HK_AUTO_FREE char *path = name && *name ? resolve(b, name) : NULL;
	struct hk_attachment *attachment;
	size_t known;

	if (!path)
		return NULL;
	known = hk_map_get(&b->attachment_paths, hk_str_of(path));
	if (known != HK_MAP_NONE)
		return b->attachments.v[known]->failed ? NULL : b->attachments.v[known];
	attachment = hk_arena_alloc(b->arena, sizeof *attachment);
	attachment->path = hk_arena_strdup(b->arena, path);
	hk_map_put(&b->attachment_paths, hk_str_of(attachment->path), b->attachments.n);
	hk_vec_push(&b->attachments, attachment);
	attachment->failed = !load_attachment(b, attachment, node);
	return attachment->failed ? NULL : attachment;
}

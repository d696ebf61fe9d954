/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import/reading.h"
#include "schema/builtin.h"
#include "model/classify.h"
#include <string.h>

static const char *const names[] = {
	[HK_IMPORT_NODES] = "nodes", [HK_IMPORT_PODS] = "pods", [HK_IMPORT_MANIFESTS] = "manifests", [HK_IMPORT_KARMADA] = "karmada",
	[HK_IMPORT_KUBEFED] = "kubefed", [HK_IMPORT_DIKTYO] = "diktyo", [HK_IMPORT_TURNBUCKLE] = "turnbuckle", [HK_IMPORT_PROMETHEUS] = "prometheus",
};

const char *hk_import_format_name(enum hk_import_format format)
{
	return (size_t)format < HK_COUNT(names) ? names[format] : NULL;
}

struct hk_diag *hk_import_diag(struct hk_import *import, const struct hk_import_object *object, const struct hk_node *node, enum hk_rule_id rule,
			       const char *format, ...)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	va_list args;

	va_start(args, format);
	hk_buf_vaddf(&text, format, args);
	va_end(args);
	return hk_node_diag(import->diags, object->doc, node ? node : object->node, rule, "%s", text.s);
}

bool hk_import_is(const struct hk_import_object *object, const char *group, const char *kind)
{
	const char *slash;

	if (strcmp(object->kind, kind) != 0)
		return false;
	if (!group || !object->api_version)
		return true;
	slash = strchr(object->api_version, '/');
	return hk_str_is((struct hk_str){ object->api_version, slash ? (size_t)(slash - object->api_version) : 0 }, group);
}

struct hk_build *hk_import_at(struct hk_import *import, const struct hk_import_object *object)
{
	import->build.doc = object->doc;
	return &import->build;
}

/* By kind, in the order in which the first of each stands in the files. */
void hk_import_tell_rest(struct hk_import *import)
{
	struct hk_map kinds = HK_MAP_INIT;
	HK_VEC(struct { const struct hk_import_object *first; size_t count; }) rest = { NULL, 0, 0 };

	for (size_t i = 0; i < import->objects.n; i++) {
		const struct hk_import_object *object = &import->objects.v[i];
		size_t known = object->taken ? 0 : hk_map_put(&kinds, hk_str_of(object->kind), rest.n);

		if (object->taken)
			continue;
		if (known == HK_MAP_NONE) {
			hk_vec_add(&rest)->first = object;
			known = rest.n - 1;
		}
		rest.v[known].count++;
	}
	for (size_t i = 0; i < rest.n; i++) {
		const struct hk_import_object *first = rest.v[i].first;

		if (rest.v[i].count > 1)
			hk_import_diag(import, first, NULL, HK1101, "%zu objects of kind %s are not carried over; this is the first", rest.v[i].count,
				       first->kind);
		else
			hk_import_diag(import, first, NULL, HK1101, "%s '%s' is not carried over", first->kind, first->name);
	}
	hk_vec_release(&rest);
	hk_map_release(&kinds);
}

static int run(struct hk_import *import, enum hk_import_format format)
{
	switch (format) {
	case HK_IMPORT_NODES: return hk_import_nodes(import, false);
	case HK_IMPORT_PODS: return hk_import_nodes(import, true);
	case HK_IMPORT_MANIFESTS: return hk_import_manifests(import);
	case HK_IMPORT_KARMADA: return hk_import_karmada(import);
	case HK_IMPORT_KUBEFED: return hk_import_kubefed(import);
	case HK_IMPORT_DIKTYO: return hk_import_diktyo(import);
	case HK_IMPORT_TURNBUCKLE: return hk_import_turnbuckle(import);
	case HK_IMPORT_PROMETHEUS: return hk_import_prometheus(import);
	case HK_IMPORT_FORMATS: break;
	}
	return -1;
}

/* What was written must be what the schemas take: what slipped through an importer is found here and not by whoever reads the file next. */
static int prove(struct hk_import *import, const struct hk_buf *text)
{
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_schema_set set = { { NULL } };
	struct hk_yaml_reader *reader;
	int status, result = 0;

	hk_source_from_text(&source, "result", text->s, text->len);
	reader = hk_yaml_open(&source, false);
	while ((status = hk_yaml_next(reader, &doc, &diags)) == 1) {
		const char *kind = hk_node_string(hk_node_get(doc.root, "kind"));
		const struct hk_schema_file *file = kind ? hk_schema_file_find(kind) : NULL;
		const struct hk_schema *schema = file ? hk_schema_set_get(&set, file->name, NULL) : NULL;

		if (schema)
			hk_schema_check(schema, &doc, doc.root, &diags);
		hk_doc_release(&doc);
	}
	if (status < 0 || diags.errors) {
		result = -1;
		struct hk_diag *diag = hk_diag_add(import->diags, HK1113, NULL, "what was made of the files does not fit its schema: %s",
						   diags.list.n ? diags.list.v[0].summary : "it cannot be read");
		hk_diag_help(import->diags, diag, "nothing is written; such a value was taken over as it is: correct it in the file it comes from");
	}
	hk_yaml_close(reader);
	hk_schema_set_release(&set);
	hk_diags_release(&diags);
	hk_source_release(&source);
	return result;
}

int hk_import(enum hk_import_format format, const struct hk_import_file *files, size_t count, const struct hk_import_options *options, struct hk_buf *out,
	      struct hk_diags *diags, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_import import = { .options = options, .files = files, .n_files = count, .diags = diags, .arena = HK_ARENA_INIT, .out = &text };
	bool prune = format == HK_IMPORT_NODES || format == HK_IMPORT_PODS;
	int result = 0;

	import.build.model = &import.model;
	import.build.arena = &import.model.arena;
	import.build.diags = diags;
	if (format != HK_IMPORT_PROMETHEUS)
		result = hk_import_read(&import, prune, err);
	if (!result)
		result = run(&import, format);
	if (!result && diags->errors)
		result = -1;
	if (!result)
		hk_import_tell_rest(&import);
	if (!result)
		result = prove(&import, &text);
	if (!result)
		hk_buf_add(out, text.s, text.len);
	hk_import_release(&import);
	return result;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cmd.h"
#include "base/file.h"
#include "schema/builtin.h"
#include "yaml/format.h"
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct config { bool check; };

static const struct hk_opt options[] = {
	{ .name = "check", .type = HK_OPT_FLAG, .offset = offsetof(struct config, check),
	  .help = "write nothing; exit 6 when a file is not in canonical form" },
	{ 0 },
};

static const struct hk_opt_example examples[] = {
	{ "hkctl fmt .", "every document of ours below this directory" },
	{ "hkctl fmt --check .", "in CI" },
	{ 0 },
};

static const struct hk_opt_spec spec = {
	.command = "hkctl fmt",
	.summary = "Bring hkctl documents into canonical form: order of keys and spacing. Comments, quotes and everything else stay; '-' formats standard input to standard output.",
	.positional = "PATH...", .min_args = 1, .max_args = HK_OPT_ANY, .options = options, .common = hk_common_options, .examples = examples,
};

struct ranking { struct hk_schema_set *set; struct hk_schema *schema; };

/* Order of the schema; a mapping with free keys (labels, resources) has none and stays. */
static size_t rank(void *closure, const char *path, const char *key)
{
	const struct ranking *ranking = closure;
	struct hk_schema_field parent, field;
	if (!hk_schema_field(ranking->schema, path, &parent))
		return 0;
	size_t i;
	for (i = 0; hk_schema_field_at(ranking->schema, &parent, i, &field); i++)
		if (strcmp(field.name, key) == 0)
			return i;
	return i ? SIZE_MAX : 0;
}

/* Only documents hkctl has a schema for; the others keep every byte, and so do plans, whose form is that of the writer. */
static struct hk_schema *schema_of(struct hk_schema_set *set, const struct hk_doc *doc)
{
	const char *api = hk_node_string(hk_node_get(doc->root, "apiVersion")), *kind = hk_node_string(hk_node_get(doc->root, "kind"));
	const struct hk_schema_file *file = api && kind && strcmp(kind, "Plan") != 0 ? hk_schema_file_find(kind) : NULL;
	return file && strcmp(file->api_version, api) == 0 ? hk_schema_set_get(set, file->name, NULL) : NULL;
}

static int format_source(struct hk_schema_set *set, struct hk_source *source, struct hk_buf *out, struct hk_diags *diags, struct hk_err *err)
{
	struct hk_yaml_reader *reader = hk_yaml_open(source, false);
	struct hk_doc doc = { 0 };
	uint32_t at = 0;
	int result, status = 0;
	while (status == 0 && (result = hk_yaml_next(reader, &doc, diags)) == 1) {
		struct ranking ranking = { set, schema_of(set, &doc) };
		hk_buf_add(out, source->text.s + at, doc.start - at);
		if (ranking.schema)
			status = hk_yaml_format(&doc, rank, &ranking, out, err);
		else
			hk_buf_add(out, source->text.s + doc.start, doc.end - doc.start);
		at = doc.end;
		hk_doc_release(&doc);
	}
	hk_buf_add(out, source->text.s + at, source->text.len - at);
	hk_yaml_close(reader);
	return status || result < 0 ? -1 : 0;
}

static int format_file(const struct hk_env *env, const struct config *config, struct hk_schema_set *set, const char *path, size_t *changed)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_source source = { 0 };
	int status = HK_OK;
	bool standard_input = strcmp(path, "-") == 0;
	if (hk_source_load(&source, path, HK_FILE_MAX, &err))
		status = hk_fail(env, &err);
	else if (format_source(set, &source, &text, &diags, &err)) {
		hk_print_diags(env, &diags);
		status = err.status ? hk_fail(env, &err) : HK_INVALID;
	} else if (standard_input && !config->check)
		status = hk_print(&text, HK_OK);
	else if (text.len != source.text.len || memcmp(text.s, source.text.s, text.len) != 0) {
		++*changed;
		hk_remark(env, config->check ? "%s is not in canonical form" : "formatted %s", path);
		if (!config->check && hk_file_write(path, text.s, text.len, &err))
			status = hk_fail(env, &err);
	}
	hk_source_release(&source);
	hk_diags_release(&diags);
	return status;
}

static int run(const struct hk_env *env, const void *config_, const struct hk_opt_args *args)
{
	const struct config *config = config_;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_schema_set set = { 0 };
	struct hk_paths paths = { 0 };
	size_t changed = 0;
	int status = HK_OK;
	for (size_t i = 0; i < args->n && !status; i++) {
		if (strcmp(args->v[i], "-") == 0)
			hk_paths_add(&paths, "-");
		else if (hk_file_walk(args->v[i], 32, &paths, &err))
			status = hk_fail(env, &err);
	}
	for (size_t i = 0; i < paths.n; i++) {
		int one = status ? status : format_file(env, config, &set, paths.v[i], &changed);
		status = status ? status : one;
	}
	hk_paths_release(&paths);
	hk_schema_set_release(&set);
	return status ? status : changed && config->check ? HK_PENDING : HK_OK;
}

static const struct config defaults = { 0 };
const struct hk_cmd hk_cmd_fmt = {
	.name = "fmt", .group = "Write and check", .summary = "canonical form of documents; comments stay", .spec = &spec, .defaults = &defaults,
	.config_size = sizeof defaults, .run = run,
};

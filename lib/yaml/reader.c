/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "yaml/reader.h"

#include <string.h>

/* libfyaml must not write to standard error, whatever it finds. */
static void swallow(struct fy_diag *diag, void *user, const char *text, size_t count)
{
	(void)diag, (void)user, (void)text, (void)count;
}

struct hk_yaml_reader *hk_yaml_open(struct hk_source *source, bool json)
{
	struct hk_yaml_reader *reader = hk_calloc(1, sizeof *reader);
	reader->source = source;
	reader->json = json;
	hk_buf_init(&reader->scratch);
	return reader;
}

void hk_yaml_close(struct hk_yaml_reader *reader)
{
	if (!reader)
		return;
	if (reader->iterator)
		fy_token_iter_destroy(reader->iterator);
	if (reader->parser)
		fy_parser_destroy(reader->parser);
	if (reader->diag)
		fy_diag_destroy(reader->diag);
	hk_buf_release(&reader->scratch);
	hk_cleanup_free(&reader);
}

static int open_parser(struct hk_yaml_reader *reader, struct hk_diags *diags)
{
	if (reader->opened)
		return reader->parser ? 0 : -1;
	reader->opened = true;
	if (hk_yaml_scan(reader->source, reader->json, diags) != 0)
		return -1;
	struct fy_diag_cfg diag_config;
	fy_diag_cfg_default(&diag_config);
	diag_config.fp = NULL;
	diag_config.output_fn = swallow;
	diag_config.colorize = false;
	reader->diag = fy_diag_create(&diag_config);
	if (reader->diag)
		fy_diag_set_collect_errors(reader->diag, true);
	struct fy_parse_cfg config = { .diag = reader->diag };
	/* A closing bracket below the key it belongs to is against the letter of YAML; every other reader takes it, and people write it. */
	config.flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_DISABLE_ACCELERATORS | FYPCF_SLOPPY_FLOW_INDENTATION |
		       (reader->json ? FYPCF_JSON_FORCE : FYPCF_JSON_NONE);
	reader->parser = reader->diag ? fy_parser_create(&config) : NULL;
	reader->iterator = fy_token_iter_create(NULL);
	if (!reader->iterator || !reader->parser || fy_parser_set_string(reader->parser, reader->source->text.s, reader->source->text.len) != 0) {
		hk_yaml_complain(reader, diags);
		return -1;
	}
	return 0;
}

static bool is_empty_document(const struct hk_node *root)
{
	return !root || (root->kind == HK_SCALAR && root->style == HK_PLAIN && root->text.n == 0 && !root->tagged && root->outer == root->end);
}

static uint32_t behind_marker(struct fy_event *event, uint32_t start)
{
	struct fy_token *token = event->document_start.document_start;
	return token ? (uint32_t)fy_token_end_mark(token)->input_pos : start;
}

/* Events up to the end of one document. 1 = a document, 0 = end of the stream, -1 = stopped. */
static int read_events(struct hk_yaml_reader *reader, struct hk_yaml_build *build)
{
	while (!build->fatal) {
		struct fy_event *event = fy_parser_parse(reader->parser);
		if (!event) {
			hk_yaml_complain(reader, build->diags);
			return -1;
		}
		enum fy_event_type type = event->type;
		if (type == FYET_DOCUMENT_START)
			build->cursor = behind_marker(event, reader->next_start);
		else
			hk_yaml_build_event(build, event);
		fy_parser_event_free(reader->parser, event);
		if (type == FYET_STREAM_END) {
			reader->finished = true;
			return 0;
		}
		if (type == FYET_DOCUMENT_END)
			return 1;
	}
	return -1;
}

/* As read_events; 2 = a document with findings that spoil it. */
static int read_document(struct hk_yaml_reader *reader, struct hk_doc *doc, struct hk_diags *diags)
{
	struct hk_yaml_build build = { .source = reader->source, .doc = doc, .diags = diags, .names = HK_MAP_INIT, .cursor = reader->next_start,
				       .iterator = reader->iterator, .scratch = &reader->scratch };
	memset(doc, 0, sizeof *doc);
	doc->source = reader->source;
	doc->json = reader->json;
	doc->start = reader->next_start;
	int status = read_events(reader, &build);
	if (status == 1) {
		doc->end = reader->next_start = hk_yaml_find_document(&reader->source->text, build.cursor);
		doc->index = reader->index;
	}
	if (status == 1 && build.bad)
		status = 2;
	hk_yaml_build_release(&build);
	return status;
}

int hk_yaml_next(struct hk_yaml_reader *reader, struct hk_doc *doc, struct hk_diags *diags)
{
	memset(doc, 0, sizeof *doc);
	if (reader->finished)
		return 0;
	if (!reader->opened && reader->source->text.len == 0 && !reader->json) {
		reader->finished = true;
		return 0;
	}
	if (open_parser(reader, diags) != 0)
		return -1;
	bool bad = false;
	for (;;) {
		int status = read_document(reader, doc, diags);
		if (status == 1 && !bad && !is_empty_document(doc->root)) {
			reader->index++;
			return 1;
		}
		hk_doc_release(doc);
		bad = bad || status == 2;
		if (status <= 0)
			return bad ? -1 : status;
	}
}

void hk_doc_release(struct hk_doc *doc)
{
	hk_arena_release(&doc->arena);
	memset(doc, 0, sizeof *doc);
}

static int refuse_second(struct hk_doc *doc, const struct hk_doc *second, struct hk_diags *diags)
{
	struct hk_diag *diag = hk_node_diag(diags, second, second->root, HK0014, "one document is expected here, and this is a second one");
	hk_diag_help(diags, diag, "split the file at its '---' lines");
	hk_doc_release(doc);
	return -1;
}

int hk_yaml_read_one(struct hk_source *source, bool json, struct hk_doc *doc, struct hk_diags *diags)
{
	struct hk_yaml_reader *reader = hk_yaml_open(source, json);
	struct hk_doc second;
	int status = hk_yaml_next(reader, doc, diags);
	if (status == 0) {
		struct hk_range range;
		hk_source_range(source, 0, 0, &range);
		hk_diag_add(diags, HK0010, &range, "no document was found in '%s'", source->name);
	}
	status = status == 1 ? 0 : -1;
	if (status == 0) {
		int more = hk_yaml_next(reader, &second, diags);
		if (more == 1)
			status = refuse_second(doc, &second, diags);
		else if (more < 0)
			status = -1;
		hk_doc_release(&second);
	}
	if (status != 0)
		hk_doc_release(doc);
	hk_yaml_close(reader);
	return status;
}

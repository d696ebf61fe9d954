/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events into a tree. Nothing here recurses: the stack is an array as deep as documents may be. */
#include "yaml/reader.h"
#include "yaml/types.h"

#include <stdarg.h>
#include <string.h>

#define SLAB_NODES 16u
#define SLAB_BYTES 512u

struct hk_diag *hk_yaml_build_diag(struct hk_yaml_build *build, enum hk_rule_id rule, uint32_t start, uint32_t end, const char *format, ...)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_range range;
	va_list args;
	va_start(args, format);
	hk_buf_vaddf(&text, format, args);
	va_end(args);
	hk_source_range(build->source, start, end, &range);
	struct hk_diag *diag = hk_diag_add(build->diags, rule, &range, "%s", text.s);
	hk_diag_source_line(build->diags, diag, hk_source_line(build->source, range.line));
	return diag;
}

struct hk_node *hk_yaml_build_node(struct hk_yaml_build *build)
{
	if (build->nodes_left == 0) {
		build->nodes = hk_arena_array(&build->doc->arena, SLAB_NODES, sizeof *build->nodes);
		build->nodes_left = SLAB_NODES;
	}
	build->nodes_left--;
	return build->nodes++;
}

/* NUL-terminated copy, packed tightly: most scalars are a few bytes and the arena rounds up to 16. */
static struct hk_str copy_text(struct hk_yaml_build *build, const char *text, size_t count)
{
	if (count + 1 > SLAB_BYTES / 4)
		return (struct hk_str){ hk_arena_slicedup(&build->doc->arena, (struct hk_str){ text, count }), count };
	if (count + 1 > build->bytes_left) {
		build->bytes = hk_arena_alloc(&build->doc->arena, SLAB_BYTES);
		build->bytes_left = SLAB_BYTES;
	}
	char *copy = build->bytes;
	if (count)
		memcpy(copy, text, count);
	build->bytes += count + 1;     /* the slab is zeroed, so the NUL is there */
	build->bytes_left -= count + 1;
	return (struct hk_str){ copy, count };
}

static struct hk_yaml_frame *top(struct hk_yaml_build *build)
{
	return build->depth ? &build->stack[build->depth - 1] : NULL;
}

/* Count nodes and levels; both bound what any later walk over the document costs. */
static void count_nodes(struct hk_yaml_build *build, const struct hk_node *node, uint64_t size, unsigned height)
{
	struct hk_yaml_frame *frame = top(build);
	build->size += size;
	if (frame) {
		frame->size += size;
		frame->height = height > frame->height ? height : frame->height;
	}
	if (build->depth + height > HK_YAML_MAX_DEPTH) {
		hk_yaml_build_diag(build, HK0006, node->start, node->end, "collections nest deeper than %u levels", HK_YAML_MAX_DEPTH);
		build->fatal = true;
	} else if (build->size > HK_YAML_MAX_NODES) {
		hk_yaml_build_diag(build, node->from_alias ? HK0008 : HK0007, node->start, node->end,
				   "the document has more than %u values%s", HK_YAML_MAX_NODES, node->from_alias ? " once its aliases are expanded" : "");
		build->fatal = true;
	}
}

static void check_key(struct hk_yaml_build *build, struct hk_yaml_frame *frame, const struct hk_node *key)
{
	const char *found = key->kind == HK_MAPPING ? "a mapping" : key->kind == HK_SEQUENCE ? "a list" : NULL;
	if (key->kind == HK_SCALAR && key->style == HK_PLAIN && key->text.n == 0)
		found = "nothing";
	if (found) {
		uint32_t at = key->start == UINT32_MAX ? build->cursor : key->start;
		hk_yaml_build_diag(build, HK0011, at, at + 1, "key is %s; a key must be a text", found);
		build->bad = true;
	}
	frame->merges = frame->merges || (!build->doc->json && hk_yaml_is_merge_key(key));
}

/* Hang a node below the open collection, or make it the root. */
static void attach(struct hk_yaml_build *build, struct hk_node *node)
{
	struct hk_yaml_frame *frame = top(build);
	if (!frame) {
		build->doc->root = node;
		return;
	}
	if (frame->last)
		frame->last->next = node;
	else
		frame->node->first = node;
	frame->last = node;
	if (frame->node->kind == HK_MAPPING && !frame->key) {
		check_key(build, frame, node);
		frame->key = node;
		return;
	}
	frame->key = NULL;
	frame->node->count++;
}

static size_t add_anchor(struct hk_yaml_build *build, struct fy_token *token, struct hk_node *node, bool open)
{
	if (!token)
		return HK_MAP_NONE;
	size_t count = 0;
	const char *name = fy_token_get_text(token, &count);
	struct hk_str key = copy_text(build, name ? name : "", name ? count : 0);
	struct hk_yaml_anchor anchor = { .node = node, .size = 1, .open = open };
	size_t old = hk_map_put(&build->names, key, build->anchors.n);
	if (old != HK_MAP_NONE) {      /* a later anchor of the same name takes over */
		build->anchors.v[old] = anchor;
		return old;
	}
	hk_vec_push(&build->anchors, anchor);
	return build->anchors.n - 1;
}

static void read_tag(struct hk_node *node, struct fy_token *token)
{
	if (!token)
		return;
	size_t count = 0;
	const char *text = fy_token_get_text(token, &count);
	struct hk_str tag = { text ? text : "", text ? count : 0 };
	node->tagged = true;
	node->string_tag = hk_str_is(tag, "tag:yaml.org,2002:str") || hk_str_is(tag, "!") || hk_str_is(tag, "!!str");
}

static enum hk_scalar_style style_of(struct fy_token *token)
{
	switch (token ? fy_token_scalar_style(token) : FYSS_PLAIN) {
	case FYSS_SINGLE_QUOTED: return HK_SINGLE_QUOTED;
	case FYSS_DOUBLE_QUOTED: return HK_DOUBLE_QUOTED;
	case FYSS_LITERAL: return HK_LITERAL;
	case FYSS_FOLDED: return HK_FOLDED;
	default: return HK_PLAIN;
	}
}

/* Warn about a plain scalar that other readers type differently. The fix keeps what this reader (YAML 1.2) sees, and so is certain only for strings. */
static void check_ambiguous(struct hk_yaml_build *build, const struct hk_node *node)
{
	if (build->doc->json || node->tagged || !hk_yaml_is_ambiguous(node->text))
		return;
	enum hk_scalar_type type = hk_yaml_type_12(node->text);
	struct hk_diag *diag;
	if (type == HK_TYPE_INT && hk_yaml_is_octal_11(node->text)) {
		diag = hk_yaml_build_diag(build, HK0009, node->start, node->end,
					  "'%s' is a decimal number for YAML 1.2 but an octal one for YAML 1.1, as Kubernetes reads it", node->text.s);
		hk_diag_help(build->diags, diag, "quote it if a text is meant, else write the number without its leading zero");
		return;
	}
	diag = hk_yaml_build_diag(build, HK0009, node->start, node->end, "'%s' is %s for YAML 1.2 but %s for YAML 1.1 readers", node->text.s,
				  hk_yaml_name_12(type), hk_yaml_name_11(hk_yaml_type_11(node->text)));
	if (type != HK_TYPE_STRING) {
		hk_diag_help(build->diags, diag, "quote it if a text is meant, else write it as a plain decimal number");
		return;
	}
	HK_AUTO_BUF struct hk_buf quoted = HK_BUF_INIT;
	hk_buf_addf(&quoted, "\"%s\"", node->text.s);
	hk_diag_help(build->diags, diag, "write %s%s", quoted.s, hk_yaml_type_11(node->text) == HK_11_BOOL ? ", or true or false if a boolean is meant" : "");
	hk_diag_fix(build->diags, diag, node->start, node->end, quoted.s);
}

/* Bytes of the source that are the text as they stand: no line ends to fold, no escapes, no quotes. */
static bool is_verbatim(struct hk_str raw, enum hk_scalar_style style)
{
	/* which styles a byte means something in, a bit each */
	static const unsigned char special[256] = {
		['\n'] = 1 << HK_PLAIN | 1 << HK_SINGLE_QUOTED | 1 << HK_DOUBLE_QUOTED, ['\r'] = 1 << HK_PLAIN | 1 << HK_SINGLE_QUOTED | 1 << HK_DOUBLE_QUOTED,
		['\''] = 1 << HK_SINGLE_QUOTED, ['"'] = 1 << HK_DOUBLE_QUOTED, ['\\'] = 1 << HK_DOUBLE_QUOTED,
	};
	unsigned found = 0;
	if (style == HK_LITERAL || style == HK_FOLDED)
		return false;
	for (size_t i = 0; i < raw.n; i++)
		found |= special[(unsigned char)raw.s[i]];
	return !(found >> style & 1);
}

/*
 * The decoded text, by libfyaml's iterator where decoding is needed. fy_token_get_text() would be simpler, but it trusts a length that libfyaml 0.7.12 guesses
 * wrong for some quoted texts: it then returns nothing, and leaks.
 */
static struct hk_str read_text(struct hk_yaml_build *build, struct fy_token *token, enum hk_scalar_style style)
{
	const struct fy_iter_chunk *chunk = NULL;
	size_t start = fy_token_start_mark(token)->input_pos, end = fy_token_end_mark(token)->input_pos;
	struct hk_str raw = { build->source->text.s + start, end - start };
	int error = 0;
	if (is_verbatim(raw, style))
		return raw;
	hk_buf_reset(build->scratch);
	fy_token_iter_start(token, build->iterator);
	while ((chunk = fy_token_iter_chunk_next(build->iterator, chunk, &error)) != NULL)
		hk_buf_add(build->scratch, chunk->str, chunk->len);
	fy_token_iter_finish(build->iterator);
	if (error) {
		hk_yaml_build_diag(build, HK0002, (uint32_t)start, (uint32_t)end, "this text cannot be decoded");
		build->fatal = true;
	}
	return (struct hk_str){ build->scratch->s, build->scratch->len };
}

static struct hk_node *new_scalar(struct hk_yaml_build *build, struct fy_event *event)
{
	struct fy_token *token = event->scalar.value;
	struct hk_node *node = hk_yaml_build_node(build);
	node->kind = HK_SCALAR;
	node->style = (uint8_t)style_of(token);
	struct hk_str text = token ? read_text(build, token, (enum hk_scalar_style)node->style) : (struct hk_str){ "", 0 };
	/* libfyaml 0.7.12 hands out the byte behind its input as the text of a block scalar that ends there without any content. */
	if ((node->style == HK_LITERAL || node->style == HK_FOLDED) && text.n == 1 && text.s[0] == '\0')
		text.n = 0;
	node->text = copy_text(build, text.s, text.n);
	read_tag(node, event->scalar.tag);
	hk_yaml_place_scalar(build, node, event);
	return node;
}

/* Kubernetes turns keys into text after it has typed them, so that on becomes "true" and 0777 "511"; dates and merge keys stay. */
static bool renames_keys(struct hk_str text)
{
	if (!hk_yaml_may_differ(text))
		return false;
	enum hk_type_11 type = hk_yaml_type_11(text);
	return type == HK_11_BOOL || type == HK_11_INT || type == HK_11_FLOAT;
}

static void build_scalar(struct hk_yaml_build *build, struct fy_event *event)
{
	struct hk_node *node = new_scalar(build, event);
	add_anchor(build, event->scalar.anchor, node, false);
	attach(build, node);
	struct hk_yaml_frame *frame = top(build);
	bool is_key = frame && frame->node->kind == HK_MAPPING && frame->key;
	if (node->style == HK_PLAIN && (!is_key || renames_keys(node->text)))
		check_ambiguous(build, node);
	if (node->style == HK_DOUBLE_QUOTED && memchr(node->text.s, '\0', node->text.n)) {
		hk_yaml_build_diag(build, HK0004, node->start, node->end, "the text contains an escaped NUL byte");
		build->bad = true;
	}
	count_nodes(build, node, 1, 0);
}

static void build_start(struct hk_yaml_build *build, struct fy_event *event)
{
	bool mapping = event->type == FYET_MAPPING_START;
	struct hk_node *node = hk_yaml_build_node(build);
	node->kind = mapping ? HK_MAPPING : HK_SEQUENCE;
	node->text = (struct hk_str){ "", 0 };
	read_tag(node, mapping ? event->mapping_start.tag : event->sequence_start.tag);
	hk_yaml_place_start(build, node, event);
	size_t anchor = add_anchor(build, mapping ? event->mapping_start.anchor : event->sequence_start.anchor, node, true);
	attach(build, node);
	if (build->depth >= HK_YAML_MAX_DEPTH) {
		hk_yaml_build_diag(build, HK0006, build->cursor, build->cursor + 1, "collections nest deeper than %u levels", HK_YAML_MAX_DEPTH);
		build->fatal = true;
		return;
	}
	build->size++;
	build->stack[build->depth++] = (struct hk_yaml_frame){ .node = node, .anchor = anchor, .size = 1 };
}

static void build_end(struct hk_yaml_build *build, struct fy_event *event)
{
	struct hk_yaml_frame *frame = top(build);
	if (!frame)
		return;
	hk_yaml_place_end(build, frame->node, event);
	if (frame->node->kind == HK_MAPPING)
		hk_yaml_finish_mapping(build, frame);
	struct hk_yaml_frame done = *frame;
	build->depth--;
	if (done.anchor != HK_MAP_NONE && build->anchors.v[done.anchor].node == done.node) {
		struct hk_yaml_anchor *anchor = &build->anchors.v[done.anchor];
		anchor->open = false;
		anchor->size = done.size;
		anchor->height = done.height + 1;
	}
	build->size -= done.size;      /* count_nodes adds it again, now to the frame above */
	count_nodes(build, done.node, done.size, done.height + 1);
}

static void build_alias(struct hk_yaml_build *build, struct fy_event *event)
{
	size_t count = 0;
	const char *name = fy_token_get_text(event->alias.anchor, &count);
	uint32_t start = (uint32_t)fy_token_start_mark(event->alias.anchor)->input_pos, end = (uint32_t)fy_token_end_mark(event->alias.anchor)->input_pos;
	if (start > 0 && build->source->text.s[start - 1] == '*')
		start--;
	build->cursor = end;
	struct hk_node *node = hk_yaml_build_node(build);
	size_t index = name ? hk_map_get(&build->names, (struct hk_str){ name, count }) : HK_MAP_NONE;
	struct hk_yaml_anchor anchor = { .size = 1 };
	if (index != HK_MAP_NONE)
		anchor = build->anchors.v[index];
	if (!anchor.node || anchor.open) {
		hk_yaml_build_diag(build, HK0012, start, end,
				   anchor.open ? "alias '%.*s' stands inside the value it names" : "alias '%.*s' names no anchor above it",
				   (int)(count > 64 ? 64 : count), name ? name : "");
		build->bad = true;
		*node = (struct hk_node){ .kind = HK_SCALAR, .style = HK_DOUBLE_QUOTED, .text = { "", 0 } };
	} else {
		*node = *anchor.node;
	}
	node->next = NULL;
	node->from_alias = true;
	node->start = node->outer = start;
	node->end = end;
	attach(build, node);
	count_nodes(build, node, anchor.open ? 1 : anchor.size, anchor.height);
}

void hk_yaml_build_event(struct hk_yaml_build *build, struct fy_event *event)
{
	switch (event->type) {
	case FYET_SCALAR: build_scalar(build, event); break;
	case FYET_ALIAS: build_alias(build, event); break;
	case FYET_MAPPING_START:
	case FYET_SEQUENCE_START: build_start(build, event); break;
	case FYET_MAPPING_END:
	case FYET_SEQUENCE_END: build_end(build, event); break;
	default: break;
	}
}

void hk_yaml_build_release(struct hk_yaml_build *build)
{
	hk_vec_release(&build->anchors);
	hk_map_release(&build->names);
}

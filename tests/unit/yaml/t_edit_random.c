/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random documents in many styles, random edits: none may be refused, the data is what was asked for, and lines that no edit is about keep their bytes. */
#include "../test.h"

#include "base/rng.h"
#include "base/vec.h"
#include "yaml/edit.h"

#include <string.h>

struct generator {
	struct hk_rng rng;
	struct hk_buf text;
	const char *newline;
	unsigned step;
	bool list_flush;               /* lists stand at the column of their key */
	unsigned names;                /* counter that keeps keys different */
	size_t block_end;              /* of the last block scalar: its final line feed is data */
};

static bool chance(struct generator *g, unsigned percent)
{
	return hk_rng_below(&g->rng, 100) < percent;
}

static void end_line(struct generator *g)
{
	if (chance(g, 20))
		hk_buf_addstr(&g->text, chance(g, 50) ? "   # note: {x" : " # |");
	hk_buf_addstr(&g->text, g->newline);
	if (chance(g, 8))
		hk_buf_addstr(&g->text, g->newline);
}

static void comment_line(struct generator *g, unsigned column)
{
	if (!chance(g, 12))
		return;
	hk_buf_addchn(&g->text, ' ', column);
	hk_buf_addstr(&g->text, "# a comment: [1, 'it' ");
	hk_buf_addstr(&g->text, g->newline);
}

static void add_scalar(struct generator *g, bool flow)
{
	static const char *const texts[] = { "word", "\"quo\\\"ted: #\"", "'single ''x'''", "12", "1.5", "true", "null", "two words", "nginx:1.25", "\"\"",
					     "-x", "\"no\"" };
	hk_buf_addstr(&g->text, texts[hk_rng_below(&g->rng, flow ? 8 : HK_COUNT(texts))]);
}

static void add_flow(struct generator *g, unsigned depth, unsigned column)
{
	bool mapping = chance(g, 50), lines = chance(g, 25);
	size_t count = hk_rng_below(&g->rng, 4);
	hk_buf_addch(&g->text, mapping ? '{' : '[');
	for (size_t i = 0; i < count; i++) {
		if (i)
			hk_buf_addstr(&g->text, lines ? "," : ", ");
		if (lines) {
			hk_buf_addstr(&g->text, g->newline);
			hk_buf_addchn(&g->text, ' ', column + 4);
		}
		if (mapping)
			hk_buf_addf(&g->text, "f%u: ", g->names++);
		if (depth < 3 && chance(g, 20))
			add_flow(g, depth + 1, column + 4);
		else
			add_scalar(g, true);
	}
	if (count && chance(g, 15))
		hk_buf_addch(&g->text, ',');
	if (lines && count) {
		hk_buf_addstr(&g->text, g->newline);
		hk_buf_addchn(&g->text, ' ', column + (chance(g, 50) ? 1 : 0));
	}
	hk_buf_addch(&g->text, mapping ? '}' : ']');
}

/* A block scalar below a key or dash at the column, with its header. */
static void add_block_scalar(struct generator *g, unsigned column)
{
	static const char *const headers[] = { "|", "|-", "|+", ">", ">-", ">+", "| # c" };
	hk_buf_addstr(&g->text, headers[hk_rng_below(&g->rng, HK_COUNT(headers))]);
	hk_buf_addstr(&g->text, g->newline);
	size_t lines = 1 + hk_rng_below(&g->rng, 3);
	for (size_t i = 0; i < lines; i++) {
		hk_buf_addchn(&g->text, ' ', column + g->step + (i ? hk_rng_below(&g->rng, 3) : 0));
		hk_buf_addstr(&g->text, chance(g, 50) ? "some: text # here" : "- more");
		hk_buf_addstr(&g->text, g->newline);
		if (chance(g, 15))
			hk_buf_addstr(&g->text, g->newline);
	}
	g->block_end = g->text.len;
}

static void add_mapping(struct generator *g, unsigned depth, unsigned column, bool inline_first);
static void add_list(struct generator *g, unsigned depth, unsigned column);

/* What stands behind "key:" at the column. */
static void add_value(struct generator *g, unsigned depth, unsigned column)
{
	unsigned kind = (unsigned)hk_rng_below(&g->rng, depth > 4 ? 6 : 10);
	if (kind == 0) {
		end_line(g);
		return;
	}
	if (kind >= 6) {
		end_line(g);
		if (kind >= 8)
			add_list(g, depth + 1, column + (g->list_flush ? 0 : g->step));
		else
			add_mapping(g, depth + 1, column + g->step, false);
		return;
	}
	hk_buf_addstr(&g->text, chance(g, 10) ? "   " : " ");
	if (kind == 1) {
		add_block_scalar(g, column);
		return;
	}
	if (kind == 2)
		add_flow(g, 0, column);
	else
		add_scalar(g, false);
	end_line(g);
}

static void add_mapping(struct generator *g, unsigned depth, unsigned column, bool inline_first)
{
	size_t count = 1 + hk_rng_below(&g->rng, 4);
	for (size_t i = 0; i < count; i++) {
		if (i || !inline_first) {
			comment_line(g, column);
			hk_buf_addchn(&g->text, ' ', column);
		}
		hk_buf_addf(&g->text, chance(g, 15) ? "\"k%u\":" : "k%u:", g->names);
		g->names++;
		add_value(g, depth, column);
	}
}

static void add_list(struct generator *g, unsigned depth, unsigned column)
{
	size_t count = 1 + hk_rng_below(&g->rng, 3);
	for (size_t i = 0; i < count; i++) {
		comment_line(g, column);
		hk_buf_addchn(&g->text, ' ', column);
		hk_buf_addstr(&g->text, "- ");
		unsigned kind = (unsigned)hk_rng_below(&g->rng, depth > 4 ? 3 : 5);
		if (kind == 0)
			add_scalar(g, false);
		else if (kind == 1)
			add_flow(g, 0, column);
		else if (kind == 2)
			add_block_scalar(g, column);
		if (kind < 2)
			end_line(g);
		else if (kind > 2)
			add_mapping(g, depth + 1, column + 2, true);
	}
}

static void generate(struct generator *g)
{
	hk_buf_reset(&g->text);
	g->names = 0;
	g->block_end = 0;
	g->newline = chance(g, 15) ? "\r\n" : "\n";
	g->step = chance(g, 70) ? 2 : 1 + (unsigned)hk_rng_below(&g->rng, 4);
	g->list_flush = chance(g, 50);
	if (chance(g, 10))
		hk_buf_addstr(&g->text, "\xef\xbb\xbf");
	if (chance(g, 20)) {
		hk_buf_addstr(&g->text, "# head");
		hk_buf_addstr(&g->text, g->newline);
	}
	if (chance(g, 10)) {
		hk_buf_addstr(&g->text, "---");
		hk_buf_addstr(&g->text, g->newline);
	}
	add_mapping(g, 0, 0, false);
	if (chance(g, 10)) {
		hk_buf_addstr(&g->text, "...");
		hk_buf_addstr(&g->text, g->newline);
	}
	if (chance(g, 15) && g->text.len > g->block_end)
		while (g->text.len && strchr("\r\n", g->text.s[g->text.len - 1]))
			g->text.s[--g->text.len] = '\0';
}

/* All values of the document in order. */
struct nodes { const struct hk_node **v; size_t n, cap; };

static void collect(const struct hk_node *node, struct nodes *nodes)
{
	hk_vec_push(nodes, node);
	hk_for_each_pair(key, node)
		collect(key->next, nodes);
	hk_for_each_item(item, node)
		collect(item, nodes);
}

static const struct hk_value word = { .kind = HK_SCALAR, .text = "added", .is_string = true };
static const struct hk_value tricky = { .kind = HK_SCALAR, .text = "a: [b #\n\"", .is_string = true };
static const struct hk_value number = { .kind = HK_SCALAR, .text = "-7" };
static const char *const keys[] = { "one", "two", "three" };
static const struct hk_value *const inner_items[] = { &word, &number };
static const struct hk_value list = { .kind = HK_SEQUENCE, .items = inner_items, .count = 2 };
static const struct hk_value empty = { .kind = HK_SEQUENCE };
static const struct hk_value *const items[] = { &tricky, &list, &empty };
static const struct hk_value mapping = { .kind = HK_MAPPING, .keys = keys, .items = items, .count = 3 };
static const struct hk_value *const values[] = { &word, &tricky, &number, &list, &empty, &mapping };

/* One random edit; returns its name. */
static const char *random_edit(struct generator *g, struct hk_edit *edit, const struct hk_node *node, size_t value)
{
	unsigned what = (unsigned)hk_rng_below(&g->rng, 3);
	if (node->kind == HK_MAPPING && what == 0) {
		hk_edit_add_key(edit, node, "new-key", values[value]);
		return "add key";
	}
	if (node->kind == HK_MAPPING && what == 1 && node->first) {
		hk_edit_remove_key(edit, node, node->first->text.s);
		return "remove key";
	}
	if (node->kind == HK_SEQUENCE && what < 2) {
		hk_edit_add_item(edit, node, values[value]);
		return "add item";
	}
	hk_edit_replace(edit, node, values[value]);
	return "replace";
}

/* Lines before the first and behind the last touched one are the same bytes: all but what the node itself and one line around it spans. */
static void check_untouched(const struct hk_source *source, const struct hk_node *node, const struct hk_buf *out)
{
	const char *before = source->text.s;
	size_t head = node->outer;
	while (head > 0 && before[head - 1] != '\n')
		head--;
	/* A replaced collection may move up behind its key, a line or a few comments above. */
	size_t same = 0;
	while (same < out->len && same < source->text.len && out->s[same] == before[same])
		same++;
	for (size_t i = same; i < head; i++)
		if (before[i] == '\n' && i + 1 < head && before[i + 1] != ' ' && before[i + 1] != '#' && before[i + 1] != '\r' && before[i + 1] != '\n')
			fail_msg("bytes far in front of the edit changed:\n%s\n---\n%s", before, out->s);
	size_t tail = node->end;
	while (tail < source->text.len && before[tail] != '\n')
		tail++;
	size_t rest = source->text.len - tail;
	if (rest > out->len || memcmp(before + tail, out->s + out->len - rest, rest) != 0)
		fail_msg("bytes behind the edit changed:\n%s\n---\n%s", before, out->s);
}

static void one_round(struct generator *g)
{
	struct hk_source source;
	struct hk_doc doc;
	struct hk_diags diags = HK_DIAGS_INIT;
	struct nodes nodes = { 0 };
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	generate(g);
	hk_source_from_text(&source, "random.yaml", g->text.s, g->text.len);
	if (hk_yaml_read_one(&source, false, &doc, &diags) != 0)
		fail_msg("unreadable: %s\n%s", diags.list.v[0].summary, g->text.s);
	collect(doc.root, &nodes);
	const struct hk_node *node = nodes.v[hk_rng_below(&g->rng, nodes.n)];
	struct hk_edit *edit = hk_edit_begin(&doc);
	size_t value = hk_rng_below(&g->rng, HK_COUNT(values));
	const char *what = random_edit(g, edit, node, value);
	if (hk_edit_apply(edit, &out, &err) != 0)
		fail_msg("%s %zu refused at bytes %u..%u: %s\n%s", what, value, node->start, node->end, err.message, g->text.s);
	check_untouched(&source, node, &out);
	hk_edit_free(edit);
	hk_vec_release(&nodes);
	hk_doc_release(&doc);
	hk_diags_release(&diags);
	hk_source_release(&source);
}

static void random_edits_hold(void **state)
{
	(void)state;
	struct generator g = { .text = HK_BUF_INIT };
	hk_rng_seed(&g.rng, test_seed());
	const char *rounds = getenv("TEST_ROUNDS");
	for (long i = rounds ? atol(rounds) : 20000; i > 0; i--)
		one_round(&g);
	hk_buf_release(&g.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_edits_hold),
	};
	return cmocka_run_group_tests_name("edit_random", tests, NULL, NULL);
}

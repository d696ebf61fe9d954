/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of command dialects, from YAML. */
#include "net/cli.h"
#include <stdlib.h>

/* Made by the Makefile: one byte array for each file of lib/net/dialects. */
#include "dialect_bytes.h"

#define MOST_KINDS 256u
#define MOST_WORDS 256u

static int broken(struct hk_err *err, const char *object, const char *key, const char *wanted)
{
	return hk_err_set(err, HK_INVALID, "dialect: '%s' of %s is not %s", key, object, wanted);
}

/* ---- parts ---- */

static int read_text(const struct hk_node *mapping, const char *object, const char *key, const char **text, struct hk_err *err)
{
	const struct hk_node *node = hk_node_get(mapping, key);
	*text = hk_node_string(node);
	return node && !*text ? broken(err, object, key, "a text") : 0;
}

static int add_word(struct hk_cli_command *command, const struct hk_node *item, unsigned char group, const char *object, const char *key, struct hk_err *err)
{
	const char *word = hk_node_string(item);
	if (!word || strlen(word) != item->text.n)
		return broken(err, object, key, "a list of words");
	command->group[command->n] = group;
	command->words[command->n++] = word;
	return 0;
}

static size_t count_words(const struct hk_node *node)
{
	size_t n = 0;
	hk_for_each_item(item, node)
		n += item->kind == HK_SEQUENCE ? item->count : 1;
	return n;
}

static int read_words(struct hk_cli_table *table, const struct hk_node *node, const char *object, const char *key, struct hk_cli_command *command,
		      struct hk_err *err)
{
	size_t n = node->kind == HK_SEQUENCE ? count_words(node) : 0;
	unsigned char groups = 0;
	if (!n || n > MOST_WORDS || node->count > MOST_WORDS)
		return broken(err, object, key, "a list of words");
	command->words = hk_arena_array(&table->arena, n, sizeof *command->words);
	command->group = hk_arena_array(&table->arena, n, sizeof *command->group);
	hk_for_each_item(item, node) {
		if (item->kind != HK_SEQUENCE) {
			if (add_word(command, item, 0, object, key, err))
				return -1;
			continue;
		}
		if (groups == 255 || item == node->first)
			return broken(err, object, key, "a list that begins with a word, with few lists of words in it");
		groups++;
		hk_for_each_item(word, item)
			if (add_word(command, word, groups, object, key, err))
				return -1;
	}
	return 0;
}

static int read_command(struct hk_cli_table *table, const struct hk_node *mapping, const char *object, const char *key, struct hk_cli_command *command,
			struct hk_err *err)
{
	const struct hk_node *node = hk_node_get(mapping, key);
	return node ? read_words(table, node, object, key, command, err) : 0;
}

static int read_commands(struct hk_cli_table *table, const struct hk_node *mapping, const char *object, const char *key, struct hk_cli_commands *commands,
			 struct hk_err *err)
{
	const struct hk_node *node = hk_node_get(mapping, key);
	if (!node)
		return 0;
	if (node->kind != HK_SEQUENCE || !node->count || node->count > MOST_WORDS)
		return broken(err, object, key, "a list of commands, each a list of words");
	commands->v = hk_arena_array(&table->arena, node->count, sizeof *commands->v);
	hk_for_each_item(item, node)
		if (read_words(table, item, object, key, &commands->v[commands->n++], err))
			return -1;
	return 0;
}

static int read_pairs(struct hk_cli_table *table, const struct hk_node *mapping, const char *object, const char *key, struct hk_cli_pair **pairs, size_t *n,
		      struct hk_err *err)
{
	const struct hk_node *node = hk_node_get(mapping, key);
	if (!node)
		return 0;
	if (node->kind != HK_MAPPING || node->count > HK_CLI_PLACES)
		return broken(err, object, key, "a mapping of at most 8 names");
	*pairs = hk_arena_array(&table->arena, node->count, sizeof **pairs);
	hk_for_each_pair(name, node) {
		const char *text = hk_node_string(name->next);
		if (!text)
			return broken(err, object, key, "a mapping of texts");
		(*pairs)[(*n)++] = (struct hk_cli_pair){ name->text.s, text };
	}
	return 0;
}

static int read_pattern(struct hk_cli_table *table, const struct hk_node *mapping, const char *object, const char *key, const struct hk_pattern **pattern,
			struct hk_err *err)
{
	HK_AUTO_ERR struct hk_err why = HK_ERR_INIT;
	const char *text;
	if (read_text(mapping, object, key, &text, err))
		return -1;
	if (!text)
		return 0;
	*pattern = hk_pattern_compile(hk_str_of(text), &table->arena, &why);
	return *pattern ? 0 : hk_err_set(err, HK_INVALID, "dialect: '%s' of %s: %s", key, object, why.message);
}

static int read_value(struct hk_cli_table *table, struct hk_cli_kind *kind, const struct hk_node *node, struct hk_err *err)
{
	const struct hk_node *value = hk_node_get(node, "value"), *min = hk_node_get(value, "min"), *max = hk_node_get(value, "max");
	const char *type = hk_node_string(hk_node_get(value, "type"));
	kind->min = 0;
	kind->max = INT64_MAX;
	if (!value) {
		kind->type = HK_CLI_NAME;
		return 0;
	}
	if (!type || !hk_cli_type_find(type, &kind->type))
		return broken(err, kind->object, "value", "{type: name, integer, address, prefix, rate, presence or text}");
	if ((min && !hk_node_int(min, &kind->min)) || (max && !hk_node_int(max, &kind->max)))
		return broken(err, kind->object, "value", "bounded by whole numbers");
	return read_pattern(table, value, kind->object, "pattern", &kind->pattern, err);
}

/* A list of values, or a pattern. */
static int read_absent(struct hk_cli_table *table, struct hk_cli_kind *kind, const struct hk_node *node, struct hk_err *err)
{
	struct hk_cli_command words = { 0 };
	const struct hk_node *absent = hk_node_get(node, "absent");
	if (absent && absent->kind == HK_SCALAR)
		return read_pattern(table, node, kind->object, "absent", &kind->default_value, err);
	if (read_command(table, node, kind->object, "absent", &words, err))
		return -1;
	kind->absent = words.words;
	kind->n_absent = words.n;
	return 0;
}

static int read_kind(struct hk_cli_table *table, const struct hk_node *node, struct hk_cli_kind *kind, struct hk_err *err)
{
	kind->object = hk_node_string(hk_node_get(node, "object"));
	if (!kind->object || !*kind->object)
		return hk_err_set(err, HK_INVALID, "dialect: an entry of 'objects' has no 'object'");
	const char *o = kind->object;
	if (read_pairs(table, node, o, "where", &kind->where, &kind->n_where, err) || read_value(table, kind, node, err) ||
	    read_command(table, node, o, "read", &kind->read, err) || read_command(table, node, o, "row", &kind->row, err) ||
	    read_text(node, o, "json", &kind->json, err) || read_text(node, o, "line", &kind->line, err) || read_text(node, o, "within", &kind->within, err) ||
	    read_text(node, o, "occupied", &kind->occupied, err) || read_text(node, o, "missing", &kind->missing, err) || read_absent(table, kind, node, err) ||
	    read_commands(table, node, o, "set", &kind->set, err) || read_commands(table, node, o, "create", &kind->create, err) ||
	    read_commands(table, node, o, "change", &kind->change, err) || read_commands(table, node, o, "delete", &kind->delete, err) ||
	    read_text(node, o, "needs", &kind->needs, err) || read_text(node, o, "needed", &kind->needed, err) ||
	    read_text(node, o, "made", &kind->made, err) || read_pairs(table, node, o, "with", &kind->with, &kind->n_with, err))
		return -1;
	return 0;
}

/* ---- tables ---- */

int hk_cli_table_read(struct hk_cli_table *table, const struct hk_node *node, struct hk_err *err)
{
	const struct hk_node *objects = hk_node_get(node, "objects"), *together = hk_node_get(node, "together");
	*table = (struct hk_cli_table){ .arena = HK_ARENA_INIT, .strategy = "commands, with a revert job on the device" };
	if (!objects || objects->kind != HK_SEQUENCE || !objects->count || objects->count > MOST_KINDS)
		return hk_err_set(err, HK_INVALID, "dialect: 'objects' is not a list of 1 to %u kinds of objects", MOST_KINDS);
	const char *strategy;
	if (read_text(node, "the device", "strategy", &strategy, err) || read_command(table, together, "together", "first", &table->first, err) ||
	    read_command(table, together, "together", "each", &table->each, err) ||
	    read_command(table, node, "the device", "rehearse", &table->rehearse, err) ||
	    read_command(table, node, "the device", "lines", &table->lines, err) || read_command(table, node, "the device", "save", &table->save, err) ||
	    read_pattern(table, node, "the device", "failed", &table->failed, err) || read_pattern(table, node, "the device", "unless", &table->unless, err))
		return -1;
	table->strategy = strategy ? strategy : table->strategy;
	table->together = together != NULL;
	if (together && !table->first.n)
		return broken(err, "the device", "together", "{first: [program, ...], each: [word ...]}");
	table->kinds = hk_arena_array(&table->arena, objects->count, sizeof *table->kinds);
	hk_for_each_item(item, objects)
		if (read_kind(table, item, &table->kinds[table->n_kinds++], err))
			return -1;
	return hk_cli_table_check(table, node, err);
}

int hk_cli_table_builtin(struct hk_cli_table *table, const char *name, struct hk_err *err)
{
	static const struct { const char *name; const unsigned char *bytes; size_t n; } files[] = {
		{ "frr", hk_dialect_bytes_frr, sizeof hk_dialect_bytes_frr },
		{ "linux", hk_dialect_bytes_linux, sizeof hk_dialect_bytes_linux },
		{ "ovs", hk_dialect_bytes_ovs, sizeof hk_dialect_bytes_ovs },
	};
	size_t i = 0;
	*table = (struct hk_cli_table){ .arena = HK_ARENA_INIT };
	while (i < HK_COUNT(files) && strcmp(files[i].name, name) != 0)
		i++;
	if (i == HK_COUNT(files))
		return hk_err_set(err, HK_INVALID, "there is no dialect '%s'", name);
	struct hk_source source = { 0 };
	struct hk_doc *doc = hk_calloc(1, sizeof *doc);
	struct hk_diags diags = HK_DIAGS_INIT;
	hk_source_from_text(&source, name, files[i].bytes, files[i].n);
	int status = hk_yaml_read_one(&source, false, doc, &diags);
	status = status ? hk_err_set(err, HK_FAILED, "dialect '%s' is broken", name) : hk_cli_table_read(table, doc->root, err);
	/* What the table borrows lives in the document's arena: it moves to the table's. */
	table->text = doc->arena;
	free(doc);
	hk_diags_release(&diags);
	hk_source_release(&source);
	return status;
}

void hk_cli_table_release(struct hk_cli_table *table)
{
	hk_arena_release(&table->arena);
	hk_arena_release(&table->text);
}

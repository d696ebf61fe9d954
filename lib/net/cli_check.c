/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a table of a command dialect can work: said when it is read, not when a device is half changed. */
#include "net/cli.h"

/* ---- keys ---- */

static int check_keys(const struct hk_node *mapping, const char *const *known, const char *object, struct hk_err *err)
{
	if (mapping && mapping->kind != HK_MAPPING)
		return hk_err_set(err, HK_INVALID, "dialect: %s is not described by a mapping", object);
	hk_for_each_pair(key, mapping) {
		HK_AUTO_BUF struct hk_buf all = HK_BUF_INIT;
		bool found = false;
		for (size_t i = 0; known[i]; i++) {
			found = found || hk_str_is(key->text, known[i]);
			hk_buf_addf(&all, "%s%s", i ? ", " : "", known[i]);
		}
		if (!found)
			return hk_err_set(err, HK_INVALID, "dialect: %s has a key '%.100s'; there are %s", object, key->text.s, all.s);
	}
	return 0;
}

static int check_all_keys(const struct hk_node *node, struct hk_err *err)
{
	static const char *const device[] = { "strategy", "together", "lines", "rehearse", "failed", "unless", "save", "objects", NULL };
	static const char *const together[] = { "first", "each", NULL }, *const value[] = { "type", "min", "max", "pattern", NULL };
	static const char *const kind[] = { "object", "where", "value", "read", "row", "json", "line", "within", "occupied", "missing", "absent", "set",
					    "create", "change", "delete", "needs", "needed", "made", "with", NULL };
	if (check_keys(node, device, "the device", err) || check_keys(hk_node_get(node, "together"), together, "'together'", err))
		return -1;
	hk_for_each_item(item, hk_node_get(node, "objects")) {
		const char *object = hk_node_string(hk_node_get(item, "object"));
		if (check_keys(item, kind, object, err) || check_keys(hk_node_get(item, "value"), value, object, err))
			return -1;
	}
	return 0;
}

/* ---- slots ---- */

enum { SEES_VALUE = 1, SEES_FROM = 2, SEES_MORE = 4 /* n and the values of other objects */, IS_OUTPUT = 8 /* compared with, not sent */ };

static bool in_object(const struct hk_cli_kind *kind, struct hk_str key)
{
	const char *end;
	for (const char *at = kind->object; *at; at = end > at ? end : at + 1)
		if (hk_str_eq(hk_cli_place(at, &end), key) && key.n)
			return true;
	return false;
}

static bool is_seen(const struct hk_cli_kind *kind, struct hk_str key, unsigned sees, bool whole)
{
	if (in_object(kind, key) || ((sees & SEES_VALUE) && hk_str_is(key, "value")) || ((sees & SEES_FROM) && hk_str_is(key, "from")))
		return true;
	if (hk_str_is(key, "row"))
		return whole && kind->row.n;
	for (size_t i = 0; (sees & SEES_MORE) && i < kind->n_with; i++)
		if (hk_str_is(key, kind->with[i].key))
			return true;
	return (sees & SEES_MORE) && hk_str_is(key, "n");
}

/* Free text inside of a word could say something else in the device's own language: its letters have to be named. */
static int check_word(const struct hk_cli_kind *kind, const char *word, const char *name, unsigned sees, struct hk_err *err)
{
	const char *end;
	for (const char *at = word; *at; at = end > at ? end : at + 1) {
		struct hk_str key = hk_cli_place(at, &end);
		bool whole = at == word && !*end;
		if (!key.n)
			continue;
		if (!is_seen(kind, key, sees, whole))
			return hk_err_set(err, HK_INVALID, "dialect: '%s' of %s: there is nothing for '{%.*s}'%s", name, kind->object, HK_STR_ARG(key),
					  hk_str_is(key, "row") && kind->row.n ? " inside of a word" : "");
		if (kind->type == HK_CLI_TEXT && !kind->pattern && !whole && !(sees & IS_OUTPUT) && (hk_str_is(key, "value") || hk_str_is(key, "from")))
			return hk_err_set(err, HK_INVALID,
					  "dialect: '%s' of %s puts free text into a word; its value needs a 'pattern' that says of which letters it may consist",
					  name, kind->object);
	}
	return 0;
}

static int check_command(const struct hk_cli_kind *kind, const struct hk_cli_command *command, const char *name, unsigned sees, struct hk_err *err)
{
	for (size_t i = 0; i < command->n; i++)
		if (check_word(kind, command->words[i], name, sees, err))
			return -1;
	return 0;
}

static int check_commands(const struct hk_cli_kind *kind, const struct hk_cli_commands *commands, const char *name, unsigned sees, struct hk_err *err)
{
	for (size_t i = 0; i < commands->n; i++)
		if (check_command(kind, &commands->v[i], name, sees, err))
			return -1;
	return 0;
}

static int check_line(const struct hk_cli_kind *kind, const char *line, const char *name, unsigned sees, struct hk_err *err)
{
	return line ? check_word(kind, line, name, sees, err) : 0;
}

static int check_places(const struct hk_cli_kind *kind, struct hk_err *err)
{
	if (strstr(kind->object, "}{"))
		return hk_err_set(err, HK_INVALID, "dialect: nothing stands between two slots of %s, so nobody can say where one ends", kind->object);
	static const char *const taken[] = { "value", "from", "n", "row" };
	for (size_t t = 0; t < HK_COUNT(taken); t++) {
		bool with = false;
		for (size_t i = 0; i < kind->n_with; i++)
			with = with || strcmp(kind->with[i].key, taken[t]) == 0;
		if (with || in_object(kind, hk_str_of(taken[t])))
			return hk_err_set(err, HK_INVALID,
					  "dialect: a slot of %s is called '%s'; value, from, n and row mean something else in commands, so call it otherwise",
					  kind->object, taken[t]);
	}
	for (size_t i = 0; i < kind->n_where; i++) {
		enum hk_cli_type type;
		if (!in_object(kind, hk_str_of(kind->where[i].key)))
			return hk_err_set(err, HK_INVALID, "dialect: 'where' of %s names '%s', which is not in it", kind->object, kind->where[i].key);
		if (!hk_cli_type_find(kind->where[i].text, &type) || type == HK_CLI_PRESENCE || type == HK_CLI_TEXT)
			return hk_err_set(err, HK_INVALID, "dialect: 'where' of %s: '%s' is not one of name, integer, address, prefix and rate", kind->object,
					  kind->where[i].text);
	}
	return 0;
}

/* ---- kinds ---- */

static bool takes(const char *line, const char *place)
{
	return line && strstr(line, place);
}

static int check_parts(const struct hk_cli_kind *kind, struct hk_err *err)
{
	const char *o = kind->object;
	if (!kind->read.n)
		return hk_err_set(err, HK_INVALID, "dialect: %s has no command 'read'", o);
	if (!kind->json == !kind->line)
		return hk_err_set(err, HK_INVALID, "dialect: %s needs one of 'json' and 'line', which say where its value stands", o);
	if (kind->line && kind->type != HK_CLI_PRESENCE && !takes(kind->line, "{value}"))
		return hk_err_set(err, HK_INVALID, "dialect: 'line' of %s has no '{value}'", o);
	if (kind->within && !kind->line)
		return hk_err_set(err, HK_INVALID, "dialect: %s has 'within' and no 'line'", o);
	if (!kind->set.n && !kind->create.n && !kind->change.n && !kind->delete.n)
		return hk_err_set(err, HK_INVALID, "dialect: %s has no command 'set', 'create', 'change' or 'delete'", o);
	if ((kind->made || kind->needed) && !kind->needs)
		return hk_err_set(err, HK_INVALID, "dialect: %s has '%s' and no 'needs'", o, kind->made ? "made" : "needed");
	return 0;
}

static int check_kind(const struct hk_cli_kind *kind, struct hk_err *err)
{
	if (check_parts(kind, err) || check_places(kind, err) || check_command(kind, &kind->read, "read", 0, err) ||
	    check_line(kind, kind->line, "line", SEES_VALUE | IS_OUTPUT, err) || check_line(kind, kind->within, "within", 0, err) ||
	    check_line(kind, kind->json ? NULL : kind->occupied, "occupied", 0, err) || check_line(kind, kind->needs, "needs", 0, err) ||
	    check_line(kind, kind->made, "made", SEES_VALUE, err) || check_commands(kind, &kind->set, "set", SEES_VALUE | SEES_MORE, err) ||
	    check_commands(kind, &kind->create, "create", SEES_VALUE | SEES_MORE, err) ||
	    check_commands(kind, &kind->change, "change", SEES_VALUE | SEES_FROM | SEES_MORE, err) ||
	    check_commands(kind, &kind->delete, "delete", SEES_FROM | SEES_MORE, err))
		return -1;
	for (size_t i = 0; i < kind->n_with; i++)
		if (check_line(kind, kind->with[i].text, "with", 0, err))
			return -1;
	for (size_t i = 0; i < kind->row.n; i++)
		if (strstr(kind->row.words[i], "{row}"))
			return hk_err_set(err, HK_INVALID, "dialect: 'row' of %s asks for '{row}' itself", kind->object);
	return check_command(kind, &kind->row, "row", 0, err);
}

int hk_cli_table_check(const struct hk_cli_table *table, const struct hk_node *node, struct hk_err *err)
{
	if (check_all_keys(node, err))
		return -1;
	if (table->lines.n && table->together)
		return hk_err_set(err, HK_INVALID, "dialect: 'lines' and 'together' are two ways of doing all commands at once; write one of them");
	for (size_t i = 0; i < table->n_kinds; i++) {
		if (check_kind(&table->kinds[i], err))
			return -1;
		if (table->lines.n && (table->kinds[i].row.n || table->kinds[i].made))
			return hk_err_set(err, HK_INVALID, "dialect: %s has '%s', which goes with commands and not with 'lines'", table->kinds[i].object,
					  table->kinds[i].made ? "made" : "row");
	}
	return 0;
}

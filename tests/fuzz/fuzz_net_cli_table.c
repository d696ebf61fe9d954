/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A table is refused, or every command of it can be made for objects that fit; and what is made is words in quotes, blanks and shell variables of ours, nothing
 * else.
 */
#include "net/cli_script.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* Words as hk_cli_words writes them: blank, then '...' with '\'' inside, or "$r". */
static void check_words(const char *text)
{
	while (*text) {
		if (*text++ != ' ')
			abort();
		if (strncmp(text, "\"$r\"", 4) == 0) {
			text += 4;
			continue;
		}
		do {
			if (*text == '\\' && *++text != '\'')
				abort();
			else if (*text == '\'' && text[-1] == '\\')
				text++;
			if (*text++ != '\'')
				abort();
			while (*text && *text != '\'')
				text++;
			if (*text++ != '\'')
				abort();
		} while (*text == '\\');
	}
}

static void try_command(const struct hk_cli_command *command, const struct hk_cli_names *names)
{
	HK_AUTO_BUF struct hk_buf words = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	if (!hk_cli_words(command, names, NULL, &words, &err))
		abort();
	check_words(words.s);
}

static void try_commands(const struct hk_cli_commands *commands, const struct hk_cli_names *names)
{
	for (size_t i = 0; i < commands->n; i++)
		try_command(&commands->v[i], names);
}

static void try_object(const struct hk_cli_object *object)
{
	const struct hk_cli_kind *kind = object->kind;
	struct hk_cli_pair more[3 + HK_CLI_PLACES] = { { "value", "it's $(x)" }, { "from", "`y`\n" }, { "n", "1" } };
	struct hk_cli_names names = { .object = object, .more = more, .n_more = 3, .row = kind->row.n ? "r" : NULL };
	for (size_t i = 0; i < kind->n_with; i++)
		more[names.n_more++] = (struct hk_cli_pair){ kind->with[i].key, "-x '" };
	try_command(&kind->read, &names);
	try_command(&kind->row, &names);
	try_commands(&kind->set, &names);
	try_commands(&kind->create, &names);
	try_commands(&kind->change, &names);
	try_commands(&kind->delete, &names);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const char *const objects[] = { "port/p1/rate", "a", "a/1/b/2", "route/10.0.0.0/8/via", "dev/eth0/class/1:10/rate" };
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_cli_table table = { .arena = HK_ARENA_INIT };
	struct hk_arena arena = HK_ARENA_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	hk_source_from_text(&source, "table", (const char *)data, size);
	if (hk_yaml_read_one(&source, false, &doc, &diags) == 0) {
		if (hk_cli_table_read(&table, doc.root, &err)) {
			if (err.status != HK_INVALID)
				abort();
		} else
			for (size_t i = 0; i < HK_COUNT(objects); i++) {
				struct hk_cli_object object;
				HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;
				if (hk_cli_object_parse(&table, objects[i], &arena, &object, &ignored) == 0)
					try_object(&object);
			}
		hk_cli_table_release(&table);
	}
	hk_arena_release(&arena);
	hk_doc_release(&doc);
	hk_diags_release(&diags);
	hk_source_release(&source);
	return 0;
}

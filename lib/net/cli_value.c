/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values from what commands printed. Output is anything: it is only searched, never trusted to be whole or well formed. */
#include "net/cli.h"

#define MOST_WORDS 128u
#define MOST_JSON ((size_t)4 << 20)

struct words { struct hk_str v[MOST_WORDS]; size_t n; };

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void split(struct hk_str line, struct words *words)
{
	words->n = 0;
	for (size_t i = 0; i < line.n && words->n < MOST_WORDS;) {
		size_t start = i;
		while (i < line.n && !is_blank(line.s[i]))
			i++;
		if (i > start)
			words->v[words->n++] = (struct hk_str){ line.s + start, i - start };
		while (i < line.n && is_blank(line.s[i]))
			i++;
	}
}

/* A word of a pattern: {value} stands for the value, which may be a part of the word, as in "queue={value},normal"; "..." for any number of words. */
struct part { struct hk_str before, after; bool any, value; };
struct pattern { struct part v[MOST_WORDS]; size_t n; bool free_text; /* the value is all that is left of the line */ };

/* The pattern with the object's names in it; false when one is not known. */
static bool make_pattern(const struct hk_cli_object *object, const char *text, struct hk_arena *arena, struct pattern *pattern)
{
	static const char slot[] = "{value}";
	const struct hk_cli_names names = { .object = object };
	struct words words;
	split(hk_str_of(text), &words);
	*pattern = (struct pattern){ .n = words.n };
	for (size_t i = 0; i < words.n; i++) {
		HK_AUTO_BUF struct hk_buf before = HK_BUF_INIT, after = HK_BUF_INIT;
		HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;
		struct part *part = &pattern->v[i];
		char *word = hk_arena_slicedup(arena, words.v[i]), *at = strstr(word, slot);
		part->any = strcmp(word, "...") == 0;
		part->value = at != NULL;
		pattern->free_text = i + 1 == words.n && object->kind->type == HK_CLI_TEXT && hk_str_ends(words.v[i], slot);
		if (at)
			*at = '\0';
		if (!hk_cli_fill(word, &names, &before, &ignored) || (at && !hk_cli_fill(at + sizeof slot - 1, &names, &after, &ignored)))
			return false;
		part->before = hk_str_of(hk_arena_slicedup(arena, (struct hk_str){ before.s, before.len }));
		part->after = hk_str_of(hk_arena_slicedup(arena, (struct hk_str){ after.s, after.len }));
	}
	return true;
}

static bool match_word(const struct part *part, struct hk_str word, struct hk_str *value)
{
	if (!part->value)
		return hk_str_eq(word, part->before);
	if (word.n <= part->before.n + part->after.n || memcmp(word.s, part->before.s, part->before.n) != 0 ||
	    memcmp(word.s + word.n - part->after.n, part->after.s, part->after.n) != 0)
		return false;
	*value = (struct hk_str){ word.s + part->before.n, word.n - part->before.n - part->after.n };
	return true;
}

static bool match_words(const struct pattern *pattern, const struct words *line, struct hk_str *value)
{
	size_t p = 0, l = 0, star = SIZE_MAX, resume = 0;
	while (l < line->n || p < pattern->n) {
		if (p < pattern->n && pattern->v[p].any) {
			star = ++p;
			resume = l;
			continue;
		}
		if (p < pattern->n && l < line->n && match_word(&pattern->v[p], line->v[l], value)) {
			if (pattern->free_text && p + 1 == pattern->n) {
				value->n = (size_t)(line->v[line->n - 1].s + line->v[line->n - 1].n - value->s);
				return true;
			}
			p++;
			l++;
			continue;
		}
		if (star == SIZE_MAX || resume >= line->n)
			return false;
		p = star;
		l = ++resume;
	}
	return true;
}

static struct hk_str unquoted(struct hk_str text)
{
	bool quoted = text.n >= 2 && text.s[0] == '"' && text.s[text.n - 1] == '"';
	return quoted ? (struct hk_str){ text.s + 1, text.n - 2 } : text;
}

/* 1: found, 0: not there, -1 with err. */
static int find_in_lines(const struct hk_cli_object *object, const char *wanted, struct hk_str output, struct hk_arena *arena, struct hk_str *value,
			 struct hk_err *err)
{
	const struct hk_cli_kind *kind = object->kind;
	struct pattern pattern, section;
	struct words line;
	bool inside = false, at_the_margin = !strstr(wanted, "...");
	int found = 0;
	if (!make_pattern(object, wanted, arena, &pattern) || !make_pattern(object, kind->within ? kind->within : "", arena, &section))
		return 0;
	at_the_margin = at_the_margin && pattern.n > 1;
	while (output.n) {
		struct hk_str text = hk_str_cut(&output, '\n'), here = { "", 0 };
		bool indented = text.n && is_blank(text.s[0]) && text.s[0] != '\r';
		split(text, &line);
		if (!line.n)
			continue;
		if (kind->within && !indented) {
			inside = match_words(&section, &line, &here);
			continue;
		}
		if ((kind->within ? !inside : indented && at_the_margin) || !match_words(&pattern, &line, &here))
			continue;
		if (found && !hk_str_eq(*value, here))
			return hk_err_set(err, HK_FAILED, "it has several values on the device, '%.*s' and '%.*s'", (int)(value->n < 100 ? value->n : 100),
					  value->s, (int)(here.n < 100 ? here.n : 100), here.s);
		*value = here;
		found = 1;
	}
	return found;
}

/* ---- JSON ---- */

static const struct hk_node *step_into(const struct hk_node *node, struct hk_str token, bool *several)
{
	size_t index = 0;
	if (node->kind == HK_MAPPING) {
		hk_for_each_pair(key, node)
			if (hk_str_eq(key->text, token))
				return key->next;
		return NULL;
	}
	if (node->kind != HK_SEQUENCE || !token.n)
		return NULL;
	for (size_t i = 0; i < token.n; i++) {
		if (token.s[i] < '0' || token.s[i] > '9' || index > node->count)
			return NULL;
		index = index * 10 + (size_t)(token.s[i] - '0');
	}
	*several = *several || node->count > 1;
	hk_for_each_item(item, node)
		if (index-- == 0)
			return item;
	return NULL;
}

static int find_in_json(const char *where, struct hk_str output, struct hk_arena *arena, const char **value, struct hk_err *err)
{
	/* Remarks on standard error may stand before it. */
	while (output.n && output.s[0] != '[' && output.s[0] != '{')
		(void)hk_str_cut(&output, '\n');
	*value = NULL;
	if (!hk_str_trim(output).n)
		return 0;
	if (output.n > MOST_JSON)
		return hk_err_set(err, HK_FAILED, "the device printed more than %zu bytes of JSON", MOST_JSON);
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	bool several = false;
	hk_source_from_text(&source, "output", output.s, output.n);
	int status = hk_yaml_read_one(&source, true, &doc, &diags) ? hk_err_set(err, HK_FAILED, "what the device printed is not JSON") : 0;
	const struct hk_node *node = status ? NULL : doc.root;
	struct hk_str pointer = hk_str_of(where + (where[0] == '/'));
	while (node && pointer.n)
		node = step_into(node, hk_str_cut(&pointer, '/'), &several);
	if (!status && several)
		status = hk_err_set(err, HK_FAILED, "there are several of it on the device");
	const char *text = node && !status ? hk_node_string(node) : NULL;
	*value = text ? hk_arena_strdup(arena, text) : NULL;
	hk_doc_release(&doc);
	hk_diags_release(&diags);
	hk_source_release(&source);
	return status;
}

/* ---- values ---- */

bool hk_cli_means_absent(const struct hk_cli_kind *kind, const char *text)
{
	for (size_t i = 0; i < kind->n_absent; i++)
		if (strcmp(kind->absent[i], text) == 0)
			return true;
	return kind->default_value && hk_pattern_matches(kind->default_value, hk_str_of(text));
}

static int refuse_occupied(const struct hk_cli_object *object, struct hk_str output, struct hk_arena *arena, struct hk_err *err)
{
	const struct hk_cli_kind *kind = object->kind;
	const char *there = NULL;
	struct hk_str found = { "", 0 };
	if (!kind->occupied)
		return 0;
	int status = kind->json ? find_in_json(kind->occupied, output, arena, &there, err) : find_in_lines(object, kind->occupied, output, arena, &found, err);
	if (status < 0)
		return -1;
	return status || there ? hk_err_set(err, HK_FAILED, "something of another form is in its place on the device, and is left alone") : 0;
}

int hk_cli_value(const struct hk_cli_object *object, struct hk_str output, struct hk_arena *arena, const char **value, struct hk_err *err)
{
	const struct hk_cli_kind *kind = object->kind;
	const char *what;
	int64_t bits;
	*value = NULL;
	if (kind->json) {
		if (find_in_json(kind->json, output, arena, value, err))
			return -1;
	} else {
		struct hk_str found = { "", 0 };
		int status = find_in_lines(object, kind->line, output, arena, &found, err);
		if (status < 0)
			return -1;
		*value = status ? hk_arena_slicedup(arena, unquoted(found)) : NULL;
	}
	if (!*value || hk_cli_means_absent(kind, *value)) {
		*value = NULL;
		return refuse_occupied(object, output, arena, err);
	}
	if (kind->type == HK_CLI_PRESENCE)
		*value = "";
	if (kind->type == HK_CLI_RATE) {
		if (!hk_cli_rate_parse(hk_str_of(*value), &bits))
			return hk_err_set(err, HK_FAILED, "the device shows '%.100s' for %s, which is no rate", *value, kind->object);
		*value = hk_arena_printf(arena, "%lld", (long long)bits);
	}
	if (!hk_cli_kind_fits(kind, *value, &what))
		return hk_err_set(err, HK_FAILED, "the device shows '%.100s' for %s, which is not %s", *value, kind->object, what);
	return 0;
}

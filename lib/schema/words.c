/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people read: types, values, places, examples, suggestions. */
#include "schema/rules.h"
#include <stdarg.h>
#include <string.h>

#define MAX_SHOWN 60           /* bytes of a value that a message quotes */

/* The part before the last one is "/spec/clusters/0"; '~' and '/' in keys are escaped as RFC 6901 says. */
static void add_pointer(struct hk_buf *out, const struct hk_schema_step *step)
{
	if (!step->up)
		return;
	add_pointer(out, step->up);
	hk_buf_addch(out, '/');
	if (!step->key) {
		hk_buf_addf(out, "%zu", step->index);
		return;
	}
	for (size_t i = 0; i < step->key->text.n; i++) {
		char ch = step->key->text.s[i];
		if (ch == '~' || ch == '/')
			hk_buf_addstr(out, ch == '~' ? "~0" : "~1");
		else
			hk_buf_addch(out, ch);
	}
}

struct hk_diag *hk_schema_find(struct hk_schema_check *check, enum hk_rule_id rule, const struct hk_node *at, const struct hk_schema_step *step,
			       const char *format, ...)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	va_list args;

	check->findings++;
	if (!check->diags)
		return NULL;
	va_start(args, format);
	hk_buf_vaddf(&text, format, args);
	va_end(args);
	hk_buf_addstr(&text, " at ");
	if (step->up)
		add_pointer(&text, step);
	else
		hk_buf_addstr(&text, "the top of the document");
	return hk_node_diag(check->diags, check->doc, at, rule, "%s", text.s);
}

const char *hk_schema_title(const struct hk_schema_place *place)
{
	while (!place->title && place->reference)
		place = place->reference;
	return place->title;
}

const char *hk_schema_description(const struct hk_schema_place *place)
{
	while (!place->description && place->reference)
		place = place->reference;
	return place->description;
}

bool hk_schema_add_place_example(struct hk_buf *out, const struct hk_schema_place *place, bool json)
{
	size_t start = out->len, lists = 0;

	/* lists of lists of ... may be defined by themselves */
	while (!(place->examples && place->examples->first) && lists < 4) {
		if (place->items) {
			hk_buf_addch(out, '[');
			lists++;
			place = place->items;
		} else if (place->reference) {
			place = place->reference;
		} else {
			break;
		}
	}
	if (!place->examples || !place->examples->first) {
		out->len = start;
		if (lists)
			out->s[start] = '\0';
		return false;
	}
	hk_schema_add_example(out, place->examples->first, json);
	hk_buf_addchn(out, ']', lists);
	return true;
}

/* Add a sentence that does not only say again what is there. */
static void add_sentence(struct hk_buf *help, const char *sentence)
{
	if (!sentence || (help->len > 2 && strncmp(help->s, sentence, help->len - 2) == 0))
		return;
	hk_buf_addf(help, "%s ", sentence);
}

void hk_schema_explain_more(struct hk_schema_check *check, struct hk_diag *diag, const struct hk_schema_place *place, const struct hk_schema_step *step,
			    const char *sentence)
{
	HK_AUTO_BUF struct hk_buf help = HK_BUF_INIT, example = HK_BUF_INIT;

	if (!diag)
		return;
	add_sentence(&help, sentence);
	add_sentence(&help, step->about && step->about != place ? step->about->description : NULL);
	add_sentence(&help, hk_schema_description(place));
	if ((step->about && hk_schema_add_place_example(&example, step->about, false)) || hk_schema_add_place_example(&example, place, false)) {
		hk_buf_addstr(&help, "For example: ");
		if (step->key && step->about)
			hk_buf_addf(&help, "%s: ", step->key->text.s);
		hk_buf_addslice(&help, (struct hk_str){ example.s, example.len });
	} else if (help.len) {
		help.s[--help.len] = '\0';
	}
	if (help.len)
		hk_diag_help(check->diags, diag, "%s", help.s);
}

void hk_schema_explain(struct hk_schema_check *check, struct hk_diag *diag, const struct hk_schema_place *place, const struct hk_schema_step *step)
{
	hk_schema_explain_more(check, diag, place, step, NULL);
}

void hk_schema_fix_bytes(struct hk_schema_check *check, struct hk_diag *diag, const struct hk_node *node, const char *bytes)
{
	if (node->from_alias || node->tagged || node->start == node->end)
		return;
	hk_diag_fix(check->diags, diag, node->start, node->end, bytes);
}

void hk_schema_fix_text(struct hk_schema_check *check, struct hk_diag *diag, const struct hk_node *node, const char *text)
{
	HK_AUTO_BUF struct hk_buf bytes = HK_BUF_INIT;

	if (node->style == HK_LITERAL || node->style == HK_FOLDED || strpbrk(text, "\"'\\\n"))
		return;
	const char *quote = node->style == HK_DOUBLE_QUOTED ? "\"" : node->style == HK_SINGLE_QUOTED ? "'" : "";
	if (node->style == HK_PLAIN && hk_yaml_needs_quotes(hk_str_of(text)))
		quote = "\"";
	hk_buf_addf(&bytes, "%s%s%s", quote, text, quote);
	hk_schema_fix_bytes(check, diag, node, bytes.s);
}

void hk_schema_add_types(struct hk_buf *out, unsigned types)
{
	static const struct { unsigned bit; const char *words; } WORDS[] = {
		{ HK_SCHEMA_STRING, "a text" }, { HK_SCHEMA_NUMBER, "a number" }, { HK_SCHEMA_INTEGER, "a whole number" },
		{ HK_SCHEMA_BOOLEAN, "true or false" }, { HK_SCHEMA_ARRAY, "a list" }, { HK_SCHEMA_OBJECT, "a mapping" },
		{ HK_SCHEMA_NULL, "nothing" },
	};
	struct hk_str words[HK_COUNT(WORDS)];
	struct hk_schema_names names = { words, 0 };

	if (types & HK_SCHEMA_NUMBER)
		types &= ~(unsigned)HK_SCHEMA_INTEGER;
	for (size_t i = 0; i < HK_COUNT(WORDS); i++)
		if (types & WORDS[i].bit)
			words[names.n++] = hk_str_of(WORDS[i].words);
	hk_schema_add_names(out, &names, NULL);
}

/* The text, cut where a character ends. */
static void add_cut(struct hk_buf *out, struct hk_str text)
{
	size_t end = 0, length;

	while (end < text.n && end < MAX_SHOWN) {
		hk_pattern_code_point((struct hk_str){ text.s + end, text.n - end }, &length);
		end += length;
	}
	hk_buf_addslice(out, (struct hk_str){ text.s, end });
	if (end < text.n)
		hk_buf_addstr(out, "...");
}

void hk_schema_add_found(struct hk_buf *out, const struct hk_node *node)
{
	unsigned type = hk_schema_type(node);

	if (type == HK_SCHEMA_OBJECT) {
		hk_buf_addstr(out, node->count ? "a mapping" : "an empty mapping");
	} else if (type == HK_SCHEMA_ARRAY) {
		hk_buf_addstr(out, node->count ? "a list" : "an empty list");
	} else if (type == HK_SCHEMA_NULL) {
		hk_buf_addstr(out, node->text.n ? "nothing (null)" : "nothing (the value is empty)");
	} else if (type == HK_SCHEMA_STRING) {
		hk_buf_addstr(out, "the text '");
		add_cut(out, node->text);
		hk_buf_addch(out, '\'');
	} else {
		hk_buf_addstr(out, type & HK_SCHEMA_NUMBER ? "the number " : "");
		add_cut(out, node->text);
	}
}

void hk_schema_add_names(struct hk_buf *out, const struct hk_schema_names *names, const char *last)
{
	/* without `last` the names are words of ours and stand without quotes */
	const char *quote = last ? "'" : "";

	for (size_t i = 0; i < names->n; i++) {
		if (i)
			hk_buf_addf(out, i + 1 < names->n ? ", " : " %s ", last ? last : "or");
		hk_buf_addf(out, "%s%s%s", quote, names->v[i].s, quote);
	}
}

void hk_schema_add_values(struct hk_buf *out, const struct hk_node *list)
{
	bool first = true;

	hk_for_each_item(item, list) {
		hk_buf_addstr(out, first ? "" : ", ");
		hk_schema_add_example(out, item, false);
		first = false;
	}
}

static void add_example_text(struct hk_buf *out, struct hk_str text, bool json)
{
	if (!json && !hk_yaml_needs_quotes(text) && !memchr(text.s, ',', text.n)) {
		hk_buf_addslice(out, text);
		return;
	}
	hk_buf_addch(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (text.s[i] == '"' || text.s[i] == '\\')
			hk_buf_addch(out, '\\');
		hk_buf_addch(out, text.s[i]);
	}
	hk_buf_addch(out, '"');
}

void hk_schema_add_example(struct hk_buf *out, const struct hk_node *example, bool json)
{
	const char *comma = "";

	if (example->kind == HK_SCALAR) {
		if (hk_schema_type(example) == HK_SCHEMA_STRING)
			add_example_text(out, example->text, json);
		else
			hk_buf_addslice(out, example->text);
		return;
	}
	hk_buf_addch(out, example->kind == HK_MAPPING ? '{' : '[');
	hk_for_each_pair(key, example) {
		hk_buf_addstr(out, comma);
		add_example_text(out, key->text, json);
		hk_buf_addstr(out, ": ");
		hk_schema_add_example(out, key->next, json);
		comma = ", ";
	}
	hk_for_each_item(item, example) {
		hk_buf_addstr(out, comma);
		hk_schema_add_example(out, item, json);
		comma = ", ";
	}
	hk_buf_addch(out, example->kind == HK_MAPPING ? '}' : ']');
}

const char *hk_schema_nearest(struct hk_str word, const char *const *names, size_t count, bool *certain)
{
	const char *nearest = hk_str_nearest(word, names, count);
	size_t as_near = 0;

	*certain = false;
	if (!nearest)
		return NULL;
	unsigned distance = hk_str_distance(word, hk_str_of(nearest), 3);
	for (size_t i = 0; i < count; i++)
		as_near += hk_str_distance(word, hk_str_of(names[i]), 3) <= distance;
	*certain = as_near == 1 && (distance <= 1 || (distance == 2 && word.n >= 6));
	return nearest;
}

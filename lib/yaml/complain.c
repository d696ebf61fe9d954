/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libfyaml's messages are exact about the place and terse about the cause; people get a sentence and what to do. Unknown messages pass through. */
#include "yaml/reader.h"

#include <string.h>

struct sentence {
	const char *part;          /* found in libfyaml's message */
	const char *summary;
	const char *help;
};

static const struct sentence sentences[] = {
	{ "tab character may not be used as indentation", "a tab is used for indentation", "indent with spaces; YAML does not allow tabs there" },
	{ "invalid multiline plain key", "the value runs on into the next line, which looks like a key",
	  "check the indentation of the next line, or quote the value" },
	{ "invalid nested block mapping on the same line", "a second ': ' stands in a value that is not quoted",
	  "quote the value, or put the inner key on a line of its own" },
	{ "flow sequence without a closing bracket", "a list that starts with '[' has no ']'", NULL },
	{ "flow mapping without a closing brace", "a mapping that starts with '{' has no '}'", NULL },
	{ "missing comma in flow mapping", "a comma or '}' is missing in a mapping that starts with '{'", NULL },
	{ "missing comma in flow sequence", "a comma or ']' is missing in a list that starts with '['", NULL },
	{ "double-quoted scalar without closing quote", "a text that starts with \" has no closing \"", NULL },
	{ "single-quoted scalar without closing quote", "a text that starts with ' has no closing '", NULL },
	{ "invalid indentation in mapping", "this line is indented like none of the keys above it", "indent it as its neighbours" },
	{ "invalid indentation", "this line is indented less than its block", "indent it as its neighbours" },
	{ "wrongly indented sequence item", "this list item is indented like none of the items above it", "indent it as its neighbours" },
	{ "wrongly indented", "a line of this text is indented less than the key it belongs to", "indent the continuation lines" },
	{ "invalid scalar at the end of block sequence", "a key or text stands where a list item ('- ') is expected", "check the indentation" },
	{ "invalid escape", "a backslash escape in a double-quoted text is unknown", "write \\\\ for a backslash, or use single quotes" },
	{ "plain scalar cannot start with", "this character cannot start a value that is not quoted", "quote the value" },
	{ "invalid trailing content after", "something stands behind a closing quote", "quote the whole value, or escape the inner quote" },
	{ "JSON disallows trailing comma", "JSON allows no comma behind the last entry", NULL },
	{ "Invalid JSON plain scalar", "this is no JSON value", "JSON knows numbers, true, false, null and texts in double quotes" },
	{ "JSON does not allow empty root content", "the text is empty; a JSON value is expected", NULL },
	{ "Invalid JSON unescaped character", "a control character stands unescaped in a JSON text", NULL },
	{ "single quoted scalars not supported in JSON", "JSON texts stand in double quotes", NULL },
	{ "missing document start", "something stands behind the end of the document", NULL },
	{ "did not find expected node content", "a value is missing or cannot start like this", "write the value, or null if there is none" },
	{ "block scalar no linebreak found", "something stands behind '|' or '>'", "the text starts on the next line" },
};

/* libfyaml columns count characters. */
static uint32_t offset_of(struct hk_source *source, int line, int column)
{
	struct hk_range range;
	hk_source_range(source, 0, 0, &range);         /* builds the line table */
	if (line < 1 || (uint32_t)line > source->line_count)
		return (uint32_t)source->text.len;
	struct hk_str text = hk_source_line(source, (uint32_t)line);
	size_t at = 0;
	for (int i = 1; i < column && at < text.n; i++) {
		unsigned length = hk_utf8_length(text.s + at, text.n - at);
		at += length ? length : 1;
	}
	return (uint32_t)(text.s + at - source->text.s);
}

static const struct sentence *find_sentence(const char *message)
{
	for (size_t i = 0; i < HK_COUNT(sentences); i++)
		if (strstr(message, sentences[i].part))
			return &sentences[i];
	return NULL;
}

/* The text ends where more was expected: say so at the last byte that is there instead of on a line nobody has written. */
static uint32_t clamp_to_text(const struct hk_source *source, uint32_t at)
{
	uint32_t end = (uint32_t)source->text.len;
	if (at < end)
		return at;
	while (end > 0 && strchr(" \t\r\n", source->text.s[end - 1]))
		end--;
	return end ? end - 1 : 0;
}

void hk_yaml_complain(struct hk_yaml_reader *reader, struct hk_diags *diags)
{
	void *previous = NULL;
	struct fy_diag_error *error = fy_diag_errors_iterate(reader->diag, &previous);
	const char *message = error && error->msg ? error->msg : "the text cannot be parsed";
	uint32_t at = reader->next_start;
	if (error && error->fyt && fy_token_start_mark(error->fyt))
		at = (uint32_t)fy_token_start_mark(error->fyt)->input_pos;
	else if (error)
		at = offset_of(reader->source, error->line, error->column);
	bool at_end = at >= reader->source->text.len && reader->source->text.len > 0;
	at = clamp_to_text(reader->source, at);
	const struct sentence *sentence = find_sentence(message);
	struct hk_range range;
	hk_source_range(reader->source, at, at + 1, &range);
	struct hk_diag *diag = hk_diag_add(diags, HK0002, &range, "%s%s", sentence ? sentence->summary : message, at_end ? " (the text ends here)" : "");
	hk_diag_source_line(diags, diag, hk_source_line(reader->source, range.line));
	if (sentence && sentence->help)
		hk_diag_help(diags, diag, "%s", sentence->help);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * YANG tree diagrams (RFC 8340), as yanglint prints them:
 *
 *	module: example
 *	  +--rw links
 *	     +--rw link* [name]
 *	        +--rw name     string
 *	        +--rw owner    string          mandatory, having neither "?" nor "*"
 *	        +--rw rate?    uint64
 *
 * The column of "+--" says how deep a node is. Choices and their cases, presence containers, lists and what is not configuration are not gone into: nothing
 * below them is mandatory by itself.
 */
#include "net/yang.h"
#include <string.h>

#define MAX_DEPTH 64u

struct line {
	size_t column;
	struct hk_str name;
	bool config, optional, list, type;
};

static bool is_among(char c, const char *letters)
{
	return c && strchr(letters, c) != NULL;
}

static bool read_line(struct hk_str text, struct line *line)
{
	size_t at = 0;
	while (at < text.n && (text.s[at] == ' ' || text.s[at] == '|'))
		at++;
	if (text.n - at < 6 || memcmp(text.s + at, "+--", 3) != 0)
		return false;
	*line = (struct line){ .column = at, .config = memcmp(text.s + at + 3, "rw ", 3) == 0 };
	struct hk_str rest = { text.s + at + 6, text.n - at - 6 };
	size_t n = 0;
	while (n < rest.n && rest.s[n] != ' ')
		n++;
	line->name = (struct hk_str){ rest.s, n };
	rest = hk_str_trim((struct hk_str){ rest.s + n, rest.n - n });
	while (line->name.n && is_among(line->name.s[line->name.n - 1], "?*!@/")) {
		char mark = line->name.s[--line->name.n];
		line->list = line->list || mark == '*';
		line->optional = line->optional || mark == '?' || mark == '!' || mark == '*';
	}
	/* the prefix of a node that another module adds */
	const char *colon = memchr(line->name.s, ':', line->name.n);
	if (colon && line->name.s[0] != ':')
		line->name = (struct hk_str){ colon + 1, line->name.n - (size_t)(colon + 1 - line->name.s) };
	bool branches = !hk_yang_is_identifier(line->name);      /* "(choice)", ":(case)", and what is no tree */
	line->optional = line->optional || branches || memchr(rest.s, '{', rest.n) != NULL;
	line->type = rest.n && rest.s[0] != '[' && rest.s[0] != '{' && !branches;
	return true;
}

static const char *path_of(struct hk_arena *arena, const struct line *below, size_t n, struct hk_str leaf)
{
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	for (size_t i = 0; i < n; i++)
		hk_buf_addf(&out, "%.*s/", HK_STR_ARG(below[i].name));
	hk_buf_addslice(&out, leaf);
	return hk_arena_slicedup(arena, (struct hk_str){ out.s, out.len });
}

void hk_yang_tree_mandatory(struct hk_str tree, const char *const *names, size_t n_names, struct hk_arena *arena, struct hk_yang_lacks *out)
{
	struct line stack[MAX_DEPTH];
	size_t depth = 0, matched = 0;
	bool inside = false;
	while (tree.n) {
		struct line line;
		struct hk_str text = hk_str_cut(&tree, '\n');
		if (!read_line(text, &line)) {
			/* "module: x" begins the nodes of one; "augment ...:", "rpcs:", "notifications:" and "grouping ...:" what is not part of its tree */
			text = hk_str_trim(text);
			inside = text.n ? hk_str_starts(text, "module:") : inside;
			depth = matched = 0;
			continue;
		}
		if (!inside)
			continue;
		while (depth && stack[depth - 1].column >= line.column)
			depth--;
		matched = matched > depth ? depth : matched;
		if (depth == MAX_DEPTH)
			continue;
		if (depth == matched && matched < n_names && hk_str_is(line.name, names[matched]))
			matched++;
		else if (matched == n_names && depth >= n_names && line.config && !line.optional && line.type) {
			bool certain = true;
			for (size_t i = n_names; i < depth; i++)
				certain = certain && stack[i].config && !stack[i].optional && !stack[i].list;
			if (certain)
				hk_vec_push(&out->list, (struct hk_yang_lack){ NULL, path_of(arena, stack + n_names, depth - n_names, line.name) });
		}
		stack[depth++] = line;
	}
}

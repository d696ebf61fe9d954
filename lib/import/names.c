/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names as Kubernetes and the schemas have them. */
#include "import/reading.h"
#include "base/file.h"
#include <string.h>

static bool is_lower(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_alphanumeric(char c)
{
	return is_lower(c) || (c >= 'A' && c <= 'Z');
}

static bool is_label(struct hk_str text)
{
	if (!text.n || !is_lower(text.s[0]) || !is_lower(text.s[text.n - 1]))
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (!is_lower(text.s[i]) && text.s[i] != '-')
			return false;
	return true;
}

bool hk_is_label_name(const char *text)
{
	return text && strlen(text) <= 63 && is_label(hk_str_of(text));
}

static bool is_subdomain(struct hk_str text)
{
	if (!text.n || text.n > 253 || text.s[text.n - 1] == '.')
		return false;
	while (text.n)
		if (!is_label(hk_str_cut(&text, '.')))
			return false;
	return true;
}

bool hk_is_object_name(const char *text)
{
	return text && is_subdomain(hk_str_of(text));
}

static bool is_word(struct hk_str text)
{
	if (!text.n || text.n > 63 || !is_alphanumeric(text.s[0]) || !is_alphanumeric(text.s[text.n - 1]))
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (!is_alphanumeric(text.s[i]) && !strchr("-_.", text.s[i]))
			return false;
	return true;
}

bool hk_is_label_key(const char *text)
{
	const char *slash = text ? strchr(text, '/') : NULL;

	if (!text || (slash && !is_subdomain((struct hk_str){ text, (size_t)(slash - text) })))
		return false;
	return is_word(hk_str_of(slash ? slash + 1 : text));
}

bool hk_is_label_value(const char *text)
{
	return text && (!*text || is_word(hk_str_of(text)));
}

const char *hk_import_name(struct hk_arena *arena, const char *text, const char *fallback)
{
	char *name = hk_arena_strdup(arena, text ? text : "");
	size_t n = 0;

	for (const char *s = name; *s && n < 63; s++) {
		char c = *s >= 'A' && *s <= 'Z' ? (char)(*s - 'A' + 'a') : *s;

		if (is_lower(c))
			name[n++] = c;
		else if (n && name[n - 1] != '-')
			name[n++] = '-';
	}
	while (n && name[n - 1] == '-')
		n--;
	name[n] = '\0';
	return n ? name : fallback;
}

const char *hk_import_stem(struct hk_arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strchr(name, '.');

	return hk_arena_slicedup(arena, (struct hk_str){ name, dot && dot > name ? (size_t)(dot - name) : strlen(name) });
}

const char *hk_import_relative(struct hk_arena *arena, const char *file, const char *output)
{
	HK_AUTO_FREE char *directory = output && strcmp(output, "-") != 0 ? hk_path_dirname(output) : hk_strdup(".");
	HK_AUTO_FREE char *from = hk_path_join(".", directory), *to = hk_path_join(".", file);
	HK_AUTO_BUF struct hk_buf path = HK_BUF_INIT;
	size_t common = 0, i;

	if ((from[0] == '/') != (to[0] == '/') || strncmp(from, "..", 2) == 0 || strcmp(from, ".") == 0)
		return hk_arena_strdup(arena, to);
	for (i = 0; from[i] && from[i] == to[i]; i++)
		if (from[i] == '/')
			common = i + 1;
	if (!from[i] && to[i] == '/')
		common = i + 1;
	for (i = common; i < strlen(from); i++)
		if (i == common || from[i - 1] == '/')
			hk_buf_addstr(&path, "../");
	hk_buf_addstr(&path, to + common);
	return hk_arena_strdup(arena, path.s);
}

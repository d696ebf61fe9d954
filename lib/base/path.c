/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths as text: nothing here touches the file system. */
#include "base/file.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Drop the last part of the path built so far; a leading ".." of a relative path has nothing to drop and is kept as one more "..". */
static void pop_part(struct hk_buf *out, size_t root, size_t *depth)
{
	if (*depth) {
		while (out->len > root && out->s[out->len - 1] != '/')
			out->len--;
		if (out->len > root)
			out->len--;
		out->s[out->len] = '\0';
		--*depth;
	} else if (!root) {
		hk_buf_addstr(out, out->len ? "/.." : "..");
	}
}

static void add_parts(struct hk_buf *out, size_t root, size_t *depth, struct hk_str path)
{
	while (path.n) {
		struct hk_str part = hk_str_cut(&path, '/');

		if (!part.n || hk_str_is(part, "."))
			continue;
		if (hk_str_is(part, "..")) {
			pop_part(out, root, depth);
			continue;
		}
		if (out->len > root)
			hk_buf_addch(out, '/');
		hk_buf_addslice(out, part);
		++*depth;
	}
}

char *hk_path_join(const char *directory, const char *name)
{
	struct hk_buf out = HK_BUF_INIT;
	bool absolute = name[0] == '/' || directory[0] == '/';
	size_t depth = 0;

	if (absolute)
		hk_buf_addch(&out, '/');
	if (name[0] != '/')
		add_parts(&out, absolute, &depth, hk_str_of(directory));
	add_parts(&out, absolute, &depth, hk_str_of(name));
	if (!out.len)
		hk_buf_addch(&out, '.');
	return hk_buf_detach(&out, NULL);
}

char *hk_path_dirname(const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	while (n && path[n - 1] != '/')
		n--;
	while (n > 1 && path[n - 1] == '/')
		n--;
	return n ? hk_strndup(path, n) : hk_strdup(".");
}

bool hk_path_is_inside(const char *name)
{
	struct hk_str rest = hk_str_of(name);
	size_t depth = 0;

	if (name[0] == '/')
		return false;
	while (rest.n) {
		struct hk_str part = hk_str_cut(&rest, '/');

		if (!part.n || hk_str_is(part, "."))
			continue;
		if (!hk_str_is(part, ".."))
			depth++;
		else if (depth-- == 0)
			return false;
	}
	return depth > 0;
}

void hk_paths_add(struct hk_paths *paths, const char *path)
{
	hk_vec_push(paths, hk_strdup(path));
}

void hk_paths_release(struct hk_paths *paths)
{
	for (size_t i = 0; i < paths->n; i++)
		free(paths->v[i]);
	hk_vec_release(paths);
}

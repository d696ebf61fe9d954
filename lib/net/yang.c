/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Modules of a directory, and yanglint asked about values. */
#include "net/yang.h"
#include "base/file.h"
#include "base/process.h"
#include "net/netconf_path.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MODULES_MAX 4000u
#define TIME_US (30 * HK_SECOND_US)

/* ---- modules ---- */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_mark(char c)
{
	return c == '{' || c == '}' || c == ';';
}

/* Blanks and comments. */
static void skip(struct hk_str *text)
{
	while (text->n) {
		size_t n = 0;
		if (is_space(*text->s))
			n = 1;
		else if (hk_str_starts(*text, "//")) {
			const char *end = memchr(text->s, '\n', text->n);
			n = end ? (size_t)(end - text->s) : text->n;
		} else if (hk_str_starts(*text, "/*")) {
			for (n = 2; n < text->n && !(text->s[n - 1] == '*' && text->s[n] == '/' && n > 2); n++)
				;
			n += n < text->n;
		} else
			return;
		*text = (struct hk_str){ text->s + n, text->n - n };
	}
}

/* The next word or quoted text, or one of { } ; */
static struct hk_str next(struct hk_str *text)
{
	size_t n = 0, from = 0;
	skip(text);
	if (!text->n)
		return (struct hk_str){ text->s, 0 };
	char c = *text->s;
	if (c == '"' || c == '\'') {
		from = 1;
		while (from + n < text->n && text->s[from + n] != c)
			n += text->s[from + n] == '\\' && c == '"' && from + n + 1 < text->n ? 2 : 1;
	} else if (is_mark(c))
		n = 1;
	else
		while (n < text->n && !is_space(text->s[n]) && !is_mark(text->s[n]))
			n++;
	size_t used = from + n + (from && from + n < text->n);
	struct hk_str word = { text->s + from, n };
	*text = (struct hk_str){ text->s + used, text->n - used };
	return word;
}

/* "module NAME { ... namespace "..."; ... }": the namespace stands in the header, before anything nested that could have one of its own. */
static void add_module(struct hk_yang *yang, const char *file, struct hk_str text)
{
	struct hk_yang_module module = { .file = hk_arena_strdup(&yang->arena, file) };
	if (!hk_str_is(next(&text), "module"))
		return;
	module.name = hk_arena_slicedup(&yang->arena, next(&text));
	for (unsigned depth = 0, words = 0; text.n && words < 100000; words++) {
		struct hk_str word = next(&text);
		depth += hk_str_is(word, "{");
		depth -= depth && hk_str_is(word, "}");
		if (depth == 1 && hk_str_is(word, "namespace")) {
			module.name_space = hk_arena_slicedup(&yang->arena, next(&text));
			hk_vec_push(&yang->modules, module);
			return;
		}
	}
}

bool hk_yang_is_identifier(struct hk_str name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", rest[] = "0123456789.-";
	if (!name.n || name.n > 200 || !name.s[0] || !strchr(letters, name.s[0]))
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!name.s[i] || (!strchr(letters, name.s[i]) && !strchr(rest, name.s[i])))
			return false;
	return true;
}

void hk_yang_needs(struct hk_str text, void (*need)(void *closure, struct hk_str name), void *closure)
{
	bool begins = true;      /* a statement: its keyword stands behind ";", "{" or "}" */
	unsigned depth = 0;
	for (unsigned words = 0; text.n && words < 10000000; words++) {
		struct hk_str word = next(&text);
		bool mark = hk_str_is(word, "{") || hk_str_is(word, "}") || hk_str_is(word, ";");
		depth += hk_str_is(word, "{");
		depth -= depth && hk_str_is(word, "}");
		if (begins && depth == 1 && (hk_str_is(word, "import") || hk_str_is(word, "include")))
			need(closure, next(&text));
		begins = mark;
	}
}

static int by_file(const void *a, const void *b)
{
	return strcmp(((const struct hk_yang_module *)a)->file, ((const struct hk_yang_module *)b)->file);
}

int hk_yang_open(struct hk_yang *yang, const char *directory, const char *scratch, char *const *environment, struct hk_err *err)
{
	*yang = (struct hk_yang){ .arena = HK_ARENA_INIT, .scratch = scratch, .environment = environment };
	yang->directory = hk_arena_strdup(&yang->arena, directory);
	DIR *dir = opendir(directory);
	if (!dir)
		return hk_err_errno(err, errno, "cannot read '%s'", directory);
	for (const struct dirent *entry; (entry = readdir(dir)) && yang->modules.n < MODULES_MAX;) {
		HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		size_t n = strlen(entry->d_name);
		HK_AUTO_FREE char *path = hk_path_join(directory, entry->d_name);
		if (n > 5 && strcmp(entry->d_name + n - 5, ".yang") == 0 && hk_file_read(path, HK_YANG_MODULE_MAX, &text, &ignored) == 0)
			add_module(yang, path, (struct hk_str){ text.s, text.len });
	}
	closedir(dir);
	if (!yang->modules.n)
		return hk_err_set(err, HK_INVALID, "'%s' has no YANG module (*.yang)", directory);
	qsort(yang->modules.v, yang->modules.n, sizeof *yang->modules.v, by_file);
	return 0;
}

void hk_yang_release(struct hk_yang *yang)
{
	hk_vec_release(&yang->modules);
	hk_arena_release(&yang->arena);
}

static const struct hk_yang_module *module_of(const struct hk_yang *yang, const char *name_space)
{
	const struct hk_yang_module *found = NULL;
	/* of several revisions the last file name, which has the newest date */
	for (size_t i = 0; i < yang->modules.n; i++)
		if (strcmp(yang->modules.v[i].name_space, name_space) == 0)
			found = &yang->modules.v[i];
	return found;
}

const struct hk_net_model *hk_yang_missing(const struct hk_yang *yang, const struct hk_controller *controller)
{
	for (size_t i = 0; i < controller->n_models; i++)
		if (!module_of(yang, controller->models[i].name_space))
			return &controller->models[i];
	return NULL;
}

/* ---- yanglint ---- */

/* yanglint OPTION... MODULE... [DATA]: its status, or -1. */
static int lint(const struct hk_yang *yang, const struct hk_controller *controller, const char *kind, const char *value, const char *data, struct hk_buf *out,
		struct hk_buf *errors, struct hk_err *err)
{
	HK_VEC(const char *) argv = { 0 };
	int status = -1;
	const char *const head[] = { "yanglint", "-p", yang->directory, kind, value };
	for (size_t i = 0; i < HK_COUNT(head); i++)
		hk_vec_push(&argv, head[i]);
	for (size_t i = 0; i < controller->n_models; i++) {
		const struct hk_yang_module *module = module_of(yang, controller->models[i].name_space);
		if (module)
			hk_vec_push(&argv, module->file);
	}
	if (data)
		hk_vec_push(&argv, data);
	hk_vec_push(&argv, (const char *)NULL);
	const struct hk_process process = { .argv = argv.v, .environment = yang->environment, .timeout_us = TIME_US, .most = (size_t)16 << 20 };
	int failed = hk_process_run(&process, out, errors, &status, err);
	hk_vec_release(&argv);
	return failed ? -1 : status;
}

bool hk_yang_is_there(const struct hk_yang *yang)
{
	HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;
	const char *const argv[] = { "yanglint", "--version", NULL };
	const struct hk_process process = { .argv = argv, .environment = yang->environment, .timeout_us = TIME_US, .most = 65536 };
	int status;
	return hk_process_run(&process, NULL, NULL, &status, &ignored) == 0 && status == 0;
}

/* The first complaint, without the name of the program and the line of a file that nobody sees. False when there is none. */
static bool take_complaint(struct hk_str errors, struct hk_buf *why)
{
	while (errors.n) {
		struct hk_str line = hk_str_trim(hk_str_cut(&errors, '\n'));
		const char *colon = memchr(line.s, ':', line.n);
		if (!colon || !(hk_str_starts(line, "libyang err") || hk_str_starts(line, "libyang[0]")))
			continue;
		hk_buf_addslice(why, hk_str_trim((struct hk_str){ colon + 1, line.n - (size_t)(colon + 1 - line.s) }));
		char *number = strstr(why->s, ", line number ");
		if (number) {
			why->len = (size_t)(number - why->s);
			hk_buf_addch(why, ')');
		}
		return true;
	}
	return false;
}

static int write_data(struct hk_yang *yang, const struct hk_controller *controller, const struct hk_setting *settings, size_t n, const char *path,
		      struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_object_path *paths = hk_arena_array(&yang->arena, n + 1, sizeof *paths);
	struct hk_tree *tree = hk_tree_new();
	int status = 0;
	for (size_t i = 0; i < n && status == 0; i++)
		if (settings[i].value && (status = hk_object_parse(&yang->arena, controller, settings[i].object, &paths[i], err)) == 0)
			hk_tree_add(tree, &paths[i], HK_EDIT_SET, settings[i].value);
	if (status == 0) {
		hk_tree_edit(tree, &text);
		hk_buf_addch(&text, '\n');
		status = hk_file_write(path, text.s, text.len, err);
	}
	hk_tree_free(tree);
	return status;
}

int hk_yang_fits(struct hk_yang *yang, const struct hk_controller *controller, const struct hk_setting *settings, size_t n, struct hk_buf *why,
		 struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT, errors = HK_BUF_INIT;
	HK_AUTO_FREE char *path = hk_path_join(yang->scratch, "data.xml");
	size_t values = 0;
	for (size_t i = 0; i < n; i++)
		values += settings[i].value != NULL;
	if (!values)
		return 1;
	if (write_data(yang, controller, settings, n, path, err))
		return -1;
	int status = lint(yang, controller, "-t", "edit", path, &out, &errors, err);
	if (status <= 0)
		return status == 0 ? 1 : -1;
	/* an error of the modules themselves comes before any data is looked at */
	struct hk_str said = { errors.s, errors.len };
	bool about_data = strstr(errors.s, "Failed to parse input data") || strstr(errors.s, "Failed to validate");
	if (take_complaint(said, why) && about_data)
		return 0;
	return hk_err_set(err, HK_INVALID, "yanglint cannot use the modules of '%s': %s", yang->directory, why->len ? why->s : "no reason given");
}

/* ---- what is mandatory ---- */

static bool same_names(const char *tail, const char *leaf)
{
	/* "wan:qos/rate" and "qos/rate" */
	for (;;) {
		size_t a = strcspn(tail, "/"), b = strcspn(leaf, "/");
		const char *colon = memchr(tail, ':', a);
		struct hk_str name = colon ? (struct hk_str){ colon + 1, a - (size_t)(colon + 1 - tail) } : (struct hk_str){ tail, a };
		if (!hk_str_eq(name, (struct hk_str){ leaf, b }) || !tail[a] != !leaf[b])
			return false;
		if (!tail[a])
			return true;
		tail += a + 1;
		leaf += b + 1;
	}
}

static bool is_set(const struct hk_change *changes, size_t n, const char *entry, const char *leaf)
{
	size_t length = strlen(entry);
	for (size_t i = 0; i < n; i++)
		if (changes[i].to && strncmp(changes[i].object, entry, length) == 0 && changes[i].object[length] == '/' &&
		    same_names(changes[i].object + length + 1, leaf))
			return true;
	return false;
}

int hk_yang_mandatory(struct hk_yang *yang, const struct hk_controller *controller, const struct hk_change *changes, size_t n, struct hk_yang_lacks *lacks,
		      struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf tree = HK_BUF_INIT, errors = HK_BUF_INIT;
	struct hk_yang_lacks wanted = { 0 };
	int status = 0;
	for (size_t i = 0; i < n && status == 0; i++) {
		struct hk_object_path path;
		const char *names[HK_OBJECT_MAX_STEPS];
		if (changes[i].from || !changes[i].to || *changes[i].to)
			continue;
		if (!tree.len && lint(yang, controller, "-f", "tree", NULL, &tree, &errors, err) != 0)
			status = err->status ? -1 : hk_err_set(err, HK_INVALID, "yanglint cannot use the modules of '%s'", yang->directory);
		if (status == 0)
			status = hk_object_parse(&yang->arena, controller, changes[i].object, &path, err);
		if (status)
			break;
		for (size_t s = 0; s < path.n; s++)
			names[s] = path.steps[s].name;
		wanted.list.n = 0;
		hk_yang_tree_mandatory((struct hk_str){ tree.s, tree.len }, names, path.n, &yang->arena, &wanted);
		for (size_t w = 0; w < wanted.list.n; w++) {
			bool key = false;
			for (size_t k = 0; k < path.steps[path.n - 1].n_keys; k++)
				key = key || strcmp(path.steps[path.n - 1].keys[k].name, wanted.list.v[w].leaf) == 0;
			if (!key && !is_set(changes, n, changes[i].object, wanted.list.v[w].leaf))
				hk_vec_push(&lacks->list, (struct hk_yang_lack){ changes[i].object, wanted.list.v[w].leaf });
		}
	}
	hk_vec_release(&wanted.list);
	return status;
}

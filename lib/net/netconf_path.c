/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/netconf_path.h"
#include <string.h>

struct reader {
	const char *object, *at;
	struct hk_arena *arena;
	const struct hk_controller *controller;
	struct hk_err *err;
};

static int complain(const struct reader *r, const char *expected)
{
	return hk_err_set(r->err, HK_INVALID, "path '%s': %s at byte %zu", r->object, expected, (size_t)(r->at - r->object) + 1);
}

/* XML names of YANG identifiers: letters, digits, '_', '-', '.', not beginning with a digit, '-' or '.'. */
static const char *read_name(struct reader *r)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_",
	    rest[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789-.";
	if (!*r->at || !strchr(first, *r->at))
		return NULL;
	size_t length = strspn(r->at, rest);
	const char *name = hk_arena_slicedup(r->arena, (struct hk_str){ r->at, length });
	r->at += length;
	return name;
}

static const char *read_quoted(struct reader *r)
{
	char quote = *r->at;
	if (quote != '\'' && quote != '"')
		return NULL;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	for (r->at++; *r->at; r->at++) {
		if (*r->at == quote && r->at[1] != quote) {
			r->at++;
			return hk_arena_slicedup(r->arena, (struct hk_str){ text.s, text.len });
		}
		r->at += *r->at == quote;
		hk_buf_addch(&text, *r->at);
	}
	return NULL;
}

static int read_key(struct reader *r, struct hk_object_step *step)
{
	struct hk_object_key key;
	r->at++;
	if (*r->at == '.') {
		r->at++;
		key.name = ".";
	} else if (!(key.name = read_name(r)))
		return complain(r, "a key's name or '.' is expected");
	if (*r->at != '=')
		return complain(r, "'=' is expected");
	r->at++;
	if (!(key.value = read_quoted(r)))
		return complain(r, "a value in quotes is expected");
	if (!hk_xml_can_say(hk_str_of(key.value)))
		return complain(r, "a key holds bytes that XML cannot say");
	if (*r->at != ']')
		return complain(r, "']' is expected");
	r->at++;
	if (step->n_keys == HK_OBJECT_MAX_KEYS)
		return complain(r, "too many keys");
	if (!step->keys)
		step->keys = hk_arena_array(r->arena, HK_OBJECT_MAX_KEYS, sizeof *step->keys);
	step->keys[step->n_keys++] = key;
	return 0;
}

static int read_step(struct reader *r, struct hk_object_step *step, const char *outer)
{
	const struct hk_controller *controller = r->controller;
	const char *start = r->at;
	const char *name = read_name(r);
	if (!name)
		return complain(r, "a name is expected");
	step->name_space = outer ? outer : controller->n_models == 1 ? controller->models[0].name_space : NULL;
	if (*r->at == ':') {
		r->at++;
		step->name_space = NULL;
		for (size_t i = 0; i < controller->n_models; i++)
			if (strcmp(controller->models[i].prefix, name) == 0)
				step->name_space = controller->models[i].name_space;
		if (!step->name_space)
			return hk_err_set(r->err, HK_INVALID, "path '%s': prefix '%s' is not among the models of controller '%s'", r->object, name,
					  controller->name);
		if (!(name = read_name(r)))
			return complain(r, "a name is expected");
	}
	step->name = name;
	if (!step->name_space) {
		r->at = start;
		return complain(r, "a prefix of the controller's models is expected");
	}
	while (*r->at == '[')
		if (read_key(r, step))
			return -1;
	return 0;
}

int hk_object_parse(struct hk_arena *arena, const struct hk_controller *controller, const char *object, struct hk_object_path *path, struct hk_err *err)
{
	struct reader r = { object, object, arena, controller, err };
	struct hk_object_step steps[HK_OBJECT_MAX_STEPS];
	*path = (struct hk_object_path){ 0 };
	while (*r.at == '/') {
		if (path->n == HK_OBJECT_MAX_STEPS)
			return complain(&r, "too many steps");
		r.at++;
		steps[path->n] = (struct hk_object_step){ 0 };
		if (read_step(&r, &steps[path->n], path->n ? steps[path->n - 1].name_space : NULL))
			return -1;
		steps[path->n].end = (size_t)(r.at - r.object);
		path->n++;
	}
	if (*r.at || !path->n)
		return complain(&r, "'/' is expected");
	path->steps = hk_arena_array(arena, path->n, sizeof *path->steps);
	memcpy(path->steps, steps, path->n * sizeof *steps);
	return 0;
}

void hk_object_add_key(struct hk_buf *object, const char *name, struct hk_str value)
{
	hk_buf_addf(object, "[%s='", name);
	for (size_t i = 0; i < value.n; i++) {
		if (value.s[i] == '\'')
			hk_buf_addch(object, '\'');
		hk_buf_addch(object, value.s[i]);
	}
	hk_buf_addstr(object, "']");
}

void hk_object_print(struct hk_buf *out, const struct hk_controller *controller, const struct hk_object_path *path, size_t n)
{
	const char *outer = "";
	for (size_t i = 0; i < n; i++) {
		const struct hk_object_step *step = &path->steps[i];
		hk_buf_addch(out, '/');
		for (size_t m = 0; strcmp(outer, step->name_space) != 0 && m < controller->n_models; m++)
			if (strcmp(controller->models[m].name_space, step->name_space) == 0) {
				hk_buf_addf(out, "%s:", controller->models[m].prefix);
				outer = step->name_space;
			}
		hk_buf_addstr(out, step->name);
		for (size_t k = 0; k < step->n_keys; k++)
			hk_object_add_key(out, step->keys[k].name, hk_str_of(step->keys[k].value));
	}
}

static bool has_keys(const struct hk_xml_node *node, const struct hk_object_step *step)
{
	for (size_t i = 0; i < step->n_keys; i++) {
		const struct hk_object_key *key = &step->keys[i];
		const struct hk_xml_node *holder = strcmp(key->name, ".") == 0 ? node : hk_xml_child(node, step->name_space, key->name);
		if (!holder || strcmp(holder->text, key->value) != 0)
			return false;
	}
	return true;
}

/* The first child from `from` on that the step means; NULL past the end. */
static const struct hk_xml_node *find_from(const struct hk_xml_node *from, const struct hk_object_step *step)
{
	const struct hk_xml_node *node = from && hk_xml_is(from, step->name_space, step->name) ? from : hk_xml_next(from, step->name_space, step->name);
	while (node && !has_keys(node, step))
		node = hk_xml_next(node, step->name_space, step->name);
	return node;
}

const struct hk_xml_node *hk_object_find_near(const struct hk_xml_node *data, const struct hk_object_path *path, size_t n_steps,
					      const struct hk_xml_node **hints)
{
	const struct hk_xml_node *node = data;
	for (size_t i = 0; node && i < n_steps; i++) {
		const struct hk_xml_node *hint = hints && hints[i] && hints[i]->parent == node ? hints[i] : NULL, *found = NULL;
		if (hint)
			found = find_from(hint, &path->steps[i]);
		if (!found)
			found = find_from(node->first, &path->steps[i]);
		if (hints && found)
			hints[i] = found;
		node = found;
	}
	return node;
}

const struct hk_xml_node *hk_object_find(const struct hk_xml_node *data, const struct hk_object_path *path, size_t n_steps)
{
	return hk_object_find_near(data, path, n_steps, NULL);
}

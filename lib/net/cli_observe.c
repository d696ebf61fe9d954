/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a request to the objects that have to be read, from output to values, from values to steps. */
#include "net/cli_device.h"
#include "net/command.h"
#include <stdlib.h>

#define MOST_OBJECTS 20000u
#define DEEPEST 8

/* ---- objects ---- */

static int know(struct hk_cli_device *d, const char *name, bool shown, int depth, struct hk_err *err);

static int know_template(struct hk_cli_device *d, const struct hk_cli_object *object, const char *template, bool shown, int depth, struct hk_err *err)
{
	const struct hk_cli_names names = { .object = object };
	HK_AUTO_BUF struct hk_buf name = HK_BUF_INIT;
	if (!hk_cli_fill(template, &names, &name, err))
		return -1;
	return know(d, hk_arena_strdup(&d->arena, name.s), shown, depth + 1, err);
}

static int know(struct hk_cli_device *d, const char *name, bool shown, int depth, struct hk_err *err)
{
	struct hk_cli_known known = { .name = name, .shown = shown };
	size_t at = hk_map_get(&d->index, hk_str_of(name));
	if (at != HK_MAP_NONE) {
		d->objects.v[at].shown |= shown;
		return 0;
	}
	if (depth > DEEPEST || d->objects.n >= MOST_OBJECTS)
		return hk_err_set(err, HK_INVALID, "'%.200s' needs more objects than can be read at once", name);
	if (hk_cli_object_parse(&d->table, name, &d->arena, &known.object, err) || hk_cli_script_read(&d->script, &known.object, &known.which, err))
		return -1;
	hk_map_put(&d->index, hk_str_of(name), d->objects.n);
	hk_vec_push(&d->objects, known);
	return 0;
}

static int know_more(struct hk_cli_device *d, struct hk_err *err)
{
	for (size_t i = 0; i < d->objects.n; i++) {
		const struct hk_cli_object object = d->objects.v[i].object;
		bool shown = d->objects.v[i].shown;
		if (object.kind->needs && know_template(d, &object, object.kind->needs, shown, 0, err))
			return -1;
		for (size_t w = 0; w < object.kind->n_with; w++)
			if (know_template(d, &object, object.kind->with[w].text, false, 0, err))
				return -1;
	}
	return 0;
}

int hk_cli_gather(struct hk_cli_device *d, struct hk_err *err)
{
	const struct hk_request *request = d->device.request;
	size_t count = request->n_settings ? request->n_settings : request->n_changes;
	for (size_t i = 0; i < count; i++)
		if (know(d, request->n_settings ? request->settings[i].object : request->changes[i].object, true, 0, err))
			return -1;
	d->n_asked = d->objects.n;
	return know_more(d, err);
}

/* ---- values ---- */

static bool contains(struct hk_str text, const char *part)
{
	size_t n = strlen(part);
	for (size_t i = 0; n && i + n <= text.n; i++)
		if (memcmp(text.s + i, part, n) == 0)
			return true;
	return false;
}

static int take_value(struct hk_cli_device *d, const struct hk_cli_outputs *outputs, struct hk_cli_known *known, struct hk_err *err)
{
	known->value = NULL;
	if (known->which >= outputs->list.n)
		return hk_err_set(err, HK_UNREACHABLE, "the device did not answer for '%s'", known->name);
	const struct hk_cli_output *output = &outputs->list.v[known->which];
	if (output->status && known->object.kind->missing && contains(output->text, known->object.kind->missing))
		return 0;
	struct hk_str said = hk_command_last_line(output->text);
	if (output->status)
		return hk_err_set(err, HK_FAILED, "reading '%s' ended with status %d: %.*s", known->name, output->status, HK_STR_ARG(said));
	return hk_cli_value(&known->object, output->text, &d->arena, &known->value, err) ? hk_err_wrap(err, "%s", known->name) : 0;
}

static int take_values(struct hk_cli_device *d, struct hk_err *err)
{
	struct hk_cli_outputs outputs = { 0 };
	int status = 0;
	hk_cli_outputs_read(&d->script, (struct hk_str){ d->command.out.s, d->command.out.len }, &outputs);
	for (size_t i = 0; i < d->objects.n && !status; i++)
		status = take_value(d, &outputs, &d->objects.v[i], err);
	hk_vec_release(&outputs.list);
	return status;
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const struct hk_cli_known *const *)a)->name, (*(const struct hk_cli_known *const *)b)->name);
}

static void digest_of(const struct hk_cli_device *d, struct hk_observation *observation)
{
	const struct hk_cli_known **sorted = hk_calloc(d->objects.n + 1, sizeof *sorted);
	struct hk_sha256 sha;
	size_t n = 0;
	for (size_t i = 0; i < d->objects.n; i++)
		if (d->objects.v[i].shown)
			sorted[n++] = &d->objects.v[i];
	qsort(sorted, n, sizeof *sorted, by_name);
	hk_sha256_init(&sha);
	for (size_t i = 0; i < n; i++) {
		const char *value = sorted[i]->value;
		hk_sha256_update(&sha, sorted[i]->name, strlen(sorted[i]->name));
		hk_sha256_update(&sha, value ? "=" : "-", 1);
		hk_sha256_update(&sha, value ? value : "", (value ? strlen(value) : 0) + 1);
	}
	hk_sha256_final(&sha, observation->digest);
	free(sorted);
}

/* What is wanted, is not there, and cannot be made is said now, and not when other devices are changed already. */
static int check_makable(const struct hk_cli_device *d, struct hk_err *err)
{
	const struct hk_request *request = d->device.request;
	for (size_t i = 0; i < request->n_settings; i++) {
		const struct hk_cli_known *known = &d->objects.v[hk_map_get(&d->index, hk_str_of(request->settings[i].object))];
		const struct hk_cli_kind *kind = known->object.kind;
		if (request->settings[i].value && !known->value && !kind->set.n && !kind->create.n)
			return hk_err_set(err, HK_FAILED, "%s is not there on the device, and cannot be made by setting it", known->name);
	}
	return 0;
}

int hk_cli_observe(struct hk_cli_device *d, struct hk_err *err)
{
	struct hk_request *request = d->device.request;
	struct hk_observation *observation = &request->observation;
	size_t count = request->n_settings ? request->n_settings : request->n_changes;
	hk_observation_release(observation);
	if (take_values(d, err) || (request->operation == HK_READ && check_makable(d, err)))
		return -1;
	for (size_t i = 0; i < count + d->objects.n; i++) {
		const char *name = i >= count ? NULL : request->n_settings ? request->settings[i].object : request->changes[i].object;
		const struct hk_cli_known *known = name ? &d->objects.v[hk_map_get(&d->index, hk_str_of(name))] : &d->objects.v[i - count];
		if (name || (known->shown && i - count >= d->n_asked))
			hk_vec_push(&observation->settings, (struct hk_setting){ hk_arena_strdup(&observation->arena, known->name),
									      known->value ? hk_arena_strdup(&observation->arena, known->value) : NULL });
	}
	digest_of(d, observation);
	return 0;
}

/* ---- steps ---- */

static void add_pair(struct hk_cli_step *step, const char *key, const char *text)
{
	if (text)
		step->more[step->n_more++] = (struct hk_cli_pair){ key, text };
}

static const char *name_of(struct hk_cli_device *d, const struct hk_cli_object *object, const char *template, struct hk_err *err)
{
	const struct hk_cli_names names = { .object = object };
	HK_AUTO_BUF struct hk_buf name = HK_BUF_INIT;
	return hk_cli_fill(template, &names, &name, err) ? hk_arena_strdup(&d->arena, name.s) : NULL;
}

/* The step that takes an object from its present value to another, which it has from then on. */
static int add_step(struct hk_cli_device *d, struct hk_cli_known *known, const char *to, struct hk_cli_steps *steps, struct hk_err *err)
{
	const struct hk_cli_kind *kind = known->object.kind;
	struct hk_cli_step *step = hk_vec_add(&steps->list);
	*step = (struct hk_cli_step){ .name = known->name, .from = known->value, .to = to, .object = known->object };
	add_pair(step, "value", to);
	add_pair(step, "from", step->from);
	add_pair(step, "n", hk_arena_printf(&d->arena, "%zu", steps->list.n));
	if (kind->needs && (step->needs = name_of(d, &known->object, kind->needs, err)) == NULL)
		return -1;
	for (size_t i = 0; i < kind->n_with; i++) {
		const char *name = name_of(d, &known->object, kind->with[i].text, err);
		if (!name)
			return -1;
		add_pair(step, kind->with[i].key, d->objects.v[hk_map_get(&d->index, hk_str_of(name))].final);
	}
	known->value = to;
	return to ? hk_cli_value_check(kind, to, err) : 0;
}

int hk_cli_plan(struct hk_cli_device *d, bool back, struct hk_cli_steps *steps, struct hk_err *err)
{
	const struct hk_request *request = d->device.request;
	/* Commands that say several values say those that will be: from the first of them on none is in the way of another. */
	for (size_t i = 0; i < d->objects.n; i++)
		d->objects.v[i].final = d->objects.v[i].value;
	for (size_t i = 0; i < request->n_changes; i++)
		d->objects.v[hk_map_get(&d->index, hk_str_of(request->changes[i].object))].final = back ? request->changes[i].from : request->changes[i].to;
	for (size_t n = request->n_changes; n-- > 0;) {
		const struct hk_change *change = &request->changes[back ? n : request->n_changes - 1 - n];
		struct hk_cli_known *known = &d->objects.v[hk_map_get(&d->index, hk_str_of(change->object))];
		const char *to = back ? change->from : change->to;
		if (!(back && hk_setting_same(known->value, to)) && add_step(d, known, to, steps, err))
			return -1;
	}
	return 0;
}

struct hk_str hk_cli_complaint(const struct hk_cli_table *table, struct hk_str output)
{
	while (table->failed && output.n) {
		struct hk_str line = hk_str_trim(hk_str_cut(&output, '\n'));
		while (line.n && line.s[line.n - 1] == '\r')
			line.n--;
		if (line.n <= 1000 && hk_pattern_matches(table->failed, line) && !(table->unless && hk_pattern_matches(table->unless, line)))
			return line.n > 300 ? (struct hk_str){ line.s, 300 } : line;
	}
	return (struct hk_str){ "", 0 };
}

/* ---- what differs ---- */

struct difference {
	const struct hk_cli_table *table;
	const struct hk_setting *wanted;
	const struct hk_observation *observed;
	struct hk_changes *changes;
	struct hk_arena arena;
	struct hk_map wanted_at, observed_at, changed;      /* by object */
};

static const char *value_there(const struct difference *diff, const char *object)
{
	size_t at = hk_map_get(&diff->observed_at, hk_str_of(object));
	return at == HK_MAP_NONE ? NULL : diff->observed->settings.v[at].value;
}

static void emit(struct difference *diff, const char *object, const char *to)
{
	const char *from = value_there(diff, object);
	struct hk_arena *arena = &diff->changes->arena;
	if (hk_setting_same(from, to) || hk_map_get(&diff->changed, hk_str_of(object)) != HK_MAP_NONE)
		return;
	hk_vec_push(&diff->changes->list,
		    (struct hk_change){ hk_arena_strdup(arena, object), from ? hk_arena_strdup(arena, from) : NULL, to ? hk_arena_strdup(arena, to) : NULL,
					NULL });
	hk_map_put(&diff->changed, hk_str_of(diff->changes->list.v[diff->changes->list.n - 1].object), 0);
}

/* What it stands on; NULL when it stands alone. *needed: what that is made with when nobody says. */
static const char *parent_of(struct difference *diff, const char *object, const char **needed)
{
	HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf name = HK_BUF_INIT;
	struct hk_cli_object parsed;
	if (hk_cli_object_parse(diff->table, object, &diff->arena, &parsed, &ignored) || !parsed.kind->needs)
		return NULL;
	const struct hk_cli_names names = { .object = &parsed };
	*needed = parsed.kind->needed ? parsed.kind->needed : "";
	return hk_cli_fill(parsed.kind->needs, &names, &name, &ignored) ? hk_arena_strdup(&diff->arena, name.s) : NULL;
}

static void emit_with_parents(struct difference *diff, const char *object, const char *to, int depth)
{
	const char *needed, *parent = depth < DEEPEST ? parent_of(diff, object, &needed) : NULL;
	if (parent) {
		size_t said = hk_map_get(&diff->wanted_at, hk_str_of(parent));
		if (said != HK_MAP_NONE)
			needed = diff->wanted[said].value;
		if (needed && (said != HK_MAP_NONE || !value_there(diff, parent)))
			emit_with_parents(diff, parent, needed, depth + 1);
	}
	emit(diff, object, to);
}

static unsigned char depth_of(struct difference *diff, const char *object)
{
	const char *ignored;
	unsigned char depth = 0;
	while (depth < DEEPEST && (object = parent_of(diff, object, &ignored)) != NULL)
		depth++;
	return depth;
}

void hk_cli_diff(const struct hk_cli_table *table, const struct hk_setting *wanted, size_t count, const struct hk_observation *observed,
		 struct hk_changes *changes)
{
	struct difference diff = { .table = table, .wanted = wanted, .observed = observed, .changes = changes, .arena = HK_ARENA_INIT };
	unsigned char *depths = hk_calloc(count + 1, sizeof *depths);
	for (size_t i = 0; i < observed->settings.n; i++)
		hk_map_put(&diff.observed_at, hk_str_of(observed->settings.v[i].object), i);
	for (size_t i = 0; i < count; i++) {
		hk_map_put(&diff.wanted_at, hk_str_of(wanted[i].object), i);
		depths[i] = wanted[i].value ? 0 : depth_of(&diff, wanted[i].object);
	}
	/* What stands on something goes before it does. */
	for (int depth = DEEPEST; depth >= 0; depth--)
		for (size_t i = 0; i < count; i++)
			if (!wanted[i].value && depths[i] == depth)
				emit(&diff, wanted[i].object, NULL);
	for (size_t i = 0; i < count; i++)
		if (wanted[i].value)
			emit_with_parents(&diff, wanted[i].object, wanted[i].value, 0);
	hk_map_release(&diff.wanted_at);
	hk_map_release(&diff.observed_at);
	hk_map_release(&diff.changed);
	hk_arena_release(&diff.arena);
	free(depths);
}

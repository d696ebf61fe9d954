/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/network_plan.h"
#include "apply/transaction.h"
#include "base/file.h"
#include "base/time.h"

#define HEADING "# Written by hkctl net plan. What is carried out is exactly this; a change by hand is refused.\n"

static const char *copy(struct hk_arena *arena, const char *text)
{
	return text ? hk_arena_strdup(arena, text) : NULL;
}

/* ---- making ---- */

static bool counts(const struct hk_input *input, const struct hk_workspace *workspace)
{
	if (input->used)
		return true;
	for (size_t i = 0; i < workspace->n_documents; i++)
		if ((workspace->documents[i]->kind == HK_KIND_NETWORK_CONFIGURATION || workspace->documents[i]->kind == HK_KIND_NETWORK_API_ADAPTER) &&
		    workspace->documents[i]->doc.source == &input->source)
			return true;
	return false;
}

static void take_inputs(struct hk_network_plan *p, const struct hk_workspace *workspace)
{
	p->inputs = hk_arena_array(&p->arena, workspace->n_inputs + 1, sizeof *p->inputs);
	for (size_t i = 0; i < workspace->n_inputs; i++)
		if (counts(workspace->inputs[i], workspace))
			p->inputs[p->n_inputs++] = (struct hk_network_plan_input){ copy(&p->arena, workspace->inputs[i]->path),
										   copy(&p->arena, hk_input_digest(workspace->inputs[i])) };
}

static const char *why_of(const struct hk_wanted_device *wanted, const char *object)
{
	size_t at = hk_map_get(&wanted->index, hk_str_of(object));

	return at == HK_MAP_NONE ? NULL : wanted->settings.v[at].why;
}

static double end_of(const struct hk_wanted_device *wanted, const char *object)
{
	size_t at = hk_map_get(&wanted->index, hk_str_of(object));

	return at == HK_MAP_NONE ? 0 : wanted->settings.v[at].expires;
}

static void take_device(struct hk_network_plan *p, const struct hk_wanted_device *wanted, struct hk_device *device, const struct hk_observation *observed)
{
	struct hk_setting *settings = hk_arena_array(&p->arena, wanted->settings.n + 1, sizeof *settings);
	struct hk_network_plan_device *out = &p->devices[p->n_devices];
	struct hk_changes changes = { 0 };

	for (size_t i = 0; i < wanted->settings.n; i++)
		settings[i] = wanted->settings.v[i].setting;
	hk_device_diff(device, settings, wanted->settings.n, observed, &changes);
	out->controller = copy(&p->arena, wanted->controller->name);
	out->observed = copy(&p->arena, observed->digest);
	out->changes = hk_arena_array(&p->arena, changes.list.n + 1, sizeof *out->changes);
	for (size_t i = 0; i < changes.list.n; i++) {
		const struct hk_change *c = &changes.list.v[i];

		out->changes[i] = (struct hk_change){ copy(&p->arena, c->object), copy(&p->arena, c->from), copy(&p->arena, c->to),
						      copy(&p->arena, c->why ? c->why : why_of(wanted, c->object)) };
	}
	out->n_changes = changes.list.n;
	out->expires = hk_arena_array(&p->arena, out->n_changes + 1, sizeof *out->expires);
	for (size_t i = 0; i < out->n_changes; i++)
		out->expires[i] = end_of(wanted, out->changes[i].object);
	p->n_devices += changes.list.n > 0;
	hk_changes_release(&changes);
}

void hk_network_plan_make(struct hk_network_plan *network_plan, const struct hk_wanted *wanted, struct hk_device *const *devices,
			  const struct hk_observation *const *observed, const struct hk_workspace *workspace, const char *plan_id)
{
	*network_plan = (struct hk_network_plan){ .arena = HK_ARENA_INIT };
	network_plan->plan = copy(&network_plan->arena, plan_id);
	take_inputs(network_plan, workspace);
	network_plan->devices = hk_arena_array(&network_plan->arena, wanted->devices.n + 1, sizeof *network_plan->devices);
	for (size_t i = 0; i < wanted->devices.n; i++)
		take_device(network_plan, &wanted->devices.v[i], devices[i], observed[i]);
}

/* ---- writing ---- */

static void put_end(struct hk_ser *ser, double expires)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;

	if (expires > 0)
		hk_time_print(expires, &text);
	if (text.len)
		hk_ser_kstr(ser, "expires", text.s);
}

static void write_changes(struct hk_ser *ser, const struct hk_network_plan_device *device)
{
	hk_ser_seq(ser);
	for (size_t i = 0; i < device->n_changes; i++) {
		hk_ser_map(ser);
		hk_ser_kstr(ser, "object", device->changes[i].object);
		hk_ser_kstr(ser, "from", device->changes[i].from);
		hk_ser_kstr(ser, "to", device->changes[i].to);
		if (device->changes[i].why)
			hk_ser_kstr(ser, "why", device->changes[i].why);
		put_end(ser, device->expires[i]);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
}

void hk_network_plan_add_devices(struct hk_ser *ser, const struct hk_network_plan *p)
{
	hk_ser_key(ser, "devices");
	hk_ser_seq(ser);
	for (size_t i = 0; i < p->n_devices; i++) {
		hk_ser_map(ser);
		hk_ser_kstr(ser, "controller", p->devices[i].controller);
		hk_ser_kstr(ser, "observed", p->devices[i].observed);
		hk_ser_key(ser, "changes");
		write_changes(ser, &p->devices[i]);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
}

void hk_network_plan_add_sessions(struct hk_ser *ser, const struct hk_network_plan *p)
{
	if (!p->n_sessions)
		return;
	hk_ser_key(ser, "sessions");
	hk_ser_seq(ser);
	for (size_t i = 0; i < p->n_sessions; i++) {
		hk_ser_map(ser);
		hk_ser_kstr(ser, "name", p->sessions[i].name);
		hk_ser_kstr(ser, "api", p->sessions[i].api);
		hk_ser_key(ser, "values");
		hk_ser_seq(ser);
		for (size_t v = 0; v < p->sessions[i].n_values; v++)
			hk_ser_str(ser, p->sessions[i].values[v]);
		hk_ser_end(ser);
		put_end(ser, p->sessions[i].expires);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
}

static void write_spec(struct hk_ser *ser, const struct hk_network_plan *p, const char *id)
{
	hk_ser_map(ser);
	hk_ser_kstr(ser, "formatVersion", "1.0");
	if (id)
		hk_ser_kstr(ser, "id", id);
	if (p->plan)
		hk_ser_kstr(ser, "plan", p->plan);
	hk_ser_key(ser, "inputs");
	hk_ser_seq(ser);
	for (size_t i = 0; i < p->n_inputs; i++) {
		hk_ser_map(ser);
		hk_ser_kstr(ser, "path", p->inputs[i].path);
		hk_ser_kstr(ser, "digest", p->inputs[i].digest);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
	hk_network_plan_add_sessions(ser, p);
	hk_network_plan_add_devices(ser, p);
	hk_ser_end(ser);
}

static int write_as(const struct hk_network_plan *p, const char *id, struct hk_buf *out, struct hk_err *err)
{
	struct hk_ser *ser = hk_ser_open(HK_SER_YAML, out);

	hk_ser_map(ser);
	hk_ser_kstr(ser, "apiVersion", "hkctl.dev/v1alpha1");
	hk_ser_kstr(ser, "kind", "NetworkPlan");
	hk_ser_key(ser, "metadata");
	hk_ser_map(ser);
	hk_ser_kstr(ser, "name", "network");
	hk_ser_end(ser);
	hk_ser_key(ser, "spec");
	write_spec(ser, p, id);
	hk_ser_end(ser);
	return hk_ser_close(ser, err);
}

static int compute_id(const struct hk_network_plan *p, char id[HK_NETWORK_PLAN_ID], struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	char digest[HK_SHA256_TEXT];

	if (write_as(p, NULL, &text, err) != 0)
		return -1;
	hk_sha256_text(text.s, text.len, digest);
	memcpy(id, digest, HK_NETWORK_PLAN_ID - 1);
	id[HK_NETWORK_PLAN_ID - 1] = '\0';
	return 0;
}

int hk_network_plan_write(struct hk_network_plan *network_plan, struct hk_buf *out, struct hk_err *err)
{
	if (compute_id(network_plan, network_plan->id, err) != 0)
		return -1;
	hk_buf_addstr(out, HEADING);
	return write_as(network_plan, network_plan->id, out, err);
}

/* ---- reading ---- */

static const char *text_at(struct hk_network_plan *p, const struct hk_node *mapping, const char *key)
{
	return copy(&p->arena, hk_node_string(hk_node_get(mapping, key)));
}

/* A moment that there is not is left out, so that the id does not fit. */
static double end_at(const struct hk_node *mapping)
{
	const struct hk_node *expires = hk_node_get(mapping, "expires");
	double seconds = 0;

	if (expires && expires->kind == HK_SCALAR)
		(void)hk_time_parse_moment(expires->text, &seconds);
	return seconds;
}

static void read_device(struct hk_network_plan *p, const struct hk_node *item)
{
	struct hk_network_plan_device *device = &p->devices[p->n_devices++];
	const struct hk_node *changes = hk_node_get(item, "changes");

	device->controller = text_at(p, item, "controller");
	device->observed = text_at(p, item, "observed");
	device->changes = hk_arena_array(&p->arena, changes->count + 1, sizeof *device->changes);
	device->expires = hk_arena_array(&p->arena, changes->count + 1, sizeof *device->expires);
	hk_for_each_item(change, changes) {
		device->expires[device->n_changes] = end_at(change);
		device->changes[device->n_changes++] = (struct hk_change){ text_at(p, change, "object"), text_at(p, change, "from"), text_at(p, change, "to"),
									   text_at(p, change, "why") };
	}
}

static void read_session(struct hk_network_plan *p, const struct hk_node *item)
{
	struct hk_network_plan_session *session = &p->sessions[p->n_sessions++];
	const struct hk_node *values = hk_node_get(item, "values");

	session->name = text_at(p, item, "name");
	session->api = text_at(p, item, "api");
	session->expires = end_at(item);
	session->values = hk_arena_array(&p->arena, values->count + 1, sizeof *session->values);
	hk_for_each_item(value, values)
		session->values[session->n_values++] = hk_arena_slicedup(&p->arena, value->text);
}

static void read_spec(struct hk_network_plan *p, const struct hk_node *spec)
{
	const struct hk_node *inputs = hk_node_get(spec, "inputs"), *devices = hk_node_get(spec, "devices"), *sessions = hk_node_get(spec, "sessions");
	const char *id = hk_node_string(hk_node_get(spec, "id"));

	memcpy(p->id, id, HK_NETWORK_PLAN_ID);
	p->plan = text_at(p, spec, "plan");
	p->inputs = hk_arena_array(&p->arena, inputs->count + 1, sizeof *p->inputs);
	hk_for_each_item(item, inputs)
		p->inputs[p->n_inputs++] = (struct hk_network_plan_input){ text_at(p, item, "path"), text_at(p, item, "digest") };
	p->devices = hk_arena_array(&p->arena, devices->count + 1, sizeof *p->devices);
	hk_for_each_item(item, devices)
		read_device(p, item);
	p->sessions = hk_arena_array(&p->arena, sessions ? sessions->count + 1 : 1, sizeof *p->sessions);
	hk_for_each_item(item, sessions)
		read_session(p, item);
}

static const struct hk_document *only_document(const struct hk_workspace *workspace, const char *path, struct hk_err *err)
{
	if (workspace->n_documents == 1 && workspace->documents[0]->kind == HK_KIND_NETWORK_PLAN && !workspace->documents[0]->invalid)
		return workspace->documents[0];
	hk_err_set(err, HK_INVALID, "'%s' is not one document of kind NetworkPlan, as hkctl net plan writes it", path);
	return NULL;
}

int hk_network_plan_read(struct hk_network_plan *network_plan, const char *path, struct hk_diags *diags, struct hk_err *err)
{
	struct hk_workspace workspace = { 0 };
	const struct hk_document *document;
	char id[HK_NETWORK_PLAN_ID];
	int status = -1;

	*network_plan = (struct hk_network_plan){ .arena = HK_ARENA_INIT };
	if (hk_workspace_load(&workspace, &path, 1, false, diags, err) == 0 && !diags->errors && (document = only_document(&workspace, path, err)) != NULL) {
		read_spec(network_plan, hk_node_get(document->doc.root, "spec"));
		if (compute_id(network_plan, id, err) == 0)
			status = strcmp(id, network_plan->id) == 0 ? 0 : hk_err_set(err, HK_INVALID,
										    "'%s' was changed since it was written: its id does not fit; make a new one with hkctl net plan",
										    path);
	} else if (diags->errors)
		hk_err_set(err, HK_INVALID, "'%s' cannot be used", path);
	hk_workspace_release(&workspace);
	return status;
}

size_t hk_network_plan_stale(const struct hk_network_plan *network_plan, struct hk_buf *names)
{
	size_t stale = 0;

	for (size_t i = 0; i < network_plan->n_inputs; i++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;
		char digest[HK_SHA256_TEXT] = "";

		if (hk_file_read(network_plan->inputs[i].path, HK_FILE_MAX, &text, &ignored) == 0)
			hk_sha256_text(text.s, text.len, digest);
		if (strcmp(digest, network_plan->inputs[i].digest) == 0)
			continue;
		hk_buf_addf(names, "%s%s", stale++ ? ", " : "", network_plan->inputs[i].path);
	}
	return stale;
}

static bool is_sooner(double expires, double first)
{
	return expires > 0 && !(first > 0 && first <= expires);
}

double hk_network_plan_end(const struct hk_network_plan *network_plan, struct hk_buf *what)
{
	double first = 0;

	for (size_t d = 0; d < network_plan->n_devices; d++)
		for (size_t i = 0; i < network_plan->devices[d].n_changes; i++) {
			const struct hk_network_plan_device *device = &network_plan->devices[d];

			if (!is_sooner(device->expires[i], first))
				continue;
			first = device->expires[i];
			hk_buf_reset(what);
			hk_buf_addf(what, "the offer of controller %s for %s", device->controller, device->changes[i].object);
		}
	for (size_t i = 0; i < network_plan->n_sessions; i++) {
		const struct hk_network_plan_session *session = &network_plan->sessions[i];

		if (!is_sooner(session->expires, first))
			continue;
		first = session->expires;
		hk_buf_reset(what);
		hk_buf_addf(what, "session %s with %s", session->name, session->api);
	}
	return first;
}

struct hk_part *hk_network_plan_parts(struct hk_network_plan *network_plan)
{
	struct hk_part *parts = hk_arena_array(&network_plan->arena, network_plan->n_devices + 1, sizeof *parts);

	for (size_t i = 0; i < network_plan->n_devices; i++) {
		const struct hk_network_plan_device *device = &network_plan->devices[i];

		parts[i] = (struct hk_part){ .name = device->controller, .changes = device->changes, .n_changes = device->n_changes,
					     .digest = device->observed };
	}
	return parts;
}

void hk_network_plan_release(struct hk_network_plan *network_plan)
{
	hk_arena_release(&network_plan->arena);
}

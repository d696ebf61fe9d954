/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plan/changes.h"
#include "base/time.h"
#include "plan/format.h"
#include "plan/read_field.h"
#include <math.h>
#include <string.h>

#define KIND "NetworkChanges"
#define HEADING "# Written by hkctl check. Units: seconds, bit/s, ratios, currency/h. Requests name the worst value that will do.\n"
#define MOST_NUMBER 1e300

static void put_text(struct hk_emitter *out, const char *key, const char *text)
{
	if (!text)
		return;
	hk_emit_key(out, key);
	hk_emit_str(out, text);
}

static void put_number(struct hk_emitter *out, const char *key, double value)
{
	if (!isfinite(value))
		return;
	hk_emit_key(out, key);
	hk_emit_num(out, value);
}

static void put_requests(struct hk_emitter *out, const struct hk_network_changes *changes)
{
	if (!changes->n_requests)
		return;
	hk_emit_key(out, "requests");
	hk_emit_seq(out, false);
	for (size_t i = 0; i < changes->n_requests; i++) {
		const struct hk_network_request *request = &changes->requests[i];
		hk_emit_map(out, false);
		put_text(out, "from", request->from);
		put_text(out, "to", request->to);
		put_text(out, "controller", request->controller);
		put_number(out, "latency", request->latency);
		put_number(out, "jitter", request->jitter);
		put_number(out, "loss", request->loss);
		put_number(out, "bandwidth", request->bandwidth);
		hk_emit_key(out, "why");
		hk_emit_seq(out, request->n_why == 0);
		for (size_t k = 0; k < request->n_why; k++)
			hk_emit_str(out, request->why[k]);
		hk_emit_end(out);
		hk_emit_end(out);
	}
	hk_emit_end(out);
}

int hk_network_changes_write(const struct hk_network_changes *changes, struct hk_buf *out, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf when = HK_BUF_INIT;
	struct hk_emitter *emitter;

	hk_time_print(changes->observed_at, &when);
	hk_buf_addstr(out, HEADING);
	emitter = hk_emit_open(out);
	hk_emit_document(emitter);
	hk_emit_map(emitter, false);
	put_text(emitter, "apiVersion", HK_PLAN_API_VERSION);
	put_text(emitter, "kind", KIND);
	hk_emit_key(emitter, "metadata");
	hk_emit_map(emitter, false);
	put_text(emitter, "name", "check");
	hk_emit_end(emitter);
	hk_emit_key(emitter, "spec");
	hk_emit_map(emitter, false);
	put_text(emitter, "formatVersion", HK_PLAN_FORMAT_VERSION);
	put_text(emitter, "observedAt", when.len ? when.s : NULL);
	hk_plan_put_network_changes(emitter, &changes->plan);
	put_requests(emitter, changes);
	hk_emit_end(emitter);
	hk_emit_end(emitter);
	return hk_emit_close(emitter, err);
}

static void read_requests(struct hk_plan_reader *reader, struct hk_network_changes *changes, const struct hk_node *spec)
{
	const struct hk_node *items;
	size_t i = 0;

	changes->requests = hk_plan_field_list(reader, spec, "requests", sizeof *changes->requests, &changes->n_requests, &items);
	hk_for_each_item(item, items) {
		struct hk_network_request *request = &changes->requests[i++];
		request->from = hk_plan_field_text(reader, item, "from");
		request->to = hk_plan_field_text(reader, item, "to");
		request->controller = hk_plan_field_optional_text(reader, item, "controller");
		request->latency = hk_plan_field_optional_number(reader, item, "latency", 0, MOST_NUMBER, (double)NAN);
		request->jitter = hk_plan_field_optional_number(reader, item, "jitter", 0, MOST_NUMBER, (double)NAN);
		request->loss = hk_plan_field_optional_number(reader, item, "loss", 0, 1, (double)NAN);
		request->bandwidth = hk_plan_field_optional_number(reader, item, "bandwidth", 0, MOST_NUMBER, (double)NAN);
		request->why = hk_plan_field_sentences(reader, item, "why", &request->n_why);
	}
}

/* "1.0": an unknown minor version is read, another major one is not. */
static bool is_known_version(const struct hk_node *version)
{
	return version && version->kind == HK_SCALAR && hk_str_starts(version->text, "1.");
}

int hk_network_changes_read(struct hk_network_changes *changes, const struct hk_doc *doc, struct hk_diags *diags)
{
	const struct hk_node *kind = hk_node_get(doc->root, "kind"), *version = hk_node_get(doc->root, "apiVersion"), *spec, *when;
	struct hk_plan_reader reader = { .plan = &changes->plan, .doc = doc, .diags = diags };

	*changes = (struct hk_network_changes){ .observed_at = NAN };
	if (!kind || kind->kind != HK_SCALAR || !hk_str_is(kind->text, KIND) || !version || version->kind != HK_SCALAR ||
	    !hk_str_is(version->text, HK_PLAN_API_VERSION)) {
		hk_node_diag(diags, doc, doc->root, HK0801, "this is no document of kind " KIND " (" HK_PLAN_API_VERSION ")");
		return -1;
	}
	spec = hk_plan_field_map(&reader, doc->root, "spec");
	if (!spec)
		return -1;
	if (!is_known_version(hk_node_get(spec, "formatVersion"))) {
		hk_node_diag(diags, doc, spec, HK0802, "the format version of the changes is not " HK_PLAN_FORMAT_VERSION);
		return -1;
	}
	when = hk_node_get(spec, "observedAt");
	if (when && when->kind == HK_SCALAR)
		(void)hk_time_parse(when->text, &changes->observed_at);
	hk_plan_read_network_changes(&reader, spec);
	read_requests(&reader, changes, spec);
	if (!reader.broken)
		return 0;
	hk_network_changes_release(changes);
	return -1;
}

void hk_network_changes_release(struct hk_network_changes *changes)
{
	hk_plan_release(&changes->plan);
	*changes = (struct hk_network_changes){ .observed_at = NAN };
}

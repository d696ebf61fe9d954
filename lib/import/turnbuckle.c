/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * turnbuckle (constraint.ciena.com): policies and offers in the form Kubernetes takes them, where its own examples are not; bindings, which the controller
 * makes, become a Pipeline of the workloads they join. Server state (status, uid, managed fields) is left out.
 */
#include "import/policies.h"
#include "base/num.h"
#include <string.h>

#define GROUP "constraint.ciena.com"

static const char *text(const struct hk_node *node, const char *key)
{
	const char *value = hk_node_string(hk_node_get(node, key));

	return value && *value ? value : NULL;
}

static void write_pair(struct hk_buf *out, const char *before, const char *value)
{
	if (!value)
		return;
	hk_buf_addstr(out, before);
	hk_write_text(out, value);
	hk_buf_addch(out, '\n');
}

static void start(struct hk_import *import, const struct hk_import_object *object)
{
	struct hk_buf *out = import->out;
	const struct hk_node *labels = hk_node_at(object->node, "metadata.labels");
	const char *version = strcmp(object->kind, "CostProvider") == 0 || strcmp(object->kind, "RuleProvider") == 0 ? "/v1" : "/v1alpha1";

	if (out->len)
		hk_buf_addstr(out, "---\n");
	hk_buf_addf(out, "apiVersion: %s\nkind: %s\nmetadata:\n",
		    object->api_version ? object->api_version : hk_arena_printf(&import->arena, GROUP "%s", version), object->kind);
	write_pair(out, "  name: ", object->name);
	write_pair(out, "  namespace: ", object->name_space);
	if (labels && labels->kind == HK_MAPPING && labels->count) {
		hk_buf_addstr(out, "  labels:\n");
		hk_write_tree(out, labels, 4);
	}
	hk_buf_addstr(out, "spec:\n");
}

/* ---- ConstraintPolicy ---- */

/* A text, also where the file has a number or truth value. */
static void write_value(struct hk_import *import, const char *before, const struct hk_node *value)
{
	struct hk_buf *out = import->out;

	hk_buf_addstr(out, before);
	hk_write_text(out, value->text.s);
	hk_write_note(out, hk_node_type(value) == HK_TYPE_STRING ? NULL : "quoted: Kubernetes refuses other values than texts");
}

static bool write_rule(struct hk_import *import, const struct hk_import_object *object, const struct hk_node *rule)
{
	const struct hk_node *request = hk_node_get(rule, "request"), *limit = hk_node_get(rule, "limit");

	if (!text(rule, "name") || hk_node_is_null(request) || request->kind != HK_SCALAR || (limit && limit->kind != HK_SCALAR)) {
		hk_import_diag(import, object, rule, HK1102, "a rule of '%s' has no name or no request and is left out", object->name);
		return false;
	}
	write_pair(import->out, "  - name: ", text(rule, "name"));
	write_value(import, "    request: ", request);
	if (!hk_node_is_null(limit)) {
		write_value(import, "    limit: ", limit);
		return true;
	}
	hk_buf_addstr(import->out, "    limit: ");
	hk_write_text(import->out, request->text.s);
	hk_write_note(import->out, "guess: the request; fill in the worst value allowed, which Kubernetes requires");
	hk_import_diag(import, object, rule, HK1111, "rule '%s' of '%s' has no limit; its request is taken for it", text(rule, "name"), object->name);
	return true;
}

static void write_policy(struct hk_import *import, struct hk_import_object *object)
{
	const struct hk_node *rules = hk_node_at(object->node, "spec.rules");
	size_t before = import->out->len, written = 0;

	object->taken = true;
	start(import, object);
	hk_buf_addstr(import->out, "  rules:\n");
	hk_for_each_item(rule, rules)
		written += write_rule(import, object, rule);
	if (written)
		return;
	import->out->len = before;
	import->out->s[before] = '\0';
	hk_import_diag(import, object, NULL, HK1102, "ConstraintPolicy '%s' has no rules and is left out", object->name);
}

/* ---- ConstraintPolicyOffer ---- */

/* One number and one unit, which is all the CRD takes and Go understands. */
static bool is_plain_duration(const char *text)
{
	size_t digits = strspn(text, "0123456789.");

	return digits && (strcmp(text + digits, "h") == 0 || strcmp(text + digits, "m") == 0 || strcmp(text + digits, "s") == 0 ||
			  strcmp(text + digits, "ms") == 0 || strcmp(text + digits, "us") == 0 || strcmp(text + digits, "ns") == 0);
}

static void write_duration(struct hk_import *import, const struct hk_import_object *object, const char *key)
{
	const struct hk_node *node = hk_node_at(object->node, hk_arena_printf(&import->arena, "spec.%s", key));
	const char *value = hk_node_string(node);
	double seconds;

	if (!value)
		return;
	if (is_plain_duration(value)) {
		hk_buf_addf(import->out, "  %s: ", key);
		hk_write_text(import->out, value);
		hk_buf_addch(import->out, '\n');
		return;
	}
	if (!hk_num_parse_duration(hk_str_of(value), &seconds) || hk_node_type(node) != HK_TYPE_STRING) {
		hk_import_diag(import, object, node, HK1112, "%s '%s' is no duration and is left out; turnbuckle takes its default for it without a word", key,
			       value);
		return;
	}
	hk_buf_addf(import->out, "  %s: ", key);
	hk_write_duration(import->out, seconds);
	hk_write_note(import->out, hk_arena_printf(&import->arena, "was %s, which the CRD refuses", value));
}

static void write_target(struct hk_import *import, const struct hk_import_object *object, const struct hk_node *target, struct hk_map *names)
{
	struct hk_buf *out = import->out;
	const char *name = text(target, "name");
	const struct hk_node *selector = hk_node_get(target, "labelSelector");

	if (hk_map_put(names, hk_str_of(name ? name : "default"), 0) != HK_MAP_NONE) {
		hk_import_diag(import, object, target, HK1107, "two targets of '%s' are called '%s'; turnbuckle keeps the last, here the first stays",
			       object->name, name ? name : "default");
		return;
	}
	hk_buf_addstr(out, "  - name: ");
	hk_write_text(out, name ? name : "default");
	hk_write_note(out, name ? NULL : "a target without a name is called so");
	write_pair(out, "    apiVersion: ", text(target, "apiVersion"));
	write_pair(out, "    kind: ", text(target, "kind") ? text(target, "kind") : "Pod");
	write_pair(out, "    mode: ", text(target, "mode"));
	if (selector && selector->kind == HK_MAPPING && selector->count) {
		hk_buf_addstr(out, "    labelSelector:\n");
		hk_write_tree(out, selector, 6);
	}
}

static void write_offer(struct hk_import *import, struct hk_import_object *object)
{
	const struct hk_node *spec = hk_node_get(object->node, "spec"), *targets = hk_node_get(spec, "targets"), *policies = hk_node_get(spec, "policies");
	struct hk_map names = HK_MAP_INIT;

	object->taken = true;
	if (!targets || targets->kind != HK_SEQUENCE || !targets->count || !policies || policies->kind != HK_SEQUENCE || !policies->count) {
		hk_import_diag(import, object, NULL, HK1102, "ConstraintPolicyOffer '%s' has no targets or no policies and is left out", object->name);
		return;
	}
	start(import, object);
	hk_buf_addstr(import->out, "  targets:\n");
	hk_for_each_item(target, targets)
		write_target(import, object, target, &names);
	hk_buf_addstr(import->out, "  policies:\n");
	hk_write_tree(import->out, policies, 2);
	write_duration(import, object, "period");
	write_duration(import, object, "grace");
	write_pair(import->out, "  violationPolicy: ", text(spec, "violationPolicy"));
	hk_map_release(&names);
}

static void write_provider(struct hk_import *import, struct hk_import_object *object)
{
	const struct hk_node *spec = hk_node_get(object->node, "spec");

	object->taken = true;
	if (!spec || spec->kind != HK_MAPPING || !spec->count) {
		hk_import_diag(import, object, NULL, HK1102, "%s '%s' has no spec and is left out", object->kind, object->name);
		return;
	}
	start(import, object);
	hk_write_tree(import->out, spec, 2);
}

/* ---- ConstraintPolicyBinding ---- */

static bool is_suffix(struct hk_str text, size_t least, size_t most)
{
	bool digit = false;

	if (text.n < least || text.n > most)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (!((text.s[i] >= 'a' && text.s[i] <= 'z') || (text.s[i] >= '0' && text.s[i] <= '9')))
			return false;
		digit = digit || (text.s[i] >= '0' && text.s[i] <= '9');
	}
	return digit || most <= 5;
}

static struct hk_str last_part(struct hk_str name)
{
	size_t at = name.n;

	while (at && name.s[at - 1] != '-')
		at--;
	return at ? (struct hk_str){ name.s + at, name.n - at } : (struct hk_str){ name.s, 0 };
}

/* "web-5d9c7b8f4-x2k9p" is of web, "db-0" of db. */
static const char *owner_of_pod(struct hk_import *import, const char *pod)
{
	struct hk_str name = hk_str_of(pod), part = last_part(name);
	bool ordinal = part.n && strspn(part.s, "0123456789") == part.n;

	if (!ordinal && !is_suffix(part, 5, 5))
		return pod;
	name.n -= part.n + 1;
	part = last_part(name);
	if (!ordinal && is_suffix(part, 6, 10))
		name.n -= part.n + 1;
	return hk_arena_slicedup(&import->arena, name);
}

static size_t add_target(struct hk_import *import, struct hk_draft_pipeline *pipeline, const struct hk_import_object *object, const struct hk_node *reference)
{
	const char *kind = text(reference, "kind"), *name = text(reference, "name");

	if (!kind || !name || strcmp(kind, "Pod") != 0)
		return HK_MAP_NONE;
	return hk_import_find_or_add(import, pipeline, object, "Deployment", owner_of_pod(import, name), text(reference, "namespace"));
}

static void add_binding(struct hk_import *import, struct hk_import_object *object, struct hk_draft_pipeline *pipeline)
{
	const struct hk_node *targets = hk_node_at(object->node, "spec.targets");
	const char *offer = hk_node_string(hk_node_at(object->node, "spec.offer"));
	size_t source = HK_MAP_NONE, destination = HK_MAP_NONE, placed = 0;

	object->taken = true;
	hk_for_each_pair(key, targets) {
		size_t at = add_target(import, pipeline, object, key->next);

		placed += at != HK_MAP_NONE;
		if (hk_str_is(key->text, "source"))
			source = at;
		else if (hk_str_is(key->text, "destination"))
			destination = at;
	}
	if (source != HK_MAP_NONE && destination != HK_MAP_NONE)
		hk_draft_connect(import, pipeline, source, destination, -1, -1,
				 hk_arena_printf(&import->arena, "guess: pods bound by offer %s", offer ? offer : "?"));
	if (!placed)
		hk_import_diag(import, object, NULL, HK1101, "ConstraintPolicyBinding '%s' binds no pod and is not carried over", object->name);
}

int hk_import_turnbuckle(struct hk_import *import)
{
	struct hk_draft_pipeline pipeline = { .name = import->options->name ? import->options->name : "turnbuckle" };
	struct hk_draft_topology none = { .name = NULL };

	for (size_t i = 0; i < import->objects.n; i++) {
		struct hk_import_object *object = &import->objects.v[i];

		if (hk_import_is(object, GROUP, "ConstraintPolicy"))
			write_policy(import, object);
		else if (hk_import_is(object, GROUP, "ConstraintPolicyOffer"))
			write_offer(import, object);
		else if (hk_import_is(object, GROUP, "CostProvider") || hk_import_is(object, GROUP, "RuleProvider"))
			write_provider(import, object);
		else if (hk_import_is(object, GROUP, "ConstraintPolicyBinding"))
			add_binding(import, object, &pipeline);
	}
	hk_vec_push(&pipeline.remarks, "Imported from ConstraintPolicyBindings: workloads are guesses from the names of pods, bounds are in the policies.");
	if (import->out->len && pipeline.workloads.n)
		hk_buf_addstr(import->out, "---\n");
	if (import->out->len && !pipeline.workloads.n) {
		hk_draft_pipeline_release(&pipeline);
		return 0;
	}
	return hk_import_policies_write(import, &none, &pipeline,
					"there is no ConstraintPolicy, ConstraintPolicyOffer or ConstraintPolicyBinding in the files");
}

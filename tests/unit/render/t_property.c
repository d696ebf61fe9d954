/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Random manifests in random styles: after rendering everything but replicas and required node affinity is as it was, line by line and value by value, and the
 * new affinity accepts exactly the nodes that the old one and the cluster's selector both accept. The judge of affinity here shares nothing with the code that
 * writes it.
 */
#include "base/rng.h"
#include "fixture.h"
#include "render/diff.h"

static struct hk_rng rng;
static struct fx fx;

static uint64_t pick(uint64_t bound)
{
	return hk_rng_below(&rng, bound);
}

static const char *random_key(void)
{
	static const char *const keys[] = { "a", "b", "pool", "topology.kubernetes.io/zone" };
	return keys[pick(HK_COUNT(keys))];
}

static void add_expression(struct hk_buf *out, bool field)
{
	static const char *const ops[] = { "In", "NotIn", "Exists", "DoesNotExist" };
	size_t op = (size_t)pick(field ? 2 : 4);
	hk_buf_addf(out, "{key: %s, operator: %s", field ? "metadata.name" : random_key(), ops[op]);
	if (op < 2)
		hk_buf_addf(out, field ? ", values: [n%d]" : pick(2) ? ", values: [\"%d\"]" : ", values: ['%d']", (int)pick(2));
	hk_buf_addch(out, '}');
}

static void add_list(struct hk_buf *out, const char *name, bool field, bool flow, const char *indent)
{
	size_t n = (size_t)pick(3) + (field ? 1 : 0);
	hk_buf_addf(out, flow ? "%s: [" : "%s:", name);
	if (!flow && n == 0)
		hk_buf_addstr(out, pick(2) ? " []" : "");
	for (size_t i = 0; i < n; i++) {
		hk_buf_addstr(out, flow ? i ? ", " : "" : "\n");
		if (!flow)
			hk_buf_addf(out, "%s- ", indent);
		add_expression(out, field);
	}
	hk_buf_addstr(out, flow ? "]" : pick(3) ? "" : "   # why");
}

/* One nodeSelectorTerm, as a mapping whose lines after the first are indented by `indent`. */
static void add_term(struct hk_buf *out, const char *indent)
{
	uint64_t what = pick(4);
	bool flow = pick(2);
	if (flow)
		hk_buf_addch(out, '{');
	if (what != 1)
		add_list(out, "matchExpressions", false, flow, indent);
	if (what == 0)
		flow ? hk_buf_addstr(out, ", ") : hk_buf_addf(out, "\n%s", indent);
	if (what <= 1)
		add_list(out, "matchFields", true, flow, indent);
	hk_buf_addstr(out, flow ? "}\n" : "\n");
}

static void add_affinity(struct hk_buf *out)
{
	static const char *const nothing[] = { "", "      affinity: {}\n", "      affinity:\n", "      affinity:   # later\n        podAffinity: {}\n",
		"      affinity:\n        nodeAffinity:\n          requiredDuringSchedulingIgnoredDuringExecution:\n" };
	if (pick(2)) {
		hk_buf_addstr(out, nothing[pick(HK_COUNT(nothing))]);
		return;
	}
	hk_buf_addstr(out, "      affinity:\n        nodeAffinity:\n          requiredDuringSchedulingIgnoredDuringExecution:\n            nodeSelectorTerms:\n");
	for (uint64_t i = 1 + pick(3); i > 0; i--) {
		const char *lead = "            - ";
		hk_buf_addstr(out, lead);
		add_term(out, "              ");
		if (pick(4) == 0)
			hk_buf_addstr(out, "            # between\n\n");
	}
}

static void add_manifest(struct hk_buf *out)
{
	static const char *const tails[] = { "", "# foot\n", "\n\n", "status: {}\n", "x: |+\n  kept\n\n" };
	hk_buf_addstr(out, "# head\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, annotations: {note: \"a: b # c\"}}\nspec:\n");
	if (pick(2))
		hk_buf_addf(out, "  replicas: %d%s\n", (int)pick(9), pick(2) ? "    # now" : "");
	hk_buf_addstr(out, "  selector: {matchLabels: {app: web}}\n  template:\n    metadata:\n      labels: {app: web}\n    spec:\n");
	bool first = pick(2);
	if (first)
		add_affinity(out);
	hk_buf_addstr(out, pick(2)
		      ? "      containers:\n      - name: c\n        args: [\"--x=1\", 'y']\n        command:\n        - |\n          echo 'affinity:'\n            # no comment\n"
				   : "      containers: [{name: c, image: 'i:1'}]   # one\n");
	if (!first)
		add_affinity(out);
	if (pick(3) == 0)
		hk_buf_addstr(out, "  replicasNote: folded\n  text: >-\n    one\n    two\n");
	hk_buf_addstr(out, tails[pick(HK_COUNT(tails))]);
}

/* The judge */

struct node { const char *name; const char *values[4]; };      /* of the four keys of random_key, NULL when absent */

static const char *node_value(const struct node *node, const char *key)
{
	static const char *const keys[] = { "a", "b", "pool", "topology.kubernetes.io/zone" };
	for (size_t i = 0; i < HK_COUNT(keys); i++)
		if (strcmp(keys[i], key) == 0)
			return node->values[i];
	return NULL;
}

static bool accepts_expression(const struct hk_node *expression, const struct node *node, bool field)
{
	const char *value = field ? node->name : node_value(node, hk_node_string(hk_node_get(expression, "key")));
	const char *op = hk_node_string(hk_node_get(expression, "operator"));
	bool among = false;
	hk_for_each_item(item, hk_node_get(expression, "values"))
		among = among || (value && strcmp(hk_node_string(item), value) == 0);
	return strcmp(op, "In") == 0 ? among : strcmp(op, "NotIn") == 0 ? !among : strcmp(op, "Exists") == 0 ? value != NULL : value == NULL;
}

static bool accepts(const struct hk_node *root, const struct node *node)
{
	const struct hk_node *required = hk_node_at(root, "spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution");
	if (hk_node_is_null(required))
		return true;
	hk_for_each_item(term, hk_node_get(required, "nodeSelectorTerms")) {
		size_t n = 0;
		bool all = true;
		hk_for_each_item(expression, hk_node_get(term, "matchExpressions")) {
			all = all && accepts_expression(expression, node, false);
			n++;
		}
		hk_for_each_item(expression, hk_node_get(term, "matchFields")) {
			all = all && accepts_expression(expression, node, true);
			n++;
		}
		if (n > 0 && all)
			return true;
	}
	return false;
}

static struct node random_node(void)
{
	static const char *const values[] = { NULL, "0", "1" };
	struct node node = { pick(2) ? "n0" : "n1", { NULL } };
	for (size_t i = 0; i < 4; i++)
		node.values[i] = values[pick(3)];
	return node;
}

/* Values outside replicas and affinity. */
static void same_elsewhere(const struct hk_node *before, const struct hk_node *after)
{
	assert_int_equal(before->kind, after->kind);
	if (before->kind == HK_SCALAR) {
		assert_true(hk_str_eq(before->text, after->text));
		assert_int_equal(before->style, after->style);
		return;
	}
	if (before->kind == HK_MAPPING) {
		hk_for_each_pair(key, before) {
			const struct hk_node *value = hk_node_get(after, key->text.s);
			assert_non_null(value);
			if (!hk_str_is(key->text, "replicas") && !hk_str_is(key->text, "affinity"))
				same_elsewhere(key->next, value);
		}
		return;
	}
	assert_int_equal(before->count, after->count);
	const struct hk_node *other = after->first;
	hk_for_each_item(item, before) {
		same_elsewhere(item, other);
		other = other->next;
	}
}

/* Every line that was there is there still, in order, but for the replicas and lines that hold a flow term, an empty value or a bare key. */
static void lines_stay(const char *before, const char *after)
{
	HK_AUTO_BUF struct hk_buf diff = HK_BUF_INIT;
	hk_diff_unified("f", hk_str_of(before), "f", hk_str_of(after), &diff);
	struct hk_str rest = { diff.s, diff.len };
	while (rest.n > 0) {
		struct hk_str line = hk_str_cut(&rest, '\n');
		if (line.n == 0 || line.s[0] != '-' || hk_str_starts(line, "--- "))
			continue;
		HK_AUTO_FREE char *copy = hk_strndup(line.s, line.n);
		bool expected = strstr(copy, "replicas:") || strstr(copy, "match") || strstr(copy, "affinity:") || strstr(copy, "requiredDuring");
		if (!expected)
			print_message("%s\nbecame\n%s\n", before, after);
		assert_true(expected);
	}
}

static void read_text(const char *text, struct hk_source *source, struct hk_doc *doc)
{
	struct hk_diags diags = HK_DIAGS_INIT;
	hk_source_from_text(source, "f", text, strlen(text));
	assert_int_equal(hk_yaml_read_one(source, false, doc, &diags), 0);
	hk_diags_release(&diags);
}

static bool has_usable_terms(const struct hk_node *root)
{
	const struct hk_node *terms = hk_node_at(root,
						 "spec.template.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms");
	bool any = !terms || terms->count == 0;
	hk_for_each_item(term, terms) {
		const struct hk_node *a = hk_node_get(term, "matchExpressions"), *b = hk_node_get(term, "matchFields");
		any = any || (a && a->kind == HK_SEQUENCE && a->count > 0) || (b && b->kind == HK_SEQUENCE && b->count > 0);
	}
	return any;
}

static void one_round(size_t *rendered)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_source before_source = { 0 }, after_source = { 0 };
	struct hk_doc before = { 0 }, after = { 0 };
	add_manifest(&text);
	fx_open(&fx, text.s);
	struct hk_cluster *edge = fx_cluster(&fx, "edge-a", "us", "a");
	fx_workload(&fx, "web", HK_DEPLOYMENT);
	fx_place(&fx, "web", "edge-a", 7, 1);
	fx_label(&fx, &edge->node_selector, "pool", "1");
	if (pick(2))
		fx_label(&fx, &edge->node_selector, "topology.kubernetes.io/zone", "0");
	read_text(text.s, &before_source, &before);
	if (has_usable_terms(before.root)) {
		fx_render(&fx);
		const char *out = fx_file(&fx, "clusters/edge-a/default/deployment-web.yaml");
		read_text(out, &after_source, &after);
		int64_t replicas = 0;
		assert_true(hk_node_int(hk_node_at(after.root, "spec.replicas"), &replicas));
		assert_int_equal(replicas, 7);
		same_elsewhere(before.root, after.root);
		lines_stay(strstr(text.s, "apiVersion"), out);
		for (int i = 0; i < 40; i++) {
			struct node node = random_node();
			bool ours = true;
			for (size_t j = 0; j < edge->node_selector.n; j++) {
				const char *value = node_value(&node, edge->node_selector.v[j].key);
				ours = ours && value && strcmp(value, edge->node_selector.v[j].value) == 0;
			}
			assert_int_equal(accepts(after.root, &node), accepts(before.root, &node) && ours);
		}
		++*rendered;
	} else {
		fx_render_fails(&fx, HK_INVALID);
	}
	hk_doc_release(&before);
	hk_doc_release(&after);
	hk_source_release(&before_source);
	hk_source_release(&after_source);
	fx_close(&fx);
}

static void only_what_is_meant_changes(void **state)
{
	uint64_t seed = 20260301;
	size_t rendered = 0;
	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	hk_rng_seed(&rng, seed);
	for (int round = 0; round < 500; round++)
		one_round(&rendered);
	assert_true(rendered > 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(only_what_is_meant_changes) };
	return cmocka_run_group_tests_name("render/property", tests, NULL, NULL);
}

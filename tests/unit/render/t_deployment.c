/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deployments: replicas, required node affinity, node pinning; every trap of writing placement into manifests has a test. */
#include "fixture.h"

#define HEAD "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  replicas: 1   # for now\n  selector:\n    matchLabels:\n      app: web\n" \
	     "  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n"
#define TAIL "      containers:\n      - name: web\n        image: \"web:1\"\n"
static const char web[] = "clusters/edge-a/shop/deployment-web.yaml";

static struct fx fx;
static struct hk_cluster *edge;

static struct hk_plan_placement *setup(const char *manifests, uint32_t replicas)
{
	fx_open(&fx, manifests);
	edge = fx_cluster(&fx, "edge-a", "us", "a");
	fx_workload(&fx, "web", HK_DEPLOYMENT);
	return fx_place(&fx, "web", "edge-a", replicas, 1);
}

static void is(const char *path, const char *expected)
{
	const char *bytes = fx_file(&fx, path);
	assert_non_null(bytes);
	assert_string_equal(bytes, expected);
}

static void only_the_replicas_change(void **state)
{
	(void)state;
	setup(HEAD TAIL, 3);
	fx_render(&fx);
	is(web, "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  replicas: 3   # for now\n  selector:\n    matchLabels:\n"
		"      app: web\n  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n" TAIL);
	assert_int_equal(fx.diags.list.n, 0);
	fx_close(&fx);
}

static void replicas_are_added_when_missing(void **state)
{
	(void)state;
	setup("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {selector: {}, template: {spec: {containers: []}}}\n", 3);
	fx_render(&fx);
	is("clusters/edge-a/default/deployment-web.yaml",
	   "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {selector: {}, template: {spec: {containers: []}}, replicas: 3}\n");
	fx_close(&fx);
}

static void cluster_labels_become_required_affinity(void **state)
{
	(void)state;
	setup(HEAD TAIL, 3);
	fx_label(&fx, &edge->node_selector, "pool", "edge");
	fx_label(&fx, &edge->node_selector, "topology.kubernetes.io/zone", "us-a");
	fx_render(&fx);
	fx_golden(&fx, "affinity-new.txt");
	fx_close(&fx);
}

/* Terms are ORed: a term of ours beside theirs would widen the choice. */
static void every_term_of_the_user_is_narrowed(void **state)
{
	(void)state;
	setup(HEAD "      nodeSelector: {disk: ssd}\n      affinity:\n        nodeAffinity:\n          requiredDuringSchedulingIgnoredDuringExecution:\n            nodeSelectorTerms:\n"
		   "            - matchExpressions:   # first choice\n              - {key: gpu, operator: Exists}\n            - matchExpressions:\n              - key: arch\n"
		   "                operator: In\n                values: [arm64]\n            - matchFields:\n              - {key: metadata.name, operator: NotIn, values: [bad]}\n" TAIL,
		   3);
	fx_label(&fx, &edge->node_selector, "pool", "edge");
	fx_render(&fx);
	fx_golden(&fx, "affinity-terms.txt");
	fx_has(&fx, web, "nodeSelector: {disk: ssd}\n");
	fx_close(&fx);
}

static void levels_that_are_there_are_kept(void **state)
{
	static const char *const levels[] = {
		"      affinity: {}\n",
		"      affinity:\n",
		"      affinity: {podAntiAffinity: {}}\n",
		"      affinity:\n        nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: []}\n",
		"      affinity:\n        nodeAffinity:\n          requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: []}\n",
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(levels); i++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		hk_buf_addf(&text, "%s%s%s", HEAD, levels[i], TAIL);
		setup(text.s, 1);
		fx_label(&fx, &edge->node_selector, "pool", "edge");
		fx_render(&fx);
		fx_has(&fx, web, "nodeSelectorTerms:");
		fx_has(&fx, web, "key: pool");
		if (i == 2)
			fx_has(&fx, web, "podAntiAffinity");
		if (i == 3)
			fx_has(&fx, web, "preferredDuringSchedulingIgnoredDuringExecution: []");
		fx_close(&fx);
	}
}

/* A term without requirements matches no node; given one of ours it would suddenly match. */
static void empty_terms_are_left_alone(void **state)
{
	(void)state;
	setup(HEAD "      affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{}, {matchExpressions: [{key: a, operator: Exists}]}]}}}\n" TAIL,
	      1);
	fx_label(&fx, &edge->node_selector, "pool", "edge");
	fx_render(&fx);
	fx_has(&fx, web, "nodeSelectorTerms: [{}, {matchExpressions: [{key: a, operator: Exists}, {");
	fx_close(&fx);
	setup(HEAD "      affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{}]}}}\n" TAIL, 1);
	fx_label(&fx, &edge->node_selector, "pool", "edge");
	fx_render_fails(&fx, HK_INVALID);
	assert_non_null(strstr(fx.err.message, "match no node"));
	fx_close(&fx);
}

static void rendering_the_rendering_changes_nothing(void **state)
{
	HK_AUTO_FREE char *once = NULL;
	(void)state;
	setup(HEAD TAIL, 3);
	fx_label(&fx, &edge->node_selector, "pool", "edge");
	fx_render(&fx);
	once = hk_strdup(fx_file(&fx, web));
	fx_close(&fx);
	setup(once, 3);
	fx_label(&fx, &edge->node_selector, "pool", "edge");
	fx_render(&fx);
	is(web, once);
	fx_close(&fx);
}

static void values_that_look_like_numbers_are_quoted(void **state)
{
	(void)state;
	setup(HEAD TAIL, 1);
	fx_label(&fx, &edge->node_selector, "rack", "0123");
	fx_label(&fx, &edge->node_selector, "spot", "no");
	fx_render(&fx);
	fx_has(&fx, web, "- \"0123\"");
	fx_has(&fx, web, "- \"no\"");
	fx_close(&fx);
}

static void node_name_is_refused(void **state)
{
	(void)state;
	setup(HEAD "      nodeName: n1\n" TAIL, 1);
	fx_render_fails(&fx, HK_INVALID);
	assert_int_equal(fx_count(&fx, HK0905), 1);
	assert_int_equal(fx.tree.files.n, 0);
	fx_close(&fx);
}

static void no_tolerations_are_added(void **state)
{
	(void)state;
	setup(HEAD TAIL, 1);
	fx_label(&fx, &edge->node_selector, "pool", "edge");
	fx_render(&fx);
	fx_has_not(&fx, web, "toleration");
	fx_close(&fx);
}

/* Node pinning */

static struct hk_plan_placement *three_nodes(uint32_t a, uint32_t b, uint32_t c)
{
	struct hk_plan_placement *placement = setup(HEAD TAIL, a + b + c);
	static const char *const names[] = { "n1", "n2", "n3" };
	const uint32_t counts[] = { a, b, c };
	for (size_t i = 0; i < 3; i++) {
		fx_nodes(&fx, edge, names[i], 1);
		if (counts[i] > 0)
			fx_on_node(&fx, placement, names[i], names[i], counts[i]);
	}
	return placement;
}

static void label_hosts(void)
{
	static const char *const values[] = { "n1.example", "n2.example", "n3.example" };
	for (size_t i = 0; i < edge->n_nodes; i++)
		fx_label(&fx, &edge->nodes[i].labels, "kubernetes.io/hostname", values[i]);
}

static void host_names_come_from_the_inventory(void **state)
{
	(void)state;
	three_nodes(2, 1, 0);
	label_hosts();
	fx_label(&fx, &edge->node_selector, "pool", "edge");
	fx_render(&fx);
	fx_golden(&fx, "pin-hosts.txt");
	fx_has_not(&fx, web, "- n1\n");
	fx_close(&fx);
}

/* matchFields takes exactly one value, so several nodes are several terms, each with everything else. */
static void without_host_label_fields_are_used(void **state)
{
	(void)state;
	three_nodes(2, 1, 0);
	fx_label(&fx, &edge->node_selector, "pool", "edge");
	fx_render(&fx);
	fx_golden(&fx, "pin-fields.txt");
	fx_close(&fx);
}

static void several_terms_of_ours_times_several_of_theirs(void **state)
{
	(void)state;
	three_nodes(2, 1, 0);
	fx_close(&fx);
	struct hk_plan_placement *placement = setup(HEAD "      affinity:\n        nodeAffinity:\n          requiredDuringSchedulingIgnoredDuringExecution:\n            nodeSelectorTerms:\n"
		"            - matchExpressions:\n              - {key: a, operator: Exists}\n            - matchExpressions:\n              - {key: b, operator: Exists}\n" TAIL,
		3);
	fx_nodes(&fx, edge, "n1", 1);
	fx_nodes(&fx, edge, "n2", 1);
	fx_nodes(&fx, edge, "n3", 1);
	fx_on_node(&fx, placement, "n1", "n1", 2);
	fx_on_node(&fx, placement, "n2", "n2", 1);
	fx_render(&fx);
	fx_golden(&fx, "pin-product.txt");
	fx_close(&fx);
}

static void every_node_evenly_needs_no_names(void **state)
{
	(void)state;
	three_nodes(2, 2, 2);
	label_hosts();
	fx_render(&fx);
	fx_has_not(&fx, web, "affinity:");
	fx_has(&fx, web, "maxSkew: 1");
	fx_has(&fx, web, "- pod-template-hash");
	fx_close(&fx);
}

/* A skew of one alone would leave it to the scheduler which node gets the odd replica; the plan has counted on one, and others may need the room. */
static void nodes_with_one_more_are_preferred(void **state)
{
	(void)state;
	three_nodes(2, 2, 1);
	label_hosts();
	fx_render(&fx);
	fx_has_not(&fx, web, "requiredDuring");
	fx_has(&fx, web, "maxSkew: 1");
	fx_has(&fx, web, "          preferredDuringSchedulingIgnoredDuringExecution:\n          - weight: 100\n            preference:\n              matchExpressions:\n"
			 "              - key: kubernetes.io/hostname\n                operator: In\n                values:\n                - n1.example\n                - n2.example\n");
	fx_close(&fx);
}

static void preferences_of_ours_stand_beside_theirs(void **state)
{
	(void)state;
	struct hk_plan_placement *placement = setup(HEAD "      affinity:\n        nodeAffinity:\n          preferredDuringSchedulingIgnoredDuringExecution:\n"
		"          - {weight: 7, preference: {matchExpressions: [{key: disk, operator: In, values: [ssd]}]}}\n" TAIL, 3);
	fx_nodes(&fx, edge, "n1", 1);
	fx_nodes(&fx, edge, "n2", 1);
	fx_on_node(&fx, placement, "n1", "n1", 1);
	fx_on_node(&fx, placement, "n2", "n2", 2);
	fx_render(&fx);
	fx_has(&fx, web, "          - {weight: 7, preference: {matchExpressions: [{key: disk, operator: In, values: [ssd]}]}}\n          - weight: 100\n            preference:\n"
			 "              matchFields:\n              - key: metadata.name\n                operator: In\n                values:\n                - n2\n");
	fx_close(&fx);
}

static void one_node_alone_needs_nothing(void **state)
{
	(void)state;
	struct hk_plan_placement *placement = setup(HEAD TAIL, 2);
	fx_nodes(&fx, edge, "n1", 1);
	fx_on_node(&fx, placement, "n1", "n1", 2);
	fx_render(&fx);
	fx_has_not(&fx, web, "affinity:");
	fx_has_not(&fx, web, "topologySpread");
	fx_close(&fx);
}

static void uneven_counts_become_shards(void **state)
{
	(void)state;
	three_nodes(4, 1, 1);
	label_hosts();
	fx_render(&fx);
	fx_golden(&fx, "pin-shards.txt");
	fx_close(&fx);
}

/* A shard is named after its first node: that another shard goes does not rename it, and nothing volatile is in the template. */
static void shard_names_are_stable(void **state)
{
	const char *first = NULL;
	(void)state;
	for (int round = 0; round < 2; round++) {
		HK_AUTO_FREE char *name = NULL;
		three_nodes(5, 3, round == 0 ? 1 : 3);
		label_hosts();
		fx.plan.id = round == 0 ? "aaaaaaaaaaaaaaaa" : "bbbbbbbbbbbbbbbb";
		fx_render(&fx);
		for (size_t i = 0; i < fx.tree.files.n; i++) {
			assert_null(strstr(fx.tree.files.v[i].bytes.s, fx.plan.id));
			if (strstr(fx.tree.files.v[i].bytes.s, "replicas: 5"))
				name = hk_strdup(fx.tree.files.v[i].path);
		}
		assert_non_null(name);
		if (first)
			assert_string_equal(name, first);
		else
			first = hk_strdup(name);
		fx_close(&fx);
	}
	hk_cleanup_free(&first);
}

static void long_names_leave_room_for_hashes(void **state)
{
	HK_AUTO_BUF struct hk_buf name = HK_BUF_INIT, text = HK_BUF_INIT;
	(void)state;
	hk_buf_addchn(&name, 'a', 60);
	hk_buf_addf(&text, "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: %s}\nspec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {}}}\n",
		    name.s);
	fx_open(&fx, text.s);
	edge = fx_cluster(&fx, "edge-a", "us", "a");
	fx_workload(&fx, name.s, HK_DEPLOYMENT);
	struct hk_plan_placement *placement = fx_place(&fx, name.s, "edge-a", 5, 1);
	fx_nodes(&fx, edge, "n1", 1);
	fx_nodes(&fx, edge, "n2", 1);
	fx_on_node(&fx, placement, "n1", "n1", 4);
	fx_on_node(&fx, placement, "n2", "n2", 1);
	fx_render(&fx);
	assert_int_equal(fx.tree.files.n, 2);
	for (size_t i = 0; i < 2; i++)        /* 46 = 63 - 17 */
		assert_int_equal(strlen(fx.tree.files.v[i].path), strlen("clusters/edge-a/default/deployment-.yaml") + 46);
	fx_close(&fx);
}

static void groups_are_named_by_their_own_label(void **state)
{
	(void)state;
	struct hk_plan_placement *placement = setup(HEAD TAIL, 4);
	struct hk_node_group *big = fx_nodes(&fx, edge, "big", 2), *small = fx_nodes(&fx, edge, "small", 2);
	fx_label(&fx, &big->labels, "feature.node.kubernetes.io/fast", "true");
	fx_label(&fx, &big->labels, "site", "x");
	fx_label(&fx, &big->labels, "zzz/nodepool", "big");
	fx_label(&fx, &small->labels, "site", "x");
	fx_label(&fx, &small->labels, "zzz/nodepool", "small");
	fx_on_node(&fx, placement, "big", "big-1", 2);
	fx_on_node(&fx, placement, "big", "big-2", 2);
	fx_render(&fx);
	fx_has(&fx, web, "key: zzz/nodepool");
	fx_has(&fx, web, "- big\n");
	fx_has_not(&fx, web, "key: site");
	fx_has_not(&fx, web, "big-1");
	fx_close(&fx);
}

static void groups_no_label_tells_apart_fall_back(void **state)
{
	(void)state;
	struct hk_plan_placement *placement = setup(HEAD TAIL, 4);
	fx_nodes(&fx, edge, "big", 2);
	fx_nodes(&fx, edge, "small", 2);
	fx_on_node(&fx, placement, "big", "big-1", 2);
	fx_on_node(&fx, placement, "big", "big-2", 2);
	fx_render(&fx);
	fx_has_not(&fx, web, "affinity:");
	assert_int_equal(fx_count(&fx, HK0907), 1);
	fx_close(&fx);
}

/* What the cluster's labels say already is not said twice, and a cluster of one group needs no name for it. */
static void nothing_is_required_twice(void **state)
{
	(void)state;
	for (int groups = 1; groups <= 2; groups++) {
		struct hk_plan_placement *placement = setup(HEAD TAIL, 2);
		fx_label(&fx, &edge->node_selector, "site", "x");
		struct hk_node_group *big = fx_nodes(&fx, edge, "big", 3);
		fx_label(&fx, &big->labels, "rack", "1");
		fx_label(&fx, &big->labels, "site", "x");
		if (groups == 2)
			fx_label(&fx, &fx_nodes(&fx, edge, "small", 1)->labels, "rack", "1");
		fx_on_node(&fx, placement, "big", "big-1", 2);
		fx_render(&fx);
		const char *first = strstr(fx_file(&fx, web), "key: site");
		assert_non_null(first);
		assert_null(strstr(first + 1, "key: site"));
		fx_has_not(&fx, web, "rack");
		assert_int_equal(fx_count(&fx, HK0907), 1);
		fx_close(&fx);
	}
}

static void pinning_is_only_on_request(void **state)
{
	(void)state;
	three_nodes(4, 1, 0);
	label_hosts();
	fx.options.pin_nodes = false;
	fx_render(&fx);
	fx_has_not(&fx, web, "affinity:");
	fx_has(&fx, web, "replicas: 5 ");
	fx_close(&fx);
}

static void strategy_of_shards_does_not_surge(void **state)
{
	static const char *const strategies[] = { "", "  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 2, maxUnavailable: 0}}\n",
						  "  strategy:\n    type: Recreate\n" };
	(void)state;
	for (size_t i = 0; i < HK_COUNT(strategies); i++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		hk_buf_addf(&text, "%s%s%s", HEAD, TAIL, strategies[i]);
		struct hk_plan_placement *placement = setup(text.s, 4);
		fx_nodes(&fx, edge, "n1", 1);
		fx_nodes(&fx, edge, "n2", 1);
		fx_on_node(&fx, placement, "n1", "n1", 3);
		fx_on_node(&fx, placement, "n2", "n2", 1);
		fx_render(&fx);
		for (size_t j = 0; j < fx.tree.files.n; j++) {
			if (i == 2)
				fx_has_not(&fx, fx.tree.files.v[j].path, "maxSurge");
			else
				fx_has(&fx, fx.tree.files.v[j].path, "maxSurge: 0");
			if (i < 2)
				fx_has(&fx, fx.tree.files.v[j].path, "maxUnavailable: 1");
		}
		fx_close(&fx);
	}
}

static void own_spread_over_hosts_is_kept(void **state)
{
	(void)state;
	struct hk_plan_placement *placement = setup(HEAD "      topologySpreadConstraints: [{maxSkew: 2, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule}]\n" TAIL,
						    2);
	fx_nodes(&fx, edge, "n1", 1);
	fx_nodes(&fx, edge, "n2", 1);
	fx_on_node(&fx, placement, "n1", "n1", 1);
	fx_on_node(&fx, placement, "n2", "n2", 1);
	fx_render(&fx);
	fx_has_not(&fx, web, "maxSkew: 1");
	fx_close(&fx);
}

static void aliases_and_merges_are_refused(void **state)
{
	static const char *const texts[] = {
		"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nx: &s {template: {spec: {}}}\nspec: {<<: *s, replicas: 2, selector: {}}\n",
		"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nx: &s {containers: []}\nspec: {selector: {}, replicas: 2, template: {spec: *s}}\n",
		"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: &s {selector: {}, template: {spec: {}}}\nx: *s\n",
		"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\ny: &s {spec: {}}\nspec: {replicas: 2, selector: {}, template: *s}\n",
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(texts); i++) {
		setup(texts[i], 2);
		fx_label(&fx, &edge->node_selector, "pool", "edge");
		assert_int_equal(hk_tree_render(&fx.tree, &fx.model, &fx.plan, &fx.options, &fx.diags, &fx.err), -1);
		assert_int_equal(fx.tree.files.n, 0);
		fx_close(&fx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_replicas_change),
		cmocka_unit_test(replicas_are_added_when_missing),
		cmocka_unit_test(cluster_labels_become_required_affinity),
		cmocka_unit_test(every_term_of_the_user_is_narrowed),
		cmocka_unit_test(levels_that_are_there_are_kept),
		cmocka_unit_test(empty_terms_are_left_alone),
		cmocka_unit_test(rendering_the_rendering_changes_nothing),
		cmocka_unit_test(values_that_look_like_numbers_are_quoted),
		cmocka_unit_test(node_name_is_refused),
		cmocka_unit_test(no_tolerations_are_added),
		cmocka_unit_test(host_names_come_from_the_inventory),
		cmocka_unit_test(without_host_label_fields_are_used),
		cmocka_unit_test(several_terms_of_ours_times_several_of_theirs),
		cmocka_unit_test(every_node_evenly_needs_no_names),
		cmocka_unit_test(nodes_with_one_more_are_preferred),
		cmocka_unit_test(preferences_of_ours_stand_beside_theirs),
		cmocka_unit_test(one_node_alone_needs_nothing),
		cmocka_unit_test(uneven_counts_become_shards),
		cmocka_unit_test(shard_names_are_stable),
		cmocka_unit_test(long_names_leave_room_for_hashes),
		cmocka_unit_test(groups_are_named_by_their_own_label),
		cmocka_unit_test(groups_no_label_tells_apart_fall_back),
		cmocka_unit_test(nothing_is_required_twice),
		cmocka_unit_test(pinning_is_only_on_request),
		cmocka_unit_test(strategy_of_shards_does_not_surge),
		cmocka_unit_test(own_spread_over_hosts_is_kept),
		cmocka_unit_test(aliases_and_merges_are_refused),
	};
	return cmocka_run_group_tests_name("render/deployment", tests, NULL, NULL);
}

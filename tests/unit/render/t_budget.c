/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PodDisruptionBudgets: shares of the clusters, and none that blocks a drain for ever unless it says so. */
#include "fixture.h"
#include <stdio.h>

#define DEPLOYMENT "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template: {metadata: {labels: {app: web}}, spec: {containers: []}}\n"
#define BUDGET "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n"
#define SCALER "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec:\n  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n  minReplicas: 2\n  maxReplicas: 9\n"
static const char *const at_a = "clusters/edge-a/default/poddisruptionbudget-web.yaml", *const at_b = "clusters/edge-b/default/poddisruptionbudget-web.yaml";
static struct fx fx;

static void render(const char *manifests, uint32_t a, uint32_t b)
{
	fx_open(&fx, manifests);
	fx_cluster(&fx, "edge-a", "us", "a");
	fx_cluster(&fx, "edge-b", "us", "b");
	fx_workload(&fx, "web", HK_DEPLOYMENT);
	if (a > 0)
		fx_place(&fx, "web", "edge-a", a, 0.5);
	if (b > 0)
		fx_place(&fx, "web", "edge-b", b, 0.5);
	fx_render(&fx);
}

static void expect(const char *line_a, const char *line_b, size_t warnings, size_t notes)
{
	if (line_a)
		fx_has(&fx, at_a, line_a);
	if (line_b)
		fx_has(&fx, at_b, line_b);
	assert_int_equal(fx_count(&fx, HK0930), warnings);
	assert_int_equal(fx_count(&fx, HK0931), notes);
	fx_close(&fx);
}

static void numbers_are_shared_by_replicas(void **state)
{
	(void)state;
	render(DEPLOYMENT BUDGET "  minAvailable: 4 # of six\n", 4, 2);
	expect("  minAvailable: 3 # of six\n", "  minAvailable: 1 # of six\n", 0, 0);
	render(DEPLOYMENT BUDGET "  maxUnavailable: 3\n", 4, 2);
	expect("  maxUnavailable: 2\n", "  maxUnavailable: 1\n", 0, 0);
}

static void one_cluster_keeps_the_number_that_fits(void **state)
{
	(void)state;
	render(DEPLOYMENT BUDGET "  minAvailable: 2\n", 3, 0);
	expect("  minAvailable: 2\n", NULL, 0, 0);
}

static void nothing_is_blocked_for_ever(void **state)
{
	(void)state;
	render(DEPLOYMENT BUDGET "  minAvailable: 2\n", 2, 0);
	expect("  minAvailable: 1\n", NULL, 1, 0);
	render(DEPLOYMENT BUDGET "  minAvailable: 3\n", 1, 2);
	expect("  minAvailable: 0\n", "  minAvailable: 1\n", 1, 0);
	render(DEPLOYMENT BUDGET "  maxUnavailable: 1\n", 2, 2);
	expect("  maxUnavailable: 1\n", "  maxUnavailable: 1\n", 0, 1);
}

static void percentages_stay_while_they_allow_one(void **state)
{
	(void)state;
	render(DEPLOYMENT BUDGET "  minAvailable: 50%\n", 1, 3);
	expect("  minAvailable: 0\n", "  minAvailable: 50%\n", 1, 0);
	render(DEPLOYMENT BUDGET "  minAvailable: \"90%\"\n", 10, 3);
	expect("  minAvailable: \"90%\"\n", "  minAvailable: 2\n", 1, 0);
	render(DEPLOYMENT BUDGET "  maxUnavailable: 10%\n", 1, 3);
	expect("  maxUnavailable: 10%\n", "  maxUnavailable: 10%\n", 0, 0);
}

static void what_means_never_means_never(void **state)
{
	(void)state;
	render(DEPLOYMENT BUDGET "  maxUnavailable: 0\n", 2, 2);
	expect("  maxUnavailable: 0\n", "  maxUnavailable: 0\n", 0, 0);
	render(DEPLOYMENT BUDGET "  minAvailable: 100%\n", 2, 2);
	expect("  minAvailable: 100%\n", "  minAvailable: 100%\n", 0, 0);
}

static void autoscaled_counts_are_the_least(void **state)
{
	(void)state;
	render(DEPLOYMENT BUDGET "  minAvailable: 2\n" SCALER, 4, 4);
	expect("  minAvailable: 0\n", "  minAvailable: 0\n", 1, 0);
}

static void odd_values_are_left_to_kubernetes(void **state)
{
	(void)state;
	static const char *const odd[] = { "-1", "ten", "5 %", "\"%\"", "[]", "{}", "99999999999999999999", "~", "4000000000" };
	for (size_t i = 0; i < HK_COUNT(odd); i++) {
		char text[1024], line[64];
		snprintf(text, sizeof text, "%s  minAvailable: %s\n", DEPLOYMENT BUDGET, odd[i]);
		snprintf(line, sizeof line, "  minAvailable: %s\n", odd[i]);
		render(text, 2, 2);
		expect(line, line, 0, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_shared_by_replicas),
		cmocka_unit_test(one_cluster_keeps_the_number_that_fits),
		cmocka_unit_test(nothing_is_blocked_for_ever),
		cmocka_unit_test(percentages_stay_while_they_allow_one),
		cmocka_unit_test(what_means_never_means_never),
		cmocka_unit_test(autoscaled_counts_are_the_least),
		cmocka_unit_test(odd_values_are_left_to_kubernetes),
	};
	return cmocka_run_group_tests_name("render/budget", tests, NULL, NULL);
}

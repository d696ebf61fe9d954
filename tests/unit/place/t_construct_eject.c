/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A pipeline that takes its place from another one: only when both together are cheaper then, and without a trace when they are not. Costs are worked out by
 * hand.
 */
#include "../test.h"
#include "instance.h"

#include "place/construct_internal.h"

#include <math.h>
#include <string.h>

#define HEAD "apiVersion: hkctl.dev/v1alpha1\n"
#define PIPELINE(NAME, REQUESTS) "---\n" HEAD "kind: Pipeline\nmetadata: {name: " NAME "}\nspec:\n  inputs: [{name: in, cluster: a, rate: 10/s, size: 1kB}]\n" \
	"  workloads: [{name: w, requests: {" REQUESTS "}, capacity: 10/s}]\n  connections: [{from: in, to: w}]\n  objective: {latency: 0}\n"

/* Place a holds one of them. There p costs 0.03 and q 0.02; in b, where memory has a price, 0.20 and 0.10. */
static const char world[] = HEAD "kind: Topology\nmetadata: {name: t}\nspec:\n  clusters:\n  - {name: a, prices: {cpu: 0.01/h}, nodes: [{name: n, count: 1, allocatable: {cpu: \"4\", memory: 8Gi}}]}\n"
	"  - {name: b, prices: {cpu: 0.05/h, memory: 0.05/GiB/h}}\n  links: [{from: a, to: b, latency: 1ms}]\n" PIPELINE("p",
	    "cpu: \"3\", memory: 1Gi") PIPELINE("q", "cpu: \"2\"");

enum { P, Q };

struct scene { struct instance instance; struct hk_solve_options options; struct hk_search search; struct hk_construct c; };

static bool place(struct scene *scene, uint32_t block, bool outside)
{
	struct hk_construct *c = &scene->c;

	for (uint32_t r = 0; r < c->decomposition.n_rows; r++)
		c->limits[r] = outside ? 0 : c->left[r];
	return hk_construct_place(c, block, c->limits, NULL);
}

/* One of them in a, the other one in b. */
static void open_scene(struct scene *scene, uint32_t inside)
{
	*scene = (struct scene){ .options = { .gap = 0.001 } };
	instance_open(&scene->instance, world);
	hk_search_open(&scene->search, &scene->instance.problem, &scene->options);
	assert_int_equal(hk_construct_open(&scene->c, &scene->search, &scene->instance.err), 0);
	scene->c.tolerance = scene->options.gap;
	scene->c.work = 1e6;
	assert_int_equal(hk_decomposition_relax(&scene->c.decomposition, &scene->instance.err), 0);
	hk_construct_price(&scene->c, 0.001, 5);
	assert_false(scene->c.failed);
	assert_true(place(scene, inside, false));
	assert_true(place(scene, 1 - inside, true));
	assert_int_equal(hk_construct_pack(&scene->c, true), 0);
	hk_construct_keep_packing(&scene->c);
}

static void close_scene(struct scene *scene)
{
	hk_construct_close(&scene->c);
	hk_search_close(&scene->search);
	instance_close(&scene->instance);
}

static bool is_near(double a, double b)
{
	return fabs(a - b) < 1e-9;
}

static void the_dearer_one_takes_the_place(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, Q);
	assert_true(is_near(hk_construct_objective(&scene.c), 0.20 + 0.02));
	assert_true(hk_construct_eject(&scene.c, P));
	assert_true(is_near(hk_construct_objective(&scene.c), 0.03 + 0.10));
	assert_true(is_near(scene.c.tenants[P].cost, 0.03) && is_near(scene.c.tenants[Q].cost, 0.10));
	assert_true(scene.c.tenants[P].placed && scene.c.tenants[Q].placed);
	assert_int_equal(scene.c.homeless.n, 0);
	assert_int_equal(scene.c.improvements, 1);
	/* who stands where was looked at down to the nodes */
	assert_int_equal(scene.c.stale.n, 0);
	/* nothing is left to gain */
	assert_false(hk_construct_eject(&scene.c, P));
	close_scene(&scene);
}

static void what_does_not_pay_leaves_no_trace(void **state)
{
	struct scene scene;
	double *left;
	size_t size;

	(void)state;
	open_scene(&scene, P);
	size = scene.c.decomposition.n_rows * sizeof *left;
	left = hk_malloc(size + 1);
	memcpy(left, scene.c.left, size);
	assert_false(hk_construct_eject(&scene.c, Q));
	assert_true(is_near(scene.c.tenants[P].cost, 0.03) && is_near(scene.c.tenants[Q].cost, 0.10));
	assert_true(scene.c.tenants[P].placed && scene.c.tenants[Q].placed);
	for (uint32_t r = 0; r < scene.c.decomposition.n_rows; r++) {
		assert_true(is_near(scene.c.left[r], left[r]));
		assert_true(is_near(scene.c.prices[r], scene.c.decomposition.prices[r]));
	}
	assert_int_equal(scene.c.tenants[P].pushed, 0);
	assert_int_equal(scene.c.homeless.n, 0);
	assert_int_equal(scene.c.improvements, 0);
	assert_int_equal(hk_construct_pack(&scene.c, true), 0);
	hk_cleanup_free(&left);
	close_scene(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_dearer_one_takes_the_place),
		cmocka_unit_test(what_does_not_pay_leaves_no_trace),
	};

	return cmocka_run_group_tests_name("place/construct_eject", tests, NULL, NULL);
}

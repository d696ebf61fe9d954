/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From what a plan buys, and from what people write down, to settings of controllers and the file that carries them. */
#include "../test.h"

#include "apply/network_plan.h"
#include "apply/quantity.h"
#include "apply/transaction.h"
#include "apply/wanted.h"
#include "base/file.h"

#include <math.h>
#include <string.h>

#define TOPOLOGY_WITH(settings) \
	"apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: t}\nspec:\n" \
	"  clusters: [{name: edge-a}, {name: metro-1}]\n" \
	"  controllers:\n" \
	"  - {name: wan, protocol: netconf, ssh: {host: 127.0.0.1}, models: {w: 'urn:w'},\n" \
	"     link: {names: {metro-1: pe/7}, settings: [" settings "]}}\n"
#define BANDWIDTH "{object: \"/w:links/link[name='{from}--{to}.{parallel}']/rate\", value: {of: bandwidth, unit: kbit/s}}"
#define LATENCY "{object: \"/w:links/link[name='{from}--{to}.{parallel}']/delay\", value: {of: latency, unit: us}}"

struct world { struct hk_workspace workspace; struct hk_controllers controllers; struct hk_wanted wanted; struct hk_diags diags; };

static void begin(struct world *w, const char *text)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;

	memset(w, 0, sizeof *w);
	assert_int_equal(hk_workspace_add_text(&w->workspace, "t.yaml", hk_str_of(text), false, &w->diags, &err), 0);
	assert_int_equal(w->diags.errors, 0);
	hk_controllers_read(&w->controllers, &w->workspace, &w->diags);
}

static void end(struct world *w)
{
	hk_wanted_release(&w->wanted);
	hk_controllers_release(&w->controllers);
	hk_workspace_release(&w->workspace);
	hk_diags_release(&w->diags);
}

static double ends;      /* of offers that are added */

static void add(struct world *w, double bandwidth, double latency, const char *controller)
{
	static const char *const why[] = { "retail: decode needs it" };
	struct hk_plan_network_change change = { .from = "edge-a", .to = "metro-1", .controller = controller, .parallel = 2, .bandwidth_before = 10e9,
						 .bandwidth_after = bandwidth,
		.latency_before = 0.005, .latency_after = latency, .expires = ends, .why = (const char **)(uintptr_t)why, .n_why = 1 };
	struct hk_plan plan = { .network_changes = &change, .n_network_changes = 1 };

	hk_wanted_add_plan(&w->wanted, &plan, &w->controllers, &w->diags);
}

static bool has_rule(const struct world *w, enum hk_rule_id rule)
{
	for (size_t i = 0; i < w->diags.list.n; i++)
		if (w->diags.list.v[i].rule->id == rule)
			return true;
	return false;
}

static void test_plan_becomes_settings(void **state)
{
	struct world w;
	const struct hk_wanted_setting *s;

	(void)state;
	begin(&w, TOPOLOGY_WITH(BANDWIDTH ", " LATENCY ", {object: \"/w:links/link[name='{from}--{to}.{parallel}']/state\", value: up}"));
	add(&w, 14e9, 0.0041, "wan");
	assert_int_equal(w.diags.errors, 0);
	assert_int_equal(w.wanted.devices.n, 1);
	assert_int_equal(w.wanted.devices.v[0].settings.n, 3);
	s = w.wanted.devices.v[0].settings.v;
	assert_string_equal(s[0].setting.object, "/w:links/link[name='edge-a--pe/7.2']/rate");
	assert_string_equal(s[0].setting.value, "14000000");
	assert_string_equal(s[0].before, "10000000");
	assert_string_equal(s[0].why, "edge-a -> metro-1: bandwidth 10Gbps -> 14Gbps, latency 5ms -> 4.1ms; retail: decode needs it");
	assert_string_equal(s[1].setting.value, "4100");
	assert_string_equal(s[2].setting.value, "up");
	end(&w);
}

static void test_only_what_changes(void **state)
{
	struct world w;

	(void)state;
	begin(&w, TOPOLOGY_WITH(BANDWIDTH ", " LATENCY));
	ends = 1782820800;
	add(&w, (double)NAN, 0.003, "wan");
	assert_true(w.wanted.devices.v[0].settings.v[0].expires == 1782820800);
	/* bought twice: both have to be open */
	ends = 1782820801;
	add(&w, (double)NAN, 0.003, "wan");
	assert_true(w.wanted.devices.v[0].settings.v[0].expires == 1782820800);
	ends = 1782820799;
	add(&w, (double)NAN, 0.003, "wan");
	ends = 0;
	add(&w, (double)NAN, 0.003, "wan");
	assert_true(w.wanted.devices.v[0].settings.v[0].expires == 1782820799);
	assert_int_equal(w.diags.errors, 0);
	assert_int_equal(w.wanted.devices.v[0].settings.n, 1);
	assert_string_equal(w.wanted.devices.v[0].settings.v[0].setting.value, "3000");
	end(&w);
}

#define CHOICE(of, more) "{object: '/w:class', value: {of: " of ", choose: [" more "]}}"

/* The text that gives enough and no more. */
static void test_choices(void **state)
{
	static const struct { const char *settings; double bandwidth, latency; const char *chosen; } cases[] = {
		{ CHOICE("latency", "{gives: 40ms, value: bronze}, {gives: 8ms, value: silver}, {gives: 2ms, value: gold}"), (double)NAN, 0.010, "silver" },
		{ CHOICE("latency", "{gives: 40ms, value: bronze}, {gives: 8ms, value: silver}, {gives: 2ms, value: gold}"), (double)NAN, 0.008, "silver" },
		{ CHOICE("latency", "{gives: 40ms, value: bronze}, {gives: 8ms, value: silver}, {gives: 2ms, value: gold}"), (double)NAN, 0.0079, "gold" },
		{ CHOICE("latency", "{gives: 8ms, value: first}, {gives: 8ms, value: second}"), (double)NAN, 0.010, "first" },
		{ CHOICE("bandwidth", "{gives: 1Gbps, value: small}, {gives: 20Gbps, value: large}, {gives: 100Gbps, value: huge}"), 14e9, (double)NAN,
		  "large" },
		{ CHOICE("bandwidth", "{gives: 1Gbps, value: small}, {gives: 20Gbps, value: large}, {gives: 100Gbps, value: huge}"), 20e9, (double)NAN,
		  "large" },
		{ CHOICE("latency", "{gives: 8ms, value: x}") ", " BANDWIDTH, 14e9, (double)NAN, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		struct world w;

		hk_buf_addf(&text, TOPOLOGY_WITH("%s"), cases[i].settings);
		begin(&w, text.s);
		add(&w, cases[i].bandwidth, cases[i].latency, "wan");
		assert_int_equal(w.diags.errors, 0);
		if (cases[i].chosen)
			assert_string_equal(w.wanted.devices.v[0].settings.v[0].setting.value, cases[i].chosen);
		assert_int_equal(w.wanted.devices.v[0].settings.n, 1);
		end(&w);
	}
}

static void test_findings(void **state)
{
	static const struct { const char *settings; double bandwidth, latency; const char *controller; enum hk_rule_id rule; } cases[] = {
		{ BANDWIDTH, 14e9, (double)NAN, NULL, HK1310 },
		{ BANDWIDTH, 14e9, (double)NAN, "lan", HK1311 },
		{ BANDWIDTH, 14e9, 0.001, "wan", HK1312 },
		{ "{object: '/w:x[n={frm}]', value: {of: bandwidth, unit: kbit/s}}", 14e9, (double)NAN, "wan", HK1313 },
		{ "{object: '/w:x', value: {of: bandwidth, unit: ms}}", 14e9, (double)NAN, "wan", HK1313 },
		{ "{object: '/w:x', value: {of: bandwidth, unit: Gbit/s, round: exact}}", 14.5e9, (double)NAN, "wan", HK1314 },
		{ "{object: '/w:x', value: {of: latency, unit: s}}", (double)NAN, 0.004, "wan", HK1314 },
		{ CHOICE("latency", "{gives: 8ms, value: x}, {gives: 7ms, value: y}"), (double)NAN, 0.004, "wan", HK1314 },
		{ CHOICE("bandwidth", "{gives: 8Gbps, value: x}"), 9e9, (double)NAN, "wan", HK1314 },
		{ CHOICE("bandwidth", "{gives: 8ms, value: x}"), 9e9, (double)NAN, "wan", HK1313 },
		{ BANDWIDTH ", {object: \"/w:links/link[name='edge-a--pe/7.2']/rate\", value: '5'}", 14e9, (double)NAN, "wan", HK1315 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		struct world w;

		hk_buf_addf(&text, TOPOLOGY_WITH("%s"), cases[i].settings);
		begin(&w, text.s);
		add(&w, cases[i].bandwidth, cases[i].latency, cases[i].controller);
		assert_true(w.diags.errors > 0);
		if (!has_rule(&w, cases[i].rule))
			fail_msg("case %zu", i);
		end(&w);
	}
}

static void test_people_write(void **state)
{
	struct world w;

	(void)state;
	begin(&w, TOPOLOGY_WITH(BANDWIDTH) "---\napiVersion: hkctl.dev/v1alpha1\nkind: NetworkConfiguration\nmetadata: {name: n}\nspec:\n  controllers:\n"
	      "  - {name: wan, settings: [{object: /w:a, value: 5.0}, {object: /w:b, absent: true}, {object: /w:a, value: '5'}]}\n");
	hk_wanted_add_documents(&w.wanted, &w.workspace, &w.controllers, &w.diags);
	assert_int_equal(w.diags.errors, 0);
	assert_int_equal(w.wanted.devices.v[0].settings.n, 2);
	assert_string_equal(w.wanted.devices.v[0].settings.v[0].setting.value, "5.0");
	assert_null(w.wanted.devices.v[0].settings.v[1].setting.value);
	end(&w);
	begin(&w, TOPOLOGY_WITH(BANDWIDTH) "---\napiVersion: hkctl.dev/v1alpha1\nkind: NetworkConfiguration\nmetadata: {name: n}\nspec:\n  controllers:\n"
	      "  - {name: wan, settings: [{object: /w:a, value: 5}, {object: /w:b}, {object: /w:a, value: 6}]}\n  - {name: lan, settings: [{object: /w:a, value: 5}]}\n");
	hk_wanted_add_documents(&w.wanted, &w.workspace, &w.controllers, &w.diags);
	assert_true(has_rule(&w, HK1311) && has_rule(&w, HK1315) && has_rule(&w, HK1316));
	end(&w);
}

static void test_objects_of_no_protocol(void **state)
{
	struct world w;

	(void)state;
	begin(&w, "apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: t}\nspec:\n  clusters: [{name: edge-a}]\n  controllers: [{name: old, protocol: gnmi}, {name: own, protocol: linux}]\n"
	      "---\napiVersion: hkctl.dev/v1alpha1\nkind: NetworkConfiguration\nmetadata: {name: some}\nspec:\n  controllers:\n  - {name: old, settings: [{object: a, value: 1}]}\n"
	      "  - name: own\n    settings:\n    - {object: dev/eth0/mtu, value: 1500}\n    - {object: dev/eth0/speed, value: 1}\n");
	hk_wanted_add_documents(&w.wanted, &w.workspace, &w.controllers, &w.diags);
	assert_int_equal(w.diags.errors, 0);
	hk_wanted_check(&w.wanted, &w.diags);
	assert_int_equal(w.diags.list.n, 2);
	assert_int_equal(w.diags.list.v[0].rule->id, HK1317);
	assert_int_equal(w.diags.list.v[0].range.line, 6);
	assert_int_equal(w.diags.list.v[1].rule->id, HK1318);
	assert_int_equal(w.diags.list.v[1].range.line, 17);
	assert_non_null(strstr(w.diags.list.v[1].summary, "'dev/eth0/speed' is none of dev/{dev}/mtu"));
	end(&w);
}

static void expect_quantity(double value, const char *unit, int decimals, enum hk_rounding rounding, const char *expected)
{
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	bool rate;

	assert_int_equal(hk_quantity_print(value, hk_quantity_unit(unit, &rate), decimals, rounding, &out), expected != NULL);
	if (expected)
		assert_string_equal(out.s, expected);
}

static void test_quantities(void **state)
{
	(void)state;
	expect_quantity(14e9, "kbit/s", 0, HK_ROUND_EXACT, "14000000");
	expect_quantity(14.5e9, "Gbit/s", 0, HK_ROUND_EXACT, NULL);
	expect_quantity(14.5e9, "Gbit/s", 1, HK_ROUND_EXACT, "14.5");
	expect_quantity(14.5e9, "Gbit/s", 0, HK_ROUND_UP, "15");
	expect_quantity(14.5e9, "Gbit/s", 0, HK_ROUND_DOWN, "14");
	expect_quantity(14.05e9, "Gbit/s", 3, HK_ROUND_EXACT, "14.05");
	expect_quantity(0.1 + 0.2, "ms", 0, HK_ROUND_EXACT, "300");
	expect_quantity(4e-3, "10ns", 0, HK_ROUND_EXACT, "400000");
	expect_quantity(1e9, "MB/s", 0, HK_ROUND_EXACT, "125");
	expect_quantity(-1, "ms", 0, HK_ROUND_NEAREST, NULL);
	expect_quantity((double)INFINITY, "ms", 0, HK_ROUND_UP, NULL);
	expect_quantity((double)NAN, "ms", 0, HK_ROUND_UP, NULL);
	expect_quantity(1e300, "bit/s", 9, HK_ROUND_UP, NULL);
}

/* ---- the file ---- */

static void test_file_round_trip(void **state)
{
	char directory[] = "/tmp/hkctl-network-plan-XXXXXX", path[64], input[64];
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT, again = HK_BUF_INIT, names = HK_BUF_INIT, first = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	char digest[HK_SHA256_TEXT];
	struct hk_network_plan plan = { 0 }, read;
	struct hk_diags diags = { 0 };
	struct hk_change changes[] = { { "/w:a", "1", "2", "because: 'x'" }, { "/w:b", NULL, "", NULL }, { "/w:c", "on", NULL, NULL } };
	double expires[] = { 1782835200, 0, 1782835201 };
	struct hk_network_plan_device device = { "wan", digest, changes, 3, expires };
	const char *values[] = { "end=2026-06-30T16:00:00Z" };
	struct hk_network_plan_session session = { "night", "operator", values, 1, 1782835199 };
	struct hk_network_plan_input inputs[] = { { input, digest } };

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/n.yaml", directory);
	snprintf(input, sizeof input, "%s/t.yaml", directory);
	assert_int_equal(hk_file_write(input, "abc", 3, &err), 0);
	hk_sha256_text("abc", 3, digest);
	plan.devices = &device;
	plan.n_devices = 1;
	plan.sessions = &session;
	plan.n_sessions = 1;
	plan.inputs = inputs;
	plan.n_inputs = 1;
	assert_int_equal(hk_network_plan_write(&plan, &text, &err), 0);
	assert_int_equal(hk_file_write(path, text.s, text.len, &err), 0);
	if (hk_network_plan_read(&read, path, &diags, &err) != 0)
		fail_msg("%s", err.message);
	assert_string_equal(read.id, plan.id);
	assert_null(read.devices[0].changes[1].from);
	assert_string_equal(read.devices[0].changes[1].to, "");
	assert_null(read.devices[0].changes[2].to);
	assert_true(read.devices[0].expires[0] == 1782835200);
	assert_true(read.devices[0].expires[1] == 0);
	assert_true(hk_network_plan_end(&read, &first) == 1782835199);
	assert_string_equal(first.s, "session night with operator");
	read.n_sessions = 0;
	hk_buf_reset(&first);
	assert_true(hk_network_plan_end(&read, &first) == 1782835200);
	assert_string_equal(first.s, "the offer of controller wan for /w:a");
	read.n_sessions = 1;
	assert_string_equal(hk_network_plan_parts(&read)[0].digest, digest);
	assert_int_equal(hk_network_plan_write(&read, &again, &err), 0);
	assert_string_equal(again.s, text.s);
	assert_int_equal(hk_network_plan_stale(&read, &names), 0);
	assert_int_equal(hk_file_write(input, "abd", 3, &err), 0);
	assert_int_equal(hk_network_plan_stale(&read, &names), 1);
	assert_string_equal(names.s, input);
	hk_network_plan_release(&read);
	/* one letter changed by hand */
	*strstr(text.s, "to: \"2\"") = 't';
	strstr(text.s, "\"2\"")[1] = '3';
	assert_int_equal(hk_file_write(path, text.s, text.len, &err), 0);
	assert_int_equal(hk_network_plan_read(&read, path, &diags, &err), -1);
	assert_int_equal(err.status, HK_INVALID);
	assert_non_null(strstr(err.message, "was changed since"));
	hk_network_plan_release(&read);
	hk_diags_release(&diags);
	unlink(path);
	unlink(input);
	rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan_becomes_settings), cmocka_unit_test(test_only_what_changes), cmocka_unit_test(test_choices),
		cmocka_unit_test(test_findings), cmocka_unit_test(test_people_write), cmocka_unit_test(test_objects_of_no_protocol),
		cmocka_unit_test(test_quantities), cmocka_unit_test(test_file_round_trip),
	};

	return cmocka_run_group_tests_name("wanted", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What single interfaces need of adapters: plain numbers, values that come together, lists in addresses, states that may be missing, things that are looked up
 * in a list.
 */
#include "api_fake.h"
#include "../test.h"

#define HEAD "apiVersion: hkctl.dev/v1alpha1\nkind: NetworkApiAdapter\nmetadata: {name: t}\nspec:\n"
#define INPUTS "  inputs: {x: {type: number, description: x}, d: {type: duration, description: d}, r: {type: ratio, description: r}, many: {type: texts, description: m}, ports: {type: integers, description: p}," \
	" of: {type: integer, minimum: -2, maximum: 65535, description: o}, some: {type: integers, minimum: 1, maximum: 3, description: s}, angle: {type: number, minimum: -90, maximum: 90, description: a}," \
	" text: {description: t}, ip: {description: i, with: [port, inner]}, port: {type: integer, description: p, with: [ip]}, inner: {description: inner}}\n"

/* What is sent for values (with a space between them), or the message. */
static void sends(const char *action, const char *values, const char *expected)
{
	HK_AUTO_BUF struct hk_buf adapter = HK_BUF_INIT, sent = HK_BUF_INIT, body = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_str rest = hk_str_of(values);
	struct fake fake;
	int status = 0;
	hk_buf_addf(&adapter, HEAD INPUTS "  actions: {discover: {method: POST, path: /p, %s}}\n", action);
	fake_open(&fake, adapter.s, NULL, 0);
	assert_int_equal(hk_api_adapter_check(&fake.adapter, &fake.diags), 0);
	while (rest.n && !status) {
		struct hk_str one = hk_str_cut(&rest, ' ');
		status = hk_api_values_add(&fake.values, &fake.adapter, hk_arena_slicedup(&fake.arena, one), &fake.arena, &err);
	}
	if (!status)
		status = hk_api_build(&fake.api, "discover", &fake.values, &sent, &body, &err);
	hk_buf_addf(&sent, " %s", body.len ? body.s : "");
	if (status ? err.status != HK_USAGE || !strstr(err.message, expected) : strcmp(sent.s, expected) != 0)
		fail_msg("%s of %s: %s, expected %s", action, values, status ? err.message : sent.s, expected);
	fake_close(&fake);
}

static void test_sending(void **state)
{
	static const struct { const char *action, *values, *expected; } cases[] = {
		{ "body: {a: {$in: x}}", "x=52.520008", "/p {\"a\":52.520008}" }, { "body: {a: {$in: x}}", "x=-13.5", "/p {\"a\":-13.5}" },
		{ "body: {a: {$in: x}}", "x=7", "/p {\"a\":7}" },
		{ "body: {a: {$in: x}}", "x=1e3", "/p {\"a\":1000}" }, { "body: {a: {$in: x}}", "x=0.1000000000000000000001", "more digits than can be sent" },
		{ "body: {a: {$in: x}}", "x=1.5m", "a number such as" },
		{ "body: {a: {$in: x}}", "x=nan", "a number such as" }, { "body: {a: {$in: x}}", "x=1e400", "a number such as" },
		{ "query: {a: {$in: x}}", "x=-0.5", "/p?a=-0.5 " },
		{ "body: {a: {$in: d, unit: s, most: 86400}}", "d=24h", "/p {\"a\":86400}" },
		{ "body: {a: {$in: d, unit: s, most: 86400}}", "d=86401s", "more than the operator takes" },
		{ "body: {a: {$in: d, unit: 10ns, most: 4294967295}}", "d=42.94967295s", "/p {\"a\":4294967295}" },
		{ "body: {a: {$in: d, unit: 10ns, most: 4294967295}}", "d=42.94967296s", "more than the operator takes" },
		{ "body: {a: {$in: r, unit: \"0.1%\"}}", "r=2.5%", "/p {\"a\":25}" },
		{ "body: {a: {$in: r, unit: \"0.1%\"}}", "r=0.05%", "no whole number of 0.1%" },
		{ "query: {a: {$in: many}, b: {$in: ports}}", "many=x,y/z ports=1,2", "/p?a=x&a=y%2Fz&b=1&b=2 " },
		{ "query: {a: {$in: many}}", "many=x", "/p?a=x " }, { "query: {a: {$in: text}}", "text=x,y", "/p?a=x%2Cy " },
		{ "body: {a: {$in: of}}", "of=65535", "/p {\"a\":65535}" },
		{ "body: {a: {$in: of}}", "of=65536", "'65536' of 'of' is more than 65535, the most that the operator takes" },
		{ "body: {a: {$in: of}}", "of=-2", "/p {\"a\":-2}" },
		{ "body: {a: {$in: of}}", "of=-3", "'-3' of 'of' is less than -2, the least that the operator takes" },
		{ "body: {a: {$in: of}}", "of=9223372036854775807", "more than 65535" }, { "query: {a: {$in: of}}", "of=70000", "more than 65535" },
		{ "body: {a: {$in: of, as: text}}", "of=70000", "more than 65535" },
		{ "body: {a: {$in: some}}", "some=1,+2,3", "/p {\"a\":[1,2,3]}" }, { "body: {a: {$in: some}}", "some=4,1", "'4' of 'some' is more than 3" },
		{ "body: {a: {$in: some}}", "some=1,2,0", "'0' of 'some' is less than 1" },
		{ "body: {a: {$in: angle}}", "angle=-90.0", "/p {\"a\":-90}" }, { "body: {a: {$in: angle}}", "angle=90.0000000000000001", "is more than 90" },
		{ "body: {a: {$in: angle}}", "angle=-9.1e1", "is less than -90" },
		{ "body: {a: {$in: ip}}", "ip=i", "'ip' of adapter t needs port or inner=VALUE beside it" },
		{ "body: {a: {$in: ip}, b: {$in: inner}}", "ip=i inner=n", "/p {\"a\":\"i\",\"b\":\"n\"}" },
		{ "body: {a: {$in: port}}", "port=7", "'port' of adapter t needs ip=VALUE beside it" },
		{ "body: {a: {$in: ip}, b: {$in: port}}", "ip=i port=7", "/p {\"a\":\"i\",\"b\":7}" },
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++)
		sends(cases[i].action, cases[i].values, cases[i].expected);
}

/* "STATE: values", or the message. */
static void reads(const char *action, long code, const char *reply, const char *expected)
{
	HK_AUTO_BUF struct hk_buf adapter = HK_BUF_INIT, text = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_api_result result = HK_API_RESULT_INIT;
	const struct fake_reply script = { code, "Content-Type: application/json", reply, HK_HTTP_NOT_SENT };
	struct fake fake;
	hk_buf_addf(&adapter, HEAD "  actions: {status: {method: GET, path: /p, %s}}\n", action);
	fake_open(&fake, adapter.s, &script, 1);
	assert_int_equal(hk_api_adapter_check(&fake.adapter, &fake.diags), 0);
	fake_value(&fake, "id=s1");
	int status = fake_do(&fake, "status", &result, &err);
	hk_buf_addf(&text, "%s:", result.absent ? "absent" : hk_api_state_names[result.state]);
	for (size_t r = 0; r < result.rows.list.n; r++)
		for (size_t i = 0; i < result.rows.list.v[r].n; i++)
			hk_buf_addf(&text, " %s", result.rows.list.v[r].fields[i].text);
	if (status ? !strstr(err.message, expected) : strcmp(text.s, expected) != 0)
		fail_msg("%s: %s, expected %s", reply, status ? err.message : text.s, expected);
	hk_api_result_release(&result);
	fake_close(&fake);
}

#define MISSING "state: {from: /s, missing: pending, active: [up], failed: [bad]}"
#define LISTED "exists: \"/[id={id}]\", state: {from: \"/[id={id}]/s\", missing: pending, active: [up]}, out: [{name: v, from: \"/[id={id}]/v\", required: true}]"

#define DEEP "out: [{name: v, from: /a/b/c}]"
#define WITHIN "exists: \"/l/[id={id}]\""      /* nothing else is read: without the list nothing is known */

static void test_reading(void **state)
{
	static const struct { const char *action; long code; const char *reply, *expected; } cases[] = {
		{ MISSING, 200, "{\"s\":\"up\"}", "active:" }, { MISSING, 200, "{}", "pending:" }, { MISSING, 200, "{\"s\":\"bad\"}", "failed:" },
		{ MISSING, 200, "{\"s\":\"what\"}", "a state that the adapter knows" },
		{ MISSING, 200, "{\"s\":null}", "a state that the adapter knows" }, { MISSING, 200, "", "is empty" },
		{ LISTED, 200, "[{\"id\":\"s0\"},{\"id\":\"s1\",\"s\":\"up\",\"v\":\"x\"}]", "active: x" },
		{ LISTED, 200, "[{\"id\":\"s1\",\"v\":\"x\"}]", "pending: x" }, { LISTED, 200, "[]", "absent:" },
		{ LISTED, 200, "[{\"id\":\"s0\"}]", "absent:" }, { LISTED, 200, "{}", "no list at ''" }, { LISTED, 200, "\"x\"", "no list at ''" },
		{ WITHIN, 200, "{\"l\":[{\"id\":\"s1\"}]}", "active:" }, { WITHIN, 200, "{\"l\":[]}", "absent:" }, { WITHIN, 200, "{\"l\":[{}]}", "absent:" },
		{ WITHIN, 200, "{\"l\":[null,{}]}", "something else than objects in the list at '/l'" }, { WITHIN, 200, "{}", "no list at '/l'" },
		{ WITHIN, 200, "{\"l\":{}}", "no list at '/l'" }, { WITHIN, 200, "{\"l\":null}", "no list at '/l'" }, { WITHIN, 200, "", "is empty" },
		{ WITHIN, 200, "<html>", "no JSON" }, { LISTED, 200, "[{\"id\":\"s1\"}]", "nothing at '/[id={id}]/v'" },
		{ "out: [{name: v, from: /v, type: number}]", 200, "{\"v\":-0.5}", "active: -0.5" },
		{ "out: [{name: v, from: /v, type: number}]", 200, "{\"v\":\"1\"}", "a number was expected" },
		{ "out: [{name: v, from: /v, type: ratio, unit: \"0.1%\"}]", 200, "{\"v\":25}", "active: 25000000ppb" },
		{ "out: [{name: v, from: /v, type: ratio, unit: \"0.1%\"}]", 200, "{\"v\":1001}", "a ratio up to 1" },
		{ DEEP, 200, "{}", "active:" }, { DEEP, 200, "{\"a\":{}}", "active:" }, { DEEP, 200, "{\"a\":null}", "active:" },
		{ DEEP, 200, "{\"a\":{\"b\":{\"c\":\"x\"}}}", "active: x" },
		{ DEEP, 200, "{\"a\":\"x\"}", "a text 'x' at '/a', where an object was expected" },
		{ DEEP, 200, "{\"a\":{\"b\":-1}}", "a number '-1' at '/a/b', where an object was expected" },
		{ DEEP, 200, "true", "where an object was expected" },
		{ "ok: [200, 204], each: [/l], eachOptional: true, out: [{name: v, required: true}]", 204, "", "active:" },
		{ "ok: [200, 204], each: [/l], eachOptional: true, out: [{name: v, required: true}]", 200, "", "is empty" },
		{ "ok: [200, 204], each: [/l], eachOptional: true, out: [{name: v, required: true}]", 200, "{\"l\":[\"a\",\"b\"]}", "active: a b" },
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++)
		reads(cases[i].action, cases[i].code, cases[i].reply, cases[i].expected);
}

static void test_names_beside_a_value_are_checked(void **state)
{
	static const char text[] = HEAD "  inputs: {a: {description: a, with: [b]}}\n  actions: {discover: {method: GET, path: /p, exists: \"/~x\"}}\n";
	struct fake fake;
	(void)state;
	fake_open(&fake, text, NULL, 0);
	assert_int_equal(hk_api_adapter_check(&fake.adapter, &fake.diags), 2);
	assert_non_null(strstr(fake.diags.list.v[0].summary, "'b' is not among the inputs"));
	assert_non_null(strstr(fake.diags.list.v[1].summary, "'/~x' is no JSON pointer"));
	fake_close(&fake);
}

static void test_bounds_are_checked(void **state)
{
	static const struct { const char *input, *said; } cases[] = {
		{ "type: integer, minimum: 0, maximum: 0", NULL }, { "type: integers, maximum: 9", NULL }, { "type: number, minimum: -0.5", NULL },
		{ "maximum: 9", "the bound '9' means nothing for this type" }, { "type: duration, minimum: 1", "the bound '1' means nothing" },
		{ "type: texts, maximum: 1", "the bound '1' means nothing" },
		{ "type: integer, minimum: 2, maximum: 1", "no value is allowed: the maximum '1' is less than the minimum" },
		{ "type: number, minimum: 0.5, maximum: 0.25", "no value is allowed" },
		{ "type: integer, maximum: 0x10", "'0x10' is no bound" }, { "type: integer, minimum: 1.0e+99", "'1.0e+99' is no bound" },
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		struct fake fake;
		hk_buf_addf(&text, HEAD "  inputs: {a: {description: a, %s}}\n  actions: {discover: {method: GET, path: /p}}\n", cases[i].input);
		fake_open(&fake, text.s, NULL, 0);
		assert_int_equal(hk_api_adapter_check(&fake.adapter, &fake.diags), cases[i].said != NULL);
		if (cases[i].said && !strstr(fake.diags.list.v[0].summary, cases[i].said))
			fail_msg("%s: %s", cases[i].input, fake.diags.list.v[0].summary);
		fake_close(&fake);
	}
}

static void test_places_of_ids_are_checked(void **state)
{
	static const struct { const char *id, *said; } cases[] = {
		{ "from: /i", NULL }, { "header: L", NULL }, { "from: /i, address: true", NULL }, { "input: a", NULL },
		{ "input: b", "'b' has to be among what 'request' needs" }, { "input: c", "'c' is not among the inputs" },
		{ "from: /i, header: L", "one of 'from', 'header' and 'input'" }, { "from: /i, input: a", "one of 'from', 'header' and 'input'" },
		{ "header: L, address: true", "one of 'from'" }, { "address: true", "one of 'from'" },
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		struct fake fake;
		hk_buf_addf(&text, HEAD "  inputs: {a: {description: a}, b: {description: b}}\n  actions: {request: {method: PUT, path: /p, needs: [a, [a, b]], id: {%s}, undo: release}, release: {method: PUT, path: /p}}\n",
			    cases[i].id);
		fake_open(&fake, text.s, NULL, 0);
		assert_int_equal(hk_api_adapter_check(&fake.adapter, &fake.diags) > 0, cases[i].said != NULL);
		if (cases[i].said && !strstr(fake.diags.list.v[0].summary, cases[i].said) &&
		    !(fake.diags.list.n > 1 && strstr(fake.diags.list.v[1].summary, cases[i].said)))
			fail_msg("%s: %s", cases[i].id, fake.diags.list.v[0].summary);
		fake_close(&fake);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_bounds_are_checked), cmocka_unit_test(test_sending),
					    cmocka_unit_test(test_places_of_ids_are_checked), cmocka_unit_test(test_reading),
					    cmocka_unit_test(test_names_beside_a_value_are_checked) };
	return cmocka_run_group_tests_name("api flavours", tests, NULL, NULL);
}

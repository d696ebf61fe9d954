/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From values to requests, and from replies to values: templates, pointers, rows. Typed both ways, exact both ways, and never a guess. */
#include "api_fake.h"
#include "../test.h"
#include "net/api_reply.h"
#include "net/api_template.h"

#define HEAD "apiVersion: hkctl.dev/v1alpha1\nkind: NetworkApiAdapter\nmetadata: {name: t}\nspec:\n"
#define INPUTS "  inputs: {text: {description: t}, count: {type: integer, description: i}, d: {type: duration, description: d}, b: {type: bitrate, description: b}, r: {type: ratio, description: r}," \
	" t: {type: time, description: t}, many: {type: texts, description: m}, ports: {type: integers, description: p}, word: {values: [down, up], description: w}}\n"

/* Body (or message) of a template with one value. */
static void sends(const char *template, const char *value, int status, const char *expected)
{
	HK_AUTO_BUF struct hk_buf adapter = HK_BUF_INIT, path = HK_BUF_INIT, body = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct fake fake;
	hk_buf_addf(&adapter, HEAD INPUTS "  actions: {discover: {method: POST, path: /p, body: %s}}\n", template);
	fake_open(&fake, adapter.s, NULL, 0);
	assert_int_equal(hk_api_adapter_check(&fake.adapter, &fake.diags), 0);
	int result = value ? hk_api_values_add(&fake.values, &fake.adapter, value, &fake.arena, &err) : 0;
	if (!result)
		result = hk_api_build(&fake.api, "discover", &fake.values, &path, &body, &err);
	if ((result ? (int)err.status : HK_OK) != status || (status ? !strstr(err.message, expected) : strcmp(body.s, expected) != 0))
		fail_msg("%s of %s: %s", template, value, result ? err.message : body.s);
	fake_close(&fake);
}

static void test_values_are_sent_as_what_they_are(void **state)
{
	static const struct { const char *template, *value; int status; const char *expected; } cases[] = {
		{ "{a: {$in: text}}", "text=x", HK_OK, "{\"a\":\"x\"}" }, { "{a: {$in: text}}", "text=7", HK_OK, "{\"a\":\"7\"}" },
		{ "{a: {$in: text}}", "text=null", HK_OK, "{\"a\":\"null\"}" },
		{ "{a: {$in: text}}", "text=\",\"b\":\"c", HK_OK, "{\"a\":\"\\\",\\\"b\\\":\\\"c\"}" },
		{ "{a: {$in: count}}", "count=-9223372036854775808", HK_OK, "{\"a\":-9223372036854775808}" },
		{ "{a: {$in: count}}", "count=9007199254740993", HK_OK, "{\"a\":9007199254740993}" },
		{ "{a: {$in: count}}", "count=9223372036854775808", HK_USAGE, "not a whole number" },
		{ "{a: {$in: count, as: text}}", "count=7", HK_OK, "{\"a\":\"7\"}" },
		{ "{a: {$in: d, unit: s, round: up}}", "d=29m30s", HK_OK, "{\"a\":1770}" },
		{ "{a: {$in: d, unit: s, round: up}}", "d=1ns", HK_OK, "{\"a\":1}" },
		{ "{a: {$in: d, unit: s}}", "d=1500ms", HK_USAGE, "no whole number of s" },
		{ "{a: {$in: d, unit: 10ns}}", "d=15ns", HK_USAGE, "no whole number of 10ns" },
		{ "{a: {$in: d, unit: 10ns}}", "d=4ms", HK_OK, "{\"a\":400000}" },
		{ "{a: {$in: d, unit: ms, way: round-trip}}", "d=4.5ms", HK_OK, "{\"a\":9}" },
		{ "{a: {$in: d, unit: s, as: text}}", "d=1h", HK_OK, "{\"a\":\"3600\"}" },
		{ "{a: {$in: d, unit: ms}}", "d=10s5", HK_USAGE, "a duration" }, { "{a: {$in: d, unit: ms}}", "d=-1s", HK_USAGE, "a duration" },
		{ "{a: {$in: b, unit: bps}}", "b=9007199254740993bps", HK_OK, "{\"a\":9007199254740993}" },
		{ "{a: {$in: b, as: rate}}", "b=12500kbps", HK_OK, "{\"a\":\"12.5 Mbps\"}" },
		{ "{a: {$in: b, as: rate}}", "b=999bps", HK_OK, "{\"a\":\"999 bps\"}" },
		{ "{a: {$in: b, as: rate}}", "b=1Kbps", HK_OK, "{\"a\":\"1 Kbps\"}" }, { "{a: {$in: r, as: exponent}}", "r=0.1%", HK_OK, "{\"a\":3}" },
		{ "{a: {$in: r, as: exponent}}", "r=0.2%", HK_USAGE, "no power of ten" },
		{ "{a: {$in: r, as: exponent, round: down}}", "r=0.2%", HK_OK, "{\"a\":3}" },
		{ "{a: {$in: r, as: exponent, round: up}}", "r=0.2%", HK_OK, "{\"a\":2}" },
		{ "{a: {$in: r, as: exponent}}", "r=0", HK_USAGE, "no power of ten" },
		{ "{a: {$amount: b, units: [bps, Kbps, Mbps], most: 1024}}", "b=20Mbps", HK_OK, "{\"a\":{\"value\":20,\"unit\":\"Mbps\"}}" },
		{ "{a: {$amount: b, units: [bps, Kbps, Mbps], most: 1024}}", "b=20000001bps", HK_USAGE, "none of the operator's units" },
		{ "{a: {$in: many}}", "many=a,b", HK_OK, "{\"a\":[\"a\",\"b\"]}" }, { "{a: {$in: many}}", "many=a,,b", HK_USAGE, "texts with commas" },
		{ "{a: {$in: many}}", "many=a,", HK_USAGE, "texts with commas" },
		{ "{a: {$in: ports}}", "ports=443,8443", HK_OK, "{\"a\":[443,8443]}" }, { "{a: {$in: ports}}", "ports=443,x", HK_USAGE, "whole numbers" },
		{ "{a: {$in: ports}}", "ports=443,", HK_USAGE, "whole numbers" },
		{ "{a: {$in: word, map: {down: 1, up: \"01\"}}}", "word=down", HK_OK, "{\"a\":1}" },
		{ "{a: {$in: word, map: {down: 1, up: \"01\"}}}", "word=up", HK_OK, "{\"a\":\"01\"}" },
		{ "{a: {$in: word}}", "word=left", HK_USAGE, "none of the values" },
		{ "{a: {$in: t}}", "t=2026-01-31T12:00:00Z", HK_OK, "{\"a\":\"2026-01-31T12:00:00Z\"}" },
		{ "{a: {$in: t}}", "t=tomorrow", HK_USAGE, "a time" }, { "{a: {$in: text}}", "text=", HK_USAGE, "not empty" },
		{ "{a: {$in: text}}", "text=a\nb", HK_USAGE, "control characters" },
		{ "{a: {$in: text}}", "text=\xff", HK_USAGE, "control characters" },
		{ "{a: {b: {$in: text}}, c: [{$in: count}], d: 1.5, e: true, f: \"7\"}", NULL, HK_OK, "{\"d\":1.5,\"e\":true,\"f\":\"7\"}" },
		{ "{a: {b: {$in: text}, c: 1}}", "text=x", HK_OK, "{\"a\":{\"b\":\"x\",\"c\":1}}" },
		{ "{a: {$in: text}}", "txt=x", HK_USAGE, "did you mean 'text'" },
		{ "{a: {$in: text}}", "text", HK_USAGE, "write NAME=VALUE" },
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++)
		sends(cases[i].template, cases[i].value, cases[i].status, cases[i].expected);
}

/* "value" of every row of a reply, joined by ';', or the message. */
static void reads(const char *out, const char *reply, const char *expected)
{
	HK_AUTO_BUF struct hk_buf adapter = HK_BUF_INIT, text = HK_BUF_INIT;
	struct fake fake;
	struct hk_api_result result = HK_API_RESULT_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	const struct fake_reply script = { 200, "Content-Type: application/json", reply, HK_HTTP_NOT_SENT };
	hk_buf_addf(&adapter, HEAD "  actions: {discover: {method: GET, path: /p, %s}}\n", out);
	fake_open(&fake, adapter.s, &script, 1);
	int status = fake_do(&fake, "discover", &result, &err);
	for (size_t r = 0; r < result.rows.list.n && !status; r++)
		for (size_t i = 0; i < result.rows.list.v[r].n; i++)
			hk_buf_addf(&text, "%s%s", text.len ? ";" : "", result.rows.list.v[r].fields[i].text);
	if (status ? !*expected || !strstr(err.message, expected) : strcmp(text.s, expected) != 0)
		fail_msg("%s: '%s', expected '%s'", reply, status ? err.message : text.s, expected);
	assert_true(!status || status == HK_FAILED);
	hk_api_result_release(&result);
	fake_close(&fake);
}

static void test_replies_are_read_exactly_or_refused(void **state)
{
	static const char ms[] = "out: [{name: v, from: /v, type: duration, unit: ms, required: true}]",
	    amount[] = "out: [{name: v, from: /v, type: bitrate, form: amount, required: true}]",
		rate[] = "out: [{name: v, from: /v, type: bitrate, form: quantity}]", power[] = "out: [{name: v, from: /v, type: ratio, form: exponent}]",
		rtt[] = "out: [{name: v, from: /v, type: duration, unit: ns, way: round-trip}]", whole[] = "out: [{name: v, from: /v, type: integer}]",
		word[] = "out: [{name: v, from: /v, map: {a: x}}]", when[] = "out: [{name: v, from: /v, type: time}]",
		list[] = "each: [/l], out: [{name: v, from: /v, required: true}]", worst[] = "out: [{name: v, from: /v, type: duration, unit: ms, of: most}]",
		text[] = "out: [{name: v, from: /v}]", ratio[] = "out: [{name: v, from: /v, type: ratio, unit: \"%\"}]";
	static const struct { const char *out, *reply, *expected; } cases[] = {
		{ ms, "{\"v\":4.25}", "4.25ms" }, { ms, "{\"v\":0.0000001}", "1ns" }, { ms, "{\"v\":-1}", "from 0 on" },
		{ ms, "{\"v\":\"4\"}", "a text '4' at '/v', where a number was expected" }, { ms, "{\"v\":null}", "nothing at '/v'" },
		{ ms, "{}", "nothing at '/v'" }, { ms, "{\"v\":1e400}", "kept exactly" }, { ms, "{\"v\":true}", "a boolean" }, { ms, "{\"v\":[1]}", "a list" },
		{ ms, "{\"v\":99999999999999999999}", "within range" },
		{ ms, "[4]", "nothing at '/v'" }, { ms, "4", "an object was expected" }, { ms, "", "is empty" }, { ms, "{\"v\":NaN}", "no JSON" },
		{ ms, "{\"v\":01}", "no JSON" }, { ms, "{\"v\":1,\"v\":2}", "no JSON" },
		{ ms, "{\"v\":1}x", "no JSON" }, { ms, "{\"v\":1,}", "no JSON" }, { ms, "{\"v\":.5}", "no JSON" }, { ms, "{'v':1}", "no JSON" },
		{ ms, "{\"v\":1} {\"v\":2}", "no JSON" }, { ms, "\xef\xbb\xbf", "no JSON" },
		{ amount, "{\"v\":{\"value\":20,\"unit\":\"Mbps\"}}", "20000000bps" },
		{ amount, "{\"v\":{\"value\":20,\"unit\":\"furlongs\"}}", "unit 'furlongs'" }, { amount, "{\"v\":{\"value\":20}}", "'value' and 'unit'" },
		{ amount, "{\"v\":{\"value\":20,\"unit\":\"ms\"}}", "unit 'ms'" }, { amount, "{\"v\":20}", "'value' and 'unit'" },
		{ amount, "{\"v\":{\"value\":9007199254740993,\"unit\":\"bps\"}}", "9007199254740993bps" },
		{ rate, "{\"v\":\"12.5 Mbps\"}", "12500000bps" }, { rate, "{\"v\":\"12.5 Mbp\"}", "a number and a unit" },
		{ rate, "{\"v\":12}", "a number and a unit" }, { rate, "{\"v\":\"-1 Mbps\"}", "a number and a unit" },
		{ power, "{\"v\":3}", "1000000ppb" }, { power, "{\"v\":19}", "exponent" }, { power, "{\"v\":-1}", "exponent" },
		{ power, "{\"v\":2.5}", "exponent" },
		{ rtt, "{\"v\":5}", "3ns" }, { whole, "{\"v\":9223372036854775807}", "9223372036854775807" }, { whole, "{\"v\":1.0}", "a whole number" },
		{ whole, "{\"v\":\"7\"}", "a whole number" },
		{ word, "{\"v\":\"a\"}", "x" }, { word, "{\"v\":\"b\"}", "one of the words" }, { when, "{\"v\":1769860800}", "2026-01-31T12:00:00Z" },
		{ when, "{\"v\":\"2026-01-31T12:00:00Z\"}", "2026-01-31T12:00:00Z" },
		{ when, "{\"v\":\"yesterday\"}", "a time" }, { when, "{\"v\":-1}", "a time" }, { list, "{\"l\":[{\"v\":\"a\"},{\"v\":\"b\"}]}", "a;b" },
		{ list, "{\"l\":[]}", "" }, { list, "{}", "no list at '/l'" },
		{ list, "{\"l\":{\"v\":\"a\"}}", "a list was expected" }, { list, "{\"l\":[1]}", "an object was expected" },
		{ list, "{\"l\":\"x\"}", "a list was expected" }, { worst, "{\"v\":[3,11,7]}", "11ms" },
		{ worst, "{\"v\":[]}", "empty list" }, { worst, "{\"v\":[3,\"x\"]}", "a number" }, { worst, "{\"v\":3}", "a list" },
		{ text, "{\"v\":\"a\\u0000b\"}", "NUL" }, { text, "{\"v\":\"\xff\"}", "no JSON" },
		{ text, "{\"v\":\"\\ud800\"}", "no JSON" }, { text, "{\"v\":7}", "a text was expected" }, { text, "{\"v\":\"\xc3\xa4\"}", "\xc3\xa4" },
		{ ratio, "{\"v\":101}", "a ratio up to 1" }, { ratio, "{\"v\":0.1}", "1000000ppb" },
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++)
		reads(cases[i].out, cases[i].reply, cases[i].expected);
}

static void test_deep_and_large_replies_end(void **state)
{
	HK_AUTO_BUF struct hk_buf deep = HK_BUF_INIT, many = HK_BUF_INIT;
	(void)state;
	hk_buf_addchn(&deep, '[', 100000);
	reads("out: [{name: v, from: /v}]", deep.s, "no JSON");
	hk_buf_addstr(&many, "{\"l\":[{}");
	for (int i = 0; i < 10001; i++)
		hk_buf_addstr(&many, ",{}");
	hk_buf_addstr(&many, "]}");
	reads("each: [/l], out: [{name: v, from: /v}]", many.s, "more than 10000 entries");
}

static void test_pointers(void **state)
{
	static const char json[] = "{\"a\":{\"b\":[10,11,12]},\"\":1,\"a/b\":2,\"m~n\":3,\"l\":[{\"id\":\"x\",\"v\":1},{\"id\":\"y\",\"v\":2},{\"id\":\"y\",\"v\":3}],\"0\":4}";
	static const struct { const char *pointer, *text; } cases[] = { { "/a/b/1", "11" }, { "/a/b/01", NULL }, { "/a/b/3", NULL }, { "/a/b/-", NULL },
									{ "/", "1" }, { "/a~1b", "2" }, { "/m~0n", "3" },
		{ "/l/[id=x]/v", "1" }, { "/l/[id=y]/v", NULL }, { "/l/[id=z]/v", NULL }, { "/l/[id={id}]/v", "1" }, { "/l/[id={other}]/v", NULL },
		{ "/0", "4" }, { "/a/b/99999999999999999999", NULL }, { "/a/x/y", NULL } };
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_api_values values = { { NULL, 0, 0 } };
	(void)state;
	hk_api_values_set_id(&values, "x");
	hk_source_from_text(&source, "t", json, sizeof json - 1);
	assert_int_equal(hk_yaml_read_one(&source, true, &doc, &diags), 0);
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		struct hk_pointer_names names = hk_api_names(&values);
		const struct hk_node *node = hk_pointer_get(doc.root, cases[i].pointer, &names);
		if (!node != !cases[i].text || (node && !hk_str_is(node->text, cases[i].text)))
			fail_msg("%s leads to %s", cases[i].pointer, node ? node->text.s : "nothing");
	}
	assert_ptr_equal(hk_pointer_get(doc.root, "", NULL), doc.root);
	assert_false(hk_pointer_valid("a"));
	assert_false(hk_pointer_valid("/~2"));
	assert_false(hk_pointer_valid("/~"));
	hk_api_values_release(&values);
	hk_doc_release(&doc);
	hk_source_release(&source);
	hk_diags_release(&diags);
}

static void refuses(const char *actions, const char *said)
{
	HK_AUTO_BUF struct hk_buf adapter = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_workspace workspace = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	struct hk_api_adapter opened;
	hk_buf_addf(&adapter, HEAD INPUTS "  actions: {%s}\n", actions);
	assert_int_equal(hk_workspace_add_text(&workspace, "a.yaml", (struct hk_str){ adapter.s, adapter.len }, false, &diags, &err), 0);
	if (!diags.errors) {
		hk_api_adapter_open(&opened, &workspace.documents[0]->doc);
		assert_int_not_equal(hk_api_adapter_check(&opened, &diags), 0);
	}
	if (!strstr(diags.list.v[0].summary, said))
		fail_msg("%s: %s", actions, diags.list.v[0].summary);
	hk_workspace_release(&workspace);
	hk_diags_release(&diags);
}

static void test_adapters_that_cannot_work_are_refused(void **state)
{
	static const struct { const char *actions, *said; } cases[] = {
		{ "request: {method: POST, path: /s, id: {from: /id}}, release: {method: DELETE, path: /s}", "undo" },
		{ "request: {method: POST, path: /s, undo: release}, release: {method: DELETE, path: /s}", "id" },
		{ "request: {method: POST, path: /s, id: {from: /id}, undo: release}", "release" },
		{ "discover: {method: GET, path: \"/p/{nobody}\"}", "'nobody' is not among the inputs" },
		{ "discover: {method: GET, path: \"/p/{id\"}", "not closed" },
		{ "discover: {method: GET, path: \"/p/{id}\"}", "'id' is not among the inputs" },
		{ "discover: {method: POST, path: /p, body: {a: {$in: d}}}", "unit it is sent in is missing" },
		{ "discover: {method: POST, path: /p, body: {a: {$in: d, unit: Mbps}}}", "no unit of this kind" },
		{ "discover: {method: POST, path: /p, body: {a: {$calc: d}}}", "no kind of value" },
		{ "discover: {method: POST, path: /p, body: {a: {$in: text, twice: 1}}}", "means nothing" },
		{ "discover: {method: POST, path: /p, body: {a: {$in: d, unit: s, round: sideways}}}", "no word for 'round'" },
		{ "discover: {method: GET, path: /p, headers: {Authorization: Bearer x}}", "is set by hkctl alone" },
		{ "discover: {method: GET, path: /p, headers: {host: x}}", "is set by hkctl alone" },
		{ "discover: {method: GET, path: /p, headers: {X-A: \"a\\r\\nAuthorization: b\"}}", "one line of text" },
		{ "discover: {method: GET, path: /p, out: [{name: v, from: v}]}", "" },
		{ "discover: {method: GET, path: /p, out: [{name: v, from: /v, type: duration}]}", "without the unit" },
		{ "discover: {method: GET, path: /p, out: [{name: v, from: /~2}]}", "no JSON pointer" },
		{ "find: {method: GET, path: /p, id: {header: Location}}", "'find' needs id" },
		{ "status: {method: GET, path: /p, wait: {every: 1s, atMost: 2s}}", "waiting needs" },
		{ "discover: {method: TRACE, path: /p}", "" }, { "discover: {method: GET, path: p}", "" }, { "explode: {method: GET, path: /p}", "" },
		{ "discover: {method: GET, path: /p, ok: [404]}", "" },
		{ "discover: {method: GET, path: /p, insecure: true}", "" },
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++)
		refuses(cases[i].actions, cases[i].said);
}

static void test_shipped_adapters_are_in_order_and_valid(void **state)
{
	const struct hk_api_shipped *shipped, *before = NULL;
	(void)state;
	for (size_t i = 0; (shipped = hk_api_shipped_at(i)) != NULL; i++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		struct fake fake;
		assert_true(!before || strcmp(before->name, shipped->name) < 0);
		assert_ptr_equal(hk_api_shipped_find(shipped->name), shipped);
		hk_buf_addslice(&text, shipped->text);
		fake_open(&fake, text.s, NULL, 0);
		assert_int_equal(hk_api_adapter_check(&fake.adapter, &fake.diags), 0);
		assert_string_equal(fake.adapter.name, shipped->name);
		fake_close(&fake);
		before = shipped;
	}
	assert_non_null(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_are_sent_as_what_they_are), cmocka_unit_test(test_replies_are_read_exactly_or_refused),
		cmocka_unit_test(test_deep_and_large_replies_end), cmocka_unit_test(test_pointers),
		cmocka_unit_test(test_adapters_that_cannot_work_are_refused), cmocka_unit_test(test_shipped_adapters_are_in_order_and_valid),
	};
	return cmocka_run_group_tests_name("api_values", tests, NULL, NULL);
}

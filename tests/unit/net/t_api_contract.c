/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adapters against small contracts: what is right passes, and every kind of mistake is found, at its line and under its rule. */
#include "api_fake.h"
#include "../test.h"
#include "base/file.h"
#include "net/api_contract.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HEAD "apiVersion: hkctl.dev/v1alpha1\nkind: NetworkApiAdapter\nmetadata: {name: t}\nspec:\n"
#define INPUTS "  inputs: {text: {description: t}, other: {description: o}, kind: {values: [a, b], description: k}, count: {type: integer, description: c}, x: {type: number, description: x}," \
	" rate: {type: bitrate, description: r}, many: {type: texts, description: m}, near: {description: p, with: [text]}," \
	" few: {type: integer, minimum: 1, maximum: 9, description: f}, more: {type: integer, minimum: 0, maximum: 10, description: m}, up: {type: number, minimum: 1, description: u}," \
	" fews: {type: integers, minimum: 1, maximum: 9, description: f}, counts: {type: integers, description: c}}\n  actions:\n"
#define HEAD_LINES 6          /* before the first line of the actions */

/* Sessions: a body of all kinds of members, a reply with amounts, words and a state; things: a list; old: only problem+json. */
#define CONTRACT(version) "openapi: " version "\n" \
	"paths:\n" \
	"  /sessions:\n" \
	"    post:\n" \
	"      security: [{open: [\"s:write\"]}]\n" \
	"      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Session'}}}}\n" \
	"      responses: {'201': {headers: {Location: {}}, content: {application/json: {schema: {$ref: '#/components/schemas/Info'}}}},\n" \
	"                  '400': {content: {application/problem+json: {schema: {properties: {cause: {type: string}}}}}}}\n" \
	"  /sessions/{sessionId}:\n" \
	"    parameters: [{name: sessionId, in: path, required: true, schema: {type: string}}]\n" \
	"    get: {responses: {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/Info'}}}}}}\n" \
	"    delete: {responses: {'202': {}, '204': {}}}\n" \
	"  /things:\n" \
	"    get:\n" \
	"      parameters: [{name: kind, in: query, schema: {type: string, enum: [a, b]}}, {name: must, in: query, required: true, schema: {type: string}}, {name: size, in: query, schema: {type: integer, maximum: 9}},\n" \
	"                   {name: sizes, in: query, schema: {type: array, items: {type: integer, minimum: 1}}}, {name: one, in: query, schema: {type: array, items: {type: string}}, explode: false}, {$ref: '#/components/parameters/X-Must'}]\n" \
	"      responses: {'200': {content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Thing'}}}}}}\n" \
	"  /kinds/{kind}/{number}:\n" \
	"    parameters: [{name: kind, in: path, required: true, schema: {$ref: '#/components/schemas/Kind'}}]\n" \
	"    get: {parameters: [{name: number, in: path, required: true, schema: {type: integer, maximum: 9}}], responses: {'200': {}}}\n" \
	"  /patched: {post: {requestBody: {content: {application/merge-patch+json: {schema: {type: object}}}}, responses: {'2XX': {}}}}\n" \
	"  /nowhere: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Gone'}}}}, responses: {default: {}}}}\n" \
	"components:\n" \
	"  parameters: {X-Must: {name: X-Must, in: header, required: true, schema: {type: string}}}\n" \
	"  schemas:\n" \
	"    Session:\n" \
	"      allOf:\n" \
	"      - {type: object, required: [name], properties: {name: {type: string}, kind: {allOf: [{$ref: '#/components/schemas/Kind'}]}, note: {type: string, readOnly: true}}}\n" \
	"      - {type: object, required: [area], properties: {area: {$ref: '#/components/schemas/Area'}, rate: {$ref: '#/components/schemas/Rate'}, count: {type: integer, minimum: 1, maximum: 9}, counts: {type: array, items: {type: integer, minimum: 1, maximum: 9}}, part: {type: number, minimum: 0.5, maximum: 1.5},\n" \
	"         ids: {type: array, items: {type: string}}, open: {type: object, additionalProperties: true}, inner: {type: object, required: [key], properties: {key: {type: string}, value: {type: string}}},\n" \
	"         pair: {type: object, properties: {p: {type: string}, q: {type: string}, r: {type: string}}, anyOf: [{required: [p, q]}, {required: [p, r]}]},\n" \
	"         loop: {$ref: '#/components/schemas/Session'}, grows: {anyOf: [{type: string, enum: [a]}, {type: string}]}}}\n" \
	"    Kind: {type: string, enum: [a, b, c]}\n" \
	"    Rate: {type: object, properties: {value: {type: integer, maximum: 1024}, unit: {$ref: '#/components/schemas/Unit'}}}\n" \
	"    Unit: {type: string, enum: [kbps, Mbps]}\n" \
	"    Area: {type: object, required: [shape], properties: {shape: {type: string, enum: [CIRCLE, NAME]}}, discriminator: {propertyName: shape, mapping: {CIRCLE: Circle, NAME: '#/components/schemas/Name', GONE: Gone}}}\n" \
	"    Circle: {allOf: [{$ref: '#/components/schemas/Area'}, {type: object, required: [radius], properties: {radius: {type: number}}}]}\n" \
	"    Name: {allOf: [{$ref: '#/components/schemas/Area'}, {type: object, required: [called], properties: {called: {type: string}}}]}\n" \
	"    Info: {type: object, required: [id, state], properties: {id: {type: string}, state: {type: string, enum: [NEW, GOOD, BAD]}, rate: {$ref: '#/components/schemas/Rate'}, count: {type: integer},\n" \
	"           kind: {$ref: '#/components/schemas/Kind'}, wait: {type: object, properties: {value: {type: integer}, unit: {type: string, enum: [Seconds, Fortnights]}}}}}\n" \
	"    Thing: {type: object, required: [key], properties: {key: {type: string}, state: {type: string}, parts: {type: array, items: {type: object, properties: {size: {type: integer}}}}}}\n"

#define GOOD_BODY "name: {$in: text}, kind: {$in: kind}, area: {shape: CIRCLE, radius: {$in: x}}, rate: {$amount: rate, units: [kbps, Mbps], most: 1024}, count: 9, ids: {$in: many}, open: {any: 1}"
#define REQUEST(body) "    request:\n      method: POST\n      path: /sessions\n      scopes: [\"s:write\"]\n      needs: [text, x]\n      ok: [201]\n      id: {from: /id}\n      undo: release\n      body: {" body "}\n"
#define RELEASE "    release: {method: DELETE, path: \"/sessions/{id}\", ok: [202, 204]}\n"
#define STATUS(more) "    status:\n      method: GET\n      path: /sessions/{id}\n      " more "\n"
#define THINGS(more) "    discover:\n      method: GET\n      path: /things\n      headers: {X-Must: \"1\"}\n      " more "\n"

/* Findings as "RULE:LINE message; ..."; lines are those of the actions. */
static void findings_of(const struct fake *fake, struct hk_buf *text)
{
	hk_buf_reset(text);
	for (size_t i = 0; i < fake->diags.list.n; i++) {
		const struct hk_diag *diag = &fake->diags.list.v[i];
		hk_buf_addf(text, "%s%s:%d %s", text->len ? "; " : "", diag->rule->code, (int)diag->range.line - HEAD_LINES, diag->summary);
	}
}

static void check(const char *contract_text, const char *actions, const char *expected)
{
	HK_AUTO_BUF struct hk_buf adapter = HK_BUF_INIT, found = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct fake fake;
	hk_buf_addf(&adapter, HEAD INPUTS "%s", actions);
	fake_open(&fake, adapter.s, NULL, 0);
	assert_int_equal(hk_api_adapter_check(&fake.adapter, &fake.diags), 0);
	struct hk_contract *contract = hk_contract_from_text("contract", hk_str_of(contract_text), &fake.diags, &err);
	assert_non_null(contract);
	size_t n = hk_contract_check(contract, &fake.adapter, &fake.diags);
	findings_of(&fake, &found);
	if (*expected ? !strstr(found.s ? found.s : "", expected) : n || found.len)
		fail_msg("%s\n  found: %s\n  expected: %s", actions, found.len ? found.s : "nothing", *expected ? expected : "nothing");
	hk_contract_free(contract);
	fake_close(&fake);
}

struct one { const char *actions, *expected; };

static void check_all(const struct one *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		check(CONTRACT("3.0.3"), cases[i].actions, cases[i].expected);
		check(CONTRACT("3.1.0"), cases[i].actions, cases[i].expected);
	}
}

static void test_what_is_right_passes(void **state)
{
	static const struct one cases[] = {
		{ REQUEST(GOOD_BODY) RELEASE, "" },
		{ REQUEST("name: {$in: text}, area: {shape: NAME, called: {$in: text}}, loop: {name: a, area: {shape: CIRCLE, radius: 1.5}}, grows: {$in: other}") RELEASE,
		  "" },
		{ REQUEST("name: {$in: text}, area: {shape: CIRCLE, radius: {$in: x}}, count: {$in: few}, counts: {$in: fews}, part: 0.5") RELEASE, "" },
		{ REQUEST("name: {$in: text}, area: {shape: CIRCLE, radius: {$in: x}}, inner: {key: {$in: text}, value: {$in: near}}") RELEASE, "" },
		{ REQUEST("name: {$in: text}, area: {shape: CIRCLE, radius: {$in: x}}, pair: {p: {$in: text}, r: {$in: text}}") RELEASE, "" },
		{ REQUEST("name: {$in: text}, area: {shape: CIRCLE, radius: {$in: x}}, pair: {p: {$in: text}, q: a, r: {$in: other}}") RELEASE, "" },
		{ STATUS("state: {from: /state, pending: [NEW], active: [GOOD], failed: [BAD]}\n      out: [{name: a, from: /id, required: true}, {name: b, from: /rate, type: bitrate, form: amount}, {name: c, from: /count, type: integer},"
			 " {name: d, from: /kind, map: {a: u, b: v, c: w}}, {name: e, from: /count, type: bitrate, unit: bps}, {name: f, from: /count, type: time}]"),
			 "" },
		{ THINGS("needs: [text]\n      query: {must: {$in: text}, kind: {$in: kind}}\n      each: [\"\", /parts]\n      out: [{name: a, from: /size, type: integer}]"),
		  "" },
		{ THINGS("needs: [text]\n      query: {must: {$in: text}}\n      exists: \"/[key={text}]\"\n      out: [{name: a, from: \"/[key={text}]/key\", required: true}]"),
		  "" },
	};
	(void)state;
	check_all(cases, HK_COUNT(cases));
}

static void test_operations(void **state)
{
	static const struct one cases[] = {
		{ "    status: {method: GET, path: /sessions/mine}\n", "" },
		{ STATUS("ok: [201]"), "HK1421:4 the contract does not have the status: '201'" },
		{ "    status: {method: GET, path: \"/session/{id}\"}\n", "HK1421:1 the contract does not have the path: '/session/{id}'" },
		{ "    status: {method: GET, path: \"/sessions/{id}/x\"}\n", "does not have the path" },
		{ "    status:\n      path: /sessions/{id}\n      method: PUT\n", "HK1421:3 the contract does not have the method for this path: 'PUT'" },
		{ "    release: {method: DELETE, path: \"/sessions/{id}\", ok: [204]}\n",
		  "HK1421:1 a success of the contract that the adapter takes for a failure: '202'" },
		{ "    discover: {method: POST, path: /patched, body: {a: {$in: text}}}\n", "another content type than application/json" },
		{ "    discover: {method: POST, path: /nowhere, body: {a: {$in: text}}}\n", "HK1424" },
		{ "    discover: {method: POST, path: /sessions, ok: [201], scopes: [\"s:write\"]}\n", "HK1422:1 the contract wants a body for: '/sessions'" },
		{ THINGS("needs: [text]\n      query: {must: {$in: text}}\n      body: {a: 1}"), "HK1422:7 the contract has no body for: '/things'" },
		{ "    discover:\n      method: POST\n      path: /sessions\n      ok: [201]\n      needs: [text, x]\n      body: {" GOOD_BODY "}\n",
		  "HK1425:3 the contract asks for scopes that the action does not name: 's:write'" },
	};
	(void)state;
	check_all(cases, HK_COUNT(cases));
}

static void test_bodies(void **state)
{
	static const struct one cases[] = {
		{ REQUEST("area: {shape: CIRCLE, radius: {$in: x}}") RELEASE, "HK1422:9 the contract wants a member that is not sent: 'name'" },
		{ REQUEST("name: {$in: text}") RELEASE, "the contract wants a member that is not sent: 'area'" },
		{ REQUEST("name: {$in: other}, area: {shape: CIRCLE, radius: 1}") RELEASE,
		  "HK1422:9 the contract wants it always, and it can be left out: 'name'" },
		{ REQUEST("name: {$in: text}, area: {shape: CIRCLE}") RELEASE, "the contract wants a member that is not sent: 'radius'" },
		{ REQUEST("name: {$in: text}, area: {shape: NAME, radius: 1}") RELEASE, "the contract does not have the member: 'radius'" },
		{ REQUEST("name: {$in: text}, area: {shape: SQUARE, radius: 1}") RELEASE, "none of the words of the contract: 'SQUARE'" },
		{ REQUEST("name: {$in: text}, area: {shape: CIRCLE, radius: {$in: text}}") RELEASE, "sent as another type than the contract has: 'text'" },
		{ REQUEST("name: {$in: count}, area: {shape: CIRCLE, radius: 1}") RELEASE, "sent as another type than the contract has: 'count'" },
		{ REQUEST("name: 7, area: {shape: CIRCLE, radius: 1}") RELEASE, "sent as another type than the contract has: '7'" },
		{ REQUEST("name: {$in: text}, nam: 1, area: {shape: CIRCLE, radius: 1}") RELEASE, "the contract does not have the member: 'nam'" },
		{ REQUEST("name: {a: 1}, area: {shape: CIRCLE, radius: 1}") RELEASE, "sent as another type" },
		{ REQUEST("name: {$in: text}, note: x, area: {shape: CIRCLE, radius: 1}") RELEASE, "the contract has the member in replies alone: 'note'" },
		{ REQUEST("name: {$in: text}, kind: {$in: other}, area: {shape: CIRCLE, radius: 1}") RELEASE, "only some words here" },
		{ REQUEST("name: {$in: text}, kind: {$in: kind, map: {a: a, b: z}}, area: {shape: CIRCLE, radius: 1}") RELEASE,
		  "none of the words of the contract: 'z'" },
		{ REQUEST("name: {$in: text}, rate: {$amount: rate, units: [kbps, Gbps], most: 1024}, area: {shape: CIRCLE, radius: 1}") RELEASE,
		  "none of the words of the contract: 'Gbps'" },
		{ REQUEST("name: {$in: text}, rate: {$amount: rate, units: [kbps], most: 2000}, area: {shape: CIRCLE, radius: 1}") RELEASE,
		  "more than the contract allows: '2000'" },
		{ REQUEST("name: {$in: text}, rate: {$in: rate, unit: bps}, area: {shape: CIRCLE, radius: 1}") RELEASE, "sent as another type" },
		{ REQUEST("name: {$in: text}, count: 10, area: {shape: CIRCLE, radius: 1}") RELEASE, "HK1422:9 more than the contract allows: '10'" },
		{ REQUEST("name: {$in: text}, count: 0, area: {shape: CIRCLE, radius: 1}") RELEASE, "HK1422:9 less than the contract allows: '0'" },
		{ REQUEST("name: {$in: text}, part: 1.75, area: {shape: CIRCLE, radius: 1}") RELEASE, "more than the contract allows: '1.75'" },
		{ REQUEST("name: {$in: text}, count: {$in: count}, area: {shape: CIRCLE, radius: 1}") RELEASE,
		  "HK1422:9 less than the contract allows: 'count'; HK1422:9 more than the contract allows: 'count'" },
		{ REQUEST("name: {$in: text}, count: {$in: more}, area: {shape: CIRCLE, radius: 1}") RELEASE,
		  "HK1422:-1 less than the contract allows: '0'; HK1422:-1 more than the contract allows: '10'" },
		{ REQUEST("name: {$in: text}, part: {$in: up}, area: {shape: CIRCLE, radius: 1}") RELEASE, "HK1422:9 more than the contract allows: 'up'" },
		{ REQUEST("name: {$in: text}, counts: {$in: counts}, area: {shape: CIRCLE, radius: 1}") RELEASE,
		  "HK1422:9 less than the contract allows: 'counts'; HK1422:9 more than the contract allows: 'counts'" },
		{ REQUEST("name: {$in: text}, ids: {$in: text}, area: {shape: CIRCLE, radius: 1}") RELEASE, "sent as another type" },
		{ REQUEST("name: {$in: text}, ids: [1], area: {shape: CIRCLE, radius: 1}") RELEASE, "sent as another type than the contract has: '1'" },
		{ REQUEST("name: {$in: text}, inner: {key: {$in: other}, value: {$in: kind}}, area: {shape: CIRCLE, radius: 1}") RELEASE,
		  "it can be left out: 'key'" },
		{ REQUEST("name: {$in: text}, area: {shape: CIRCLE, radius: 1}, pair: {p: {$in: other}, q: {$in: kind}}") RELEASE,
		  "the contract wants another value beside: 'other'" },
		{ REQUEST("name: {$in: text}, area: {shape: CIRCLE, radius: 1}, pair: {q: {$in: text}, r: {$in: other}}") RELEASE,
		  "the contract wants another value beside: 'text'" },
		{ REQUEST("name: {$in: text}, loop: {loop: {name: 1, area: {shape: NAME, called: a}}}, area: {shape: CIRCLE, radius: 1}") RELEASE,
		  "sent as another type" },
	};
	(void)state;
	check_all(cases, HK_COUNT(cases));
}

static void test_parameters(void **state)
{
	static const struct one cases[] = {
		{ "    discover: {method: GET, path: \"/kinds/{kind}/{few}\"}\n", "" }, { "    discover: {method: GET, path: /kinds/a/7}\n", "" },
		{ "    discover: {method: GET, path: \"/kinds/{text}/{count}\"}\n",
		  "HK1422:1 the contract has only some words here, and any text is sent: 'text'" },
		{ "    discover: {method: GET, path: \"/kinds/{kind}/{text}\"}\n", "HK1422:1 the contract has no text as the parameter: 'text'" },
		{ "    discover: {method: GET, path: \"/kinds/{kind}/{count}\"}\n", "HK1422:1 more than the contract allows: 'count'" },
		{ THINGS("query: {must: a, size: {$in: few}, sizes: {$in: fews}}"), "" },
		{ THINGS("query: {must: a, size: {$in: count}}"), "HK1422:5 more than the contract allows: 'count'" },
		{ THINGS("query: {must: a, sizes: {$in: counts}}"), "HK1422:5 less than the contract allows: 'counts'" },
		{ THINGS("query: {kind: a}"), "HK1422:3 the contract wants a parameter that is not sent: 'must'" },
		{ THINGS("query: {must: {$in: text}}"), "HK1422:5 the contract wants it always, and it can be left out: 'must'" },
		{ THINGS("query: {must: a, kind: z}"), "HK1422:5 none of the words of the contract: 'z'" },
		{ THINGS("query: {must: a, kind: {$in: other}}"), "only some words here" },
		{ THINGS("query: {must: a, more: b}"), "HK1422:5 the contract does not have the query parameter: 'more'" },
		{ THINGS("query: {must: a, one: {$in: many}}"), "the contract wants the list in one parameter" },
		{ THINGS("query: {must: {$in: many}}"), "the contract takes the parameter once" },
		{ "    discover: {method: GET, path: /things, query: {must: a}}\n", "the contract wants a parameter that is not sent: 'X-Must'" },
	};
	(void)state;
	check_all(cases, HK_COUNT(cases));
}

static void test_replies(void **state)
{
	static const struct one cases[] = {
		{ STATUS("out: [{name: a, from: /idd}]"), "HK1423:4 the contract's reply has nothing there: '/idd'" },
		{ STATUS("out: [{name: a, from: /id/x}]"), "the contract's reply has nothing there: '/id/x'" },
		{ STATUS("out: [{name: a, from: /count, required: true, type: integer}]"), "HK1423:4 the contract lets replies leave it out: 'a'" },
		{ STATUS("out: [{name: a, from: /count}]"), "read as another type than the contract has: 'a'" },
		{ STATUS("out: [{name: a, from: /id, type: integer}]"), "read as another type" },
		{ STATUS("out: [{name: a, from: /id, type: bitrate, unit: bps}]"), "read as another type" },
		{ STATUS("out: [{name: a, from: /rate, type: bitrate, unit: bps}]"), "read as another type" },
		{ STATUS("out: [{name: a, from: /rate, type: duration, form: amount}]"),
		  "a unit of the contract that is none of this kind of quantity: 'kbps'" },
		{ STATUS("out: [{name: a, from: /wait, type: duration, form: amount}]"),
		  "a unit of the contract that is none of this kind of quantity: 'Fortnights'" },
		{ STATUS("out: [{name: a, from: /count, type: bitrate, form: amount}]"), "read as another type" },
		{ STATUS("out: [{name: a, from: /kind, map: {a: u, b: v}}]"), "HK1423:4 a word of the contract is missing: 'c'" },
		{ STATUS("out: [{name: a, from: /kind, map: {a: u, b: v, c: w, d: w}}]"), "none of the words of the contract: 'd'" },
		{ STATUS("state: {from: /state, pending: [NEW], active: [GOOD]}"), "HK1423:4 a state of the contract is missing: 'BAD'" },
		{ STATUS("state: {from: /state, pending: [NEW], active: [GOOD, FINE], failed: [BAD]}"), "none of the contract's states: 'FINE'" },
		{ STATUS("state: {from: /kind, active: [a, b, c]}"), "the contract lets replies leave out the state" },
		{ STATUS("each: [/id]\n      out: [{name: a}]"), "the contract has no list there: '/id'" },
		{ THINGS("query: {must: a}\n      each: [\"\"]\n      out: [{name: a, from: /parts/0/sizes, type: integer}]"),
		  "nothing there: '/parts/0/sizes'" },
		{ THINGS("query: {must: a}\n      exists: \"/[id={text}]\""), "items of the contract's reply do not have the member: 'id'" },
		{ "    release: {method: DELETE, path: \"/sessions/{id}\", ok: [202, 204], out: [{name: a, from: /id}]}\n",
		  "values are read from a reply that has no JSON" },
		{ "    request:\n      method: POST\n      path: /sessions\n      scopes: [\"s:write\"]\n      needs: [text, x]\n      ok: [201]\n      id: {header: X-Id}\n      undo: release\n      body: {" GOOD_BODY "}\n" RELEASE,
		  "HK1423:7 the contract's reply does not have the header field: 'X-Id'" },
	};
	(void)state;
	check_all(cases, HK_COUNT(cases));
}

static void test_errors(void **state)
{
	(void)state;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	static const char *const pointers[] = { "/cause", "/code" };
	for (size_t i = 0; i < 2; i++) {
		hk_buf_reset(&text);
		hk_buf_addf(&text, REQUEST(GOOD_BODY) RELEASE "  errors: {code: %s}\n", pointers[i]);
		check(CONTRACT("3.0.3"), text.s, i ? "no error of the contract has anything there: '/code'" : "");
	}
}

#define SWAGGER "swagger: '2.0'\nbasePath: /v1\npaths:\n" \
	"  /a:\n    post:\n      parameters: [{name: body, in: body, required: true, schema: {$ref: '#/definitions/A'}}, {name: q, in: query, type: array, items: {type: string}, collectionFormat: %s}]\n" \
	"      responses: {'200': {schema: {$ref: '#/definitions/A'}}, '400': {description: no}}\n" \
	"definitions: {A: {type: object, required: [num], properties: {num: {type: integer}, w: {type: string, enum: [x]}}}}\n"

static void test_swagger(void **state)
{
	static const struct { const char *actions, *format, *expected; } cases[] = {
		{ "    discover: {method: POST, path: /a, body: {num: 1, w: x}, query: {q: {$in: many}}, out: [{name: a, from: /num, type: integer, required: true}]}\n",
		  "multi", "" },
		{ "    discover: {method: POST, path: /a, body: {num: 1}, query: {q: {$in: many}}}\n", "csv", "the contract wants the list in one parameter" },
		{ "    discover: {method: POST, path: /a, body: {w: z}}\n", "multi", "not sent: 'num'" },
		{ "    discover: {method: POST, path: /a, body: {num: 1, w: z}}\n", "multi", "none of the words of the contract: 'z'" },
		{ "    discover: {method: POST, path: /a, body: {num: 1}, out: [{name: a, from: /m}]}\n", "multi", "nothing there: '/m'" },
		{ "    discover: {method: POST, path: /a}\n", "multi", "wants a body" },
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		hk_buf_addf(&text, SWAGGER, cases[i].format);
		check(text.s, cases[i].actions, cases[i].expected);
	}
}

static void put(const char *directory, const char *name, const char *text)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	char *path = hk_path_join(directory, name);
	assert_int_equal(hk_file_write(path, text, strlen(text), &err), 0);
	free(path);
}

/* What alternatives have in common counts, what one need brings along suffices, and what several actions share is told once. */
#define ALTERNATIVES "openapi: 3.0.3\npaths:\n  /p:\n    post:\n" \
	"      requestBody: {content: {application/json: {schema: {oneOf: [{allOf: [{$ref: '#/components/schemas/Base'}, {properties: {m: {type: string}}}]}, {$ref: '#/components/schemas/Base'}]}}}}\n" \
	"      responses: {'201': {content: {application/json: {schema: {$ref: '#/components/schemas/Reply'}}}}, '400': {content: {application/json: {schema: {properties: {cause: {type: string}}}}}}}\n" \
	"    get: {responses: {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/Reply'}}}}, '202': {}, '400': {content: {application/json: {schema: {properties: {cause: {type: string}}}}}}}}\n" \
	"  /q: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Base'}}}}, responses: {'201': {}}}}\n" \
	"components:\n  schemas:\n" \
	"    Base: {type: object, required: [a], properties: {a: {type: string}, b: {type: string}, c: {type: string}, d: {type: string}}, allOf: [{oneOf: [{required: [b]}, {required: [c]}]}]}\n" \
	"    Reply: {oneOf: [{$ref: '#/components/schemas/One'}, {anyOf: [{$ref: '#/components/schemas/One'}, {type: object, required: [id, more], properties: {id: {type: string}, more: {type: string}}}]}]}\n" \
	"    One: {type: object, required: [id], properties: {id: {type: string}, more: {type: string}, up: {type: boolean}}}\n"
#define POSTED(path, needs, body) "    discover:\n      method: POST\n      path: " path "\n      ok: [201]\n      needs: [" needs "]\n      body: {" body "}\n"
#define GOT(more) "    discover:\n      method: GET\n      path: /p\n      " more "\n"

static void test_alternatives(void **state)
{
	static const struct one cases[] = {
		{ POSTED("/p", "text", "a: {$in: text}, b: x"), "" },
		{ POSTED("/p", "text", "b: {$in: text}"), "the contract wants a member that is not sent: 'a'" },
		{ POSTED("/p", "text", "a: {$in: other}, b: {$in: text}"), "the contract wants it always, and it can be left out: 'a'" },
		{ POSTED("/q", "text, [other, near]", "a: {$in: text}, b: {$in: other}, c: {$in: near}"), "" },
		{ POSTED("/q", "text, [other, near]", "a: {$in: text}, b: {$in: other}, d: {$in: near}"), "wants another value beside: 'text'" },
		{ GOT("ok: [200, 202]\n      out: [{name: i, from: /id, required: true}, {name: u, from: /up, map: {\"true\": u, \"false\": v}}]"), "" },
		{ GOT("ok: [200, 202]\n      out: [{name: i, from: /more, required: true}]"), "the contract lets replies leave it out: 'i'" },
		{ GOT("ok: [200, 202]\n      out: [{name: u, from: /up}]"), "read as another type than the contract has: 'u'" },
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++)
		check(ALTERNATIVES, cases[i].actions, cases[i].expected);
}

/* Each of ten schemas names the next one ten times: nobody can go all the ways through them. */
static void test_ways_without_number(void **state)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	(void)state;
	hk_buf_addstr(&text, "openapi: 3.0.3\npaths: {/p: {post: {requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/S0'}}}}, responses: {'201': {}}}}}\ncomponents:\n  schemas:\n"
			     "    S10: {oneOf: [{required: [b]}, {required: [c]}]}\n");
	for (int i = 0; i < 10; i++) {
		hk_buf_addf(&text, "    S%d: {required: [a], properties: {a: {type: string}}, allOf: [", i);
		for (int k = 0; k < 10; k++)
			hk_buf_addf(&text, "%s{$ref: '#/components/schemas/S%d'}", k ? ", " : "", i + 1);
		hk_buf_addstr(&text, "]}\n");
	}
	check(text.s, POSTED("/p", "text", "d: {$in: text}"), "the contract wants a member that is not sent: 'a'");
}

static void test_shared_places_are_told_once(void **state)
{
	static const char text[] = HEAD "  errors: {code: /code}\n  inputs: {text: {description: t}}\n  actions:\n    discover: {method: GET, path: /p, ok: [200, 202], out: &o [{name: i, from: /gone}]}\n"
					"    metrics: {method: GET, path: /p, ok: [200, 202], out: *o}\n";
	HK_AUTO_BUF struct hk_buf found = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct fake fake;
	(void)state;
	fake_open(&fake, text, NULL, 0);
	struct hk_contract *contract = hk_contract_from_text("contract", hk_str_of(ALTERNATIVES), &fake.diags, &err);
	size_t n = hk_contract_check(contract, &fake.adapter, &fake.diags);
	findings_of(&fake, &found);
	if (n != 2 || fake.diags.list.n != 2)
		fail_msg("%zu: %s", n, found.s);
	hk_contract_free(contract);
	fake_close(&fake);
}

/* References to files beside the contract, in circles too, and to files elsewhere, which are not read. */
static void test_several_files(void **state)
{
	static const struct { const char *reference, *body, *expected; } cases[] = {
		{ "b.yaml#/S", "a: {num: 1}", "" }, { "b.yaml#/S", "a: {num: x}", "sent as another type than the contract has: 'x'" },
		{ "./b.yaml#/S", "a: {m: 1}", "does not have the member: 'm'" },
		{ "b.yaml#/T", "a: {t: {t: 1}}", "does not have the member" }, { "c.yaml#/S", "a: {num: 1}", "HK1424" },
		{ "../b.yaml#/S", "a: {num: 1}", "HK1424" }, { "/etc/hostname#/S", "a: 1", "HK1424" },
		{ "https://example.net/b.yaml#/S", "a: 1", "HK1424" }, { "b.yaml#/Z", "a: 1", "HK1424" }, { "b.yaml", "a: {S: 1}", "" },
		{ "broken.yaml#/S", "a: 1", "HK1424" },
		{ "#/components/schemas/Self", "a: 1", "" }, { "../@/b.yaml#/S", "a: {num: 1}", "" },
		{ "../@/b.yaml#/S", "a: {num: x}", "sent as another type than the contract has: 'x'" },
	};       /* @: the directory itself */
	char directory[] = "/tmp/hk-contract-XXXXXX";
	(void)state;
	assert_non_null(mkdtemp(directory));
	put(directory, "b.yaml", "S: {type: object, properties: {num: {type: integer}}}\nT: {type: object, properties: {t: {$ref: 'a.yaml#/components/schemas/U'}}}\n");
	put(directory, "broken.yaml", "S: [\n");
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT, adapter = HK_BUF_INIT, found = HK_BUF_INIT;
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		struct fake fake;
		const char *at = strchr(cases[i].reference, '@');
		hk_buf_addf(&text, "openapi: 3.0.0\npaths: {/p: {post: {requestBody: {content: {application/json: {schema: {properties: {a: {$ref: '%.*s%s%s'}}}}}}, responses: {'200': {}}}}}\n"
				   "components: {schemas: {U: {type: object, properties: {u: {$ref: 'b.yaml#/T'}}}, Self: {$ref: '#/components/schemas/Self'}}}\n",
			    (int)(at ? (size_t)(at - cases[i].reference) : strlen(cases[i].reference)), cases[i].reference,
			    at ? strrchr(directory, '/') + 1 : "", at ? at + 1 : "");
		put(directory, "a.yaml", text.s);
		hk_buf_addf(&adapter, HEAD INPUTS "    discover: {method: POST, path: /p, body: {%s}}\n", cases[i].body);
		fake_open(&fake, adapter.s, NULL, 0);
		char *path = hk_path_join(directory, "a.yaml");
		struct hk_contract *contract = hk_contract_load(path, &fake.diags, &err);
		assert_non_null(contract);
		(void)hk_contract_check(contract, &fake.adapter, &fake.diags);
		findings_of(&fake, &found);
		if (*cases[i].expected ? !strstr(found.s ? found.s : "", cases[i].expected) : found.len > 0)
			fail_msg("%s: found %s, expected %s", cases[i].reference, found.len ? found.s : "nothing", cases[i].expected);
		hk_contract_free(contract);
		fake_close(&fake);
		free(path);
	}
	static const char *const names[] = { "a.yaml", "b.yaml", "broken.yaml" };
	for (size_t i = 0; i < HK_COUNT(names); i++) {
		char *path = hk_path_join(directory, names[i]);
		assert_int_equal(unlink(path), 0);
		free(path);
	}
	assert_int_equal(rmdir(directory), 0);
}

static void test_what_is_no_contract(void **state)
{
	static const char *const texts[] = { "a: 1\n", "[]\n", "openapi: 3.0.0\n", "paths: {}\n", "openapi: 4.0.0\npaths: {}\n", "openapi: [\n", "x\n" };
	(void)state;
	for (size_t i = 0; i < HK_COUNT(texts); i++) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		struct hk_diags diags = HK_DIAGS_INIT;
		assert_null(hk_contract_from_text("c", hk_str_of(texts[i]), &diags, &err));
		assert_true(err.message || diags.errors);
		hk_diags_release(&diags);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_right_passes), cmocka_unit_test(test_operations), cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_parameters), cmocka_unit_test(test_replies), cmocka_unit_test(test_errors), cmocka_unit_test(test_swagger),
		cmocka_unit_test(test_alternatives), cmocka_unit_test(test_ways_without_number), cmocka_unit_test(test_shared_places_are_told_once),
		cmocka_unit_test(test_several_files), cmocka_unit_test(test_what_is_no_contract),
	};
	return cmocka_run_group_tests_name("api contract", tests, NULL, NULL);
}

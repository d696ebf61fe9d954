/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Actions against an operator that follows a script: tries, waiting, redirects, tokens, lost replies, and what must never be said. */
#include "api_fake.h"
#include "../test.h"

#define HEAD "apiVersion: hkctl.dev/v1alpha1\nkind: NetworkApiAdapter\nmetadata: {name: t}\nspec:\n"
#define ADAPTER HEAD \
	"  limits: {tries: 3}\n" \
	"  correlationHeader: x-correlator\n" \
	"  errors: {code: /code, message: /message, classes: {QUOTA: retry, GONE: absent, TAKEN: exists}}\n" \
	"  inputs: {profile: {description: p}, duration: {type: duration, description: d}}\n" \
	"  actions:\n" \
	"    discover: {method: GET, path: /profiles, each: [\"\"], out: [{name: name, from: /name, required: true}]}\n" \
	"    request:\n" \
	"      method: POST\n" \
	"      path: /sessions\n" \
	"      needs: [profile]\n" \
	"      body: {profile: {$in: profile}, duration: {$in: duration, unit: s, round: up}}\n" \
	"      ok: [201]\n" \
	"      id: {from: /id}\n" \
	"      state: &state {from: /state, pending: [WAIT], active: [UP], failed: [DOWN]}\n" \
	"      out: &out [{name: profile, from: /profile}]\n" \
	"      wait: {every: 2s, atMost: 10s}\n" \
	"      undo: release\n" \
	"    status: {method: GET, path: \"/sessions/{id}\", needs: [id], state: *state, out: *out}\n" \
	"    extend: {method: POST, path: \"/sessions/{id}/extend\", needs: [id, duration], body: {more: {$in: duration, unit: s}}, state: *state}\n" \
	"    release: {method: DELETE, path: \"/sessions/{id}\", needs: [id], ok: [204]}\n"
#define FIND "    find: {method: GET, path: /sessions, each: [\"\"], id: {from: /id}, match: {/profile: {$in: profile}}, state: *state}\n"
#define CREATE "POST https://op.example/v1/sessions {\"profile\":\"gold\"}\n"
#define STATUS "GET https://op.example/v1/sessions/s1\n"
#define RELEASE "DELETE https://op.example/v1/sessions/s1\n"
#define LIST "GET https://op.example/v1/sessions\n"
#define PENDING "{\"id\":\"s1\",\"state\":\"WAIT\",\"profile\":\"gold\"}"
#define ACTIVE "{\"id\":\"s1\",\"state\":\"UP\",\"profile\":\"gold\"}"
#define BUSY { 429, "Retry-After: 7", "{\"code\":\"QUOTA\"}", HK_HTTP_NOT_SENT }
#define LOST { 0, NULL, NULL, HK_HTTP_MAYBE_SENT }
#define OK(body) { 200, "Content-Type: application/json", body, HK_HTTP_NOT_SENT }
#define CREATED(body) { 201, "Content-Type: application/json", body, HK_HTTP_NOT_SENT }
#define GONE { 204, NULL, NULL, HK_HTTP_NOT_SENT }

struct run { struct fake fake; struct hk_api_result result; struct hk_err err; int status; };

static void act(struct run *run, const char *adapter, const char *action, const char *value, const struct fake_reply *replies, size_t n)
{
	fake_open(&run->fake, adapter, replies, n);
	run->result = (struct hk_api_result)HK_API_RESULT_INIT;
	run->err = (struct hk_err)HK_ERR_INIT;
	if (value)
		fake_value(&run->fake, value);
	run->status = fake_do(&run->fake, action, &run->result, &run->err);
}

static void expect(struct run *run, int status, const char *log, const char *said)
{
	if (run->status != status)
		fail_msg("status %d (%s), expected %d; sent:\n%s", run->status, run->err.message ? run->err.message : "", status, run->fake.log.s);
	assert_string_equal(run->fake.log.s, log);
	if (said && (!run->err.message || !strstr(run->err.message, said)))
		fail_msg("'%s' is not said: '%s'", said, run->err.message ? run->err.message : "");
	if (!said && run->err.message)
		fail_msg("'%s' is said", run->err.message);
	if (run->err.message)
		assert_null(strstr(run->err.message, "correct-horse"));
}

static void close_run(struct run *run)
{
	hk_api_result_release(&run->result);
	hk_err_release(&run->err);
	fake_close(&run->fake);
}

#define RUN(run, adapter, action, value, ...) \
	const struct fake_reply script[] = { __VA_ARGS__ }; \
	struct run run; \
	act(&run, adapter, action, value, script, HK_COUNT(script))

static void test_request_waits_until_active(void **state)
{
	(void)state;
	RUN(run, ADAPTER, "request", "profile=gold", CREATED(PENDING), OK(PENDING), OK(ACTIVE));
	expect(&run, HK_OK, CREATE STATUS STATUS, NULL);
	assert_int_equal(run.result.state, HK_API_ACTIVE);
	assert_string_equal(run.result.id, "s1");
	assert_int_equal(run.fake.slept_us, 4000000);
	close_run(&run);
}

static void test_what_is_refused_while_waiting_is_released(void **state)
{
	(void)state;
	RUN(run, ADAPTER, "request", "profile=gold", CREATED(PENDING), OK("{\"id\":\"s1\",\"state\":\"DOWN\"}"), GONE);
	expect(&run, HK_UNVERIFIED, CREATE STATUS RELEASE, "did not become active; its state is DOWN; it was released again");
	assert_true(run.result.taken_back);
	close_run(&run);
}

static void test_what_stays_pending_is_released(void **state)
{
	(void)state;
	RUN(run, ADAPTER, "request", "profile=gold", CREATED(PENDING), OK(PENDING), OK(PENDING), OK(PENDING), OK(PENDING), OK(PENDING), GONE);
	expect(&run, HK_UNVERIFIED, CREATE STATUS STATUS STATUS STATUS STATUS RELEASE, "is not active in time");
	close_run(&run);
}

static void test_a_failed_release_says_so(void **state)
{
	(void)state;
	RUN(run, ADAPTER, "request", "profile=gold", CREATED("{\"id\":\"s1\",\"state\":\"DOWN\"}"),
	    { 403, NULL, "{\"code\":\"NO\",\"message\":\"never\"}", HK_HTTP_NOT_SENT });
	expect(&run, HK_UNVERIFIED, CREATE RELEASE, "and releasing 's1' failed too: op: not let in, status 403 NO: never");
	close_run(&run);
}

static void test_busy_is_waited_for_as_told(void **state)
{
	(void)state;
	RUN(run, ADAPTER, "request", "profile=gold", BUSY,
	    { 503, "Date: Sat, 31 Jan 2026 12:00:00 GMT\nRetry-After: Sat, 31 Jan 2026 12:00:30 GMT", "busy", HK_HTTP_NOT_SENT }, CREATED(ACTIVE));
	expect(&run, HK_OK, CREATE CREATE CREATE, NULL);
	assert_int_equal(run.fake.slept_us, 37000000);
	close_run(&run);
}

static void test_busy_for_too_long_is_given_up(void **state)
{
	(void)state;
	{
		RUN(run, ADAPTER, "request", "profile=gold", BUSY, BUSY, BUSY);
		expect(&run, HK_UNREACHABLE, CREATE CREATE CREATE, "not now, status 429 QUOTA");
		close_run(&run);
	}
	{
		RUN(run, ADAPTER, "status", "id=s1", { 503, "Retry-After: 99999999999999999999", NULL, HK_HTTP_NOT_SENT });
		expect(&run, HK_UNREACHABLE, STATUS, "status 503");
		close_run(&run);
	}
	{
		RUN(run, ADAPTER, "status", "id=s1", { 503, "Retry-After: -5", NULL, HK_HTTP_NOT_SENT }, OK(ACTIVE));
		expect(&run, HK_OK, STATUS STATUS, NULL);
		assert_int_equal(run.fake.slept_us, 1000000);
		close_run(&run);
	}
}

static void test_the_deadline_ends_waiting(void **state)
{
	const struct fake_reply script[] = { BUSY, CREATED(ACTIVE) };
	struct hk_api_result result = HK_API_RESULT_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct fake fake;
	(void)state;
	fake_open(&fake, ADAPTER, script, 2);
	fake_value(&fake, "profile=gold");
	fake.api.deadline_us = fake.now_us + 5000000;
	assert_int_equal(fake_do(&fake, "request", &result, &err), HK_UNREACHABLE);
	assert_string_equal(fake.log.s, CREATE);
	assert_int_equal(fake.slept_us, 0);
	hk_api_result_release(&result);
	fake_close(&fake);
}

static void test_lost_questions_are_asked_again(void **state)
{
	(void)state;
	RUN(run, ADAPTER, "status", "id=s1", LOST, LOST, OK(ACTIVE));
	expect(&run, HK_OK, STATUS STATUS STATUS, NULL);
	close_run(&run);
}

static void test_hopeless_is_not_tried_again(void **state)
{
	(void)state;
	RUN(run, ADAPTER, "status", "id=s1", { 0, NULL, NULL, HK_HTTP_HOPELESS });
	expect(&run, HK_UNREACHABLE, STATUS, "the connection broke");
	close_run(&run);
}

static void test_lost_requests_are_not_repeated_blindly(void **state)
{
	static const struct fake_reply ways[] = { LOST, { 500, NULL, NULL, HK_HTTP_NOT_SENT }, { 502, NULL, NULL, HK_HTTP_NOT_SENT },
						  { 504, NULL, NULL, HK_HTTP_NOT_SENT }, OK(ACTIVE), CREATED("{\"id\":"), CREATED("{\"state\":\"UP\"}"),
						  { 201, "Content-Type: text/html", "<html>", HK_HTTP_NOT_SENT },
						  { 303, "Location: /v1/sessions/s1", NULL, HK_HTTP_NOT_SENT } };
	(void)state;
	for (size_t i = 0; i < HK_COUNT(ways); i++) {
		struct run run;
		act(&run, ADAPTER, "request", "profile=gold", &ways[i], 1);
		expect(&run, run.status, CREATE, "the operator may have done it all the same (run-1)");
		assert_int_not_equal(run.status, HK_OK);
		close_run(&run);
	}
}

/* Ids in header fields: the last part of the path, decoded. */
static void test_ids_in_locations(void **state)
{
	static const struct { const char *location, *id; } cases[] = { { "/v1/things/7", "7" }, { "https://op.example/v1/things/a%2Fb/?x=/y#z", "a/b" },
								       { "7", "7" }, { "/things/%C3%A4", "\xc3\xa4" }, { "/things/%FF", NULL },
		{ "/things/%00", NULL }, { "/things/%0A", NULL }, { "/things/..", NULL }, { "/things/%2e%2E", NULL }, { "/", NULL }, { "", NULL },
		{ "/things/%zz", "%zz" } };
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		HK_AUTO_BUF struct hk_buf headers = HK_BUF_INIT;
		struct run run;
		hk_buf_addf(&headers, "Location: %s", cases[i].location);
		const struct fake_reply script[] = { { 201, headers.s, NULL, HK_HTTP_NOT_SENT } };
		act(&run, HEAD "  actions:\n    request: {method: POST, path: /s, ok: [201], id: {header: Location}, undo: release}\n    release: {method: DELETE, path: \"/s/{id}\", needs: [id]}\n",
		    "request", NULL, script, 1);
		if (cases[i].id ? run.status != HK_OK || strcmp(run.result.id, cases[i].id) != 0 : run.status != HK_FAILED)
			fail_msg("%s: %s", cases[i].location, run.result.id ? run.result.id : run.err.message);
		close_run(&run);
	}
}

/* What is put under a name of the caller's, and lists whose items have an address of themselves. */
static void test_ids_of_callers_and_in_addresses(void **state)
{
	static const char own[] = HEAD "  inputs: {name: {description: x}}\n  actions:\n    request: {method: PUT, path: /q, needs: [name], ok: [204], id: {input: name}, undo: release}\n"
				       "    release: {method: PUT, path: /q, needs: [id], body: {gone: {$in: id}}, ok: [204]}\n";
	static const char listed[] = HEAD "  inputs: {name: {description: x}}\n  actions:\n    request: {method: POST, path: /q, needs: [name], ok: [201], id: {header: Location}, undo: release}\n"
					  "    find: {method: GET, path: /q, each: [\"\"], id: {from: /self, address: true}}\n    release: {method: DELETE, path: \"/q/{id}\", needs: [id]}\n";
	(void)state;
	{
		RUN(run, own, "request", "name=gold 1", GONE);
		expect(&run, HK_FAILED, "PUT https://op.example/v1/q\n", "its id");
		close_run(&run);
	}
	{
		RUN(run, own, "request", "name=gold", GONE);
		expect(&run, HK_OK, "PUT https://op.example/v1/q\n", NULL);
		assert_string_equal(run.result.id, "gold");
		close_run(&run);
	}
	{
		RUN(run, own, "release", "id=gold", GONE);
		expect(&run, HK_OK, "PUT https://op.example/v1/q {\"gone\":\"gold\"}\n", NULL);
		close_run(&run);
	}
	{
		RUN(run, listed, "request", "name=gold", OK("[{\"self\":\"https://op.example/v1/q/7\"}]"), LOST,
		    OK("[{\"self\":\"https://op.example/v1/q/7\"},{\"self\":\"https://op.example/v1/q/a%2Fb?x\"}]"));
		assert_int_equal(run.status, HK_OK);
		assert_string_equal(run.result.id, "a/b");
		close_run(&run);
	}
	{
		RUN(run, listed, "request", "name=gold", OK("[{\"self\":8}]"));
		assert_int_equal(run.status, HK_FAILED);
		close_run(&run);
	}
}

static void test_lost_extensions_are_not_repeated(void **state)
{
	const struct fake_reply script[] = { LOST };
	struct hk_api_result result = HK_API_RESULT_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct fake fake;
	(void)state;
	fake_open(&fake, ADAPTER, script, 1);
	fake_value(&fake, "id=s1");
	fake_value(&fake, "duration=90s");
	assert_int_equal(fake_do(&fake, "extend", &result, &err), HK_UNREACHABLE);
	assert_string_equal(fake.log.s, "POST https://op.example/v1/sessions/s1/extend {\"more\":90}\n");
	assert_non_null(strstr(err.message, "may have done it all the same"));
	hk_api_result_release(&result);
	fake_close(&fake);
}

static void test_a_lost_request_that_was_carried_out_is_found(void **state)
{
	(void)state;
	RUN(run, ADAPTER FIND, "request", "profile=gold", OK("[{\"id\":\"s0\",\"state\":\"UP\",\"profile\":\"gold\"}]"), LOST,
	    OK("[{\"id\":\"s0\",\"state\":\"UP\",\"profile\":\"gold\"},{\"id\":\"s1\",\"state\":\"WAIT\",\"profile\":\"gold\"},{\"id\":\"s2\",\"state\":\"UP\",\"profile\":\"silver\"}]"),
	    OK(PENDING), OK(ACTIVE));
	expect(&run, HK_OK, LIST CREATE LIST STATUS STATUS, NULL);
	assert_string_equal(run.result.id, "s1");
	close_run(&run);
}

static void test_a_lost_request_that_was_not_carried_out_is_sent_again(void **state)
{
	(void)state;
	RUN(run, ADAPTER FIND, "request", "profile=gold", OK("[]"), LOST, OK("[]"), OK("[]"), OK("[]"), OK("[]"), CREATED(ACTIVE));
	expect(&run, HK_OK, LIST CREATE LIST LIST LIST LIST CREATE, NULL);
	close_run(&run);
}

static void test_an_unreadable_reply_is_recovered_too(void **state)
{
	(void)state;
	RUN(run, ADAPTER FIND, "request", "profile=gold", OK("[]"), CREATED("{\"id\":\"s1"), OK("[" ACTIVE "]"), OK(ACTIVE));
	expect(&run, HK_OK, LIST CREATE LIST STATUS, NULL);
	assert_string_equal(run.result.id, "s1");
	close_run(&run);
}

static void test_two_new_things_are_not_guessed_at(void **state)
{
	(void)state;
	RUN(run, ADAPTER FIND, "request", "profile=gold", OK("[]"), LOST, OK("[" ACTIVE ",{\"id\":\"s2\",\"state\":\"UP\"}]"));
	expect(&run, HK_UNREACHABLE, LIST CREATE LIST, "'s1' and 's2' are both new");
	assert_null(run.result.id);
	close_run(&run);
}

/* "The same" is what says of itself all that would be asked for; what tells less, or other things, is not. */
static void test_what_is_the_same(void **state)
{
	static const struct { const char *item; bool same; } cases[] = {
		{ "\"profile\":\"gold\",\"duration\":90", true }, { "\"profile\":\"gold\",\"duration\":90.0,\"more\":[1]", true },
		{ "\"profile\":\"gold\"", false },
		{ "\"profile\":\"gold\",\"duration\":91", false }, { "\"profile\":\"gold\",\"duration\":\"90\"", false },
		{ "\"profile\":[\"gold\"],\"duration\":90", false },
		{ "\"duration\":90", false },
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		HK_AUTO_BUF struct hk_buf body = HK_BUF_INIT;
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		struct hk_api_list list = HK_API_LIST_INIT;
		struct fake fake;
		hk_buf_addf(&body, "[{\"id\":\"a\",\"state\":\"UP\",%s}]", cases[i].item);
		const struct fake_reply script[] = { OK(body.s) };
		fake_open(&fake, ADAPTER FIND, script, 1);
		fake_value(&fake, "profile=gold");
		fake_value(&fake, "duration=90s");
		assert_int_equal(hk_api_find(&fake.api, &fake.values, &list, &err), 0);
		assert_int_equal(list.list.n, 1);
		if (list.list.v[0].same != cases[i].same)
			fail_msg("%s", body.s);
		hk_api_list_release(&list);
		fake_close(&fake);
	}
}

/* Operators may list a thing twice, and in any order. */
static void test_a_list_has_each_id_once_in_order(void **state)
{
	const struct fake_reply script[] = { OK("[{\"id\":\"c\",\"state\":\"UP\"},{\"id\":\"a\",\"state\":\"WAIT\"},{\"id\":\"c\",\"state\":\"WAIT\"},{\"id\":\"b\",\"state\":\"UP\"}]") };
	static const char *const there[] = { "a", "b", "c" }, *const not_there[] = { "", "A", "aa", "bb", "d" };
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_api_list list = HK_API_LIST_INIT;
	struct fake fake;
	(void)state;
	fake_open(&fake, ADAPTER FIND, script, 1);
	fake_value(&fake, "profile=gold");
	assert_int_equal(hk_api_find(&fake.api, &fake.values, &list, &err), 0);
	assert_int_equal(list.list.n, HK_COUNT(there));
	for (size_t i = 0; i < HK_COUNT(there); i++) {
		assert_string_equal(list.list.v[i].id, there[i]);
		assert_true(hk_api_list_has(&list, there[i]));
	}
	assert_int_equal(list.list.v[2].state, HK_API_ACTIVE);          /* of the same ids the first counts */
	for (size_t i = 0; i < HK_COUNT(not_there); i++)
		assert_false(hk_api_list_has(&list, not_there[i]));
	hk_api_list_release(&list);
	assert_false(hk_api_list_has(&list, "a"));
	fake_close(&fake);
}

static void test_an_idempotent_request_is_repeated_with_its_key(void **state)
{
	const struct fake_reply script[] = { LOST, CREATED(ACTIVE) };
	struct hk_api_result result = HK_API_RESULT_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct fake fake;
	(void)state;
	fake_open(&fake, HEAD "  inputs: {}\n  actions:\n    request: {method: POST, path: /s, idempotencyHeader: Idempotency-Key, ok: [201], id: {from: /id}, undo: release}\n    release: {method: DELETE, path: \"/s/{id}\", needs: [id]}\n",
		  script, 2);
	fake.note_header = "Idempotency-Key";
	assert_int_equal(fake_do(&fake, "request", &result, &err), HK_OK);
	assert_string_equal(fake.log.s, "POST https://op.example/v1/s [run-1]\nPOST https://op.example/v1/s [run-1]\n");
	hk_api_result_release(&result);
	fake_close(&fake);
}

static void test_redirects(void **state)
{
	static const struct { const char *location; bool followed; } cases[] = {
		{ "/v2/sessions/s1", true }, { "https://op.example/v2/sessions/s1", true }, { "https://evil.example/v2/sessions/s1", false },
		{ "http://op.example/v2/sessions/s1", false },
		{ "https://op.example:8443/v2/sessions/s1", false }, { "//evil.example/x", false }, { "https://op.example@evil.example/x", false },
		{ "https://op.example.evil.example/x", false },
		{ "file:///etc/passwd", false }, { "", false }, { "sessions/s1", false }, { "https://op.example/a b", false },
		{ "https://op.example\\@evil.example/", false },
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		HK_AUTO_BUF struct hk_buf headers = HK_BUF_INIT;
		struct run run;
		hk_buf_addf(&headers, "Location: %s", cases[i].location);
		const struct fake_reply script[] = { { 307, headers.s, NULL, HK_HTTP_NOT_SENT }, OK(ACTIVE) };
		act(&run, ADAPTER, "status", "id=s1", script, 2);
		if (cases[i].followed)
			expect(&run, HK_OK, STATUS "GET https://op.example/v2/sessions/s1\n", NULL);
		else
			expect(&run, HK_FAILED, STATUS, "redirect");
		close_run(&run);
	}
}

static void test_endless_redirects_end(void **state)
{
	const struct fake_reply again = { 302, "Location: /v1/sessions/s1", NULL, HK_HTTP_NOT_SENT };
	(void)state;
	RUN(run, ADAPTER, "status", "id=s1", again, again, again, again, again, again, again);
	expect(&run, HK_FAILED, STATUS STATUS STATUS STATUS STATUS STATUS, "more than 5 redirects");
	close_run(&run);
}

static void test_a_refused_token_is_renewed_once(void **state)
{
	const struct fake_reply refused = { 401, NULL, "{\"code\":\"UNAUTHENTICATED\",\"message\":\"token correct-horse-battery-staple is over\"}",
					    HK_HTTP_NOT_SENT };
	(void)state;
	{
		RUN(run, ADAPTER, "status", "id=s1", refused, OK(ACTIVE));
		expect(&run, HK_OK, STATUS STATUS, NULL);
		assert_int_equal(run.fake.tokens, 1);
		close_run(&run);
	}
	{
		RUN(run, ADAPTER, "status", "id=s1", refused, refused);
		expect(&run, HK_UNREACHABLE, STATUS STATUS, "not let in, status 401 UNAUTHENTICATED: token redacted is over");
		close_run(&run);
	}
}

static void test_what_is_not_there_any_more_is_no_error(void **state)
{
	(void)state;
	{
		RUN(run, ADAPTER, "release", "id=s1", { 404, NULL, NULL, HK_HTTP_NOT_SENT });
		expect(&run, HK_OK, RELEASE, NULL);
		assert_true(run.result.absent);
		close_run(&run);
	}
	{
		RUN(run, ADAPTER, "status", "id=s1", { 409, NULL, "{\"code\":\"GONE\"}", HK_HTTP_NOT_SENT });
		expect(&run, HK_OK, STATUS, NULL);
		assert_true(run.result.absent);
		close_run(&run);
	}
}

static void test_values_go_into_addresses_encoded(void **state)
{
	static const struct { const char *value, *path; } cases[] = { { "id=a/b", "a%2Fb" }, { "id=../../admin", "..%2F..%2Fadmin" },
								      { "id=x?y#z", "x%3Fy%23z" }, { "id=\xc3\xa4 b%", "%C3%A4%20b%25" } };
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		HK_AUTO_BUF struct hk_buf log = HK_BUF_INIT;
		RUN(run, ADAPTER, "release", cases[i].value, GONE);
		hk_buf_addf(&log, "DELETE https://op.example/v1/sessions/%s\n", cases[i].path);
		expect(&run, HK_OK, log.s, NULL);
		close_run(&run);
	}
	RUN(run, ADAPTER, "release", "id=..", GONE);
	expect(&run, HK_USAGE, "", "cannot stand in an address");
	close_run(&run);
}

static void test_an_interrupt_keeps_what_was_created_and_says_so(void **state)
{
	const struct fake_reply script[] = { CREATED(PENDING) };
	struct hk_api_result result = HK_API_RESULT_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct fake fake;
	(void)state;
	fake_open(&fake, ADAPTER, script, 1);
	fake_value(&fake, "profile=gold");
	fake.interrupt_after = 0;
	assert_int_equal(fake_do(&fake, "request", &result, &err), HK_INTERRUPTED);
	assert_string_equal(err.message, "interrupted; 's1' is kept");
	hk_api_result_release(&result);
	fake_close(&fake);
}

static void test_rates_are_kept(void **state)
{
	const struct fake_reply script[] = { OK("[]"), OK("[]"), OK("[]") };
	struct fake fake;
	(void)state;
	fake_open(&fake, HEAD "  limits: {perSecond: 4}\n  actions:\n    discover: {method: GET, path: /p, each: [\"\"], out: [{name: name}]}\n", script, 3);
	for (int i = 0; i < 3; i++) {
		struct hk_api_result result = HK_API_RESULT_INIT;
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		assert_int_equal(fake_do(&fake, "discover", &result, &err), HK_OK);
		hk_api_result_release(&result);
	}
	assert_int_equal(fake.slept_us, 500000);
	fake_close(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request_waits_until_active), cmocka_unit_test(test_what_is_refused_while_waiting_is_released),
		cmocka_unit_test(test_what_stays_pending_is_released), cmocka_unit_test(test_a_failed_release_says_so),
		cmocka_unit_test(test_busy_is_waited_for_as_told), cmocka_unit_test(test_busy_for_too_long_is_given_up),
		cmocka_unit_test(test_the_deadline_ends_waiting), cmocka_unit_test(test_lost_questions_are_asked_again),
		cmocka_unit_test(test_hopeless_is_not_tried_again), cmocka_unit_test(test_lost_requests_are_not_repeated_blindly),
		cmocka_unit_test(test_ids_in_locations), cmocka_unit_test(test_lost_extensions_are_not_repeated),
		cmocka_unit_test(test_ids_of_callers_and_in_addresses), cmocka_unit_test(test_a_lost_request_that_was_carried_out_is_found),
		cmocka_unit_test(test_a_lost_request_that_was_not_carried_out_is_sent_again), cmocka_unit_test(test_an_unreadable_reply_is_recovered_too),
		cmocka_unit_test(test_two_new_things_are_not_guessed_at), cmocka_unit_test(test_what_is_the_same),
		cmocka_unit_test(test_a_list_has_each_id_once_in_order), cmocka_unit_test(test_an_idempotent_request_is_repeated_with_its_key),
		cmocka_unit_test(test_redirects), cmocka_unit_test(test_endless_redirects_end), cmocka_unit_test(test_a_refused_token_is_renewed_once),
		cmocka_unit_test(test_what_is_not_there_any_more_is_no_error), cmocka_unit_test(test_values_go_into_addresses_encoded),
		cmocka_unit_test(test_an_interrupt_keeps_what_was_created_and_says_so), cmocka_unit_test(test_rates_are_kept),
	};
	return cmocka_run_group_tests_name("api_call", tests, NULL, NULL);
}

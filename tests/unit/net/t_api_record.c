/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recordings: nothing secret gets in, everything else comes out again, and only for the same questions. */
#include "api_fake.h"
#include "../test.h"
#include "base/file.h"

static char path[] = "/tmp/hkctl-api-record-XXXXXX";

static int enter(void **state)
{
	(void)state;
	int fd = mkstemp(path);
	return fd < 0 || close(fd) || unlink(path) ? -1 : 0;
}

#define TOKEN "eyJhbGciOiJSUzI1NiJ9/signature+of=it"

static struct hk_http_request request_of(const char *method, const char *url, const char *body)
{
	struct hk_http_request request = { .method = method, .url = url, .body = body ? hk_str_of(body) : (struct hk_str){ NULL, 0 } };
	hk_http_headers_add(&request.headers, HK_STR("Accept"), HK_STR("application/json"));
	hk_http_headers_add(&request.headers, HK_STR("X-Api-Key"), HK_STR("kiwi"));
	return request;
}

/* Record one exchange, and return the line. */
static void recorded(const struct fake_reply *reply, const char *method, const char *url, const char *body, struct hk_buf *line)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_http_request request = request_of(method, url, body);
	struct hk_http_reply got = HK_HTTP_REPLY_INIT;
	enum hk_http_fate fate;
	struct hk_http http, inner;
	struct fake fake;
	unlink(path);
	fake_open(&fake, NULL, reply, 1);
	hk_secrets_add(&fake.secrets, HK_STR(TOKEN));
	inner = fake_http(&fake);
	request.authorization = "Bearer " TOKEN;
	assert_int_equal(hk_http_record(&http, &inner, path, &fake.secrets, &err), 0);
	assert_int_equal(http.exchange(http.closure, &request, &got, &fate, &err), 0);
	hk_http_release(&http);
	assert_int_equal(hk_file_read(path, 1 << 20, line, &err), 0);
	hk_http_headers_release(&request.headers);
	hk_http_reply_release(&got);
	fake_close(&fake);
}

static void test_no_secret_gets_in(void **state)
{
	static const struct fake_reply replies[] = {
		{ 200, "X-Echo: Bearer " TOKEN "\nSet-Cookie: s=1\nWWW-Authenticate: Bearer x",
		  "{\"a\":\"you sent " TOKEN "\",\"" TOKEN "\":1,\"l\":[\"" TOKEN "\"]}", HK_HTTP_NOT_SENT },
		{ 400, "Location: /x?t=eyJhbGciOiJSUzI1NiJ9%2Fsignature%2Bof%3Dit", "{\"message\":\"eyJhbGciOiJSUzI1NiJ9\\/signature\\u002bof=it\"}",
		  HK_HTTP_NOT_SENT },
		{ 500, "Content-Type: text/html", "<p>" TOKEN "</p>", HK_HTTP_NOT_SENT },
		{ 200, NULL, "{\"accessToken\":\"strawberry\",\"client_secret\":[\"raspberry\"],\"Password\":{\"a\":\"blueberry\"},\"sinkCredential\":{\"x\":\"gooseberry\"}}",
		  HK_HTTP_NOT_SENT },
		{ 200, NULL, "{\"cut\":\"eyJhbGciOiJSUzI1NiJ9/sig\"}", HK_HTTP_NOT_SENT },
	};
	static const char *const fruits[] = { "eyJhbGciOiJSUzI1", "signature", "strawberry", "raspberry", "blueberry", "gooseberry", "kiwi" };
	(void)state;
	for (size_t i = 0; i < HK_COUNT(replies); i++) {
		HK_AUTO_BUF struct hk_buf line = HK_BUF_INIT;
		recorded(&replies[i], "POST", "https://op.example/v1/s?token=" TOKEN, "{\"profile\":\"gold\",\"note\":\"" TOKEN "\"}", &line);
		for (size_t f = 0; f < HK_COUNT(fruits); f++)
			if (strstr(line.s, fruits[f]))
				fail_msg("'%s' is in %s", fruits[f], line.s);
		assert_non_null(strstr(line.s, "gold"));
		assert_null(strstr(line.s, "op.example"));
		assert_ptr_equal(strchr(line.s, '\n'), line.s + line.len - 1);
	}
}

static void test_everything_else_comes_back(void **state)
{
	static const char body[] = "{\"n\":9007199254740993,\"d\":0.10000000000000000001,\"e\":1E400,\"big\":123456789012345678901234567890,\"t\":\"\\\"\\\\\\u000a\xc3\xa4\",\"b\":[true,false,null,{}],\"s\":\"7\"}";
	static const struct fake_reply reply = { 201, "Location: /v1/s/1\nX-Two: a\nX-Two: b", body, HK_HTTP_NOT_SENT };
	HK_AUTO_BUF struct hk_buf line = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_http_request request = request_of("POST", "https://elsewhere.example/v1/s", "{ \"profile\": \"gold\" }");
	struct hk_http_reply got = HK_HTTP_REPLY_INIT;
	enum hk_http_fate fate;
	struct hk_http http;
	(void)state;
	recorded(&reply, "POST", "https://op.example/v1/s", "{\"profile\":\"gold\"}", &line);
	assert_int_equal(hk_http_replay(&http, path, &err), 0);
	assert_int_equal(http.exchange(http.closure, &request, &got, &fate, &err), 0);
	assert_int_equal(got.status, 201);
	assert_string_equal(got.body.s, body);
	assert_string_equal(hk_http_headers_get(&got.headers, "location"), "/v1/s/1");
	assert_string_equal(hk_http_headers_get(&got.headers, "X-Two"), "a");
	hk_http_reply_release(&got);
	assert_int_equal(http.exchange(http.closure, &request, &got, &fate, &err), -1);
	assert_int_equal(fate, HK_HTTP_HOPELESS);
	assert_non_null(strstr(err.message, "ends here"));
	hk_http_reply_release(&got);
	hk_http_headers_release(&request.headers);
	hk_http_release(&http);
}

static void test_only_the_same_questions_are_answered(void **state)
{
	static const struct fake_reply reply = { 200, NULL, "{}", HK_HTTP_NOT_SENT };
	static const struct { const char *method, *url, *body, *said; } cases[] = {
		{ "GET", "https://op.example/v1/s", "{\"a\":1}", "has POST /v1/s recorded" },
		{ "POST", "https://op.example/v1/t", "{\"a\":1}", "has POST /v1/s recorded" },
		{ "POST", "https://op.example/v1/s?x=1", "{\"a\":1}", "has POST /v1/s recorded" },
		{ "POST", "https://op.example/v1/s", "{\"a\":2}", "another body" },
		{ "POST", "https://op.example/v1/s", "{\"a\":\"1\"}", "another body" }, { "POST", "https://op.example/v1/s", NULL, "another body" },
	};
	HK_AUTO_BUF struct hk_buf line = HK_BUF_INIT;
	(void)state;
	recorded(&reply, "POST", "https://op.example/v1/s", "{\"a\":1}", &line);
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		struct hk_http_request request = request_of(cases[i].method, cases[i].url, cases[i].body);
		struct hk_http_reply got = HK_HTTP_REPLY_INIT;
		assert_int_equal(hk_http_recorded("it", (struct hk_str){ line.s, line.len - 1 }, &request, &got, &err), -1);
		if (!strstr(err.message, cases[i].said))
			fail_msg("case %zu: %s", i, err.message);
		hk_http_reply_release(&got);
		hk_http_headers_release(&request.headers);
	}
}

static void test_what_is_no_recording_is_refused(void **state)
{
	static const char *const lines[] = { "", "{}", "[]", "null", "x",
					     "{\"formatVersion\":\"2.0\",\"request\":{\"method\":\"GET\",\"path\":\"/\"},\"reply\":{\"status\":200}}",
					     "{\"formatVersion\":\"1.0\",\"request\":{\"method\":\"GET\",\"path\":\"/\"},\"reply\":{\"status\":99}}",
					     "{\"formatVersion\":\"1.0\",\"request\":{\"method\":\"GET\",\"path\":\"/\"}}",
					     "{\"formatVersion\":\"1.0\",\"request\":{\"method\":\"GET\"},\"reply\":{\"status\":200}}",
					     "{\"formatVersion\":\"1.0\",\"request\":{\"method\":\"GET\",\"path\":\"/\"},\"reply\":{\"status\":\"200\"}}" };
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_http http, inner = { NULL, NULL, NULL };
	(void)state;
	for (size_t i = 0; i < HK_COUNT(lines); i++) {
		struct hk_http_request request = request_of("GET", "https://op.example/", NULL);
		struct hk_http_reply got = HK_HTTP_REPLY_INIT;
		assert_int_equal(hk_http_recorded("it", hk_str_of(lines[i]), &request, &got, &err), -1);
		assert_int_equal(err.status, HK_INVALID);
		hk_http_reply_release(&got);
		hk_http_headers_release(&request.headers);
	}
	unlink(path);
	assert_int_equal(hk_http_replay(&http, path, &err), -1);
	assert_int_equal(hk_file_write(path, "mine", 4, &err), 0);
	assert_int_equal(hk_http_record(&http, &inner, path, NULL, &err), -1);
	assert_int_equal(err.status, HK_USAGE);
	unlink(path);
}

static void test_retry_after(void **state)
{
	static const struct { const char *headers; int64_t seconds; } cases[] = {
		{ NULL, -1 }, { "Retry-After: 120", 120 }, { "retry-after: 0", 0 }, { "Retry-After: -1", -1 }, { "Retry-After: soon", -1 },
		{ "Retry-After: 1.5", -1 }, { "Retry-After: 99999999999999999999", INT64_MAX },
		{ "Retry-After: Sat, 31 Jan 2026 12:01:00 GMT\nDate: Sat, 31 Jan 2026 12:00:00 GMT", 60 },
		{ "Retry-After: Sat, 31 Jan 2026 11:00:00 GMT\nDate: Sat, 31 Jan 2026 12:00:00 GMT", 0 },
		{ "Retry-After: Saturday, 31-Jan-26 12:01:00 GMT\nDate: Sat, 31 Jan 2026 12:00:00 GMT", 60 },
		{ "Retry-After: Sat, 31 Jan 2026 12:01:00 GMT", -1 },
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		struct hk_http_headers headers = { { NULL, 0, 0 } };
		struct hk_str rest = hk_str_of(cases[i].headers);
		while (rest.n) {
			struct hk_str line = hk_str_cut(&rest, '\n'), name = hk_str_cut(&line, ':');
			hk_http_headers_add(&headers, name, hk_str_trim(line));
		}
		if (hk_http_retry_after(&headers) != cases[i].seconds)
			fail_msg("%s: %lld", cases[i].headers, (long long)hk_http_retry_after(&headers));
		hk_http_headers_release(&headers);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_secret_gets_in), cmocka_unit_test(test_everything_else_comes_back),
		cmocka_unit_test(test_only_the_same_questions_are_answered), cmocka_unit_test(test_what_is_no_recording_is_refused),
		cmocka_unit_test(test_retry_after),
	};
	return cmocka_run_group_tests_name("api_record", tests, enter, NULL);
}

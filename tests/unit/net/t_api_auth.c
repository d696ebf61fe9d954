/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Credentials: where they come from, how they are sent, when they are renewed, and that they stay where they belong. */
#include "api_fake.h"
#include "../test.h"
#include "base/file.h"
#include "net/api_config.h"

static char directory[] = "/tmp/hkctl-api-auth-XXXXXX";

static int enter(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int leave(void **state)
{
	HK_AUTO_BUF struct hk_buf path = HK_BUF_INIT;
	(void)state;
	hk_buf_addf(&path, "%s/secret", directory);
	unlink(path.s);
	return rmdir(directory);
}

static const char *variable(const char *name)
{
	return strcmp(name, "API_SECRET") == 0 ? "swordfish-swordfish" : strcmp(name, "CLIENT_ID") == 0 ? "me:and/you" : strcmp(name, "BAD") == 0 ? "a\nb"
	    : NULL;
}

struct session { struct fake fake; struct hk_workspace workspace; struct hk_api_entries entries; struct hk_http http; struct hk_api_credentials *credentials;
		 struct hk_api_auth auth; };

static char *environment[] = { (char[]){ "PATH=/usr/bin:/bin" }, NULL };

/* -1 when credentials cannot be made. */
static int open_session(struct session *s, const char *base, const char *auth, const struct fake_reply *replies, size_t n, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT, path = HK_BUF_INIT;
	*s = (struct session){ .credentials = NULL };
	fake_open(&s->fake, NULL, replies, n);
	hk_buf_addf(&path, "%s/topology.yaml", directory);
	hk_buf_addf(&text, "apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: t}\nspec:\n  clusters: [{name: a}]\n  networkApis:\n  - {name: op, adapter: x, baseUrl: \"%s\", auth: %s}\n",
		    base, auth);
	assert_int_equal(hk_workspace_add_text(&s->workspace, path.s, (struct hk_str){ text.s, text.len }, false, &s->fake.diags, err), 0);
	hk_api_entries_read(&s->entries, &s->workspace, &s->fake.diags);
	assert_int_equal(s->fake.diags.errors, 0);
	s->http = fake_http(&s->fake);
	const struct hk_api_surroundings surroundings = { variable, environment, &s->http, fake_clock(&s->fake), 2000000, s->fake.now_us + 60000000, NULL,
							  &s->fake.secrets };
	s->credentials = hk_api_credentials_new(hk_api_entries_find(&s->entries, "op"), &surroundings, err);
	if (s->credentials)
		s->auth = hk_api_credentials_auth(s->credentials);
	return s->credentials ? 0 : -1;
}

static void close_session(struct session *s)
{
	hk_api_credentials_free(s->credentials);
	hk_api_entries_release(&s->entries);
	hk_workspace_release(&s->workspace);
	fake_close(&s->fake);
}

/* The header, or the message. */
static void gives(const char *base, const char *auth, const char *expected)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct session s;
	const char *value = "";
	if (open_session(&s, base, auth, NULL, 0, &err) || s.auth.header(s.auth.closure, false, &value, &err)) {
		if (!strstr(err.message, expected))
			fail_msg("%s: %s", auth, err.message);
		assert_null(strstr(err.message, "swordfish"));
	} else if (strcmp(value ? value : "(none)", expected) != 0)
		fail_msg("%s: %s", auth, value);
	close_session(&s);
}

static void test_schemes(void **state)
{
	HK_AUTO_BUF struct hk_buf path = HK_BUF_INIT;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	static const struct { const char *base, *auth, *expected; } cases[] = {
		{ "https://op.example", "{}", "(none)" }, { "https://op.example", "{none: {}}", "(none)" },
		{ "https://op.example", "{bearer: {tokenEnv: API_SECRET}}", "Bearer swordfish-swordfish" },
		{ "https://op.example", "{bearer: {tokenFile: secret}}", "Bearer from the file" },
		{ "https://op.example", "{bearer: {tokenFile: nothing}}", "nothing" },
		{ "https://op.example", "{bearer: {tokenEnv: UNSET}}", "'UNSET' is not set" },
		{ "https://op.example", "{bearer: {tokenEnv: BAD}}", "control character" }, { "https://op.example", "{bearer: {}}", "neither" },
		{ "https://op.example", "{bearer: {token: swordfish}}", "has no 'token'" },
		{ "https://op.example", "{basic: {user: Aladdin, passwordEnv: API_SECRET}}", "Basic QWxhZGRpbjpzd29yZGZpc2gtc3dvcmRmaXNo" },
		{ "https://op.example", "{basic: {user: \"a:b\", passwordEnv: API_SECRET}}", "colon" },
		{ "https://op.example", "{basic: {user: a, password: swordfish}}", "has no 'password'" },
		{ "https://op.example", "{exec: {command: [printf, '{\"access_token\":\"t1\"}']}}", "Bearer t1" },
		{ "https://op.example", "{exec: {command: [printf, '[{\"k\":\"t2\"}]'], token: /0/k}}", "Bearer t2" },
		{ "https://op.example", "{exec: {command: [\"false\"]}}", "ended with status 1" },
		{ "https://op.example", "{exec: {command: [printf, '{\"access_token\":\"a b\"}']}}", "none at '/access_token'" },
		{ "https://op.example", "{exec: {command: [echo, swordfish]}}", "no JSON" },
		{ "https://op.example", "{exec: {command: [sleep, \"10\"]}}", "did not end within 2000 ms" },
		{ "https://op.example", "{exec: {command: [yes]}}", "more than" },
		{ "https://op.example", "{exec: {command: [no-such-program-anywhere]}}", "'no-such-program-anywhere'" },
		{ "https://op.example", "{exec: {}}", "exec needs command" },
		{ "https://op.example", "{bearer: {tokenEnv: A}, basic: {user: a}}", "not several" },
		{ "https://op.example", "{digest: {}}", "there are none, bearer" },
		{ "https://op.example", "{tls: {insecure: true}}", "certificates are always checked" },
		{ "http://op.example", "{bearer: {tokenEnv: API_SECRET}}", "without encryption" },
		{ "http://127.0.0.1.op.example", "{bearer: {tokenEnv: API_SECRET}}", "without encryption" },
		{ "http://localhost.op.example:80", "{bearer: {tokenEnv: API_SECRET}}", "without encryption" },
		{ "http://127.0.0.1:8080", "{bearer: {tokenEnv: API_SECRET}}", "Bearer swordfish-swordfish" },
		{ "http://[::1]:8080", "{bearer: {tokenEnv: API_SECRET}}", "Bearer swordfish-swordfish" },
		{ "https://op.example", "{oauth2: {tokenUrl: \"http://id.example\", clientId: a, clientSecretEnv: API_SECRET}}", "without encryption" },
		{ "https://op.example", "{oauth2: {clientId: a, clientSecretEnv: API_SECRET}}", "no address" },
	};
	(void)state;
	hk_buf_addf(&path, "%s/secret", directory);
	assert_int_equal(hk_file_write(path.s, "from the file\n", 14, &err), 0);
	for (size_t i = 0; i < HK_COUNT(cases); i++)
		gives(cases[i].base, cases[i].auth, cases[i].expected);
}

#define OAUTH "{oauth2: {tokenUrl: \"https://id.example/token\", clientIdEnv: CLIENT_ID, clientSecretEnv: API_SECRET, scope: \"a b\", audience: x}}"
#define ASKED "POST https://id.example/token grant_type=client_credentials&scope=a%20b&audience=x\n"

static void test_tokens_are_kept_and_renewed_in_time(void **state)
{
	static const struct fake_reply replies[] = { { 200, NULL, "{\"access_token\":\"one\",\"token_type\":\"bearer\",\"expires_in\":60}", HK_HTTP_NOT_SENT },
						     { 200, NULL, "{\"access_token\":\"two\"}", HK_HTTP_NOT_SENT },
						     { 200, NULL, "{\"access_token\":\"three\"}", HK_HTTP_NOT_SENT } };
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct session s;
	const char *value;
	(void)state;
	assert_int_equal(open_session(&s, "https://op.example", OAUTH, replies, 3, &err), 0);
	assert_int_equal(s.auth.header(s.auth.closure, false, &value, &err), 0);
	assert_string_equal(value, "Bearer one");
	s.fake.now_us += 49000000;
	assert_int_equal(s.auth.header(s.auth.closure, false, &value, &err), 0);
	assert_string_equal(value, "Bearer one");
	s.fake.now_us += 2000000;         /* ten seconds before its end */
	assert_int_equal(s.auth.header(s.auth.closure, false, &value, &err), 0);
	assert_string_equal(value, "Bearer two");
	s.fake.now_us += 1000000;
	assert_int_equal(s.auth.header(s.auth.closure, true, &value, &err), 0);
	assert_string_equal(value, "Bearer three");
	assert_string_equal(s.fake.log.s, ASKED ASKED ASKED);
	close_session(&s);
}

static void test_token_servers_that_fail(void **state)
{
	static const struct { struct fake_reply reply; const char *said; unsigned asked; } cases[] = {
		{ { 401, NULL, "{\"error\":\"invalid_client\",\"secret\":\"swordfish-swordfish\"}", HK_HTTP_NOT_SENT }, "no token, status 401", 1 },
		{ { 503, NULL, NULL, HK_HTTP_NOT_SENT }, "no token, status 503", 3 },
		{ { 0, NULL, NULL, HK_HTTP_NOT_SENT }, "the connection broke", 3 }, { { 0, NULL, NULL, HK_HTTP_HOPELESS }, "the connection broke", 1 },
		{ { 200, NULL, "<html>", HK_HTTP_NOT_SENT }, "no JSON", 1 },
		{ { 200, NULL, "{\"access_token\":7}", HK_HTTP_NOT_SENT }, "Bearer 7", 1 },
		{ { 200, NULL, "{\"access_token\":\"x\\r\\nX-Evil: 1\"}", HK_HTTP_NOT_SENT }, "none at", 1 },
		{ { 200, NULL, "{\"access_token\":\"x\",\"token_type\":\"DPoP\"}", HK_HTTP_NOT_SENT }, "of type 'DPoP'", 1 },
		{ { 302, "Location: https://evil.example/", NULL, HK_HTTP_NOT_SENT }, "status 302", 1 },
	};
	(void)state;
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		const struct fake_reply replies[] = { cases[i].reply, cases[i].reply, cases[i].reply };
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
		struct session s;
		const char *value = NULL;
		assert_int_equal(open_session(&s, "https://op.example", OAUTH, replies, 3, &err), 0);
		int result = s.auth.header(s.auth.closure, false, &value, &err);
		if (!strstr(result ? err.message : value, cases[i].said))
			fail_msg("case %zu: %s", i, result ? err.message : value);
		assert_int_equal(s.fake.at, cases[i].asked);
		if (result)
			assert_null(strstr(err.message, "swordfish"));
		close_session(&s);
	}
}

/* What is sent is known as secret, however it is dressed. */
static void test_secrets_are_known(void **state)
{
	static const struct fake_reply replies[] = { { 200, NULL, "{\"access_token\":\"a-token-of-some-length\"}", HK_HTTP_NOT_SENT } };
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct session s;
	const char *value;
	(void)state;
	assert_int_equal(open_session(&s, "https://op.example", OAUTH, replies, 1, &err), 0);
	assert_int_equal(s.auth.header(s.auth.closure, false, &value, &err), 0);
	assert_true(hk_secrets_redact(&s.fake.secrets,
				      HK_STR("<a-token-of-some-length> swordfish-swordfish, bWUlM0FhbmQlMkZ5b3U6c3dvcmRmaXNoLXN3b3JkZmlzaA== and me:and/you"),
				      &text));
	assert_string_equal(text.s, "<redacted> redacted, redacted and me:and/you");
	close_session(&s);
}

static void test_redaction(void **state)
{
	static const struct { const char *in, *out; } cases[] = {
		{ "", "" }, { "nothing to see", "nothing to see" }, { "short!", "redacted!" }, { "xshorty", "xredactedy" },
		{ "0123456789abcdefghij", "redacted" }, { "23456789abcdefgh", "redacted" },
		{ "3456789abcdefgh", "3456789abcdefgh" }, { "0123456789abcdef0123456789abcdef", "redacted" "redacted" }, { "a%2Fb%3Fc", "redacted" },
		{ "a/b?c", "redacted" }, { "shortshort", "redactedredacted" },
	};
	struct hk_secrets secrets = HK_SECRETS_INIT;
	(void)state;
	hk_secrets_add(&secrets, HK_STR("short"));
	hk_secrets_add(&secrets, HK_STR("short"));
	hk_secrets_add(&secrets, HK_STR(""));
	hk_secrets_add(&secrets, HK_STR("a/b?c"));
	hk_secrets_add(&secrets, HK_STR("0123456789abcdefghij"));
	for (size_t i = 0; i < HK_COUNT(cases); i++) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		assert_int_equal(hk_secrets_redact(&secrets, hk_str_of(cases[i].in), &text), strcmp(cases[i].in, cases[i].out) != 0);
		assert_string_equal(text.s, cases[i].out);
	}
	hk_secrets_release(&secrets);
}

static void test_loopback_by_the_letters(void **state)
{
	static const char *const here[] = { "http://127.0.0.1", "http://127.9.9.9:80/x", "http://localhost", "http://localhost:8080/", "http://[::1]",
					    "https://[::1]:443/x" };
	static const char *const elsewhere[] = { "http://127.0.0.1.example.net", "http://localhost.example.net", "http://127.0.0.1@example.net",
						 "http://[::1].example.net", "http://128.0.0.1", "http://localhosts", "http://127.0.0", "ftp://127.0.0.1",
						 "http://[::2]", "http://xn--127.0.0.1", "" };
	(void)state;
	for (size_t i = 0; i < HK_COUNT(here); i++)
		assert_true(hk_http_is_loopback(hk_str_of(here[i])));
	for (size_t i = 0; i < HK_COUNT(elsewhere); i++)
		if (hk_http_is_loopback(hk_str_of(elsewhere[i])))
			fail_msg("'%s' is taken for this machine", elsewhere[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schemes), cmocka_unit_test(test_tokens_are_kept_and_renewed_in_time), cmocka_unit_test(test_token_servers_that_fail),
		cmocka_unit_test(test_secrets_are_known), cmocka_unit_test(test_redaction), cmocka_unit_test(test_loopback_by_the_letters),
	};
	return cmocka_run_group_tests_name("api_auth", tests, enter, leave);
}

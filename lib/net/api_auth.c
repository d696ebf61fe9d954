/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Credentials: none, bearer, basic, OAuth 2.0 client credentials (RFC 6749 section 4.4), and a program that prints a token as JSON, for what needs a signature.
 * Client certificates (auth.tls) go with each of them. Documents only say where secrets are; the secrets live here and in the header of a request, and are
 * wiped.
 */
#include "base/base64.h"
#include "base/file.h"
#include "base/process.h"
#include "net/api_config.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SECRET_MAX ((size_t)64 << 10)
#define TOKEN_TRIES 3
#define EARLY_US ((int64_t)10 * 1000000)      /* a token is renewed this long before its end */

enum scheme { NONE, BEARER, BASIC, OAUTH2, EXEC };

struct hk_api_credentials {
	enum scheme scheme;
	const struct hk_api_entry *entry;
	const struct hk_node *node;             /* of the scheme */
	struct hk_api_surroundings surroundings;
	struct hk_buf header;                   /* secret */
	int64_t valid_until_us;                 /* 0: as long as it works */
};

static void wipe(struct hk_buf *buf)
{
	if (buf->cap)
		hk_secret_wipe(buf->s, buf->len);
	hk_buf_reset(buf);
}

static char *beside_document(const struct hk_api_entry *entry, const char *path)
{
	HK_AUTO_FREE char *directory = hk_path_dirname(entry->document->doc.source->name);
	return hk_path_join(directory, path);
}

static int refuse(const struct hk_api_credentials *c, const char *why, struct hk_err *err)
{
	return hk_err_set(err, HK_INVALID, "network API '%s': auth: %s", c->entry->name, why);
}

/* The text of `NAME`, of the variable `NAMEEnv` or of the file `NAMEFile`, without its line end. plain: it may stand in the document itself. */
static int get_value(const struct hk_api_credentials *c, const char *name, bool plain, struct hk_buf *out, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf key = HK_BUF_INIT;
	const char *text = plain ? hk_node_string(hk_node_get(c->node, name)) : NULL, *where;
	hk_buf_addf(&key, "%sEnv", name);
	where = hk_node_string(hk_node_get(c->node, key.s));
	if (!text && where) {
		text = c->surroundings.variable(where);
		if (!text || !*text)
			return hk_err_set(err, HK_INVALID, "network API '%s': the environment variable '%s' is not set", c->entry->name, where);
	}
	hk_buf_reset(&key);
	hk_buf_addf(&key, "%sFile", name);
	where = hk_node_string(hk_node_get(c->node, key.s));
	if (!text && where) {
		HK_AUTO_FREE char *path = beside_document(c->entry, where);
		if (hk_file_read(path, SECRET_MAX, out, err))
			return -1;
		while (out->len && strchr("\r\n", out->s[out->len - 1]))
			out->s[--out->len] = '\0';
	} else if (text)
		hk_buf_addstr(out, text);
	else
		return hk_err_set(err, HK_INVALID, "network API '%s': auth names neither %sEnv nor %sFile", c->entry->name, name, name);
	for (size_t i = 0; i < out->len; i++)
		if ((unsigned char)out->s[i] < ' ' || out->s[i] == 0x7f)
			return hk_err_set(err, HK_INVALID, "network API '%s': %s has a control character in it", c->entry->name, name);
	if (!plain)
		hk_secrets_add(c->surroundings.secrets, (struct hk_str){ out->s, out->len });
	return out->len ? 0 : hk_err_set(err, HK_INVALID, "network API '%s': %s is empty", c->entry->name, name);
}

/* Header and secret in one: what is sent with it is known to be secret from now on. */
static void set_header(struct hk_api_credentials *c, const char *scheme, struct hk_str secret)
{
	wipe(&c->header);
	hk_buf_reserve(&c->header, strlen(scheme) + secret.n + 2);
	hk_buf_addf(&c->header, "%s ", scheme);
	hk_buf_addslice(&c->header, secret);
	hk_secrets_add(c->surroundings.secrets, secret);
}

/* form: client id and secret are encoded as in a form first (RFC 6749, section 2.3.1). */
static int make_basic(struct hk_api_credentials *c, const char *user, const char *password, bool form, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf name = HK_BUF_INIT, secret = HK_BUF_INIT, pair = HK_BUF_INIT;
	int result = get_value(c, user, true, &name, err);
	if (!result && !form && memchr(name.s, ':', name.len) != NULL)
		result = refuse(c, "a user name with a colon cannot be sent", err);
	if (!result)
		result = get_value(c, password, false, &secret, err);
	if (!result) {
		hk_buf_reserve(&pair, 3 * (name.len + secret.len) + 2);
		if (form)
			hk_buf_addencoded(&pair, (struct hk_str){ name.s, name.len });
		else
			hk_buf_add(&pair, name.s, name.len);
		hk_buf_addch(&pair, ':');
		if (form)
			hk_buf_addencoded(&pair, (struct hk_str){ secret.s, secret.len });
		else
			hk_buf_add(&pair, secret.s, secret.len);
		size_t n = 4 * ((pair.len + 2) / 3);
		HK_AUTO_FREE char *encoded = hk_malloc(n + 1);
		hk_base64_write((struct hk_str){ pair.s, pair.len }, encoded);
		set_header(c, "Basic", (struct hk_str){ encoded, n });
		hk_secret_wipe(encoded, n);
	}
	wipe(&secret);
	wipe(&pair);
	return result;
}

/* A token out of JSON. */
static int take_token(struct hk_api_credentials *c, struct hk_str json, const char *token_at, const char *expires_at, struct hk_err *err)
{
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;
	int64_t seconds = 0;
	int result = -1;
	if (hk_api_json("the answer", json, &source, &doc, &ignored))
		hk_err_set(err, HK_UNREACHABLE, "network API '%s': asked for a token, the answer is no JSON", c->entry->name);
	else {
		const char *token = hk_node_string(hk_pointer_get(doc.root, token_at, NULL));
		const char *type = hk_node_string(hk_node_get(doc.root, "token_type"));
		bool clean = token && *token, bearer = !type || strcasecmp(type, "bearer") == 0;
		for (const char *p = token; clean && *p; p++)
			clean = (unsigned char)*p > ' ' && (unsigned char)*p < 0x7f;
		if (clean && !bearer)
			hk_err_set(err, HK_INVALID, "network API '%s': the token is of type '%.40s', and hkctl sends Bearer tokens only", c->entry->name, type);
		else if (clean) {
			set_header(c, "Bearer", hk_str_of(token));
			c->valid_until_us = 0;
			if (hk_node_int(hk_pointer_get(doc.root, expires_at, NULL), &seconds) && seconds > 0 && seconds < 1000000000)
				c->valid_until_us = c->surroundings.clock.now_us(c->surroundings.clock.closure) + seconds * 1000000 - EARLY_US;
			result = 0;
		} else
			hk_err_set(err, HK_UNREACHABLE, "network API '%s': asked for a token, the answer has none at '%s'", c->entry->name, token_at);
	}
	hk_doc_release(&doc);
	wipe(&source.text);
	hk_source_release(&source);
	return result;
}

static void add_form(struct hk_buf *body, const char *key, const char *value)
{
	if (!value)
		return;
	hk_buf_addf(body, "&%s=", key);
	hk_buf_addencoded(body, hk_str_of(value));
}

static int64_t time_left(const struct hk_api_credentials *c)
{
	const struct hk_api_surroundings *s = &c->surroundings;
	int64_t left = s->deadline_us ? s->deadline_us - s->clock.now_us(s->clock.closure) : s->timeout_us;
	return left < s->timeout_us ? left : s->timeout_us;
}

/* One request for a token. 1: worth another try. */
static int ask_once(struct hk_api_credentials *c, struct hk_http_request *request, struct hk_http_reply *reply, struct hk_err *err)
{
	enum hk_http_fate fate = HK_HTTP_NOT_SENT;
	request->timeout_us = time_left(c);
	if (request->timeout_us <= 0)
		return hk_err_set(err, HK_UNREACHABLE, "network API '%s': no time is left to ask for a token", c->entry->name);
	if (c->surroundings.http->exchange(c->surroundings.http->closure, request, reply, &fate, err))
		return err->status == HK_UNREACHABLE && fate != HK_HTTP_HOPELESS ? 1 : -1;
	if (reply->status == 200)
		return 0;
	hk_err_set(err, HK_UNREACHABLE, "network API '%s': no token, status %ld", c->entry->name, reply->status);
	return reply->status == 429 || reply->status == 502 || reply->status == 503 || reply->status == 504 ? 1 : -1;
}

static int ask_for_token(struct hk_api_credentials *c, const char *url, struct hk_err *err)
{
	struct hk_http_request request = { .method = "POST", .url = url, .secret_body = true };
	struct hk_http_reply reply = HK_HTTP_REPLY_INIT;
	HK_AUTO_BUF struct hk_buf body = HK_BUF_INIT;
	int result = 1;
	if (make_basic(c, "clientId", "clientSecret", true, err))
		return -1;
	hk_buf_addstr(&body, "grant_type=client_credentials");
	add_form(&body, "scope", hk_node_string(hk_node_get(c->node, "scope")));
	add_form(&body, "audience", hk_node_string(hk_node_get(c->node, "audience")));
	hk_http_headers_add(&request.headers, HK_STR("Content-Type"), HK_STR("application/x-www-form-urlencoded"));
	hk_http_headers_add(&request.headers, HK_STR("Accept"), HK_STR("application/json"));
	request.body = (struct hk_str){ body.s, body.len };
	request.authorization = c->header.s;
	for (int tried = 1; tried <= TOKEN_TRIES && result > 0; tried++) {
		hk_err_release(err);
		hk_http_reply_release(&reply);
		result = ask_once(c, &request, &reply, err);
		if (result > 0 && tried < TOKEN_TRIES && c->surroundings.clock.sleep_us(c->surroundings.clock.closure, (int64_t)tried * 1000000))
			result = hk_err_set(err, HK_INTERRUPTED, "interrupted");
	}
	wipe(&c->header);
	if (!result)
		result = take_token(c, (struct hk_str){ reply.body.s, reply.body.len }, "/access_token", "/expires_in", err);
	wipe(&reply.body);
	hk_http_reply_release(&reply);
	hk_http_headers_release(&request.headers);
	return result ? -1 : 0;
}

static int run_program(struct hk_api_credentials *c, struct hk_err *err)
{
	const struct hk_node *command = hk_node_get(c->node, "command");
	const char *token = hk_node_string(hk_node_get(c->node, "token")), *expires = hk_node_string(hk_node_get(c->node, "expires"));
	const char *argv[66];
	HK_AUTO_BUF struct hk_buf output = HK_BUF_INIT;
	struct hk_process process = { .argv = argv, .environment = c->surroundings.environment, .timeout_us = time_left(c),
				      .interrupted = c->surroundings.interrupted,
					  .most = SECRET_MAX };
	size_t n = 0;
	int status, result;
	hk_for_each_item(word, command)
		if (n < HK_COUNT(argv) - 1 && word->kind == HK_SCALAR)
			argv[n++] = word->text.s;
	argv[n] = NULL;
	if (process.timeout_us <= 0)
		return hk_err_set(err, HK_UNREACHABLE, "network API '%s': no time is left to ask for a token", c->entry->name);
	if (!n)
		return refuse(c, "exec needs command: [PROGRAM, ARGUMENT ...]", err);
	result = hk_process_run(&process, &output, NULL, &status, err);
	if (!result && status)
		result = hk_err_set(err, HK_UNREACHABLE, "network API '%s': '%s' ended with status %d", c->entry->name, argv[0], status);
	if (!result)
		result = take_token(c, (struct hk_str){ output.s, output.len }, token ? token : "/access_token", expires ? expires : "/expires_in", err);
	wipe(&output);
	return result;
}

static int make_header(struct hk_api_credentials *c, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf token = HK_BUF_INIT;
	int result;
	switch (c->scheme) {
	case BEARER:
		result = get_value(c, "token", false, &token, err);
		if (!result)
			set_header(c, "Bearer", (struct hk_str){ token.s, token.len });
		wipe(&token);
		return result;
	case BASIC:
		return make_basic(c, "user", "password", false, err);
	case OAUTH2:
		return ask_for_token(c, hk_node_string(hk_node_get(c->node, "tokenUrl")), err);
	case EXEC:
		return run_program(c, err);
	default:
		return 0;
	}
}

static int header(void *closure, bool renew, const char **value, struct hk_err *err)
{
	struct hk_api_credentials *c = closure;
	bool late = c->valid_until_us && c->surroundings.clock.now_us(c->surroundings.clock.closure) >= c->valid_until_us;
	if (c->scheme != NONE && (!c->header.len || renew || late) && make_header(c, err))
		return -1;
	*value = c->header.len ? c->header.s : NULL;
	return 0;
}

/* A secret is sent over TLS, or to this machine. */
static int check_plain(const struct hk_api_credentials *c, const char *url, struct hk_err *err)
{
	struct hk_str origin;
	if (!url || !hk_http_origin(hk_str_of(url), &origin))
		return refuse(c, "tokenUrl is no address", err);
	if (hk_str_starts(origin, "https://") || hk_http_is_loopback(hk_str_of(url)))
		return 0;
	return refuse(c, "a secret would be sent without encryption; use an https address", err);
}

/* A key that nobody reads would be taken for one that works: "insecure", say. */
static int check_keys(const struct hk_api_credentials *c, const char *scheme, const struct hk_node *node, struct hk_err *err)
{
	static const struct { const char *scheme, *keys[9]; } known[] = {
		{ "none", { NULL } }, { "bearer", { "tokenEnv", "tokenFile" } }, { "basic", { "user", "userEnv", "userFile", "passwordEnv", "passwordFile" } },
		{ "oauth2", { "tokenUrl", "clientId", "clientIdEnv", "clientIdFile", "clientSecretEnv", "clientSecretFile", "scope", "audience" } },
		{ "exec", { "command", "token", "expires" } },
		{ "tls", { "caFile", "certificateFile", "keyFile" } },
	};
	size_t s = 0;
	while (s < HK_COUNT(known) && strcmp(known[s].scheme, scheme) != 0)
		s++;
	hk_for_each_pair(key, s < HK_COUNT(known) ? node : NULL) {
		size_t i = 0;
		while (known[s].keys[i] && !hk_str_is(key->text, known[s].keys[i]))
			i++;
		if (!known[s].keys[i])
			return hk_err_set(err, HK_INVALID, "network API '%s': auth.%s has no '%.*s'%s", c->entry->name, scheme, HK_STR_ARG(key->text),
					  strcmp(scheme, "tls") == 0 ? "; certificates are always checked"
					  : "; secrets are in files and variables, which are named here");
	}
	return 0;
}

static int choose(struct hk_api_credentials *c, struct hk_err *err)
{
	static const struct { const char *key; enum scheme scheme; } schemes[] = { { "bearer", BEARER }, { "basic", BASIC }, { "oauth2", OAUTH2 },
										   { "exec", EXEC } };
	const struct hk_node *auth = hk_node_get(c->entry->node, "auth");
	hk_for_each_pair(key, auth) {
		size_t i = 0;
		if (check_keys(c, key->text.s, key->next, err))
			return -1;
		if (hk_str_is(key->text, "tls") || hk_str_is(key->text, "none"))
			continue;
		while (i < HK_COUNT(schemes) && !hk_str_is(key->text, schemes[i].key))
			i++;
		if (i == HK_COUNT(schemes) || c->scheme != NONE)
			return refuse(c, i == HK_COUNT(schemes) ? "there are none, bearer, basic, oauth2, exec and tls"
				      : "one of bearer, basic, oauth2 and exec, not several", err);
		c->scheme = schemes[i].scheme;
		c->node = key->next;
	}
	if (c->scheme != NONE && check_plain(c, c->entry->base_url, err))
		return -1;
	return c->scheme == OAUTH2 ? check_plain(c, hk_node_string(hk_node_get(c->node, "tokenUrl")), err) : 0;
}

struct hk_api_credentials *hk_api_credentials_new(const struct hk_api_entry *entry, const struct hk_api_surroundings *surroundings, struct hk_err *err)
{
	struct hk_api_credentials *c = hk_calloc(1, sizeof *c);
	c->entry = entry;
	c->surroundings = *surroundings;
	hk_buf_init(&c->header);
	if (choose(c, err) == 0)
		return c;
	hk_api_credentials_free(c);
	return NULL;
}

struct hk_api_auth hk_api_credentials_auth(struct hk_api_credentials *credentials)
{
	return (struct hk_api_auth){ header, credentials };
}

void hk_api_credentials_free(struct hk_api_credentials *c)
{
	if (!c)
		return;
	wipe(&c->header);
	hk_buf_release(&c->header);
	free(c);
}

void hk_api_entry_tls(const struct hk_api_entry *entry, struct hk_arena *arena, struct hk_http_tls *tls)
{
	static const char *const keys[] = { "caFile", "certificateFile", "keyFile" };
	const char **files[] = { &tls->ca_file, &tls->certificate_file, &tls->key_file };
	for (size_t i = 0; i < HK_COUNT(keys); i++) {
		const char *file = hk_node_string(hk_node_get(hk_node_at(entry->node, "auth.tls"), keys[i]));
		HK_AUTO_FREE char *path = file ? beside_document(entry, file) : NULL;
		*files[i] = path ? hk_arena_strdup(arena, path) : NULL;
	}
}

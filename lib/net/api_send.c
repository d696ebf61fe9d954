/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/api_send.h"
#include "net/api_template.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MOST_REDIRECTS 5
#define MOST_WAIT_US ((int64_t)300 * 1000000)

void hk_api_exchange_release(struct hk_api_exchange *x)
{
	hk_buf_release(&x->path);
	hk_buf_release(&x->body);
	hk_buf_release(&x->url);
	free(x->correlation);
	hk_http_reply_release(&x->reply);
	hk_doc_release(&x->doc);
	hk_source_release(&x->source);
}

int hk_api_build(const struct hk_api *api, const char *action, const struct hk_api_values *values, struct hk_buf *path, struct hk_buf *body, struct hk_err *err)
{
	const struct hk_node *node = hk_api_action(api->adapter, action), *template = hk_node_get(node, "body");
	if (!node || !hk_node_get(node, "path"))
		return hk_err_set(err, HK_USAGE, "adapter %s has no '%s'%s", api->adapter->name, action,
				  node ? " that sends anything; name saved notifications" : "");
	if (hk_api_values_complete(values, api->adapter, action, err))
		return -1;
	if (hk_api_template_path(hk_node_string(hk_node_get(node, "path")), hk_node_get(node, "query"), values, path, err))
		return -1;
	return template ? hk_api_template_body(template, values, body, err) : 0;
}

/* ---- one try ---- */

static int add_headers(const struct hk_api *api, const struct hk_api_exchange *x, const struct hk_api_values *values, struct hk_http_request *request,
		       struct hk_err *err)
{
	const char *correlation = hk_node_string(hk_node_get(api->adapter->spec, "correlationHeader")),
	    *once = hk_node_string(hk_node_get(x->action, "idempotencyHeader"));
	hk_http_headers_add(&request->headers, HK_STR("Accept"), HK_STR("application/json, application/problem+json"));
	if (x->body.len)
		hk_http_headers_add(&request->headers, HK_STR("Content-Type"), HK_STR("application/json"));
	if (once)
		hk_http_headers_add(&request->headers, hk_str_of(once), hk_str_of(x->correlation));
	if (correlation && (!once || strcasecmp(once, correlation) != 0))
		hk_http_headers_add(&request->headers, hk_str_of(correlation), hk_str_of(x->correlation));
	hk_for_each_pair(key, hk_node_get(x->action, "headers")) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		bool present;
		if (hk_api_template_text(key->next, values, &present, &text, err))
			return -1;
		if (present)
			hk_http_headers_add(&request->headers, key->text, (struct hk_str){ text.s, text.len });
	}
	return 0;
}

static int pause_for(struct hk_api *api, int64_t us, struct hk_err *err)
{
	if (api->clock.now_us(api->clock.closure) + us > api->deadline_us)
		return hk_err_set(err, HK_UNREACHABLE, "%s: it would take longer than the time allowed (--timeout)", api->name);
	return us > 0 && api->clock.sleep_us(api->clock.closure, us) ? hk_err_set(err, HK_INTERRUPTED, "interrupted") : 0;
}

/* Requests of one API are at least 1/rate apart. */
static int keep_rate(struct hk_api *api, struct hk_err *err)
{
	double rate = 0;
	int64_t now = api->clock.now_us(api->clock.closure), apart;
	(void)hk_node_float(hk_node_at(api->adapter->spec, "limits.perSecond"), &rate);
	apart = rate > 0 ? (int64_t)(1e6 / rate) : 0;
	if (api->last_sent_us && now < api->last_sent_us + apart && pause_for(api, api->last_sent_us + apart - now, err))
		return -1;
	api->last_sent_us = api->clock.now_us(api->clock.closure);
	return 0;
}

static int send_once(struct hk_api *api, struct hk_api_exchange *x, const struct hk_api_values *values, bool renew, struct hk_err *err)
{
	struct hk_http_request request = { .method = hk_node_string(hk_node_get(x->action, "method")), .url = x->url.s, .timeout_us = api->timeout_us };
	int64_t left = api->deadline_us - api->clock.now_us(api->clock.closure);
	enum hk_http_fate fate = HK_HTTP_NOT_SENT;
	int result;
	x->maybe = false;
	x->hopeless = true;
	if (left <= 0)
		return hk_err_set(err, HK_UNREACHABLE, "%s: no time is left", api->name);
	request.timeout_us = left < request.timeout_us ? left : request.timeout_us;
	if (x->body.len)
		request.body = (struct hk_str){ x->body.s, x->body.len };
	hk_http_reply_release(&x->reply);
	result = keep_rate(api, err) || api->auth.header(api->auth.closure, renew, &request.authorization, err) ||
	    add_headers(api, x, values, &request, err) ? -1 : 0;
	if (!result) {
		result = api->http->exchange(api->http->closure, &request, &x->reply, &fate, err);
		x->maybe = result && fate == HK_HTTP_MAYBE_SENT;
		x->hopeless = fate == HK_HTTP_HOPELESS;
	}
	hk_http_headers_release(&request.headers);
	return result;
}

/* ---- redirects ---- */

static bool origin_declared(const struct hk_api *api, struct hk_str origin)
{
	hk_for_each_item(item, hk_node_get(api->adapter->spec, "redirectOrigins"))
		if (hk_str_eq(item->text, origin))
			return true;
	return false;
}

/* 1: x->url is the new address; 0: no redirect; -1: one that is not followed. */
static int redirect(const struct hk_api *api, struct hk_api_exchange *x, struct hk_err *err)
{
	const char *to = hk_http_headers_get(&x->reply.headers, "Location"), *method = hk_node_string(hk_node_get(x->action, "method"));
	struct hk_str here, there;
	HK_AUTO_BUF struct hk_buf next = HK_BUF_INIT;
	if (x->reply.status != 301 && x->reply.status != 302 && x->reply.status != 303 && x->reply.status != 307 && x->reply.status != 308)
		return 0;
	x->maybe = x->creates && x->reply.status < 307;       /* "see other": it has been done */
	if (!to || !hk_http_origin(hk_str_of(x->url.s), &here))
		return hk_err_set(err, HK_FAILED, "%s: a redirect that leads nowhere", api->name);
	if (x->reply.status < 307 && strcmp(method, "GET") != 0)
		return hk_err_set(err, HK_FAILED, "%s: a redirect with status %ld does not carry a %s along, and is not followed", api->name, x->reply.status,
				  method);
	if (to[0] == '/' && to[1] != '/')
		hk_buf_addf(&next, "%.*s%s", HK_STR_ARG(here), to);
	else if (hk_http_origin(hk_str_of(to), &there) && (hk_str_eq(here, there) || origin_declared(api, there)))
		hk_buf_addstr(&next, to);
	else
		return hk_err_set(err, HK_FAILED, "%s: a redirect to another origin is not followed; an adapter declares such origins under redirectOrigins",
				  api->name);
	if (!hk_http_origin((struct hk_str){ next.s, next.len }, &there))
		return hk_err_set(err, HK_FAILED, "%s: a redirect that leads nowhere", api->name);
	hk_buf_reset(&x->url);
	hk_buf_add(&x->url, next.s, next.len);
	return 1;
}

/* ---- judging ---- */

static bool is_ok(const struct hk_api_exchange *x)
{
	const struct hk_node *ok = hk_node_get(x->action, "ok");
	int64_t status;
	if (!ok)
		return x->reply.status == 200;
	hk_for_each_item(item, ok)
		if (hk_node_int(item, &status) && status == x->reply.status)
			return true;
	return false;
}

/* "application/json", "application/problem+json; charset=utf-8"; none at all is taken for JSON. */
static bool says_json(const struct hk_api_exchange *x)
{
	const char *type = hk_http_headers_get(&x->reply.headers, "Content-Type");
	size_t n = type ? strcspn(type, "; \t") : 0;
	return !type || (n >= 5 && (strncasecmp(type + n - 5, "/json", 5) == 0 || strncasecmp(type + n - 5, "+json", 5) == 0));
}

static int read_body(struct hk_api_exchange *x, bool must, struct hk_err *err)
{
	HK_AUTO_ERR struct hk_err problem = HK_ERR_INIT;
	hk_doc_release(&x->doc);
	hk_source_release(&x->source);
	x->doc = (struct hk_doc){ 0 };
	if (!x->reply.body.len && !must)
		return 0;
	if (x->reply.body.len && !says_json(x))
		return must ? hk_err_set(err, HK_FAILED, "the reply is '%.100s', and JSON was expected", hk_http_headers_get(&x->reply.headers, "Content-Type"))
		    : 0;
	if (hk_api_json("the reply", (struct hk_str){ x->reply.body.s, x->reply.body.len }, &x->source, &x->doc, &problem) == 0)
		return 0;
	hk_doc_release(&x->doc);
	x->doc = (struct hk_doc){ 0 };
	return must ? hk_err_set(err, HK_FAILED, "%s", problem.message) : 0;
}

/* What the operator says, without what we told him in confidence, and not more than so many bytes of it. */
static void add_said(const struct hk_api *api, struct hk_buf *text, const char *before, const char *said, size_t most)
{
	HK_AUTO_BUF struct hk_buf clean = HK_BUF_INIT;
	size_t n = 0, length;
	(void)hk_secrets_redact(api->secrets, hk_str_of(said), &clean);
	while (n < clean.len && (length = hk_utf8_length(clean.s + n, clean.len - n)) != 0 && n + length <= most)
		n += length;
	hk_buf_addstr(text, before);
	hk_buf_add(text, clean.s, n);
}

static int refused(const struct hk_api *api, struct hk_api_exchange *x, enum hk_api_class class, const char *code, const char *message, struct hk_err *err)
{
	static const char *const hints[] = { [HK_API_CLASS_FATAL] = "refused", [HK_API_CLASS_RETRY] = "not now",
					     [HK_API_CLASS_EXISTS] = "there already, or in conflict with what is", [HK_API_CLASS_ABSENT] = "not there",
					     [HK_API_CLASS_AUTH] = "not let in", [HK_API_CLASS_INVALID] = "refused as wrong",
					     [HK_API_CLASS_UNSUPPORTED] = "not offered by the operator" };
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	hk_buf_addf(&text, "%s: %s, status %ld", api->name, hints[class], x->reply.status);
	if (code)
		add_said(api, &text, " ", code, 100);
	if (message)
		add_said(api, &text, ": ", message, 300);
	x->absent = class == HK_API_CLASS_ABSENT;
	return hk_err_set(err, class == HK_API_CLASS_AUTH || class == HK_API_CLASS_RETRY ? HK_UNREACHABLE : HK_FAILED, "%s", text.s);
}

static void retry_policy(const struct hk_api *api, struct hk_api_retry *retry)
{
	*retry = (struct hk_api_retry){ 4, 1000000, MOST_WAIT_US };
	(void)hk_node_int(hk_node_at(api->adapter->spec, "limits.tries"), &retry->most);
}

static bool must_have_body(const struct hk_node *action)
{
	return hk_node_get(action, "out") || hk_node_get(action, "state") || hk_node_get(action, "exists") || hk_node_get(hk_node_get(action, "id"), "from");
}

enum next { DONE, AGAIN, RENEW };

/* What comes after a reply. */
static int judge(struct hk_api *api, struct hk_api_exchange *x, int64_t tried, bool renewed, enum next *next, int64_t *wait, struct hk_err *err)
{
	struct hk_api_retry retry;
	const char *code, *message;
	enum hk_api_class class;
	*next = DONE;
	if (is_ok(x)) {
		if (read_body(x, x->reply.status != 204 && must_have_body(x->action), err) == 0)
			return 0;
		x->maybe = x->creates;          /* done, and not understood */
		return hk_err_wrap(err, "%s", api->name);
	}
	(void)read_body(x, false, err);
	class = hk_api_classify(api->adapter, x->reply.status, x->doc.root, &code, &message);
	retry_policy(api, &retry);
	*wait = hk_api_retry_wait(&retry, tried, hk_http_retry_after(&x->reply.headers));
	if (x->reply.status == 401 && !renewed) {
		*next = RENEW;
		return 0;
	}
	/*
	 * a gateway that lost the answer does not know what happened behind it, a server that failed may have done so at the end, and a success that was not
	 * expected is one
	 */
	x->maybe = x->creates && (x->reply.status / 100 == 2 || x->reply.status == 500 || x->reply.status == 502 || x->reply.status == 504);
	if (class == HK_API_CLASS_RETRY && *wait >= 0 && !x->maybe) {
		*next = AGAIN;
		return 0;
	}
	return refused(api, x, class, code, message, err);
}

/* No reply. Whether it is tried again says whether it can have happened, and what a second time would do. */
static int lost(struct hk_api *api, const struct hk_api_exchange *x, int64_t tried, int64_t *wait, struct hk_err *err)
{
	struct hk_api_retry retry;
	retry_policy(api, &retry);
	*wait = hk_api_retry_wait(&retry, tried, -1);
	if (*wait < 0 || x->hopeless || err->status != HK_UNREACHABLE || (x->creates && x->maybe))
		return -1;
	hk_err_release(err);
	return 0;
}

static int try_until_done(struct hk_api *api, const struct hk_api_values *values, struct hk_api_exchange *x, struct hk_err *err)
{
	bool renew = false, renewed = false;
	int redirects = 0;
	for (int64_t tried = 1;;) {
		HK_AUTO_ERR struct hk_err problem = HK_ERR_INIT;
		enum next next = AGAIN;
		int64_t wait = 0;
		int moved;
		if (send_once(api, x, values, renew, &problem)) {
			if (lost(api, x, tried, &wait, &problem))
				return hk_err_set(err, problem.status, "%s", problem.message);
		} else if ((moved = redirect(api, x, err)) != 0) {
			if (moved < 0)
				return -1;
			if (++redirects > MOST_REDIRECTS)
				return hk_err_set(err, HK_FAILED, "%s: more than %d redirects", api->name, MOST_REDIRECTS);
			continue;
		} else if (judge(api, x, tried, renewed, &next, &wait, err))
			return -1;
		if (next == DONE)
			return 0;
		renew = next == RENEW;
		renewed |= renew;
		if (!renew) {
			tried++;
			if (api->tell)
				api->tell(api->tell_closure, "trying again");
			if (pause_for(api, wait, err))
				return -1;
		}
	}
}

int hk_api_send(struct hk_api *api, const char *action, const struct hk_api_values *values, struct hk_api_exchange *x, struct hk_err *err)
{
	char correlation[96];
	*x = (struct hk_api_exchange){ .path = HK_BUF_INIT, .body = HK_BUF_INIT, .url = HK_BUF_INIT, .reply = HK_HTTP_REPLY_INIT };
	if (hk_api_build(api, action, values, &x->path, &x->body, err))
		return -1;
	x->action = hk_api_action(api->adapter, action);
	/* the API promises that a second request with the same key does nothing again */
	x->creates = !hk_node_get(x->action, "idempotencyHeader") && (hk_node_get(x->action, "undo") || strcmp(action, "extend") == 0);
	snprintf(correlation, sizeof correlation, "%.80s-%u", api->correlation, ++api->sent);
	x->correlation = hk_strdup(correlation);
	hk_buf_addf(&x->url, "%s%s", api->base_url, x->path.s);
	return try_until_done(api, values, x, err);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HTTP through libcurl. */
#include "net/api_http.h"
#include "base/num.h"
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct curl_state {
	CURL *curl;
	char *ca_file, *certificate_file, *key_file;
	bool insecure;
	const volatile int *interrupted;
};

struct transfer {
	struct curl_state *state;
	struct hk_http_reply *reply;
	bool too_much;
};

void hk_http_headers_add(struct hk_http_headers *headers, struct hk_str name, struct hk_str value)
{
	hk_vec_push(&headers->list, (struct hk_http_header){ hk_strndup(name.s, name.n), hk_strndup(value.s, value.n) });
}

const char *hk_http_headers_get(const struct hk_http_headers *headers, const char *name)
{
	for (size_t i = 0; i < headers->list.n; i++)
		if (strcasecmp(headers->list.v[i].name, name) == 0)
			return headers->list.v[i].value;
	return NULL;
}

void hk_http_headers_release(struct hk_http_headers *headers)
{
	for (size_t i = 0; i < headers->list.n; i++) {
		free(headers->list.v[i].name);
		free(headers->list.v[i].value);
	}
	hk_vec_release(&headers->list);
}

void hk_http_reply_release(struct hk_http_reply *reply)
{
	hk_http_headers_release(&reply->headers);
	hk_buf_release(&reply->body);
	reply->status = 0;
}

void hk_http_release(struct hk_http *http)
{
	if (http->release)
		http->release(http->closure);
	*http = (struct hk_http){ NULL, NULL, NULL };
}

bool hk_http_origin(struct hk_str url, struct hk_str *origin)
{
	size_t n = hk_str_starts(url, "https://") ? 8 : hk_str_starts(url, "http://") ? 7 : 0, start = n;
	if (!n)
		return false;
	for (; n < url.n && url.s[n] != '/' && url.s[n] != '?' && url.s[n] != '#'; n++)
		if (url.s[n] == '@' || url.s[n] == '\\' || (unsigned char)url.s[n] <= ' ')
			return false;
	for (size_t i = n; i < url.n; i++)
		if ((unsigned char)url.s[i] <= ' ' || url.s[i] == 0x7f)
			return false;
	*origin = (struct hk_str){ url.s, n };
	return n > start;
}

/* By the letters, not by a lookup: "127.0.0.1.example.net" is some other machine. */
bool hk_http_is_loopback(struct hk_str url)
{
	struct hk_str origin, host;
	size_t dots = 0;
	if (!hk_http_origin(url, &origin))
		return false;
	host = origin;
	hk_str_cut(&host, '/');
	host = (struct hk_str){ host.s + 1, host.n - 1 };
	if (hk_str_starts(host, "["))
		return hk_str_is(host, "[::1]") || hk_str_starts(host, "[::1]:");
	host = hk_str_cut(&host, ':');
	if (hk_str_is(host, "localhost"))
		return true;
	for (size_t i = 0; i < host.n; i++) {
		dots += host.s[i] == '.';
		if (host.s[i] != '.' && (host.s[i] < '0' || host.s[i] > '9'))
			return false;
	}
	return dots == 3 && hk_str_starts(host, "127.");
}

static size_t take_body(char *bytes, size_t size, size_t count, void *closure)
{
	struct transfer *t = closure;
	size_t n = size * count;
	t->too_much = n > HK_HTTP_BODY_MAX - t->reply->body.len;
	if (t->too_much)
		return 0;
	hk_buf_add(&t->reply->body, bytes, n);
	return n;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *closure)
{
	struct transfer *t = closure;
	size_t n = size * count;
	struct hk_str value = { bytes, n }, name;
	while (value.n && (value.s[value.n - 1] == '\r' || value.s[value.n - 1] == '\n'))
		value.n--;
	if (hk_str_starts(value, "HTTP/")) {          /* an interim answer came before this one */
		hk_http_headers_release(&t->reply->headers);
		return n;
	}
	name = hk_str_cut(&value, ':');
	if (name.n && value.n && t->reply->headers.list.n < HK_HTTP_HEADERS_MAX)
		hk_http_headers_add(&t->reply->headers, name, hk_str_trim(value));
	return n;
}

static int on_progress(void *closure, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct curl_state *state = closure;
	(void)a, (void)b, (void)c, (void)d;
	return state->interrupted && *state->interrupted;
}

static struct curl_slist *header_list(const struct hk_http_request *request)
{
	struct curl_slist *list = NULL;
	HK_AUTO_BUF struct hk_buf line = HK_BUF_INIT;
	for (size_t i = 0; i < request->headers.list.n; i++) {
		hk_buf_reset(&line);
		hk_buf_addf(&line, "%s: %s", request->headers.list.v[i].name, request->headers.list.v[i].value);
		list = curl_slist_append(list, line.s);
	}
	if (request->authorization) {
		hk_buf_reset(&line);
		hk_buf_addf(&line, "Authorization: %s", request->authorization);
		list = curl_slist_append(list, line.s);
		hk_secret_wipe(line.s, line.len);
	}
	return curl_slist_append(list, "Expect:");
}

static void free_headers(struct curl_slist *list)
{
	for (struct curl_slist *item = list; item; item = item->next)
		hk_secret_wipe(item->data, strlen(item->data));
	curl_slist_free_all(list);
}

static void set_options(struct curl_state *state, const struct hk_http_request *request, struct transfer *t, struct curl_slist *headers, char *problem)
{
	CURL *curl = state->curl;
	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, problem);
	curl_easy_setopt(curl, CURLOPT_URL, request->url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
	if (request->body.s) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.n);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body.s);
	}
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, NULL);
	/*
	 * libcurl sends a request again by itself when a connection that was used before turns out to be dead, and the server may have carried it out. And a
	 * server that serves one connection after the other would wait for the end of one that is kept. So each exchange has a connection of its own.
	 */
	curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
	/* A proxy would see what was meant for this machine alone. */
	if (hk_http_is_loopback(hk_str_of(request->url)))
		curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(request->timeout_us / 1000 > 0 ? request->timeout_us / 1000 : 1));
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, state);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, state->insecure ? 0L : 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, state->insecure ? 0L : 2L);
	if (state->ca_file)
		curl_easy_setopt(curl, CURLOPT_CAINFO, state->ca_file);
	if (state->certificate_file)
		curl_easy_setopt(curl, CURLOPT_SSLCERT, state->certificate_file);
	if (state->key_file)
		curl_easy_setopt(curl, CURLOPT_SSLKEY, state->key_file);
	curl_easy_setopt(curl, CURLOPT_KEYPASSWD, "");          /* or OpenSSL would ask on the terminal */
}

static bool is_hopeless(CURLcode code)
{
	switch (code) {
	case CURLE_PEER_FAILED_VERIFICATION: case CURLE_SSL_CERTPROBLEM: case CURLE_SSL_CACERT_BADFILE: case CURLE_SSL_CIPHER: case CURLE_SSL_ISSUER_ERROR:
	case CURLE_URL_MALFORMAT: case CURLE_UNSUPPORTED_PROTOCOL: case CURLE_SSL_ENGINE_NOTFOUND: case CURLE_BAD_FUNCTION_ARGUMENT:
		return true;
	default:
		return false;
	}
}

/*
 * Before the first byte of the request nothing can have happened on the other side. By bytes and not by the code alone: "unsupported protocol" is also what a
 * strange answer is called.
 */
static enum hk_http_fate fate_of(const struct curl_state *state, CURLcode code)
{
	long bytes = 1;
	if (curl_easy_getinfo(state->curl, CURLINFO_REQUEST_SIZE, &bytes) != CURLE_OK || bytes > 0)
		return HK_HTTP_MAYBE_SENT;
	return is_hopeless(code) ? HK_HTTP_HOPELESS : HK_HTTP_NOT_SENT;
}

/* Two lengths that differ: where the reply ends is anybody's guess (RFC 9112, section 6.3). */
static bool two_lengths(const struct hk_http_headers *headers)
{
	const char *first = hk_http_headers_get(headers, "Content-Length");
	for (size_t i = 0; first && i < headers->list.n; i++)
		if (strcasecmp(headers->list.v[i].name, "Content-Length") == 0 && strcmp(headers->list.v[i].value, first) != 0)
			return true;
	return false;
}

static int exchange(void *closure, const struct hk_http_request *request, struct hk_http_reply *reply, enum hk_http_fate *fate, struct hk_err *err)
{
	struct curl_state *state = closure;
	struct transfer t = { state, reply, false };
	struct hk_str origin = { "", 0 };
	char problem[CURL_ERROR_SIZE] = "";
	struct curl_slist *headers = header_list(request);
	set_options(state, request, &t, headers, problem);
	CURLcode code = curl_easy_perform(state->curl);
	curl_easy_getinfo(state->curl, CURLINFO_RESPONSE_CODE, &reply->status);
	free_headers(headers);
	(void)hk_http_origin(hk_str_of(request->url), &origin);
	*fate = fate_of(state, code);
	if (code == CURLE_OK && two_lengths(&reply->headers))
		return hk_err_set(err, HK_FAILED, "the reply of %.*s says two lengths", HK_STR_ARG(origin));
	if (code == CURLE_OK)
		return 0;
	if (state->interrupted && *state->interrupted)
		return hk_err_set(err, HK_INTERRUPTED, "interrupted");
	if (t.too_much)
		return hk_err_set(err, HK_FAILED, "the reply of %.*s is larger than %zu bytes", HK_STR_ARG(origin), HK_HTTP_BODY_MAX);
	if (code == CURLE_OPERATION_TIMEDOUT)
		return hk_err_set(err, HK_UNREACHABLE, "%.*s: no %s within %lld ms", HK_STR_ARG(origin),
				  *fate == HK_HTTP_NOT_SENT ? "connection" : "complete reply", (long long)(request->timeout_us / 1000));
	return hk_err_set(err, HK_UNREACHABLE, "%.*s: %s", HK_STR_ARG(origin), *problem ? problem : curl_easy_strerror(code));
}

static void release(void *closure)
{
	struct curl_state *state = closure;
	curl_easy_cleanup(state->curl);
	free(state->ca_file);
	free(state->certificate_file);
	free(state->key_file);
	free(state);
}

static char *copy(const char *text)
{
	return text ? hk_strdup(text) : NULL;
}

int hk_http_curl(struct hk_http *http, const struct hk_http_tls *tls, const volatile int *interrupted, struct hk_err *err)
{
	struct curl_state *state;
	CURL *curl;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) || !(curl = curl_easy_init()))
		return hk_err_set(err, HK_FAILED, "libcurl cannot be started");
	state = hk_calloc(1, sizeof *state);
	*state = (struct curl_state){ curl, copy(tls->ca_file), copy(tls->certificate_file), copy(tls->key_file), tls->insecure, interrupted };
	*http = (struct hk_http){ exchange, release, state };
	return 0;
}

static int64_t http_date(const char *text)
{
	time_t seconds = text ? curl_getdate(text, NULL) : -1;
	return (int64_t)seconds;
}

int64_t hk_http_retry_after(const struct hk_http_headers *headers)
{
	const char *text = hk_http_headers_get(headers, "Retry-After");
	int64_t seconds, until, now;
	if (!text)
		return -1;
	if (*text && strspn(text, "0123456789") == strlen(text) && strlen(text) > 15)
		return INT64_MAX;
	if (hk_num_parse_int(hk_str_of(text), &seconds))
		return seconds >= 0 ? seconds : -1;
	until = http_date(text);
	now = http_date(hk_http_headers_get(headers, "Date"));
	return until < 0 || now < 0 ? -1 : until > now ? until - now : 0;
}

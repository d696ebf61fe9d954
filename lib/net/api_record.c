/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exchanges written to a file, a line of JSON each, and read back instead of sending anything. */
#include "base/file.h"
#include "net/api_http.h"
#include "out/ser.h"
#include "yaml/doc.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define TAPE_MAX ((size_t)64 << 20)

struct tape { struct hk_http inner; const struct hk_secrets *secrets; char *path; int fd; struct hk_buf text; size_t at; unsigned line; };

/* Members that carry secrets in the APIs known, wherever they are in a body. */
static bool is_secret(struct hk_str name)
{
	static const char *const words[] = { "token", "secret", "password", "passwd", "credential", "assertion", "apikey", "api_key", "api-key",
					     "authorization", "cookie", "www-authenticate", "privatekey", "private_key" };
	for (size_t w = 0; w < HK_COUNT(words); w++)
		for (size_t i = 0, n = strlen(words[w]); i + n <= name.n; i++)
			if (strncasecmp(name.s + i, words[w], n) == 0)
				return true;
	return false;
}

static void add_text(struct hk_buf *out, struct hk_str text)
{
	hk_buf_addch(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.s[i];
		if (c == '"' || c == '\\')
			hk_buf_addch(out, '\\');
		if (c < ' ')
			hk_buf_addf(out, "\\u%04x", c);
		else
			hk_buf_addch(out, (char)c);
	}
	hk_buf_addch(out, '"');
}

static void add_redacted_text(struct hk_buf *out, const struct hk_secrets *secrets, struct hk_str text)
{
	HK_AUTO_BUF struct hk_buf clean = HK_BUF_INIT;
	(void)hk_secrets_redact(secrets, text, &clean);
	add_text(out, (struct hk_str){ clean.s, clean.len });
}

static void add_scalar(struct hk_buf *out, const struct hk_secrets *secrets, const struct hk_node *node)
{
	HK_AUTO_BUF struct hk_buf clean = HK_BUF_INIT;
	if (hk_node_type(node) == HK_TYPE_STRING)
		add_redacted_text(out, secrets, node->text);
	else if (hk_secrets_redact(secrets, node->text, &clean))
		hk_buf_addstr(out, "\"redacted\"");
	else
		hk_buf_addslice(out, node->text);        /* a number keeps every digit it was written with */
}

static void add_redacted(struct hk_buf *out, const struct hk_secrets *secrets, const struct hk_node *node)
{
	const char *separator = "";
	if (node->kind == HK_SCALAR) {
		add_scalar(out, secrets, node);
		return;
	}
	hk_buf_addch(out, node->kind == HK_MAPPING ? '{' : '[');
	hk_for_each_item(item, node) {
		hk_buf_addstr(out, separator);
		add_redacted(out, secrets, item);
		separator = ",";
	}
	hk_for_each_pair(key, node) {
		hk_buf_addstr(out, separator);
		add_redacted_text(out, secrets, key->text);
		hk_buf_addch(out, ':');
		if (is_secret(key->text) && !hk_node_is_null(key->next))
			hk_buf_addstr(out, "\"redacted\"");
		else
			add_redacted(out, secrets, key->next);
		separator = ",";
	}
	hk_buf_addch(out, node->kind == HK_MAPPING ? '}' : ']');
}

/* JSON without secrets; false for what is no JSON, which nobody can clean. */
static bool clean_body(struct hk_str body, const struct hk_secrets *secrets, struct hk_buf *out)
{
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	hk_source_from_text(&source, "body", body.s, body.n);
	bool good = hk_yaml_read_one(&source, true, &doc, &diags) == 0;
	if (good)
		add_redacted(out, secrets, doc.root);
	hk_doc_release(&doc);
	hk_source_release(&source);
	hk_diags_release(&diags);
	return good;
}

static void add_body(struct hk_ser *ser, const struct tape *tape, struct hk_str body, bool secret)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	if (!secret && body.n && clean_body(body, tape->secrets, &text)) {
		hk_ser_kstr(ser, "body", text.s);
		return;
	}
	hk_ser_kstr(ser, "body", NULL);
	if (body.n) {
		hk_buf_addf(&text, secret ? "a secret" : "%zu bytes that are no JSON", body.n);
		hk_ser_kstr(ser, "omitted", text.s);
	}
}

static void add_clean(struct hk_ser *ser, const struct tape *tape, const char *key, const char *value)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	(void)hk_secrets_redact(tape->secrets, hk_str_of(value), &text);
	hk_ser_kstr(ser, key, text.s);
}

static void add_headers(struct hk_ser *ser, const struct tape *tape, const struct hk_http_headers *headers)
{
	hk_ser_key(ser, "headers");
	hk_ser_map(ser);
	for (size_t i = 0; i < headers->list.n; i++) {
		const struct hk_http_header *header = &headers->list.v[i];
		if (hk_http_headers_get(headers, header->name) != header->value)
			continue;
		if (is_secret(hk_str_of(header->name)))
			hk_ser_kstr(ser, header->name, "redacted");
		else
			add_clean(ser, tape, header->name, header->value);
	}
	hk_ser_end(ser);
}

/* Path and query: recordings are not bound to the machine they were made on. */
static const char *path_of(const char *url)
{
	struct hk_str origin;
	return hk_http_origin(hk_str_of(url), &origin) ? url + origin.n : url;
}

static int write_line(const struct tape *tape, struct hk_str line, struct hk_err *err)
{
	while (line.n) {
		ssize_t n = write(tape->fd, line.s, line.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return hk_err_errno(err, errno, "cannot write '%s'", tape->path);
		line = (struct hk_str){ line.s + n, line.n - (size_t)n };
	}
	return 0;
}

static int record(void *closure, const struct hk_http_request *request, struct hk_http_reply *reply, enum hk_http_fate *fate, struct hk_err *err)
{
	struct tape *tape = closure;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_ser *ser;
	if (tape->inner.exchange(tape->inner.closure, request, reply, fate, err))
		return -1;
	*fate = HK_HTTP_MAYBE_SENT;
	ser = hk_ser_open(HK_SER_JSON_COMPACT, &text);
	hk_ser_map(ser);
	hk_ser_kstr(ser, "formatVersion", "1.0");
	hk_ser_key(ser, "request");
	hk_ser_map(ser);
	hk_ser_kstr(ser, "method", request->method);
	add_clean(ser, tape, "path", path_of(request->url));
	add_headers(ser, tape, &request->headers);
	add_body(ser, tape, request->body, request->secret_body);
	hk_ser_end(ser);
	hk_ser_key(ser, "reply");
	hk_ser_map(ser);
	hk_ser_kint(ser, "status", reply->status);
	add_headers(ser, tape, &reply->headers);
	add_body(ser, tape, (struct hk_str){ reply->body.s, reply->body.len }, request->secret_body);
	hk_ser_end(ser);
	hk_ser_end(ser);
	if (hk_ser_close(ser, err))
		return -1;
	if (!text.len || text.s[text.len - 1] != '\n')
		hk_buf_addch(&text, '\n');
	return write_line(tape, (struct hk_str){ text.s, text.len }, err) ? hk_err_wrap(err, "the exchange took place, but cannot be recorded") : 0;
}

static bool same_body(const struct hk_node *recorded, struct hk_str body)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	const char *there = hk_node_string(recorded);
	if (!body.n || !clean_body(body, NULL, &text))
		return !there;
	return there && strcmp(there, text.s) == 0;
}

static int take_exchange(const char *name, const struct hk_node *root, const struct hk_http_request *request, struct hk_http_reply *reply, struct hk_err *err)
{
	const char *method = hk_node_string(hk_node_at(root, "request.method")), *path = hk_node_string(hk_node_at(root, "request.path")),
	    *version = hk_node_string(hk_node_get(root, "formatVersion"));
	const struct hk_node *body = hk_node_at(root, "reply.body");
	int64_t status;
	if (!version || !hk_str_starts(hk_str_of(version), "1.") || !method || !path || !hk_node_int(hk_node_at(root, "reply.status"), &status) ||
	    status < 100 || status > 599)
		return hk_err_set(err, HK_INVALID, "%s is no recorded exchange", name);
	if (strcmp(method, request->method) != 0 || strcmp(path, path_of(request->url)) != 0)
		return hk_err_set(err, HK_INVALID, "%s has %s %s recorded, and asked for is %s %s", name, method, path, request->method, path_of(request->url));
	if (!same_body(hk_node_at(root, "request.body"), request->body))
		return hk_err_set(err, HK_INVALID, "%s has another body of %s %s recorded than the one that is sent", name, method, path);
	reply->status = (long)status;
	hk_for_each_pair(key, hk_node_at(root, "reply.headers"))
		if (hk_node_string(key->next) && reply->headers.list.n < HK_HTTP_HEADERS_MAX)
			hk_http_headers_add(&reply->headers, key->text, key->next->text);
	if (hk_node_string(body))
		hk_buf_addslice(&reply->body, body->text);
	return 0;
}

int hk_http_recorded(const char *name, struct hk_str line, const struct hk_http_request *request, struct hk_http_reply *reply, struct hk_err *err)
{
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	int result;
	hk_source_from_text(&source, name, line.s, line.n);
	if (hk_yaml_read_one(&source, true, &doc, &diags))
		result = hk_err_set(err, HK_INVALID, "%s is no recorded exchange: %s", name, diags.list.n ? diags.list.v[0].summary : "no JSON");
	else
		result = take_exchange(name, doc.root, request, reply, err);
	hk_doc_release(&doc);
	hk_source_release(&source);
	hk_diags_release(&diags);
	return result;
}

static int replay(void *closure, const struct hk_http_request *request, struct hk_http_reply *reply, enum hk_http_fate *fate, struct hk_err *err)
{
	struct tape *tape = closure;
	struct hk_str rest = { tape->text.s + tape->at, tape->text.len - tape->at }, line = hk_str_cut(&rest, '\n');
	HK_AUTO_BUF struct hk_buf name = HK_BUF_INIT;
	*fate = HK_HTTP_HOPELESS;
	if (!line.n)
		return hk_err_set(err, HK_INVALID, "'%s' ends here; nothing is recorded for %s %s", tape->path, request->method, path_of(request->url));
	tape->at += line.n + 1 < tape->text.len - tape->at ? line.n + 1 : tape->text.len - tape->at;
	hk_buf_addf(&name, "'%s', line %u,", tape->path, ++tape->line);
	return hk_http_recorded(name.s, line, request, reply, err);
}

static void release(void *closure)
{
	struct tape *tape = closure;
	hk_http_release(&tape->inner);
	if (tape->fd >= 0)
		close(tape->fd);
	hk_buf_release(&tape->text);
	free(tape->path);
	free(tape);
}

int hk_http_record(struct hk_http *http, struct hk_http *inner, const char *path, const struct hk_secrets *secrets, struct hk_err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct tape *tape;
	if (fd < 0 && errno == EEXIST)
		return hk_err_set(err, HK_USAGE, "'%s' exists; a recording goes to a new file", path);
	if (fd < 0)
		return hk_err_errno(err, errno, "cannot write '%s'", path);
	tape = hk_calloc(1, sizeof *tape);
	*tape = (struct tape){ .inner = *inner, .secrets = secrets, .path = hk_strdup(path), .fd = fd, .text = HK_BUF_INIT };
	*inner = (struct hk_http){ NULL, NULL, NULL };
	*http = (struct hk_http){ record, release, tape };
	return 0;
}

int hk_http_replay(struct hk_http *http, const char *path, struct hk_err *err)
{
	struct tape *tape = hk_calloc(1, sizeof *tape);
	*tape = (struct tape){ .path = hk_strdup(path), .fd = -1, .text = HK_BUF_INIT };
	*http = (struct hk_http){ replay, release, tape };
	if (hk_file_read(path, TAPE_MAX, &tape->text, err) == 0)
		return 0;
	hk_http_release(http);
	return -1;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exchanges written to files, and read back instead of sending anything. */
#include "base/file.h"
#include "net/api_http.h"
#include "out/ser.h"
#include "yaml/doc.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct tape { struct hk_http inner; char *directory; unsigned number; };

/* Members that carry secrets in the APIs known, wherever they are in a body. */
static bool is_secret(struct hk_str name)
{
	static const char *const words[] = { "token", "secret", "password", "credential", "assertion", "apikey", "api_key", "authorization" };
	for (size_t w = 0; w < HK_COUNT(words); w++)
		for (size_t i = 0, n = strlen(words[w]); i + n <= name.n; i++)
			if (strncasecmp(name.s + i, words[w], n) == 0)
				return true;
	return false;
}

static void add_number(struct hk_ser *ser, const struct hk_node *node)
{
	int64_t whole;
	double number;
	if (hk_node_int(node, &whole))
		hk_ser_int(ser, whole);
	else if (hk_node_float(node, &number))
		hk_ser_num(ser, number);
	else
		hk_ser_slice(ser, node->text);
}

static void add_redacted(struct hk_ser *ser, const struct hk_node *node)
{
	bool truth;
	if (node->kind == HK_MAPPING) {
		hk_ser_map(ser);
		hk_for_each_pair(key, node) {
			hk_ser_key(ser, key->text.s);
			if (is_secret(key->text))
				hk_ser_str(ser, "redacted");
			else
				add_redacted(ser, key->next);
		}
		hk_ser_end(ser);
	} else if (node->kind == HK_SEQUENCE) {
		hk_ser_seq(ser);
		hk_for_each_item(item, node)
			add_redacted(ser, item);
		hk_ser_end(ser);
	} else if (hk_node_type(node) == HK_TYPE_BOOL)
		hk_ser_bool(ser, hk_node_bool(node, &truth) && truth);
	else if (hk_node_is_null(node))
		hk_ser_null(ser);
	else if (hk_node_type(node) == HK_TYPE_STRING)
		hk_ser_slice(ser, node->text);
	else
		add_number(ser, node);
}

/* JSON with secret members replaced; other bodies as text, unless they are secret as a whole. */
static void add_body(struct hk_ser *ser, struct hk_str body, bool secret)
{
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	hk_ser_key(ser, "body");
	if (secret || !body.n) {
		hk_ser_str(ser, secret ? "redacted" : NULL);
		return;
	}
	hk_source_from_text(&source, "body", body.s, body.n);
	if (hk_yaml_read_one(&source, true, &doc, &diags) == 0) {
		HK_AUTO_BUF struct hk_buf json = HK_BUF_INIT;
		HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;
		struct hk_ser *inner = hk_ser_open(HK_SER_JSON_COMPACT, &json);
		add_redacted(inner, doc.root);
		(void)hk_ser_close(inner, &ignored);
		while (json.len && json.s[json.len - 1] == '\n')
			json.s[--json.len] = '\0';
		hk_ser_slice(ser, (struct hk_str){ json.s, json.len });
	} else
		hk_ser_slice(ser, body);
	hk_doc_release(&doc);
	hk_source_release(&source);
	hk_diags_release(&diags);
}

static void add_headers(struct hk_ser *ser, const struct hk_http_headers *headers)
{
	hk_ser_key(ser, "headers");
	hk_ser_map(ser);
	for (size_t i = 0; i < headers->list.n; i++) {
		const struct hk_http_header *header = &headers->list.v[i];
		bool secret = is_secret(hk_str_of(header->name)) || strcasecmp(header->name, "Set-Cookie") == 0 || strcasecmp(header->name, "WWW-Authenticate") == 0;
		if (hk_http_headers_get(headers, header->name) == header->value)
			hk_ser_kstr(ser, header->name, secret ? "redacted" : header->value);
	}
	hk_ser_end(ser);
}

/* Path and query: recordings are not bound to the machine they were made on. */
static const char *path_of(const char *url)
{
	struct hk_str origin;
	return hk_http_origin(hk_str_of(url), &origin) ? url + origin.n : url;
}

static char *tape_name(struct tape *tape)
{
	char name[32];
	snprintf(name, sizeof name, "%04u.json", ++tape->number);
	return hk_path_join(tape->directory, name);
}

static int record(void *closure, const struct hk_http_request *request, struct hk_http_reply *reply, bool *sent, struct hk_err *err)
{
	struct tape *tape = closure;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	HK_AUTO_FREE char *path = NULL;
	struct hk_ser *ser;
	if (tape->inner.exchange(tape->inner.closure, request, reply, sent, err))
		return -1;
	ser = hk_ser_open(HK_SER_JSON, &text);
	hk_ser_map(ser);
	hk_ser_kstr(ser, "formatVersion", "1.0");
	hk_ser_key(ser, "request");
	hk_ser_map(ser);
	hk_ser_kstr(ser, "method", request->method);
	hk_ser_kstr(ser, "path", path_of(request->url));
	add_headers(ser, &request->headers);
	add_body(ser, request->body, request->secret_body);
	hk_ser_end(ser);
	hk_ser_key(ser, "reply");
	hk_ser_map(ser);
	hk_ser_kint(ser, "status", reply->status);
	add_headers(ser, &reply->headers);
	add_body(ser, (struct hk_str){ reply->body.s, reply->body.len }, request->secret_body);
	hk_ser_end(ser);
	hk_ser_end(ser);
	if (hk_ser_close(ser, err))
		return -1;
	path = tape_name(tape);
	return hk_file_write(path, text.s, text.len, err) ? hk_err_wrap(err, "the exchange took place, but cannot be recorded") : 0;
}

static int read_reply(const struct hk_doc *doc, const struct hk_http_request *request, const char *path, struct hk_http_reply *reply, struct hk_err *err)
{
	const char *method = hk_node_string(hk_node_at(doc->root, "request.method")), *recorded = hk_node_string(hk_node_at(doc->root, "request.path"));
	const struct hk_node *body = hk_node_at(doc->root, "reply.body");
	int64_t status;
	if (!method || !recorded || !hk_node_int(hk_node_at(doc->root, "reply.status"), &status) || status < 100 || status > 599)
		return hk_err_set(err, HK_INVALID, "'%s' is no recorded exchange", path);
	if (strcmp(method, request->method) != 0 || strcmp(recorded, path_of(request->url)) != 0)
		return hk_err_set(err, HK_INVALID, "'%s' has %s %s recorded, and asked for is %s %s", path, method, recorded, request->method, path_of(request->url));
	reply->status = (long)status;
	hk_for_each_pair(key, hk_node_at(doc->root, "reply.headers"))
		if (hk_node_string(key->next))
			hk_http_headers_add(&reply->headers, key->text, key->next->text);
	if (hk_node_string(body))
		hk_buf_addslice(&reply->body, body->text);
	return 0;
}

static int replay(void *closure, const struct hk_http_request *request, struct hk_http_reply *reply, bool *sent, struct hk_err *err)
{
	struct tape *tape = closure;
	HK_AUTO_FREE char *path = tape_name(tape);
	struct hk_source source = { 0 };
	struct hk_doc doc = { 0 };
	struct hk_diags diags = HK_DIAGS_INIT;
	int result;
	*sent = false;
	if (hk_source_load(&source, path, 4 * HK_HTTP_BODY_MAX, err))
		return hk_err_wrap(err, "nothing is recorded for %s %s", request->method, path_of(request->url));
	if (hk_yaml_read_one(&source, true, &doc, &diags))
		result = hk_err_set(err, HK_INVALID, "'%s' is no recorded exchange: %s", path, diags.list.n ? diags.list.v[0].summary : "no JSON");
	else
		result = read_reply(&doc, request, path, reply, err);
	hk_doc_release(&doc);
	hk_source_release(&source);
	hk_diags_release(&diags);
	return result;
}

static void release(void *closure)
{
	struct tape *tape = closure;
	hk_http_release(&tape->inner);
	free(tape->directory);
	free(tape);
}

static struct tape *new_tape(struct hk_http *inner, const char *directory)
{
	struct tape *tape = hk_calloc(1, sizeof *tape);
	tape->directory = hk_strdup(directory);
	if (inner)
		tape->inner = *inner;
	return tape;
}

int hk_http_record(struct hk_http *http, struct hk_http *inner, const char *directory, struct hk_err *err)
{
	if (hk_file_mkdirs(directory, err))
		return -1;
	*http = (struct hk_http){ record, release, new_tape(inner, directory) };
	return 0;
}

int hk_http_replay(struct hk_http *http, const char *directory, struct hk_err *err)
{
	if (!hk_file_is_dir(directory))
		return hk_err_set(err, HK_INVALID, "there is no directory '%s' of recorded exchanges", directory);
	*http = (struct hk_http){ replay, release, new_tape(NULL, directory) };
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of what was created: they come from a reply, or from the caller, and go into later requests. */
#include "net/api_send.h"
#include <string.h>

#define MOST 1024u

static bool good_id(struct hk_str id)
{
	if (!id.n || id.n > MOST || hk_str_is(id, ".") || hk_str_is(id, ".."))
		return false;
	/* whole UTF-8: it has to come back from a journal, which is JSON, as it went in */
	for (size_t i = 0, n; i < id.n; i += n) {
		n = hk_utf8_length(id.s + i, id.n - i);
		if (!n || (unsigned char)id.s[i] <= ' ' || id.s[i] == 0x7f)
			return false;
	}
	return true;
}

static int digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* The last part of the path of a Location. */
static void last_part(const char *location, struct hk_buf *out)
{
	const char *slash;
	struct hk_str part = { location, strcspn(location, "?#") };
	while (part.n && part.s[part.n - 1] == '/')
		part.n--;
	for (slash = part.s + part.n; slash > part.s && slash[-1] != '/'; slash--)
		;
	part.n -= (size_t)(slash - part.s);
	part.s = slash;
	for (size_t i = 0; i < part.n; i++) {
		bool encoded = part.s[i] == '%' && i + 2 < part.n && digit(part.s[i + 1]) >= 0 && digit(part.s[i + 2]) >= 0;
		hk_buf_addch(out, encoded ? (char)(digit(part.s[i + 1]) * 16 + digit(part.s[i + 2])) : part.s[i]);
		i += encoded ? 2 : 0;
	}
}

/* The text of a reply, or of a part of it. */
static void from_body(const struct hk_node *id, const struct hk_node *root, struct hk_buf *out)
{
	const char *pointer = hk_node_string(hk_node_get(id, "from"));
	const struct hk_node *node = root ? hk_pointer_get(root, pointer ? pointer : "", NULL) : NULL;
	enum hk_scalar_type type = node && node->kind == HK_SCALAR ? hk_node_type(node) : HK_TYPE_NULL;
	bool address = false;
	(void)hk_node_bool(hk_node_get(id, "address"), &address);
	if (address && type == HK_TYPE_STRING)
		last_part(node->text.s, out);
	else if (!address && (type == HK_TYPE_STRING || type == HK_TYPE_INT))
		hk_buf_addslice(out, node->text);
}

const char *hk_api_read_id(const struct hk_node *id, const struct hk_node *root, const struct hk_http_headers *headers, const struct hk_api_values *values,
			   struct hk_arena *arena)
{
	const char *header = hk_node_string(hk_node_get(id, "header")), *location = header && headers ? hk_http_headers_get(headers, header) : NULL;
	const struct hk_node *input = hk_node_get(id, "input");
	const struct hk_api_value *given = input && values ? hk_api_values_get(values, input->text) : NULL;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	if (given)
		hk_buf_addstr(&text, given->text);
	else if (location)
		last_part(location, &text);
	else if (!input && !(header && headers))
		from_body(id, root, &text);
	return good_id((struct hk_str){ text.s, text.len }) ? hk_arena_strdup(arena, text.s) : NULL;
}

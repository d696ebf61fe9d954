/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a server says: hello and errors. */
#include "net/netconf.h"
#include <string.h>

static void note_capability(struct hk_netconf_caps *caps, const char *uri)
{
	static const char prefix[] = "urn:ietf:params:netconf:";
	static const char monitoring[] = "urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring";
	const struct { const char *name; bool *flag, *also; } known[] = {
		{ "base:1.0", &caps->base_1_0, NULL },
		{ "base:1.1", &caps->base_1_1, NULL },
		{ "capability:candidate:1.0", &caps->candidate, NULL },
		{ "capability:confirmed-commit:1.0", &caps->confirmed, NULL },
		{ "capability:confirmed-commit:1.1", &caps->confirmed, &caps->confirmed_persist },
		{ "capability:rollback-on-error:1.0", &caps->rollback_on_error, NULL },
		{ "capability:validate:1.0", &caps->validate, NULL },
		{ "capability:validate:1.1", &caps->validate, &caps->validate_1_1 },
		{ "capability:startup:1.0", &caps->startup, NULL },
		{ "capability:writable-running:1.0", &caps->writable_running, NULL },
		{ "capability:xpath:1.0", &caps->xpath, NULL },
	};
	size_t length = strcspn(uri, "?");
	if (length == sizeof monitoring - 1 && strncmp(uri, monitoring, length) == 0)
		caps->monitoring = true;
	if (strncmp(uri, prefix, sizeof prefix - 1) != 0)
		return;
	struct hk_str rest = { uri + sizeof prefix - 1, length - (sizeof prefix - 1) };
	for (size_t i = 0; i < HK_COUNT(known); i++)
		if (hk_str_is(rest, known[i].name)) {
			*known[i].flag = true;
			if (known[i].also)
				*known[i].also = true;
		}
}

int hk_netconf_read_hello(const struct hk_xml *document, struct hk_netconf_caps *caps, struct hk_arena *arena, const char **session_id,
			  struct hk_netconf_uris *capabilities, struct hk_err *err)
{
	const struct hk_xml_node *list = hk_xml_child(document->root, NULL, "capabilities"), *id = hk_xml_child(document->root, NULL, "session-id");
	if (!hk_xml_is(document->root, HK_NETCONF_BASE, "hello") && !hk_xml_is(document->root, "", "hello"))      /* some servers forget the namespace here */
		return hk_err_set(err, HK_UNREACHABLE, "first message is <%s>, not <hello>", document->root->name);
	if (!list)
		return hk_err_set(err, HK_UNREACHABLE, "hello without capabilities");
	for (const struct hk_xml_node *item = hk_xml_child(list, NULL, "capability"); item; item = hk_xml_next(item, NULL, "capability")) {
		if (capabilities->list.n == HK_NETCONF_MAX_CAPABILITIES)
			return hk_err_set(err, HK_UNREACHABLE, "hello with more than %u capabilities", HK_NETCONF_MAX_CAPABILITIES);
		const char *uri = hk_arena_strdup(arena, item->text);
		hk_vec_push(&capabilities->list, uri);
		note_capability(caps, uri);
	}
	if (!caps->base_1_0 && !caps->base_1_1)
		return hk_err_set(err, HK_UNREACHABLE, "peer announces neither NETCONF 1.0 nor 1.1");
	const char *digits = hk_xml_text(id);
	if (!*digits || strspn(digits, "0123456789") != strlen(digits) || strlen(digits) > 10)
		return hk_err_set(err, HK_UNREACHABLE, "hello without a session-id: the peer is no NETCONF server");
	*session_id = hk_arena_strdup(arena, digits);
	return 0;
}

/* error-info on one line; its session-id apart. */
static void read_info(struct hk_xml *document, const struct hk_xml_node *info, struct hk_netconf_error *error)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	for (const struct hk_xml_node *part = info ? info->first : NULL; part && text.len < 4000; part = part->next)
		hk_xml_show(&text, part);
	if (info)
		hk_buf_addstr(&text, info->text);
	error->info = hk_arena_strdup(&document->arena, text.s);
	error->session = hk_xml_text(hk_xml_child(info, NULL, "session-id"));
}

void hk_netconf_read_errors(struct hk_xml *document, struct hk_netconf_reply *reply)
{
	reply->root = document->root;
	reply->ok = true;
	for (const struct hk_xml_node *node = hk_xml_child(document->root, NULL, "rpc-error"); node; node = hk_xml_next(node, NULL, "rpc-error")) {
		struct hk_netconf_error *error = hk_vec_add(&reply->errors);
		error->type = hk_xml_text(hk_xml_child(node, NULL, "error-type"));
		error->tag = hk_xml_text(hk_xml_child(node, NULL, "error-tag"));
		error->severity = hk_xml_text(hk_xml_child(node, NULL, "error-severity"));
		error->app_tag = hk_xml_text(hk_xml_child(node, NULL, "error-app-tag"));
		error->path = hk_xml_text(hk_xml_child(node, NULL, "error-path"));
		error->message = hk_xml_text(hk_xml_child(node, NULL, "error-message"));
		read_info(document, hk_xml_child(node, NULL, "error-info"), error);
		if (strcmp(error->severity, "warning") != 0)
			reply->ok = false;
	}
}

void hk_netconf_say_error(struct hk_buf *out, const struct hk_netconf_error *error)
{
	const struct { const char *label, *text; } rest[] = { { "path", error->path }, { "type", error->type }, { "app-tag", error->app_tag },
							      { "info", error->info } };
	hk_buf_addstr(out, *error->tag ? error->tag : "error without a tag");
	if (*error->message)
		hk_buf_addf(out, ": %s", error->message);
	const char *separator = " (";
	for (size_t i = 0; i < HK_COUNT(rest); i++)
		if (*rest[i].text) {
			hk_buf_addf(out, "%s%s %s", separator, rest[i].label, rest[i].text);
			separator = ", ";
		}
	if (*separator == ',')
		hk_buf_addch(out, ')');
}

int hk_netconf_fail(struct hk_err *err, enum hk_status status, const struct hk_netconf_reply *reply, const char *what)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	size_t said = 0, more = 0;
	for (size_t i = 0; i < reply->errors.n; i++) {
		if (strcmp(reply->errors.v[i].severity, "warning") == 0)
			continue;
		if (said == 3) {
			more++;
			continue;
		}
		hk_buf_addstr(&text, said++ ? "; " : "");
		hk_netconf_say_error(&text, &reply->errors.v[i]);
	}
	if (more)
		hk_buf_addf(&text, "; and %zu more", more);
	return hk_err_set(err, status, "%s: %s", what, text.s);
}

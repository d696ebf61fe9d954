/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is read as XML is written and read again as the same tree; hellos and errors are read from it. */
#include "net/netconf.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void look(struct hk_xml *document)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	struct hk_netconf_caps caps = { 0 };
	struct hk_netconf_uris uris = { 0 };
	struct hk_arena arena = HK_ARENA_INIT;
	const char *session = NULL;
	struct hk_netconf_reply reply = { .document = document };
	if ((hk_netconf_read_hello(document, &caps, &arena, &session, &uris, &err) == 0) != (err.status == HK_OK))
		abort();
	hk_netconf_read_errors(document, &reply);
	for (size_t i = 0; i < reply.errors.n; i++)
		hk_netconf_say_error(&text, &reply.errors.v[i]);
	hk_vec_release(&reply.errors);
	hk_vec_release(&uris.list);
	hk_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf first = HK_BUF_INIT, second = HK_BUF_INIT, text = HK_BUF_INIT;
	struct hk_xml *document = hk_xml_parse((struct hk_str){ (const char *)data, size }, &err), *again;
	if (!document != (err.status != HK_OK))
		abort();
	if (!document)
		return 0;
	look(document);
	hk_xml_canonical(&first, document->root);
	hk_xml_write(&text, document->root);
	again = hk_xml_parse((struct hk_str){ text.s, text.len }, &err);
	if (!again)
		abort();
	hk_xml_canonical(&second, again->root);
	if (first.len != second.len || memcmp(first.s, second.s, first.len) != 0)
		abort();
	hk_xml_free(again);
	hk_xml_free(document);
	return 0;
}

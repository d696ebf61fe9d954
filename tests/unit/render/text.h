/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A YAML text that is opened for as long as its nodes are looked at. */
#ifndef TESTS_RENDER_TEXT_H
#define TESTS_RENDER_TEXT_H

#include "../test.h"
#include "yaml/doc.h"
#include <string.h>

struct text { struct hk_source source; struct hk_doc doc; struct hk_diags diags; };

static inline const struct hk_node *text_open(struct text *text, const char *yaml)
{
	*text = (struct text){ .diags = HK_DIAGS_INIT };
	hk_source_from_text(&text->source, "test", yaml, strlen(yaml));
	assert_int_equal(hk_yaml_read_one(&text->source, false, &text->doc, &text->diags), 0);
	return text->doc.root;
}

static inline void text_close(struct text *text)
{
	hk_doc_release(&text->doc);
	hk_diags_release(&text->diags);
	hk_source_release(&text->source);
}

#endif

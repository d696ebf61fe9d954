/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSON Pointer (RFC 6901) over the trees of yaml/doc.h, with one addition: a part "[KEY=VALUE]" stands for the one item of a list whose member KEY has the text
 * VALUE, since some APIs tell the state of a thing only in a list of all. "[KEY={NAME}]" takes the value from the caller. Where no item or several fit, there
 * is nothing there.
 */
#ifndef HK_NET_API_POINTER_H
#define HK_NET_API_POINTER_H

#include "yaml/doc.h"

struct hk_pointer_names {
	const char *(*get)(void *closure, struct hk_str name);     /* NULL when unknown */
	void *closure;
};

/* NULL when there is nothing at the place. names may be NULL. */
const struct hk_node *hk_pointer_get(const struct hk_node *root, const char *pointer, const struct hk_pointer_names *names);
/* "" or parts that each begin with '/', with "~" only in "~0" and "~1". */
bool hk_pointer_valid(const char *pointer);
/* The next part, decoded into *out; false at the end. *rest moves on. */
bool hk_pointer_part(struct hk_str *rest, struct hk_buf *out);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of lib/import: hosts that texts of a manifest name ("CART_ADDR=cart:7070", "--db=postgres://u@db.shop.svc/x"). Everything here is a guess. */
#ifndef HK_IMPORT_CALLS_H
#define HK_IMPORT_CALLS_H

#include "base/str.h"

struct hk_host {
	struct hk_str name;                     /* "cart", "db.shop.svc" */
	struct hk_str port;                     /* digits; may be empty */
	bool scheme;                            /* a URL */
};

/* Next host-like word of the text; *rest moves behind it. */
bool hk_host_next(struct hk_str *rest, struct hk_host *host);
/* "CART_SERVICE_ADDR", "DB_HOST", "BACKEND_URL": the value of such a variable is an address. */
bool hk_is_address_variable(const char *name);

#endif

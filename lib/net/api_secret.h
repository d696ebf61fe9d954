/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What must not be seen: the secrets in use, and texts without them. Servers echo what they are sent, in error messages and elsewhere; what is shown, written
 * to a journal or recorded goes through here first.
 */
#ifndef HK_NET_API_SECRET_H
#define HK_NET_API_SECRET_H

#include "base/buf.h"
#include "base/vec.h"

struct hk_secret_part { const char *s; size_t n; };
struct hk_secrets { HK_VEC(char *) texts; HK_VEC(struct hk_secret_part) parts; unsigned lengths; };      /* lengths: bit n, there are parts of n bytes */
#define HK_SECRETS_INIT { { NULL, 0, 0 }, { NULL, 0, 0 }, 0 }

/* Copied. The same as percent-encoded text counts too. Known ones and the empty one do nothing. */
void hk_secrets_add(struct hk_secrets *secrets, struct hk_str secret);
/* Append text with every run of 16 bytes or more of a secret (or the whole of a shorter one) as "redacted". True when there was any. secrets may be NULL. */
bool hk_secrets_redact(const struct hk_secrets *secrets, struct hk_str text, struct hk_buf *out);
void hk_secrets_release(struct hk_secrets *secrets);      /* wipes */
/* Zeros that no compiler leaves out. */
void hk_secret_wipe(void *bytes, size_t n);

#endif

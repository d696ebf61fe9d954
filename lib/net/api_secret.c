/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/api_secret.h"
#include <stdlib.h>
#include <string.h>

#define PART 16u

void hk_secret_wipe(void *bytes, size_t n)
{
	volatile char *byte = bytes;
	while (n--)
		*byte++ = 0;
}

static int order(const char *a, size_t n, const char *b, size_t m)
{
	int result = memcmp(a, b, n < m ? n : m);
	return result ? result : (n > m) - (n < m);
}

/* The first part that is not before the text. */
static size_t place(const struct hk_secrets *secrets, const char *s, size_t n)
{
	size_t low = 0, high = secrets->parts.n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (order(secrets->parts.v[middle].s, secrets->parts.v[middle].n, s, n) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int by_text(const void *a, const void *b)
{
	const struct hk_secret_part *left = a, *right = b;
	return order(left->s, left->n, right->s, right->n);
}

static void add_one(struct hk_secrets *secrets, struct hk_str secret)
{
	char *text = hk_strndup(secret.s, secret.n);
	size_t n = secret.n < PART ? secret.n : PART;
	hk_vec_push(&secrets->texts, text);
	secrets->lengths |= 1u << n;
	for (size_t i = 0; i + n <= secret.n; i++)
		hk_vec_push(&secrets->parts, (struct hk_secret_part){ text + i, n });
	qsort(secrets->parts.v, secrets->parts.n, sizeof *secrets->parts.v, by_text);
}

static bool is_known(const struct hk_secrets *secrets, struct hk_str secret)
{
	for (size_t i = 0; i < secrets->texts.n; i++)
		if (hk_str_is(secret, secrets->texts.v[i]))
			return true;
	return false;
}

void hk_secrets_add(struct hk_secrets *secrets, struct hk_str secret)
{
	HK_AUTO_BUF struct hk_buf encoded = HK_BUF_INIT;
	if (!secrets || !secret.n || memchr(secret.s, 0, secret.n) || is_known(secrets, secret))
		return;
	add_one(secrets, secret);
	hk_buf_reserve(&encoded, 3 * secret.n);
	hk_buf_addencoded(&encoded, secret);
	if (encoded.len != secret.n)
		add_one(secrets, (struct hk_str){ encoded.s, encoded.len });
	hk_secret_wipe(encoded.s, encoded.len);
}

/* Bytes from here that belong to a secret; 0 when none do. Of parts that begin alike the longest counts. */
static size_t covered(const struct hk_secrets *secrets, const char *s, size_t n)
{
	for (size_t length = n < PART ? n : PART; length; length--) {
		if (!(secrets->lengths >> length & 1))
			continue;
		size_t at = place(secrets, s, length);
		if (at < secrets->parts.n && order(secrets->parts.v[at].s, secrets->parts.v[at].n, s, length) == 0)
			return length;
	}
	return 0;
}

bool hk_secrets_redact(const struct hk_secrets *secrets, struct hk_str text, struct hk_buf *out)
{
	size_t hidden = 0;          /* up to here */
	bool any = false;
	if (!secrets || !secrets->parts.n) {
		hk_buf_addslice(out, text);
		return false;
	}
	for (size_t i = 0; i < text.n; i++) {
		size_t n = covered(secrets, text.s + i, text.n - i);
		if (n && i + n > hidden) {
			if (i >= hidden)
				hk_buf_addstr(out, "redacted");
			hidden = i + n;
			any = true;
		}
		if (i >= hidden)
			hk_buf_addch(out, text.s[i]);
	}
	return any;
}

void hk_secrets_release(struct hk_secrets *secrets)
{
	for (size_t i = 0; i < secrets->texts.n; i++) {
		hk_secret_wipe(secrets->texts.v[i], strlen(secrets->texts.v[i]));
		free(secrets->texts.v[i]);
	}
	hk_vec_release(&secrets->texts);
	hk_vec_release(&secrets->parts);
	secrets->lengths = 0;
}

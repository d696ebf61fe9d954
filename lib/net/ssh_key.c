/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Key files: what they hold, as far as it can be told without a passphrase, because libssh2's messages mix up wrong passphrases, formats and types. */
#include "base/file.h"
#include "net/ssh_internal.h"
#include "net/ssh_wire.h"
#include <string.h>
#include <sys/stat.h>

#define MAX_KEY_FILE ((size_t)64 << 10)

/* "openssh-key-v1": cipher, kdf and the public key stand before what may be encrypted. */
static void look_inside(const char *path, struct hk_str bytes, struct hk_ssh_key_facts *facts)
{
	static const char magic[] = "openssh-key-v1";      /* with its NUL */
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_str cipher, kdf, options, blob, beside;
	size_t n;
	if (bytes.n < sizeof magic || memcmp(bytes.s, magic, sizeof magic) != 0)
		return;
	struct hk_str rest = { bytes.s + sizeof magic, bytes.n - sizeof magic };
	if (!hk_ssh_take_string(&rest, &cipher) || !hk_ssh_take_string(&rest, &kdf) || !hk_ssh_take_string(&rest, &options) || !hk_ssh_take_u32(&rest, &n) ||
	    !hk_ssh_take_string(&rest, &blob))
		return;
	facts->encrypted = !hk_str_is(cipher, "none");
	facts->type = hk_key_type_of(blob);
	facts->has_public_file = hk_ssh_key_public(&arena, path, &beside) && hk_str_eq(beside, blob);
	hk_arena_release(&arena);
}

static void look_at_pem(const char *path, const struct hk_buf *text, struct hk_ssh_key_facts *facts)
{
	static const struct { const char *begin; enum hk_key_type type; } kinds[] = { { "-----BEGIN RSA PRIVATE KEY-----", HK_KEY_RSA },
										      { "-----BEGIN DSA PRIVATE KEY-----", HK_KEY_DSS },
										       { "-----BEGIN EC PRIVATE KEY-----", HK_KEY_ECDSA_256 } };
	static const char own[] = "-----BEGIN OPENSSH PRIVATE KEY-----";
	const char *start = strstr(text->s, own);
	facts->encrypted = strstr(text->s, "ENCRYPTED") != NULL;
	for (size_t i = 0; i < HK_COUNT(kinds); i++)
		if (strstr(text->s, kinds[i].begin))
			facts->type = kinds[i].type;
	if (!start)
		return;
	HK_AUTO_BUF struct hk_buf digits = HK_BUF_INIT;
	for (start += sizeof own - 1; *start && *start != '-'; start++)
		if (!strchr(" \t\r\n", *start))
			hk_buf_addch(&digits, *start);
	HK_AUTO_FREE unsigned char *bytes = hk_malloc(digits.len + 1);
	ptrdiff_t count = hk_base64_read((struct hk_str){ digits.s, digits.len }, bytes, digits.len);
	if (count > 0)
		look_inside(path, (struct hk_str){ (const char *)bytes, (size_t)count }, facts);
}

void hk_ssh_key_look(const char *path, struct hk_ssh_key_facts *facts)
{
	struct stat status;
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	*facts = (struct hk_ssh_key_facts){ .there = stat(path, &status) == 0 };
	if (!facts->there)
		return;
	facts->too_open = status.st_mode & 077;
	facts->readable = hk_file_read(path, MAX_KEY_FILE, &text, NULL) == 0;
	if (facts->readable)
		look_at_pem(path, &text, facts);
	memset(text.s, 0, text.len);
}

bool hk_ssh_key_public(struct hk_arena *arena, const char *path, struct hk_str *blob)
{
	HK_AUTO_BUF struct hk_buf name = HK_BUF_INIT, text = HK_BUF_INIT;
	unsigned char bytes[8192];
	hk_buf_addf(&name, "%s.pub", path);
	if (hk_file_read(name.s, MAX_KEY_FILE, &text, NULL))
		return false;
	struct hk_str rest = { text.s, text.len };
	(void)hk_str_cut(&rest, ' ');
	struct hk_str digits = hk_str_cut(&rest, ' ');
	while (digits.n && (digits.s[digits.n - 1] == '\n' || digits.s[digits.n - 1] == '\r'))
		digits.n--;
	ptrdiff_t n = hk_base64_read(digits, bytes, sizeof bytes);
	if (n <= 0)
		return false;
	*blob = (struct hk_str){ hk_arena_slicedup(arena, (struct hk_str){ (const char *)bytes, (size_t)n }), (size_t)n };
	return true;
}

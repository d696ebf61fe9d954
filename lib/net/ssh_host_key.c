/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What we are ready to speak, and whether the server is who it should be. */
#include "net/ssh_internal.h"
#include <string.h>

bool hk_ssh_rsa_is_usable(void)
{
	return libssh2_version(0x010b00) != NULL;      /* 1.11: rsa-sha2-256 and -512 */
}

/*
 * Nothing with SHA-1, CBC, DSS, RC4 or MD5. Names that the library does not know are left out here: libssh2 1.10 drops them by copying memory over itself.
 */
static int prefer(struct hk_ssh_connection *c, int what, const char *list, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf known = HK_BUF_INIT;
	const char **supported = NULL;
	int count = libssh2_session_supported_algs(c->session, what, &supported);
	struct hk_str rest = hk_str_of(list);
	while (rest.n && count > 0) {
		struct hk_str name = hk_str_cut(&rest, ',');
		for (int i = 0; i < count; i++)
			if (hk_str_is(name, supported[i])) {
				hk_buf_addf(&known, "%s%.*s", known.len ? "," : "", HK_STR_ARG(name));
				break;
			}
	}
	if (count > 0)
		libssh2_free(c->session, supported);
	if (known.len && libssh2_session_method_pref(c->session, what, known.s) == 0)
		return 0;
	return hk_err_set(err, HK_FAILED, "libssh2 %s knows none of %s", libssh2_version(0), list);
}

/* The types that known_hosts has for this host come first, since a server shows only one key. */
static void list_host_key_methods(const bool known[HK_KEY_TYPES], struct hk_buf *out)
{
	static const struct { const char *method; enum hk_key_type type; } methods[] = {
		{ "ssh-ed25519", HK_KEY_ED25519 }, { "ecdsa-sha2-nistp256", HK_KEY_ECDSA_256 }, { "ecdsa-sha2-nistp384", HK_KEY_ECDSA_384 },
		{ "ecdsa-sha2-nistp521", HK_KEY_ECDSA_521 }, { "rsa-sha2-512", HK_KEY_RSA }, { "rsa-sha2-256", HK_KEY_RSA },
	};
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < HK_COUNT(methods); i++)
			if (known[methods[i].type] == (pass == 0))
				hk_buf_addf(out, "%s%s", out->len ? "," : "", methods[i].method);
}

int hk_ssh_prefer_methods(struct hk_ssh_connection *c, struct hk_err *err)
{
	static const char kex[] = "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group16-sha512,"
				  "diffie-hellman-group18-sha512,diffie-hellman-group-exchange-sha256,diffie-hellman-group14-sha256";
	static const char ciphers[] = "aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr";
	static const char macs[] = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512";
	HK_AUTO_BUF struct hk_buf host_keys = HK_BUF_INIT;
	bool known[HK_KEY_TYPES];
	if (!c->known)
		c->known = hk_known_hosts_find(hk_ssh_known_hosts(c->pool, c->target), c->target->host, c->target->port);
	hk_known_host_types(c->known, known);
	list_host_key_methods(known, &host_keys);
	return prefer(c, LIBSSH2_METHOD_KEX, kex, err) || prefer(c, LIBSSH2_METHOD_HOSTKEY, host_keys.s, err) ||
	    prefer(c, LIBSSH2_METHOD_CRYPT_CS, ciphers, err) ||
	       prefer(c, LIBSSH2_METHOD_CRYPT_SC, ciphers, err) || prefer(c, LIBSSH2_METHOD_MAC_CS, macs, err) ||
	       prefer(c, LIBSSH2_METHOD_MAC_SC, macs, err) ? -1 : 0;
}

static void add_fingerprint(struct hk_buf *out, struct hk_ssh_connection *c)
{
	const char *hash = libssh2_hostkey_hash(c->session, LIBSSH2_HOSTKEY_HASH_SHA256);
	char text[64];
	if (!hash)
		return;
	hk_base64_write((struct hk_str){ hash, 32 }, text);
	text[strcspn(text, "=")] = '\0';
	hk_buf_addf(out, "SHA256:%s", text);
}

/* The line a user could add after comparing the fingerprint with one that came by another way. */
static void add_name(struct hk_buf *out, const struct hk_ssh_target *target)
{
	if (target->port == 22)
		hk_buf_addstr(out, target->host);
	else
		hk_buf_addf(out, "[%s]:%u", target->host, target->port);
}

int hk_ssh_check_host_key(struct hk_ssh_connection *c, struct hk_err *err)
{
	size_t length = 0;
	int kind = 0;
	const char *key = libssh2_session_hostkey(c->session, &length, &kind), *where = NULL;
	HK_AUTO_BUF struct hk_buf print = HK_BUF_INIT, name = HK_BUF_INIT;
	if (!key)
		return hk_err_set(err, HK_UNREACHABLE, "server showed no host key");
	const struct hk_str blob = { key, length };
	const char *type = hk_key_type_names[hk_key_type_of(blob)];
	enum hk_host_check check = hk_known_host_check(c->known, blob, &where);
	add_fingerprint(&print, c);
	add_name(&name, c->target);
	switch (check) {
	case HK_HOST_KNOWN:
		return 0;
	case HK_HOST_CHANGED:
		return hk_err_set(err, HK_UNREACHABLE,
				  "host key of %s is not the one in %s: somebody may be in between, or the host is a new one; it shows %s %s", name.s, where,
				  type, print.s);
	case HK_HOST_OTHER_TYPE:
		return hk_err_set(err, HK_UNREACHABLE, "%s lists %s with a key of another type than the %s key it shows (%s)%s", where, name.s, type, print.s,
				  hk_ssh_rsa_is_usable() ? "" : "; libssh2 before 1.11 cannot use RSA host keys, so add the host's ed25519 or ecdsa key");
	case HK_HOST_REVOKED:
		return hk_err_set(err, HK_UNREACHABLE, "host key of %s is revoked in %s", name.s, where);
	case HK_HOST_ONLY_AUTHORITY:
		return hk_err_set(err, HK_UNREACHABLE,
				  "%s trusts a certificate authority for %s, but libssh2 knows no host certificates: add the host's own key (%s %s)", where,
				  name.s, type, print.s);
	case HK_HOST_NOT_LISTED:
		break;
	}
	return hk_err_set(err, HK_UNREACHABLE, "%s is in no known_hosts file (%s%s); it shows %s %s: compare it with what the host's owner says, then add it",
			  name.s, c->target->n_known_hosts ? c->target->known_hosts[0] : "none given", c->target->n_known_hosts > 1 ? ", ..." : "", type,
			  print.s);
}

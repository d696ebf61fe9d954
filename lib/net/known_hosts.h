/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Host keys that are trusted: OpenSSH's known_hosts files (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"), read here and not by libssh2, which in 1.10 takes
 * "@revoked" for a host's name and knows no wildcards. Understood: plain, hashed and several names on a line, wildcards and their negation, [name]:port,
 * @revoked. A name with a port that is not listed falls back to the bare name, as in OpenSSH. @cert-authority lines trust nothing, since libssh2 speaks no
 * certificates; they are told when there is nothing else.
 */
#ifndef HK_NET_KNOWN_HOSTS_H
#define HK_NET_KNOWN_HOSTS_H

#include "base/arena.h"
#include "base/base64.h"
#include "base/err.h"
#include "base/str.h"
#include "base/vec.h"
#include <stdint.h>

#define HK_KNOWN_HOSTS_MAX ((size_t)16 << 20)

enum hk_key_type { HK_KEY_UNKNOWN, HK_KEY_ED25519, HK_KEY_ECDSA_256, HK_KEY_ECDSA_384, HK_KEY_ECDSA_521, HK_KEY_RSA, HK_KEY_DSS, HK_KEY_TYPES };
extern const char *const hk_key_type_names[];      /* "ssh-ed25519" ... as in files and on the wire */
enum hk_key_type hk_key_type_of(struct hk_str blob);   /* from the public key as it goes over the wire */

enum hk_host_check {
	HK_HOST_KNOWN,
	HK_HOST_CHANGED,       /* another key of this type is listed: somebody in between, or a new host */
	HK_HOST_OTHER_TYPE,    /* keys are listed, but none of this type */
	HK_HOST_REVOKED,
	HK_HOST_NOT_LISTED,
	HK_HOST_ONLY_AUTHORITY,/* nothing but @cert-authority lines */
};

struct hk_known_hosts;
struct hk_known_hosts *hk_known_hosts_new(void);
/* Add the lines of a file. Lines that cannot be read are left out; a marker that nobody knows counts as @revoked. */
void hk_known_hosts_add(struct hk_known_hosts *hosts, struct hk_str text, const char *file);
void hk_known_hosts_free(struct hk_known_hosts *hosts);

/* The lines about one host: looked for once, since hashed names have to be tried one by one. In memory of hosts, to which no lines may be added any more. */
struct hk_known_host;
const struct hk_known_host *hk_known_hosts_find(struct hk_known_hosts *hosts, const char *host, uint16_t port);
/* Types of the keys listed for the host, to ask the server for one of them. */
void hk_known_host_types(const struct hk_known_host *known, bool types[HK_KEY_TYPES]);
/* where: "file line 3" of what decided, in memory of hosts; NULL when nothing did. */
enum hk_host_check hk_known_host_check(const struct hk_known_host *known, struct hk_str blob, const char **where);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/known_hosts.h"
#include "net/sha1.h"
#include "net/ssh_config.h"
#include "net/ssh_wire.h"
#include <stdlib.h>
#include <string.h>

const char *const hk_key_type_names[] = { "an unknown type", "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa",
					  "ssh-dss" };

#define MAX_BLOB 8192u

enum marker { NONE, REVOKED, AUTHORITY };
struct entry {
	enum marker marker;
	struct hk_str names;             /* comma-separated patterns; empty when there is */
	struct hk_str salt, hash;        /* of the name, of "|1|salt|hash" */
	enum hk_key_type type;
	struct hk_str blob;
	const char *file;
	size_t number;
};
struct hk_known_hosts {
	struct hk_arena arena;
	HK_VEC(struct entry) entries;
};

struct hk_known_host {
	struct hk_known_hosts *hosts;
	const struct entry **entries; size_t n;
};

/* ---- reading ---- */

enum hk_key_type hk_key_type_of(struct hk_str blob)
{
	struct hk_str name;
	if (!hk_ssh_take_string(&blob, &name))
		return HK_KEY_UNKNOWN;
	for (int i = HK_KEY_UNKNOWN + 1; i < HK_KEY_TYPES; i++)
		if (hk_str_is(name, hk_key_type_names[i]))
			return (enum hk_key_type)i;
	return HK_KEY_UNKNOWN;
}

static struct hk_str field(struct hk_str *rest)
{
	while (rest->n && (*rest->s == ' ' || *rest->s == '\t')) {
		rest->s++;
		rest->n--;
	}
	struct hk_str word = { rest->s, 0 };
	while (word.n < rest->n && rest->s[word.n] != ' ' && rest->s[word.n] != '\t' && rest->s[word.n] != '\r')
		word.n++;
	rest->s += word.n;
	rest->n -= word.n;
	return word;
}

static struct hk_str copy(struct hk_known_hosts *hosts, struct hk_str text)
{
	return (struct hk_str){ hk_arena_slicedup(&hosts->arena, text), text.n };
}

/* "|1|salt|hash"; false when it is none. */
static bool read_hash(struct hk_known_hosts *hosts, struct hk_str name, struct entry *entry)
{
	unsigned char salt[64], hash[HK_SHA1_SIZE];
	struct hk_str rest = { name.s + 3, name.n - 3 };
	struct hk_str salt_text = hk_str_cut(&rest, '|');
	ptrdiff_t n_salt = hk_base64_read(salt_text, salt, sizeof salt), n_hash = hk_base64_read(rest, hash, sizeof hash);
	if (n_salt <= 0 || n_hash != HK_SHA1_SIZE)
		return false;
	entry->salt = copy(hosts, (struct hk_str){ (const char *)salt, (size_t)n_salt });
	entry->hash = copy(hosts, (struct hk_str){ (const char *)hash, HK_SHA1_SIZE });
	return true;
}

static void read_line(struct hk_known_hosts *hosts, struct hk_str line, const char *file, size_t number)
{
	struct hk_str rest = line, first = field(&rest);
	struct entry entry = { .file = file, .number = number };
	unsigned char blob[MAX_BLOB];
	if (!first.n || *first.s == '#')
		return;
	if (*first.s == '@') {
		/* a marker that is not known says something about the key that we cannot tell: do not trust it */
		entry.marker = hk_str_is(first, "@cert-authority") ? AUTHORITY : REVOKED;
		first = field(&rest);
	}
	struct hk_str type = field(&rest), key = field(&rest);
	ptrdiff_t n = hk_base64_read(key, blob, sizeof blob);
	if (!first.n || !type.n || n <= 0)
		return;
	entry.type = hk_key_type_of((struct hk_str){ (const char *)blob, (size_t)n });
	if (!hk_str_starts(first, "|1|"))
		entry.names = copy(hosts, first);
	else if (!read_hash(hosts, first, &entry))
		return;
	entry.blob = copy(hosts, (struct hk_str){ (const char *)blob, (size_t)n });
	hk_vec_push(&hosts->entries, entry);
}

struct hk_known_hosts *hk_known_hosts_new(void)
{
	return hk_calloc(1, sizeof(struct hk_known_hosts));
}

void hk_known_hosts_add(struct hk_known_hosts *hosts, struct hk_str text, const char *file)
{
	const char *name = hk_arena_strdup(&hosts->arena, file);
	for (size_t number = 1; text.n; number++)
		read_line(hosts, hk_str_cut(&text, '\n'), name, number);
}

void hk_known_hosts_free(struct hk_known_hosts *hosts)
{
	if (!hosts)
		return;
	hk_vec_release(&hosts->entries);
	hk_arena_release(&hosts->arena);
	free(hosts);
}

/* ---- asking ---- */

/* The HMAC of the name with the salt. */
static bool hash_matches(const struct entry *entry, struct hk_str host)
{
	unsigned char mac[HK_SHA1_SIZE];
	char small[256];
	if (host.n > sizeof small)
		return false;
	for (size_t i = 0; i < host.n; i++)      /* ssh-keygen hashes names in lower case */
		small[i] = host.s[i] >= 'A' && host.s[i] <= 'Z' ? (char)(host.s[i] - 'A' + 'a') : host.s[i];
	hk_hmac_sha1(entry->salt, (struct hk_str){ small, host.n }, mac);
	return memcmp(mac, entry->hash.s, HK_SHA1_SIZE) == 0;
}

static bool is_about(const struct entry *entry, struct hk_str host)
{
	struct hk_str names = entry->names;
	bool matches = false;
	if (entry->hash.n)
		return hash_matches(entry, host);
	while (names.n) {
		struct hk_str pattern = hk_str_cut(&names, ',');
		bool negated = pattern.n && *pattern.s == '!';
		pattern.s += negated;
		pattern.n -= negated;
		if (!pattern.n || !hk_ssh_pattern_matches(pattern, host))
			continue;
		if (negated)
			return false;
		matches = true;
	}
	return matches;
}

const struct hk_known_host *hk_known_hosts_find(struct hk_known_hosts *hosts, const char *host, uint16_t port)
{
	struct hk_known_host *known = hk_arena_alloc(&hosts->arena, sizeof *known);
	HK_AUTO_BUF struct hk_buf full = HK_BUF_INIT;
	HK_VEC(const struct entry *) found = { 0 };
	bool fall_back = port != 22;
	if (port == 22)
		hk_buf_addstr(&full, host);
	else
		hk_buf_addf(&full, "[%s]:%u", host, port);
	for (size_t i = 0; i < hosts->entries.n; i++)
		if (is_about(&hosts->entries.v[i], (struct hk_str){ full.s, full.len })) {
			fall_back = fall_back && hosts->entries.v[i].marker != NONE;
			hk_vec_push(&found, &hosts->entries.v[i]);
		}
	/* a revoked key is no good under either name; where both names match, the line counts twice, which changes nothing */
	for (size_t i = 0; port != 22 && i < hosts->entries.n; i++)
		if ((fall_back || hosts->entries.v[i].marker == REVOKED) && is_about(&hosts->entries.v[i], hk_str_of(host)))
			hk_vec_push(&found, &hosts->entries.v[i]);
	known->hosts = hosts;
	known->n = found.n;
	known->entries = hk_arena_array(&hosts->arena, found.n + 1, sizeof *known->entries);
	if (found.n)
		memcpy(known->entries, found.v, found.n * sizeof *found.v);
	hk_vec_release(&found);
	return known;
}

void hk_known_host_types(const struct hk_known_host *known, bool types[HK_KEY_TYPES])
{
	memset(types, 0, HK_KEY_TYPES * sizeof *types);
	for (size_t i = 0; i < known->n; i++)
		if (known->entries[i]->marker == NONE)
			types[known->entries[i]->type] = true;
}

enum hk_host_check hk_known_host_check(const struct hk_known_host *known, struct hk_str blob, const char **where)
{
	static const unsigned char strength[] = { [HK_HOST_NOT_LISTED] = 0, [HK_HOST_ONLY_AUTHORITY] = 1, [HK_HOST_OTHER_TYPE] = 2, [HK_HOST_CHANGED] = 3,
						  [HK_HOST_KNOWN] = 4, [HK_HOST_REVOKED] = 5 };
	enum hk_host_check result = HK_HOST_NOT_LISTED;
	const struct entry *decided = NULL;
	enum hk_key_type type = hk_key_type_of(blob);
	for (size_t i = 0; i < known->n; i++) {
		const struct entry *entry = known->entries[i];
		bool same = hk_str_eq(entry->blob, blob);
		enum hk_host_check says = entry->marker == AUTHORITY ? HK_HOST_ONLY_AUTHORITY : entry->marker == REVOKED ? same ? HK_HOST_REVOKED
		    : HK_HOST_NOT_LISTED :
					  same ? HK_HOST_KNOWN : entry->type == type ? HK_HOST_CHANGED : HK_HOST_OTHER_TYPE;
		if (strength[says] > strength[result]) {
			result = says;
			decided = entry;
		}
	}
	*where = decided ? hk_arena_printf(&known->hosts->arena, "%s line %zu", decided->file, decided->number) : NULL;
	return result;
}

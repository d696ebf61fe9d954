/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No file makes a key known whose base64 is not in it; and a line "@revoked * key" revokes it whatever else is there. */
#include "net/known_hosts.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define KEY "AAAAC3NzaC1lZDI1NTE5AAAAIGPaTZMaq8NWbDUYTLBtKDhzDVvJ2bFQTPqJ4v0XyX0x"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const char *const names[] = { "host", "10.0.0.1", "a.example.org" };
	struct hk_known_hosts *hosts = hk_known_hosts_new();
	unsigned char bytes[64];
	ptrdiff_t n = hk_base64_read(HK_STR(KEY), bytes, sizeof bytes);
	const struct hk_str blob = { (const char *)bytes, (size_t)n };
	bool named = false;
	for (size_t i = 0; i + sizeof KEY - 1 <= size; i++)
		named = named || memcmp(data + i, KEY, sizeof KEY - 1) == 0;
	hk_known_hosts_add(hosts, (struct hk_str){ (const char *)data, size }, "file");
	for (size_t i = 0; i < HK_COUNT(names); i++)
		for (uint16_t port = 22; port < 24; port++) {
			const struct hk_known_host *known = hk_known_hosts_find(hosts, names[i], port);
			bool types[HK_KEY_TYPES];
			const char *where;
			enum hk_host_check check = hk_known_host_check(known, blob, &where);
			hk_known_host_types(known, types);
			if ((check == HK_HOST_KNOWN && (!named || !types[HK_KEY_ED25519])) || (check == HK_HOST_NOT_LISTED) != !where)
				abort();
		}
	hk_known_hosts_add(hosts, HK_STR("@revoked * ssh-ed25519 " KEY "\n"), "revoked");
	const char *where;
	if (hk_known_host_check(hk_known_hosts_find(hosts, "host", 22), blob, &where) != HK_HOST_REVOKED)
		abort();
	hk_known_hosts_free(hosts);
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HMAC-SHA-1 (RFC 2104, FIPS 180-4): how known_hosts hides names. Nothing relies on its strength. */
#ifndef HK_NET_SHA1_H
#define HK_NET_SHA1_H

#include "base/str.h"

#define HK_SHA1_SIZE 20
void hk_hmac_sha1(struct hk_str key, struct hk_str message, unsigned char mac[HK_SHA1_SIZE]);

#endif

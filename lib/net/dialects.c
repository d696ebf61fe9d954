/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one table of dialects. */
#include "net/dialect.h"
#include <string.h>

static const struct hk_dialect *const table[] = { &hk_dialect_netconf, &hk_dialect_frr, &hk_dialect_ovs, &hk_dialect_linux, &hk_dialect_generic };

const struct hk_dialect *hk_dialect_at(size_t index)
{
	return index < HK_COUNT(table) ? table[index] : NULL;
}

const struct hk_dialect *hk_dialect_find(const char *protocol)
{
	for (size_t i = 0; i < HK_COUNT(table); i++)
		if (strcmp(table[i]->name, protocol) == 0)
			return table[i];
	return NULL;
}

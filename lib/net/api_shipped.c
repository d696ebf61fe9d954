/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of adapters/, compiled in: an installed hkctl needs no files. The Makefile makes their bytes and the table. */
#include "net/api_adapter.h"
#include <string.h>

#include "adapter_bytes.h"

const struct hk_api_shipped *hk_api_shipped_at(size_t index)
{
	return index < HK_COUNT(shipped_adapters) ? &shipped_adapters[index] : NULL;
}

const struct hk_api_shipped *hk_api_shipped_find(const char *name)
{
	for (size_t i = 0; i < HK_COUNT(shipped_adapters); i++)
		if (strcmp(shipped_adapters[i].name, name) == 0)
			return &shipped_adapters[i];
	return NULL;
}

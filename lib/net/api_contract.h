/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Adapters against the OpenAPI 3 contract of an operator, offline: operations and their statuses; what is sent (members, required ones, types of constants); where replies are read.
 * References within the file are followed; allOf, oneOf and anyOf count as all their parts together, and a discriminator's mapping too. Other files are not read.
 */
#ifndef HK_NET_API_CONTRACT_H
#define HK_NET_API_CONTRACT_H

#include "net/api_adapter.h"

struct hk_contract;
/* NULL with findings or err. */
struct hk_contract *hk_contract_load(const char *path, struct hk_diags *diags, struct hk_err *err);
/* Findings HK142x at places of the adapter; returns their number. The adapter is without findings of hk_api_adapter_check. */
size_t hk_contract_check(const struct hk_contract *contract, const struct hk_api_adapter *adapter, struct hk_diags *diags);
void hk_contract_free(struct hk_contract *contract);

#endif

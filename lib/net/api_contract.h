/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Adapters against the OpenAPI contract (2, 3.0, 3.1) of an operator, offline: operations and their statuses; what is sent (members, required ones and whether
 * they can be left out, types, words, bounds, content types, parameters); where and as what replies are read; scopes. References within the file and to other
 * files by relative paths are followed. Alternatives (oneOf, anyOf, discriminators that no constant decides) count as all their parts together: what is
 * reported is wrong for each of them.
 */
#ifndef HK_NET_API_CONTRACT_H
#define HK_NET_API_CONTRACT_H

#include "net/api_adapter.h"

struct hk_contract;
/* NULL with findings or err. */
struct hk_contract *hk_contract_load(const char *path, struct hk_diags *diags, struct hk_err *err);
/* A contract of one file. */
struct hk_contract *hk_contract_from_text(const char *name, struct hk_str text, struct hk_diags *diags, struct hk_err *err);
/* Findings HK142x at places of the adapter; returns the number of errors. The adapter is without findings of hk_api_adapter_check. */
size_t hk_contract_check(struct hk_contract *contract, const struct hk_api_adapter *adapter, struct hk_diags *diags);
void hk_contract_free(struct hk_contract *contract);

#endif

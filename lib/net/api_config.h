/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operators' APIs as topologies name them (spec.networkApis), and how hkctl shows who it is to them. */
#ifndef HK_NET_API_CONFIG_H
#define HK_NET_API_CONFIG_H

#include "model/load.h"
#include "net/api_call.h"

struct hk_api_entry {
	const char *name, *adapter, *base_url;      /* name comes first: entries are sorted by it */
	const struct hk_node *node;
	const struct hk_document *document;
};
struct hk_api_entries { HK_VEC(struct hk_api_entry) list; };

/* In order of names. Findings HK140x. */
void hk_api_entries_read(struct hk_api_entries *entries, const struct hk_workspace *workspace, struct hk_diags *diags);
const struct hk_api_entry *hk_api_entries_find(const struct hk_api_entries *entries, const char *name);
void hk_api_entries_release(struct hk_api_entries *entries);
/* Our cluster for an operator's name of a place (`clusters` of the entry); NULL when it is not said. */
const char *hk_api_entry_cluster(const struct hk_api_entry *entry, const char *place);

/*
 * Adapters of the workspace go before those that come with hkctl. The document of a shipped one is kept in *own, whose memory the caller releases with
 * hk_api_library_release. -1 with findings or err.
 */
struct hk_api_library { struct hk_workspace shipped; };
int hk_api_adapter_find(struct hk_api_adapter *adapter, struct hk_api_library *library, const struct hk_workspace *workspace, const char *name,
			struct hk_diags *diags, struct hk_err *err);
void hk_api_library_release(struct hk_api_library *library);

/* ---- authentication: auth of an entry ---- */

struct hk_api_surroundings {
	const char *(*variable)(const char *name);      /* of the environment; NULL when unset */
	char *const *environment;                       /* for programs */
	const struct hk_http *http;                     /* for tokens; never recorded */
	struct hk_api_clock clock;
	int64_t timeout_us;                             /* of one exchange, or one run of a program */
	int64_t deadline_us;                            /* of all, by the clock; 0: none */
	const volatile int *interrupted;                /* may be NULL */
	struct hk_secrets *secrets;                     /* what becomes known as secret is added; may be NULL */
};
struct hk_api_credentials;
/* NULL with err when what the entry says cannot be used. Files are relative to the document. */
struct hk_api_credentials *hk_api_credentials_new(const struct hk_api_entry *entry, const struct hk_api_surroundings *surroundings, struct hk_err *err);
struct hk_api_auth hk_api_credentials_auth(struct hk_api_credentials *credentials);
void hk_api_credentials_free(struct hk_api_credentials *credentials);       /* wipes what is secret */
/* Files of auth.tls, relative to nothing any more; strings of the arena. */
void hk_api_entry_tls(const struct hk_api_entry *entry, struct hk_arena *arena, struct hk_http_tls *tls);

#endif

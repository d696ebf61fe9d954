/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Network controllers as Topology documents describe them (spec.controllers): how each is reached and what language it speaks. Reading needs no model: a
 * controller can be shown or asked while the rest of the documents is still being written.
 */
#ifndef HK_NET_CONTROLLER_H
#define HK_NET_CONTROLLER_H

#include "model/load.h"
#include <stdint.h>

/* A prefix that paths of objects use, and the XML namespace it stands for: spec.controllers[].models of protocol netconf. */
struct hk_net_model { const char *prefix, *name_space; };

struct hk_controller {
	const char *name;
	const char *protocol;           /* "netconf" when the document says nothing */
	const char *host;               /* NULL when there is no ssh section */
	bool local;                     /* `local: true`: this machine, without SSH */
	uint16_t port;                  /* 0: not said; the protocol's or ~/.ssh/config's decides */
	const char *user;               /* NULL: not said */
	const char *identity_file;      /* NULL: not said; "~" is not expanded here */
	const char *known_hosts;
	struct hk_net_model *models;
	size_t n_models;
	size_t links;                   /* links that name it */
	const struct hk_document *document;   /* where it is written; borrowed from the workspace, as all text is */
	const struct hk_node *node;     /* its mapping, for keys that only one dialect knows */
};

struct hk_controllers { HK_VEC(struct hk_controller) list; struct hk_arena arena; };

/*
 * All controllers of the workspace's Topology documents, sorted by name. Findings for what cannot be used (two of one name, a model without namespace, a port
 * out of range); documents that do not fit their schema are left out, with the finding they already have. The workspace must outlive the result.
 */
void hk_controllers_read(struct hk_controllers *controllers, const struct hk_workspace *workspace, struct hk_diags *diags);
/* NULL when there is none of that name. */
const struct hk_controller *hk_controllers_find(const struct hk_controllers *controllers, const char *name);
void hk_controllers_release(struct hk_controllers *controllers);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the NETCONF dialect. Each operation is a chain: send an rpc, name the function that takes the reply. */
#ifndef HK_NET_NETCONF_DEVICE_H
#define HK_NET_NETCONF_DEVICE_H

#include "net/dialect.h"
#include "net/netconf.h"
#include "net/netconf_path.h"

enum hk_datastore { HK_RUNNING = 1, HK_CANDIDATE = 2, HK_STARTUP = 4 };

struct hk_netconf_device;
typedef void hk_netconf_next(struct hk_netconf_device *device, const struct hk_netconf_reply *reply);

struct hk_netconf_device {
	struct hk_device device;
	const struct hk_controller *controller;
	struct hk_netconf *session;
	struct hk_task kick;                 /* begins requests from the loop */
	hk_netconf_next *next;               /* takes the reply to the rpc at work */
	enum hk_outcome if_broken;           /* what is certain when the session breaks after the rpc at work left */
	unsigned locked;                     /* enum hk_datastore */
	bool lock_lost;                      /* the session that held locks is gone */
	/* of the request at work */
	struct hk_arena arena;
	struct hk_object_path *paths;        /* of its settings or changes */
	size_t n_paths;
	struct hk_err err;                   /* why it will fail once things are tidied up */
	enum hk_outcome outcome;
	unsigned targets;                    /* datastores still to be locked or unlocked */
	bool discarded;                      /* LOCK: foreign edits were thrown away once */
	struct hk_xml *running;              /* kept while the candidate is read */
	void (*after)(struct hk_netconf_device *device);      /* what follows a chain that several operations share */
};

const char *hk_netconf_datastore_name(unsigned datastore);
/* next gets the reply also when it has errors. risk: what is certain if no reply comes. */
void hk_netconf_rpc(struct hk_netconf_device *device, struct hk_str body, enum hk_outcome risk, hk_netconf_next *next);
void hk_netconf_rpcf(struct hk_netconf_device *device, enum hk_outcome risk, hk_netconf_next *next, const char *format,
		     ...) __attribute__((format(printf, 4, 5)));
void hk_netconf_finish(struct hk_netconf_device *device, enum hk_outcome outcome, struct hk_err *err);
void hk_netconf_done(struct hk_netconf_device *device);
void hk_netconf_refuse(struct hk_netconf_device *device, const struct hk_netconf_reply *reply, const char *what);

/* get-config of what the request's paths name. */
void hk_netconf_get(struct hk_netconf_device *device, enum hk_datastore source, hk_netconf_next *next);
/* The reply's data as the request's observation; false when the request failed and is finished. */
bool hk_netconf_observe(struct hk_netconf_device *device, const struct hk_netconf_reply *reply);
void hk_netconf_diff(const struct hk_device *device, const struct hk_setting *wanted, size_t count, const struct hk_observation *observed,
		     struct hk_changes *changes);
/* Does the observation of the request have what its changes say? err: what it has instead (HK_UNVERIFIED). */
bool hk_netconf_is_met(struct hk_netconf_device *device, bool want_old, struct hk_err *err);
/*
 * Everything below `node` as settings, with paths that begin with `path`; the first `keys` leaves, which the path has said, and elements of
 * `without` (ended by NULL, or NULL) are left out. With the controller's prefixes, without what is in a namespace that has none, which is
 * then the result; or, controller NULL, all in local names.
 */
const char *hk_netconf_flatten(const struct hk_xml_node *node, const char *path, size_t keys, const struct hk_xml_node *const *without,
			       const struct hk_controller *controller, struct hk_observation *out);
/*
 * Where two configurations differ: at most `most` paths in local names, separated by ", ". What the request's paths lead to is left out when skip_own. Returns
 * how many.
 */
size_t hk_netconf_differences(const struct hk_netconf_device *device, const struct hk_xml_node *a, const struct hk_xml_node *b, bool skip_own, size_t most,
			      struct hk_buf *out);

/*
 * netconf_beside.c. get-config of what lies around nodes that come into being; false, and nothing sent, when there are none. More parents than this are not
 * looked at.
 */
#define HK_NETCONF_MOST_PARENTS 256u
bool hk_netconf_get_around(struct hk_netconf_device *device, enum hk_datastore source, hk_netconf_next *next);
/* The reply as device->running. */
void hk_netconf_keep(struct hk_netconf_device *device, const struct hk_netconf_reply *reply);
/* What device->running has and the reply has not, or not as it was, beside what the request changes: in err. */
bool hk_netconf_loses(struct hk_netconf_device *device, const struct hk_netconf_reply *reply, struct hk_err *err);

void hk_netconf_lock(struct hk_netconf_device *device);
void hk_netconf_unlock(struct hk_netconf_device *device);
void hk_netconf_apply(struct hk_netconf_device *device);
void hk_netconf_extend(struct hk_netconf_device *device);
void hk_netconf_confirm(struct hk_netconf_device *device);
void hk_netconf_revert(struct hk_netconf_device *device);
/* edit-config with the changes of the request, or, back, from what was observed to the old values. False when there is nothing to edit. */
bool hk_netconf_write_edit(struct hk_netconf_device *device, bool back, struct hk_buf *body);
/* Copy running to startup where there is one, then call device->after. */
void hk_netconf_save(struct hk_netconf_device *device, void (*after)(struct hk_netconf_device *device));

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Locks on what is used: running, the candidate and startup where they exist. Who has a lock, and what lies in a candidate, is told. */
#include "net/netconf_device.h"
#include <string.h>

static void lock_next(struct hk_netconf_device *d);
static void unlock_next(struct hk_netconf_device *d);

static unsigned lowest(unsigned set)
{
	return set & (~set + 1);
}

static unsigned datastores(const struct hk_netconf_device *d)
{
	const struct hk_netconf_caps *caps = hk_netconf_capabilities(d->session);
	return HK_RUNNING | (caps->candidate ? (unsigned)HK_CANDIDATE : 0u) | (caps->startup ? (unsigned)HK_STARTUP : 0u);
}

/* ---- the end of both, good or bad ---- */

static void after_unlock(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	unsigned datastore = lowest(d->targets);
	if (!reply->ok && d->err.status == HK_OK) {
		HK_AUTO_BUF struct hk_buf what = HK_BUF_INIT;
		hk_buf_addf(&what, "%s cannot be unlocked", hk_netconf_datastore_name(datastore));
		hk_netconf_fail(&d->err, HK_FAILED, reply, what.s);
	}
	d->locked &= ~datastore;
	d->targets &= ~datastore;
	unlock_next(d);
}

static void unlock_next(struct hk_netconf_device *d)
{
	if (d->targets)
		hk_netconf_rpcf(d, HK_OUTCOME_REFUSED, after_unlock, "<unlock><target><%s/></target></unlock>", hk_netconf_datastore_name(lowest(d->targets)));
	else if (d->err.status)
		hk_netconf_finish(d, HK_OUTCOME_REFUSED, &d->err);
	else
		hk_netconf_done(d);
}

static void after_discard_own(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	if (!reply->ok && d->err.status == HK_OK)
		hk_netconf_fail(&d->err, HK_FAILED, reply, "edits in the candidate cannot be discarded");
	unlock_next(d);
}

/* What lies in a candidate that we hold is ours. */
void hk_netconf_unlock(struct hk_netconf_device *d)
{
	d->targets = d->locked;
	d->lock_lost = false;
	if (d->locked & HK_CANDIDATE)
		hk_netconf_rpc(d, HK_STR("<discard-changes/>"), HK_OUTCOME_REFUSED, after_discard_own);
	else
		unlock_next(d);
}

/* d->err says why. */
static void give_up(struct hk_netconf_device *d)
{
	d->targets = d->locked;
	unlock_next(d);
}

/* ---- a lock that is held ---- */

static void on_holder(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	const struct hk_xml_node *sessions = hk_xml_child(hk_xml_child(hk_xml_child(reply->root, NULL, "data"), NULL, "netconf-state"), NULL, "sessions");
	const struct hk_xml_node *session = hk_xml_child(sessions, NULL, "session");
	const char *user = hk_xml_text(hk_xml_child(session, NULL, "username")), *host = hk_xml_text(hk_xml_child(session, NULL, "source-host")),
		   *since = hk_xml_text(hk_xml_child(session, NULL, "login-time"));
	if (reply->ok && session) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		hk_buf_addf(&text, "%s, that is user '%s'", d->err.message, user);
		if (*host)
			hk_buf_addf(&text, " from %s", host);
		if (*since)
			hk_buf_addf(&text, ", logged in at %s", since);
		hk_err_set(&d->err, HK_UNREACHABLE, "%s", text.s);
	}
	give_up(d);
}

static void ask_for_holder(struct hk_netconf_device *d, const char *session)
{
	HK_AUTO_BUF struct hk_buf body = HK_BUF_INIT;
	hk_buf_addstr(&body, "<get><filter type=\"subtree\"><netconf-state xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring\"><sessions><session><session-id>");
	hk_xml_escape(&body, hk_str_of(session));
	hk_buf_addstr(&body, "</session-id></session></sessions></netconf-state></filter></get>");
	hk_netconf_rpc(d, (struct hk_str){ body.s, body.len }, HK_OUTCOME_REFUSED, on_holder);
}

/* ---- a candidate with somebody's edits ---- */

static void on_dirty_candidate(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	HK_AUTO_BUF struct hk_buf where = HK_BUF_INIT;
	size_t n = reply->ok && d->running ? hk_netconf_differences(d, hk_xml_child(d->running->root, NULL, "data"), hk_xml_child(reply->root, NULL, "data"),
								    false, 5, &where) : 0;
	if (n)
		hk_err_wrap(&d->err, "the candidate holds edits that nobody committed: %s%s", where.s, n > 5 ? ", ..." : "");
	else
		hk_err_wrap(&d->err, "the candidate holds edits that nobody committed");
	give_up(d);
}

static void on_running(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	/* the reply goes with this call, so keep its text in another reading of it */
	if (reply->ok) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		hk_xml_write(&text, reply->root);
		d->running = hk_xml_parse((struct hk_str){ text.s, text.len }, NULL);
	}
	hk_netconf_rpc(d, HK_STR("<get-config><source><candidate/></source></get-config>"), HK_OUTCOME_REFUSED, on_dirty_candidate);
}

static void after_discard_foreign(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	if (reply->ok) {
		hk_err_release(&d->err);
		lock_next(d);
		return;
	}
	hk_err_release(&d->err);
	hk_netconf_fail(&d->err, HK_FAILED, reply, "edits that somebody left in the candidate cannot be discarded");
	give_up(d);
}

/* ---- locking ---- */

static const struct hk_netconf_error *error_with_tag(const struct hk_netconf_reply *reply, const char *tag)
{
	for (size_t i = 0; i < reply->errors.n; i++)
		if (strcmp(reply->errors.v[i].tag, tag) == 0)
			return &reply->errors.v[i];
	return NULL;
}

static void lock_failed(struct hk_netconf_device *d, const struct hk_netconf_reply *reply, unsigned datastore)
{
	const char *name = hk_netconf_datastore_name(datastore);
	const struct hk_netconf_error *denied = error_with_tag(reply, "lock-denied");
	if (denied && *denied->session && strcmp(denied->session, "0") != 0) {
		hk_err_set(&d->err, HK_UNREACHABLE, "%s is locked by session %s", name, denied->session);
		if (hk_netconf_capabilities(d->session)->monitoring)
			ask_for_holder(d, denied->session);
		else
			give_up(d);
		return;
	}
	HK_AUTO_BUF struct hk_buf what = HK_BUF_INIT;
	hk_buf_addf(&what, "%s cannot be locked", name);
	hk_netconf_fail(&d->err, HK_UNREACHABLE, reply, what.s);
	if (denied)
		hk_err_wrap(&d->err, "something that is no NETCONF session holds the lock");
	/* RFC 6241 section 7.5: a candidate with edits is not locked */
	if (datastore != HK_CANDIDATE || denied)
		give_up(d);
	else if (d->device.request->discard_foreign && !d->discarded) {
		d->discarded = true;
		hk_netconf_rpc(d, HK_STR("<discard-changes/>"), HK_OUTCOME_REFUSED, after_discard_foreign);
	} else
		hk_netconf_rpc(d, HK_STR("<get-config><source><running/></source></get-config>"), HK_OUTCOME_REFUSED, on_running);
}

static void after_lock(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	unsigned datastore = lowest(d->targets);
	if (!reply->ok) {
		lock_failed(d, reply, datastore);
		return;
	}
	d->locked |= datastore;
	d->targets &= ~datastore;
	lock_next(d);
}

static void lock_next(struct hk_netconf_device *d)
{
	if (d->targets)
		hk_netconf_rpcf(d, HK_OUTCOME_REFUSED, after_lock, "<lock><target><%s/></target></lock>", hk_netconf_datastore_name(lowest(d->targets)));
	else {
		d->lock_lost = false;
		hk_netconf_done(d);
	}
}

void hk_netconf_lock(struct hk_netconf_device *d)
{
	d->targets = datastores(d) & ~d->locked;
	lock_next(d);
}

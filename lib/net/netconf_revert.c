/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Back to the old values, from wherever the device is: with a change that waits for its confirmation, one that was confirmed, one that never left the
 * candidate, or none.
 *
 * cancel what waits -> read -> if the old values are there: tidy the candidate; else lock, set them, commit -> read -> they must be there.
 */
#include "net/netconf_device.h"
#include <string.h>

static void read_first(struct hk_netconf_device *d);
static void end_reverted(struct hk_netconf_device *d);

static void finish_failed(struct hk_netconf_device *d)
{
	hk_netconf_finish(d, HK_OUTCOME_UNKNOWN, &d->err);
}

/* ---- 1. cancel ---- */

static void after_cancel(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	(void)reply;      /* nothing to cancel is no error: it may be over, or never have begun. Reading tells. */
	read_first(d);
}

void hk_netconf_revert(struct hk_netconf_device *d)
{
	d->outcome = HK_OUTCOME_UNKNOWN;
	if (!d->device.request->n_changes)
		hk_netconf_done(d);
	else if (d->device.traits.undo == HK_UNDO_TIMER)
		hk_netconf_rpcf(d, HK_OUTCOME_UNKNOWN, after_cancel, "<cancel-commit><persist-id>%s</persist-id></cancel-commit>", d->device.request->token);
	else
		read_first(d);
}

/* ---- 4. the old values are there ---- */

static void on_last_reading(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	if (!hk_netconf_observe(d, reply))
		return;
	if (!hk_netconf_is_met(d, true, &d->err)) {
		hk_err_wrap(&d->err, "not reverted");
		finish_failed(d);
	} else if (d->device.request->was_confirmed)
		hk_netconf_save(d, end_reverted);
	else
		end_reverted(d);
}

/* A lock taken only for this is given back; one that the caller holds stays. */
static void after_own_unlock(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	(void)reply;
	d->locked &= ~(unsigned)HK_CANDIDATE;
	d->targets = 0;
	hk_netconf_get(d, HK_RUNNING, on_last_reading);
}

static void read_last(struct hk_netconf_device *d)
{
	if (d->targets & HK_CANDIDATE)
		hk_netconf_rpc(d, HK_STR("<unlock><target><candidate/></target></unlock>"), HK_OUTCOME_UNKNOWN, after_own_unlock);
	else
		hk_netconf_get(d, HK_RUNNING, on_last_reading);
}

static void end_reverted(struct hk_netconf_device *d)
{
	if (d->err.status)
		finish_failed(d);
	else
		hk_netconf_done(d);
}

/* ---- 3. set the old values ---- */

static void after_failed_discard(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	(void)reply;
	finish_failed(d);
}

static void after_inverse_commit(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	if (reply->ok) {
		read_last(d);
		return;
	}
	hk_netconf_fail(&d->err, HK_FAILED, reply, "commit of the old values was refused");
	hk_netconf_rpc(d, HK_STR("<discard-changes/>"), HK_OUTCOME_UNKNOWN, after_failed_discard);
}

static void after_inverse_edit(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	bool candidate = hk_netconf_capabilities(d->session)->candidate;
	if (reply->ok && candidate)
		hk_netconf_rpc(d, HK_STR("<commit/>"), HK_OUTCOME_UNKNOWN, after_inverse_commit);
	else if (reply->ok)
		read_last(d);
	else {
		hk_netconf_fail(&d->err, HK_FAILED, reply, "edit to the old values was refused");
		if (candidate)
			hk_netconf_rpc(d, HK_STR("<discard-changes/>"), HK_OUTCOME_UNKNOWN, after_failed_discard);
		else
			finish_failed(d);
	}
}

static void edit_back(struct hk_netconf_device *d)
{
	HK_AUTO_BUF struct hk_buf body = HK_BUF_INIT;
	if (hk_netconf_write_edit(d, true, &body))
		hk_netconf_rpc(d, (struct hk_str){ body.s, body.len }, HK_OUTCOME_UNKNOWN, after_inverse_edit);
	else
		read_last(d);
}

/* Committing a candidate commits all of it, so nobody else's edits may be in there: a lock says that (RFC 6241 section 7.5). */
static void after_candidate_lock(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	if (!reply->ok) {
		hk_netconf_fail(&d->err, HK_UNREACHABLE, reply, "not reverted, because the candidate cannot be locked");
		finish_failed(d);
		return;
	}
	d->locked |= HK_CANDIDATE;
	d->targets = HK_CANDIDATE;
	edit_back(d);
}

/* ---- 2b. leftovers in the candidate ---- */

static void after_tidying(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	if (!reply->ok)
		hk_netconf_fail(&d->err, HK_FAILED, reply, "running is as it was, but edits in the candidate cannot be discarded");
	read_last(d);
}

/* Whole candidate against whole running: discarding must not take what others left there. */
static void on_whole_candidate(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	HK_AUTO_BUF struct hk_buf where = HK_BUF_INIT;
	if (!reply->ok || !d->running) {
		hk_err_set(&d->err, HK_UNVERIFIED, "running is as it was, but the candidate holds our edits and cannot be read whole");
		read_last(d);
	} else if (hk_netconf_differences(d, hk_xml_child(d->running->root, NULL, "data"), hk_xml_child(reply->root, NULL, "data"), true, 3, &where)) {
		hk_err_set(&d->err, HK_UNVERIFIED, "running is as it was, but the candidate holds our edits beside somebody else's, which nobody committed: %s",
			   where.s);
		read_last(d);
	} else
		hk_netconf_rpc(d, HK_STR("<discard-changes/>"), HK_OUTCOME_UNKNOWN, after_tidying);
}

static void on_whole_running(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	hk_netconf_keep(d, reply);
	hk_netconf_rpc(d, HK_STR("<get-config><source><candidate/></source></get-config>"), HK_OUTCOME_UNKNOWN, on_whole_candidate);
}

static void on_candidate(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	if (!hk_netconf_observe(d, reply))
		return;
	if (hk_netconf_is_met(d, true, NULL))
		read_last(d);
	else if (d->locked & HK_CANDIDATE)      /* nobody else can have edited it */
		hk_netconf_rpc(d, HK_STR("<discard-changes/>"), HK_OUTCOME_UNKNOWN, after_tidying);
	else
		hk_netconf_rpc(d, HK_STR("<get-config><source><running/></source></get-config>"), HK_OUTCOME_UNKNOWN, on_whole_running);
}

/* ---- 2. where is it? ---- */

static void on_first_reading(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	bool candidate = hk_netconf_capabilities(d->session)->candidate;
	if (!hk_netconf_observe(d, reply))
		return;
	if (hk_netconf_is_met(d, true, NULL)) {
		if (candidate)
			hk_netconf_get(d, HK_CANDIDATE, on_candidate);
		else
			read_last(d);
	} else if (candidate && !(d->locked & HK_CANDIDATE))
		hk_netconf_rpc(d, HK_STR("<lock><target><candidate/></target></lock>"), HK_OUTCOME_UNKNOWN, after_candidate_lock);
	else
		edit_back(d);
}

static void read_first(struct hk_netconf_device *d)
{
	d->targets = 0;
	hk_netconf_get(d, HK_RUNNING, on_first_reading);
}

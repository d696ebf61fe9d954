/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Edit and commit, the timer, and making it stay. An "ok" is no proof: whoever ends here reads again. */
#include "net/netconf_device.h"
#include <string.h>

#define DEFAULT_CONFIRM_S 600u      /* RFC 6241 section 8.4.5 */

/* ---- edits ---- */

bool hk_netconf_write_edit(struct hk_netconf_device *d, bool back, struct hk_buf *body)
{
	const struct hk_request *request = d->device.request;
	const struct hk_netconf_caps *caps = hk_netconf_capabilities(d->session);
	struct hk_tree *tree = hk_tree_new();
	size_t edits = 0;
	for (size_t i = 0; i < request->n_changes; i++) {
		const struct hk_change *change = &request->changes[i];
		/* a reading lists what was asked for in that order */
		const char *to = back ? change->from : change->to, *from = back ? request->observation.settings.v[i].value : change->from;
		if (hk_setting_same(from, to))
			continue;
		edits++;
		/*
		 * `delete` of what is not there is an error, and that is right for a change that was planned on its being there; going back must work from
		 * anywhere
		 */
		hk_tree_add(tree, &d->paths[i], to ? HK_EDIT_SET : back && caps->base_1_1 ? HK_EDIT_REMOVE : HK_EDIT_DELETE, to ? to : from);
	}
	hk_buf_addf(body, "<edit-config><target><%s/></target><default-operation>merge</default-operation>", caps->candidate ? "candidate" : "running");
	/* never an explicit <validate>: one server then commits nothing and says ok */
	if (caps->validate)
		hk_buf_addstr(body, "<test-option>test-then-set</test-option>");
	if (caps->rollback_on_error)
		hk_buf_addstr(body, "<error-option>rollback-on-error</error-option>");
	hk_buf_addstr(body, "<config>");
	hk_tree_edit(tree, body);
	hk_buf_addstr(body, "</config></edit-config>");
	hk_tree_free(tree);
	return edits > 0;
}

/* ---- apply to a candidate ---- */

static void finish_with_own_error(struct hk_netconf_device *d)
{
	hk_netconf_finish(d, d->outcome, &d->err);
}

static void after_discard(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	(void)reply;      /* UNLOCK tries again and tells */
	finish_with_own_error(d);
}

/* The device said no. Is it as it was? */
static void on_reading_after_no(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	struct hk_err why = d->err;
	d->err = (struct hk_err)HK_ERR_INIT;
	d->outcome = HK_OUTCOME_UNKNOWN;
	if (!hk_netconf_observe(d, reply)) {
		hk_err_release(&why);
		return;
	}
	d->err = why;
	if (hk_netconf_is_met(d, true, NULL))
		d->outcome = HK_OUTCOME_REFUSED;
	if (hk_netconf_capabilities(d->session)->candidate)
		hk_netconf_rpc(d, HK_STR("<discard-changes/>"), d->outcome, after_discard);
	else
		finish_with_own_error(d);
}

static void after_commit(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	if (reply->ok) {
		hk_netconf_done(d);
		return;
	}
	hk_netconf_fail(&d->err, HK_FAILED, reply, "commit was refused");
	hk_netconf_get(d, HK_RUNNING, on_reading_after_no);
}

static void after_edit_running(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	if (reply->ok) {
		hk_netconf_done(d);
		return;
	}
	hk_netconf_fail(&d->err, HK_FAILED, reply, "edit was refused");
	hk_netconf_get(d, HK_RUNNING, on_reading_after_no);
}

static unsigned confirm_seconds(const struct hk_netconf_device *d)
{
	return d->device.request->confirm_s ? d->device.request->confirm_s : DEFAULT_CONFIRM_S;
}

static void commit(struct hk_netconf_device *d)
{
	HK_AUTO_BUF struct hk_buf body = HK_BUF_INIT;
	hk_buf_addstr(&body, "<commit>");
	if (d->device.traits.undo != HK_UNDO_INVERSE)
		hk_buf_addf(&body, "<confirmed/><confirm-timeout>%u</confirm-timeout>", confirm_seconds(d));
	if (d->device.traits.undo == HK_UNDO_TIMER)
		hk_buf_addf(&body, "<persist>%s</persist>", d->device.request->token);
	hk_buf_addstr(&body, "</commit>");
	hk_netconf_rpc(d, (struct hk_str){ body.s, body.len }, HK_OUTCOME_UNKNOWN, after_commit);
}

static void on_around_in_candidate(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	if (hk_netconf_loses(d, reply, &d->err))
		hk_netconf_rpc(d, HK_STR("<discard-changes/>"), HK_OUTCOME_REFUSED, after_discard);
	else
		commit(d);
}

static void on_around_in_running(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	hk_netconf_keep(d, reply);
	(void)hk_netconf_get_around(d, HK_CANDIDATE, on_around_in_candidate);
}

static void after_edit_candidate(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	d->outcome = HK_OUTCOME_REFUSED;
	if (!reply->ok) {
		hk_netconf_fail(&d->err, HK_FAILED, reply, "edit was refused");
		hk_netconf_rpc(d, HK_STR("<discard-changes/>"), HK_OUTCOME_REFUSED, after_discard);
	} else if (!hk_netconf_get_around(d, HK_RUNNING, on_around_in_running))
		commit(d);
}

/* ---- apply to running, where there is no candidate to try it ---- */

static void after_putting_back(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	(void)reply;      /* reading tells */
	hk_netconf_get(d, HK_RUNNING, on_reading_after_no);
}

/* What the edit has displaced is put back from memory, and displaces what was set. */
static void on_around_after_edit(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	HK_AUTO_BUF struct hk_buf body = HK_BUF_INIT;
	if (!hk_netconf_loses(d, reply, &d->err)) {
		hk_netconf_done(d);
		return;
	}
	hk_buf_addstr(&body, "<edit-config><target><running/></target><default-operation>merge</default-operation><config>");
	for (const struct hk_xml_node *node = hk_xml_child(d->running->root, NULL, "data")->first; node; node = node->next)
		hk_xml_write(&body, node);
	hk_buf_addstr(&body, "</config></edit-config>");
	hk_netconf_rpc(d, (struct hk_str){ body.s, body.len }, HK_OUTCOME_UNKNOWN, after_putting_back);
}

static void after_edit_beside(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	d->outcome = HK_OUTCOME_UNKNOWN;
	if (!reply->ok)
		after_edit_running(d, reply);
	else
		(void)hk_netconf_get_around(d, HK_RUNNING, on_around_after_edit);
}

static void on_around_before_edit(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	HK_AUTO_BUF struct hk_buf body = HK_BUF_INIT;
	hk_netconf_keep(d, reply);
	(void)hk_netconf_write_edit(d, false, &body);
	hk_netconf_rpc(d, (struct hk_str){ body.s, body.len }, HK_OUTCOME_UNKNOWN, after_edit_beside);
}

/* ---- apply ---- */

void hk_netconf_apply(struct hk_netconf_device *d)
{
	const struct hk_netconf_caps *caps = hk_netconf_capabilities(d->session);
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	HK_AUTO_BUF struct hk_buf body = HK_BUF_INIT;
	if (!caps->candidate && !caps->writable_running)
		hk_err_set(&err, HK_FAILED, "'%s' has neither a candidate nor a writable running configuration", d->device.name);
	else if (d->lock_lost)
		hk_err_set(&err, HK_UNREACHABLE, "the session that held the locks was lost; lock again");
	if (err.status) {
		hk_netconf_finish(d, HK_OUTCOME_REFUSED, &err);
		return;
	}
	if (!hk_netconf_write_edit(d, false, &body))
		hk_netconf_done(d);
	else if (caps->candidate)
		hk_netconf_rpc(d, (struct hk_str){ body.s, body.len }, HK_OUTCOME_REFUSED, after_edit_candidate);
	else {
		d->outcome = HK_OUTCOME_REFUSED;
		if (!hk_netconf_get_around(d, HK_RUNNING, on_around_before_edit))
			hk_netconf_rpc(d, (struct hk_str){ body.s, body.len }, HK_OUTCOME_UNKNOWN, after_edit_running);
	}
}

/* ---- extend ---- */

static void after_extend(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	if (reply->ok)
		hk_netconf_done(d);
	else
		hk_netconf_refuse(d, reply, "the timer cannot be extended");
}

void hk_netconf_extend(struct hk_netconf_device *d)
{
	const char *token = d->device.request->token;
	/* without <persist> again, the extended commit would be bound to this session */
	if (d->device.traits.undo == HK_UNDO_TIMER)
		hk_netconf_rpcf(d, HK_OUTCOME_UNKNOWN, after_extend,
				"<commit><confirmed/><confirm-timeout>%u</confirm-timeout><persist>%s</persist><persist-id>%s</persist-id></commit>",
				confirm_seconds(d), token, token);
	else if (d->device.traits.undo == HK_UNDO_SESSION_TIMER)
		hk_netconf_rpcf(d, HK_OUTCOME_UNKNOWN, after_extend, "<commit><confirmed/><confirm-timeout>%u</confirm-timeout></commit>", confirm_seconds(d));
	else
		hk_netconf_done(d);
}

/* ---- confirm ---- */

static void after_save(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	if (reply->ok) {
		d->after(d);
		return;
	}
	hk_netconf_fail(&d->err, HK_FAILED, reply, "what runs cannot be saved as the startup configuration");
	finish_with_own_error(d);
}

void hk_netconf_save(struct hk_netconf_device *d, void (*after)(struct hk_netconf_device *device))
{
	d->after = after;
	if (hk_netconf_capabilities(d->session)->startup)
		hk_netconf_rpc(d, HK_STR("<copy-config><target><startup/></target><source><running/></source></copy-config>"), d->outcome, after_save);
	else
		after(d);
}

static void on_confirmed_reading(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	if (!hk_netconf_observe(d, reply))
		return;
	if (!hk_netconf_is_met(d, false, &err)) {
		hk_err_wrap(&err, "confirmed, but not there");
		if (d->err.status)      /* the device had refused to confirm: the timer has brought the old values back */
			hk_err_wrap(&err, "%s", d->err.message);
		hk_netconf_finish(d, HK_OUTCOME_UNKNOWN, &err);
		return;
	}
	hk_err_release(&d->err);
	d->outcome = HK_OUTCOME_UNKNOWN;
	hk_netconf_save(d, hk_netconf_done);
}

static void after_confirm(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	d->outcome = HK_OUTCOME_UNKNOWN;
	if (!reply->ok)      /* nothing to confirm: it was done before, or the time was over. Reading tells. */
		hk_netconf_fail(&d->err, HK_UNVERIFIED, reply, "the device confirms nothing");
	hk_netconf_get(d, HK_RUNNING, on_confirmed_reading);
}

void hk_netconf_confirm(struct hk_netconf_device *d)
{
	if (!d->device.request->n_changes)
		hk_netconf_done(d);
	else if (d->device.traits.undo == HK_UNDO_TIMER)
		hk_netconf_rpcf(d, HK_OUTCOME_UNKNOWN, after_confirm, "<commit><persist-id>%s</persist-id></commit>", d->device.request->token);
	else if (d->device.traits.undo == HK_UNDO_SESSION_TIMER)
		hk_netconf_rpc(d, HK_STR("<commit/>"), HK_OUTCOME_UNKNOWN, after_confirm);
	else
		hk_netconf_get(d, HK_RUNNING, on_confirmed_reading);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Back to the old values, and what another process can do with a journal. */
#include "apply/transaction_internal.h"

#define ATTEMPTS 5

static bool is_touched(const struct hk_part *part)
{
	return part->touched;
}

static bool is_locked(const struct hk_part *part)
{
	return part->locked && part->device;
}

static enum hk_verdict verdict_of(const struct hk_transaction *t)
{
	size_t n[HK_DEVICE_UNKNOWN + 1] = { 0 };

	if (!t->n_parts)                 /* sessions with operators alone */
		return t->decided && !t->rolled_back ? HK_VERDICT_NEW : HK_VERDICT_OLD;
	for (size_t i = 0; i < t->n_parts; i++)
		n[t->parts[i].state]++;
	if (n[HK_DEVICE_UNKNOWN] || n[HK_DEVICE_PROVISIONAL])
		return HK_VERDICT_UNKNOWN;
	if (n[HK_DEVICE_NEW] == t->n_parts)
		return HK_VERDICT_NEW;
	return n[HK_DEVICE_NEW] ? HK_VERDICT_UNKNOWN : HK_VERDICT_OLD;
}

void hk_transaction_close(struct hk_transaction *t)
{
	const struct hk_step unlock = { .stage = HK_STAGE_UNLOCK, .operation = HK_UNLOCK, .count = t->n_parts, .heedless = true, .wants = is_locked };
	HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;

	/* A lock that cannot be given back goes with the session. */
	hk_step_run(t, &unlock, &ignored);
	for (size_t i = 0; i < t->n_parts; i++)
		hk_part_hang_up(&t->parts[i]);
	t->verdict = verdict_of(t);
	hk_record_states(t);
	hk_record_end(t);
}

/* It could not be brought back, and not even be asked. What is certain all the same is what it does when left alone. */
static void leave_unknown(struct hk_transaction *t, struct hk_part *part)
{
	unsigned confirm_s = t->options->confirm_s ? t->options->confirm_s : 600;

	part->state = HK_DEVICE_UNKNOWN;
	if (part->undo == HK_UNDO_SESSION_TIMER && !t->confirmed)
		part->fate = "it goes back to the old values by itself as soon as it notices that the session is lost";
	else if (part->undo == HK_UNDO_TIMER && !t->confirmed)
		part->fate = hk_arena_printf(&t->arena, "it goes back to the old values by itself within %u s", confirm_s);
	else
		part->fate = "it has the old or the new values until 'rollback' or '--resume' reaches it";
}

int hk_transaction_back(struct hk_transaction *t, struct hk_err *why)
{
	const struct hk_step revert = { .stage = HK_STAGE_REVERT, .operation = HK_REVERT, .attempts = t->options->attempts ? t->options->attempts : ATTEMPTS,
					.count = t->n_parts, .heedless = true,
		.wants = is_touched };
	struct hk_err failure = HK_ERR_INIT, lost = HK_ERR_INIT;
	bool any = false;

	for (size_t i = 0; i < t->n_parts; i++)
		any = any || t->parts[i].touched;
	if (any) {
		/* The record may fail, the disk being what failed: going back is right all the same. */
		if (hk_record(t, "back", "why", why->message, &lost) != 0)
			t->journal_lost = true;
		hk_err_release(&lost);
		if (hk_step_run(t, &revert, &failure) != 0) {
			for (size_t i = 0; i < t->n_parts; i++)
				if (t->parts[i].touched && t->parts[i].failed)
					leave_unknown(t, &t->parts[i]);
			/* whatever the reason was, that a device is left unknown is the worse news */
			hk_err_set(&lost, HK_UNREACHABLE, "%s; going back: %s", why->message ? why->message : "", failure.message);
			hk_err_release(why);
			*why = lost;
			hk_err_release(&failure);
		}
	}
	hk_transaction_close(t);
	return -1;
}

/* ---- from a journal ---- */

/* Where applying was cut off in its middle there are old values, new ones, and for a moment none; any other is somebody else's. */
static bool shows_foreign(const struct hk_part *part, const struct hk_observation *observation)
{
	for (size_t i = 0; i < part->n_changes; i++) {
		const struct hk_change *change = &part->changes[i];
		const struct hk_setting *there = hk_observation_find_near(observation, i, change->object);

		if (there && there->value && !hk_setting_same(there->value, change->from) && !hk_setting_same(there->value, change->to))
			return true;
	}
	return false;
}

/* hk_part.state of every device from its own mouth: old, new, or provisional for anything between. */
static int look_which(const struct hk_transaction *t, struct hk_part *part, const struct hk_request *request, struct hk_err *err)
{
	(void)t;
	(void)err;
	part->foreign = shows_foreign(part, &request->observation);
	if (!hk_changes_unmet(part->changes, part->n_changes, false, &request->observation))
		part->state = HK_DEVICE_NEW;
	else
		part->state = hk_changes_unmet(part->changes, part->n_changes, true, &request->observation) ? HK_DEVICE_PROVISIONAL : HK_DEVICE_OLD;
	return 0;
}

static int read_all(struct hk_transaction *t, struct hk_err *err)
{
	const struct hk_step read = { .stage = HK_STAGE_READ, .operation = HK_READ, .attempts = 3, .count = t->n_parts, .look = look_which };

	for (size_t i = 0; i < t->n_parts; i++)
		t->parts[i].state = HK_DEVICE_UNKNOWN;
	if (hk_step_run(t, &read, err) == 0)
		return 0;
	/* Nothing was sent but questions. What is said of the others is true; the journal stays as it is, for another time. */
	t->verdict = HK_VERDICT_UNKNOWN;
	for (size_t i = 0; i < t->n_parts; i++)
		hk_part_hang_up(&t->parts[i]);
	return -1;
}

static bool all_are(const struct hk_transaction *t, enum hk_device_state state)
{
	for (size_t i = 0; i < t->n_parts; i++)
		if (t->parts[i].state != state)
			return false;
	return true;
}

static void touch(struct hk_transaction *t)
{
	for (size_t i = 0; i < t->n_parts; i++)
		t->parts[i].touched = true;
}

/* Forward from the start, under a name no device has heard of. */
static int again(struct hk_transaction *t, struct hk_err *err)
{
	for (size_t i = 0; i < t->n_parts; i++) {
		hk_err_release(&t->parts[i].err);
		t->parts[i].state = HK_DEVICE_OLD;
		t->parts[i].touched = t->parts[i].locked = false;
	}
	t->decided = t->finished = t->confirmed = false;
	if (hk_transaction_new_token(t, err) != 0 || hk_record(t, "again", "token", t->token, err) != 0)
		return -1;
	return hk_transaction_forward(t, err);
}

/*
 * What somebody set since is not overwritten unasked. Before the end a device may be between old and new, applying having been cut off in its middle; after it
 * that is somebody else's doing as well.
 */
static int refuse_foreign(struct hk_transaction *t, struct hk_err *err)
{
	bool ended = t->finished && t->verdict != HK_VERDICT_UNKNOWN;
	const struct hk_part *foreign = NULL;

	for (size_t i = 0; !t->options->force && i < t->n_parts; i++) {
		struct hk_part *part = &t->parts[i];

		if (!part->foreign && !(ended && part->state == HK_DEVICE_PROVISIONAL))
			continue;
		foreign = foreign ? foreign : part;
		part->state = HK_DEVICE_UNKNOWN;
		hk_err_set(&part->err, HK_STALE, "it has neither the old nor the new values");
	}
	if (!foreign)
		return 0;
	t->verdict = HK_VERDICT_UNKNOWN;
	for (size_t i = 0; i < t->n_parts; i++)
		hk_part_hang_up(&t->parts[i]);
	return hk_err_set(err, HK_STALE,
			  "'%s' has neither the values from before this change nor those it set: somebody changed it since; look at it, then say --force to overwrite that",
			  foreign->name);
}

int hk_transaction_resume(struct hk_transaction *t, struct hk_err *err)
{
	struct hk_err why = HK_ERR_INIT;

	if (t->finished && t->verdict == HK_VERDICT_NEW)
		return 0;
	if (t->rolled_back)
		return hk_err_set(err, HK_USAGE, t->finished && t->verdict == HK_VERDICT_OLD ? "this change was rolled back; apply it anew" :
				  "this change is being rolled back; finish that with 'rollback'");
	if (read_all(t, err) != 0 || refuse_foreign(t, err) != 0)
		return -1;
	touch(t);
	if (all_are(t, HK_DEVICE_NEW)) {
		/* confirming was begun once: what it reached has no timer left that could be extended */
		if (t->confirmed && !t->decided && hk_record(t, "decide", NULL, NULL, err) != 0)
			return -1;
		t->decided = t->confirmed;
		if (t->decided)
			return hk_transaction_settle(t, err);
		if (!t->options->measure || t->options->measure(t->options->closure, &why) == 0)
			return hk_transaction_decide(t, err);
	} else
		hk_err_set(&why, HK_FAILED, "not all devices were changed when it was cut off");
	hk_transaction_back(t, &why);
	if (t->verdict != HK_VERDICT_OLD || why.status == HK_UNVERIFIED) {
		*err = why;
		return -1;
	}
	hk_err_release(&why);
	return again(t, err);
}

int hk_transaction_rollback(struct hk_transaction *t, struct hk_err *err)
{
	struct hk_err why = HK_ERR_INIT;

	if (t->finished && t->verdict == HK_VERDICT_OLD)
		return 0;
	if (read_all(t, err) != 0 || refuse_foreign(t, err) != 0)
		return -1;
	touch(t);
	if (hk_record(t, "rollback", NULL, NULL, err) != 0)
		return -1;
	t->rolled_back = true;
	hk_err_set(&why, HK_FAILED, "rolled back on demand");
	hk_transaction_back(t, &why);
	if (t->verdict == HK_VERDICT_OLD) {
		hk_err_release(&why);
		return 0;
	}
	*err = why;
	return -1;
}

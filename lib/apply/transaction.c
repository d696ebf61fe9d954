/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forward: read, lock, apply, verify, measure, decide, confirm. */
#include "apply/transaction_internal.h"
#include "base/time.h"

#define ATTEMPTS 5

const char *const hk_device_state_names[] = { "old", "provisional", "new", "reverted", "unknown" };
const char *const hk_verdict_names[] = { "all old", "all new", "unknown" };
const char *const hk_stage_names[] = { "read", "lock", "apply", "verify", "measure", "extend", "confirm", "revert", "unlock" };

void hk_transaction_init(struct hk_transaction *transaction, const struct hk_transaction_options *options, struct hk_part *parts, size_t n_parts)
{
	*transaction = (struct hk_transaction){ .options = options, .parts = parts, .n_parts = n_parts, .expires = options->expires, .offer = options->offer };
	for (size_t i = 0; i < n_parts; i++) {
		parts[i].state = HK_DEVICE_OLD;
		parts[i].err = (struct hk_err)HK_ERR_INIT;
		parts[i].device = NULL;
		parts[i].fate = NULL;
	}
}

void hk_transaction_release(struct hk_transaction *transaction)
{
	for (size_t i = 0; i < transaction->n_parts; i++) {
		hk_part_hang_up(&transaction->parts[i]);
		hk_err_release(&transaction->parts[i].err);
	}
	hk_vec_release(&transaction->read);
	hk_arena_release(&transaction->arena);
}

int hk_transaction_new_token(struct hk_transaction *t, struct hk_err *err)
{
	const struct hk_net_system *system = hk_net_system(t->options->net);
	unsigned char bytes[16];

	if (system->random(system->context, bytes, sizeof bytes) != 0)
		return hk_err_set(err, HK_FAILED, "the system gives no random numbers");
	for (size_t i = 0; i < sizeof bytes; i++) {
		t->token[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
		t->token[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
	}
	t->token[32] = '\0';
	return 0;
}

static bool is_interrupted(const struct hk_transaction *t)
{
	return t->options->interrupted && *t->options->interrupted;
}

static void say_value(struct hk_buf *text, const char *value)
{
	if (value && *value)
		hk_buf_addf(text, "'%s'", value);
	else
		hk_buf_addstr(text, value ? "present" : "absent");
}

/* The devices have to be what the changes were made for. */
static int look_whether_old(const struct hk_transaction *t, struct hk_part *part, const struct hk_request *request, struct hk_err *err)
{
	const struct hk_change *other = hk_changes_unmet(part->changes, part->n_changes, true, &request->observation);
	const struct hk_setting *there;

	(void)t;
	if (other) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;

		there = hk_observation_find(&request->observation, other->object);
		hk_buf_addf(&text, "%s is ", other->object);
		say_value(&text, there ? there->value : NULL);
		hk_buf_addstr(&text, ", and was ");
		say_value(&text, other->from);
		return hk_err_set(err, HK_STALE, "%s when the change was made", text.s);
	}
	if (part->digest && *part->digest && strcmp(part->digest, request->observation.digest) != 0)
		return hk_err_set(err, HK_STALE, "its configuration has changed since the change was made; make a new one");
	return 0;
}

/* Record, then do. */
static int announced(struct hk_transaction *t, const struct hk_step *step, struct hk_err *err)
{
	if (is_interrupted(t))
		return hk_err_set(err, HK_INTERRUPTED, "interrupted");
	if (hk_record_step(t, step, err) != 0)
		return -1;
	return hk_step_run(t, step, err);
}

static int measure(struct hk_transaction *t, struct hk_err *err)
{
	const struct hk_step step = { .stage = HK_STAGE_MEASURE, .count = t->n_parts };

	if (!t->options->measure)
		return 0;
	if (is_interrupted(t))
		return hk_err_set(err, HK_INTERRUPTED, "interrupted");
	return hk_record_step(t, &step, err) != 0 ? -1 : t->options->measure(t->options->closure, err);
}

static int apply_some(struct hk_transaction *t, size_t first, size_t count, struct hk_err *err)
{
	const struct hk_step apply = { .stage = HK_STAGE_APPLY, .operation = HK_APPLY, .first = first, .count = count };
	const struct hk_step verify = { .stage = HK_STAGE_VERIFY, .operation = HK_VERIFY, .first = first, .count = count };

	if (announced(t, &apply, err) != 0 || announced(t, &verify, err) != 0)
		return -1;
	return measure(t, err);
}

static int apply_all(struct hk_transaction *t, struct hk_err *err)
{
	size_t canary = t->options->canary < t->n_parts ? t->options->canary : 0;

	if (canary && apply_some(t, 0, canary, err) != 0)
		return -1;
	return apply_some(t, canary, t->n_parts - canary, err);
}

int hk_transaction_settle(struct hk_transaction *t, struct hk_err *err)
{
	const struct hk_step confirm = { .stage = HK_STAGE_CONFIRM, .operation = HK_CONFIRM, .attempts = t->options->attempts ? t->options->attempts : ATTEMPTS,
					 .count = t->n_parts,
		.heedless = true };
	const struct hk_step verify = { .stage = HK_STAGE_VERIFY, .operation = HK_VERIFY, .attempts = 2, .count = t->n_parts, .heedless = true };

	t->confirmed = true;
	if (hk_step_run(t, &confirm, err) != 0 || hk_step_run(t, &verify, err) != 0)
		return hk_transaction_back(t, err);
	for (size_t i = 0; i < t->n_parts; i++)
		hk_err_release(&t->parts[i].err);
	hk_transaction_close(t);
	return 0;
}

bool hk_transaction_is_over(const struct hk_transaction *t)
{
	return t->expires > 0 && (double)hk_journal_now(t->options->journal) >= t->expires;
}

static int refuse_over(const struct hk_transaction *t, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf end = HK_BUF_INIT;

	if (!hk_transaction_is_over(t))
		return 0;
	hk_time_print(t->expires, &end);
	return hk_err_set(err, HK_STALE, "%s ended at %s, before anything was bought; make a new plan", t->offer ? t->offer : "an offer", end.s);
}

/* Whatever speaks against it is found while the way back is still the only one. */
static int ready_to_decide(struct hk_transaction *t, struct hk_err *err)
{
	/* The first device's timer has run since it was changed; all start again together, so that confirming is not a race. */
	const struct hk_step extend = { .stage = HK_STAGE_EXTEND, .operation = HK_EXTEND, .count = t->n_parts };
	/* Measuring may have taken long. Who cannot be reached any more, or was changed meanwhile, is found. */
	const struct hk_step verify = { .stage = HK_STAGE_VERIFY, .operation = HK_VERIFY, .count = t->n_parts };

	if ((t->options->measure && announced(t, &verify, err) != 0) || announced(t, &extend, err) != 0)
		return -1;
	return is_interrupted(t) ? hk_err_set(err, HK_INTERRUPTED, "interrupted") : refuse_over(t, err);
}

int hk_transaction_decide(struct hk_transaction *t, struct hk_err *err)
{
	if (ready_to_decide(t, err) != 0 || hk_record(t, "decide", NULL, NULL, err) != 0) {
		if (is_interrupted(t))
			hk_err_set(err, HK_INTERRUPTED, "interrupted");
		return hk_transaction_back(t, err);
	}
	t->decided = true;
	return hk_transaction_settle(t, err);
}

int hk_transaction_forward(struct hk_transaction *t, struct hk_err *err)
{
	const struct hk_step read = { .stage = HK_STAGE_READ, .operation = HK_READ, .count = t->n_parts, .look = look_whether_old };
	const struct hk_step lock = { .stage = HK_STAGE_LOCK, .operation = HK_LOCK, .count = t->n_parts };
	/* What was read before the lock may have changed until it. */
	const struct hk_step again = { .stage = HK_STAGE_READ, .operation = HK_READ, .count = t->n_parts, .look = look_whether_old };

	if (refuse_over(t, err) != 0 || announced(t, &read, err) != 0 || announced(t, &lock, err) != 0 || hk_step_run(t, &again, err) != 0 ||
	    apply_all(t, err) != 0)
		return hk_transaction_back(t, err);
	return hk_transaction_decide(t, err);
}

int hk_transaction_run(struct hk_transaction *transaction, struct hk_err *err)
{
	transaction->verdict = HK_VERDICT_OLD;
	if (hk_transaction_new_token(transaction, err) != 0 || hk_record_begin(transaction, err) != 0)
		return -1;
	return hk_transaction_forward(transaction, err);
}

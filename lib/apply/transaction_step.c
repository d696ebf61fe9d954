/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One request to many devices: sessions, attempts, what the answers mean for each device's state. */
#include "apply/transaction_internal.h"
#include <stdlib.h>

#define STEP_US (60 * HK_SECOND_US)
#define WAIT_US (HK_SECOND_US / 4)         /* before the second attempt; doubles */

void hk_part_hang_up(struct hk_part *part)
{
	hk_device_close(HK_STEAL(part->device));
	part->locked = false;
}

static bool is_about(const struct hk_step *step, const struct hk_part *part)
{
	return !step->wants || step->wants(part);
}

static void fail(struct hk_part *part, struct hk_err *err)
{
	part->failed = true;
	if (part->err.status == HK_OK)
		part->err = *err;
	else
		hk_err_release(err);
	*err = (struct hk_err)HK_ERR_INIT;
}

static bool ready(struct hk_transaction *t, struct hk_part *part)
{
	struct hk_err err = HK_ERR_INIT;

	if (!part->device)
		part->device = t->options->open(t->options->closure, part, &err);
	if (part->device)
		return true;
	if (err.status == HK_OK)
		hk_err_set(&err, HK_UNREACHABLE, "no session with '%s'", part->name);
	fail(part, &err);
	part->hopeless = true;
	return false;
}

static void fill(const struct hk_transaction *t, const struct hk_step *step, struct hk_part *part, struct hk_setting *settings, struct hk_request *request)
{
	const struct hk_transaction_options *o = t->options;

	for (size_t i = 0; i < part->n_changes; i++)
		settings[i] = (struct hk_setting){ part->changes[i].object, NULL };
	*request = (struct hk_request){ .operation = step->operation, .settings = settings, .n_settings = part->n_changes, .changes = part->changes,
					.n_changes = part->n_changes,
		.token = t->token, .confirm_s = o->confirm_s, .want_old = step->want_old, .discard_foreign = o->discard_foreign,
		.was_confirmed = t->confirmed, .deadline_us = hk_net_now(o->net) + (o->step_us ? o->step_us : STEP_US), .err = HK_ERR_INIT };
}

/* What is certain now that the device has answered, or has not. */
static void note_state(const struct hk_step *step, struct hk_part *part, enum hk_outcome outcome)
{
	switch (step->operation) {
	case HK_LOCK:
		part->locked = outcome != HK_OUTCOME_REFUSED;
		break;
	case HK_UNLOCK:
		part->locked = false;
		break;
	case HK_APPLY:
		part->touched = outcome != HK_OUTCOME_REFUSED;
		part->state = outcome == HK_OUTCOME_DONE ? HK_DEVICE_PROVISIONAL : outcome == HK_OUTCOME_UNKNOWN ? HK_DEVICE_UNKNOWN : HK_DEVICE_OLD;
		break;
	case HK_CONFIRM:
		part->state = outcome == HK_OUTCOME_DONE ? HK_DEVICE_NEW : HK_DEVICE_UNKNOWN;
		break;
	case HK_REVERT:
		part->state = outcome == HK_OUTCOME_DONE ? HK_DEVICE_REVERTED : HK_DEVICE_UNKNOWN;
		part->touched = outcome != HK_OUTCOME_DONE;
		break;
	default:
		break;
	}
}

static void take_answer(struct hk_transaction *t, const struct hk_step *step, struct hk_part *part, struct hk_request *request)
{
	enum hk_outcome outcome = request->finished ? request->outcome : HK_OUTCOME_UNKNOWN;
	struct hk_err err = HK_ERR_INIT;
	bool lost = !request->finished || (outcome != HK_OUTCOME_DONE && request->err.status == HK_UNREACHABLE);

	note_state(step, part, outcome);
	part->undo = part->device->traits.undo != HK_UNDO_UNKNOWN ? part->device->traits.undo : part->undo;
	part->strategy = part->device->traits.strategy ? hk_arena_strdup(&t->arena, part->device->traits.strategy) : part->strategy;
	part->busy_us = hk_net_now(t->options->net) - part->first_us;
	if (!request->finished)
		hk_err_set(&err, HK_INTERRUPTED, "interrupted while '%s' was at work", part->name);
	else if (outcome != HK_OUTCOME_DONE) {
		err = request->err;
		request->err = (struct hk_err)HK_ERR_INIT;
	} else if (step->look)
		step->look(t, part, request, &err);
	if (err.status != HK_OK)
		fail(part, &err);
	if (lost)
		hk_part_hang_up(part);
	hk_request_release(request);
}

struct count { const struct hk_transaction_options *options; enum hk_stage stage; size_t answered, total; };

static void count_answer(struct hk_request *request)
{
	struct count *count = request->owner;

	count->options->answered(count->options->closure, count->stage, ++count->answered, count->total);
}

/* Parts that want the step and have not done it yet. Only a loop that fails or is interrupted ends this early; what each device makes of it is in the parts. */
static void run_once(struct hk_transaction *t, const struct hk_step *step, bool again)
{
	struct hk_device **devices = hk_calloc(step->count + 1, sizeof *devices);
	struct hk_request *requests = hk_calloc(step->count + 1, sizeof *requests);
	struct hk_part **parts = hk_calloc(step->count + 1, sizeof *parts);
	struct hk_arena arena = HK_ARENA_INIT;
	HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;
	struct count count = { .options = t->options, .stage = step->stage };
	size_t n = 0;

	for (size_t i = step->first; i < step->first + step->count; i++) {
		struct hk_part *part = &t->parts[i];

		if (!is_about(step, part) || (again && (!part->failed || part->hopeless)))
			continue;
		part->failed = false;
		part->first_us = part->first_us ? part->first_us : hk_net_now(t->options->net);
		if (!ready(t, part))
			continue;
		if (t->options->progress)
			t->options->progress(t->options->closure, part, step->stage, false);
		part->touched = part->touched || step->operation == HK_APPLY;
		fill(t, step, part, hk_arena_array(&arena, part->n_changes + 1, sizeof(struct hk_setting)), &requests[n]);
		requests[n].owner = &count;
		requests[n].done = t->options->answered ? count_answer : NULL;
		devices[n] = part->device;
		parts[n++] = part;
	}
	count.total = n;
	if (n)
		hk_requests_run(t->options->net, devices, requests, n, t->options->max_parallel, step->heedless ? NULL : t->options->interrupted, &ignored);
	for (size_t i = 0; i < n; i++) {
		take_answer(t, step, parts[i], &requests[i]);
		if (t->options->progress)
			t->options->progress(t->options->closure, parts[i], step->stage, true);
	}
	hk_arena_release(&arena);
	free(devices);
	free(requests);
	free(parts);
}

/* The first failure, with how many there are. */
static int summarise(struct hk_transaction *t, const struct hk_step *step, struct hk_err *err)
{
	const struct hk_part *first = NULL;
	size_t n = 0;

	for (size_t i = step->first; i < step->first + step->count; i++) {
		const struct hk_part *part = &t->parts[i];

		if (!is_about(step, part) || !part->failed)
			continue;
		first = first ? first : part;
		n++;
	}
	if (!n)
		return 0;
	if (n == 1)
		return hk_err_set(err, first->err.status, "%s: %s failed: %s", first->name, hk_stage_names[step->stage], first->err.message);
	return hk_err_set(err, first->err.status, "%s: %s failed: %s (and %zu more of %zu devices)", first->name, hk_stage_names[step->stage],
			  first->err.message, n - 1, t->n_parts);
}

static bool never(void *context)
{
	(void)context;
	return false;
}

static void tick(struct hk_task *task)
{
	task->wake_us = HK_NEVER;
}

static void pause_for(struct hk_net *net, int64_t us)
{
	HK_AUTO_ERR struct hk_err ignored = HK_ERR_INIT;
	int64_t until = hk_net_now(net) + us;
	struct hk_task task = { .step = tick, .fd = -1, .wake_us = until + HK_SECOND_US };

	hk_task_add(net, &task);
	hk_net_run(net, never, NULL, until, NULL, &ignored);
	hk_task_remove(&task);
}

int hk_step_run(struct hk_transaction *transaction, const struct hk_step *step, struct hk_err *err)
{
	struct hk_err failure = HK_ERR_INIT;
	int64_t wait = WAIT_US;

	for (size_t i = step->first; i < step->first + step->count; i++)
		transaction->parts[i].failed = transaction->parts[i].hopeless = false;
	for (unsigned attempt = 0; attempt < (step->attempts ? step->attempts : 1); attempt++, wait *= 2) {
		if (attempt)
			pause_for(transaction->options->net, wait);
		run_once(transaction, step, attempt > 0);
		hk_err_release(&failure);
		if (summarise(transaction, step, &failure) == 0)
			return 0;
	}
	*err = failure;
	return -1;
}

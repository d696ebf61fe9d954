/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim.h"
#include "../test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *const objects[SIM_OBJECTS] = { "bandwidth", "latency", "queue" };
static const char *const values[] = { "0", "1", "2", "3" };

struct sim_handle {
	struct hk_device device;       /* first */
	struct sim *sim;
	struct sim_device *at;
	struct hk_task task;
	enum sim_fault fault;
	int session;
};

/* ---- the world ---- */

struct sim *sim_new(uint64_t seed, size_t n)
{
	struct sim *sim = mmap(NULL, sizeof *sim, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (sim == MAP_FAILED)
		abort();
	hk_rng_seed(&sim->rng, seed);
	sim->n = n;
	sim->kill_in = -1;
	sim->now_us = 1;
	for (size_t i = 0; i < n; i++) {
		sim->devices[i].undo = HK_UNDO_TIMER + (int)hk_rng_below(&sim->rng, 3);
		sim->devices[i].saves = hk_rng_below(&sim->rng, 2);
		for (size_t o = 0; o < SIM_OBJECTS; o++)
			sim->devices[i].value[o] = sim->devices[i].startup[o] = 1;
	}
	return sim;
}

void sim_free(struct sim *sim)
{
	munmap(sim, sizeof *sim);
}

void sim_kill_point(struct sim *sim)
{
	if (sim->kill_in == 0)
		_exit(99);
	if (sim->kill_in > 0)
		sim->kill_in--;
}

static void go_back(struct sim_device *d)
{
	memcpy(d->value, d->rollback, sizeof d->value);
	d->pending = false;
}

static void run_timers(struct sim *sim)
{
	for (size_t i = 0; i < sim->n; i++) {
		struct sim_device *d = &sim->devices[i];

		if (d->pending && d->undo != HK_UNDO_INVERSE && sim->now_us >= d->expires_us)
			go_back(d);
		if (d->gone && !d->stays_away && sim->now_us >= d->back_us)
			d->gone = false;
	}
}

void sim_advance(struct sim *sim, int64_t us)
{
	sim->now_us += us;
	run_timers(sim);
}

bool sim_shows(const struct sim *sim, size_t device, int value)
{
	for (size_t o = 0; o < SIM_OBJECTS; o++)
		if (sim->devices[device].value[o] != value)
			return false;
	return true;
}

void sim_restart(struct sim *sim, size_t device)
{
	struct sim_device *d = &sim->devices[device];

	if (d->pending)
		go_back(d);
	if (d->saves)
		memcpy(d->value, d->startup, sizeof d->value);
	d->locked_by = 0;
}

void sim_heal(struct sim *sim)
{
	sim->fault_rate = 0;
	sim->script = (struct sim_script){ .fault = SIM_GOOD };
	for (size_t i = 0; i < sim->n; i++)
		sim->devices[i].gone = sim->devices[i].stays_away = false;
}

/* Locks and session-bound commits end with the session. */
static void end_session(struct sim_handle *h)
{
	if (h->at->locked_by == h->session)
		h->at->locked_by = 0;
	if (h->at->pending && h->at->undo == HK_UNDO_SESSION_TIMER)
		go_back(h->at);
	h->session = 0;
}

/* ---- the dialect ---- */

static int number_of(const char *text)
{
	return text ? atoi(text) : 0;
}

static size_t object_of(const char *name)
{
	for (size_t o = 0; o < SIM_OBJECTS; o++)
		if (strcmp(objects[o], name) == 0)
			return o;
	abort();
}

static void observe(const struct sim_device *d, struct hk_observation *out)
{
	struct hk_sha256 sha;

	hk_sha256_init(&sha);
	for (size_t o = 0; o < SIM_OBJECTS; o++)
		hk_vec_push(&out->settings, (struct hk_setting){ objects[o], d->value[o] ? values[d->value[o]] : NULL });
	hk_sha256_update(&sha, d->value, sizeof d->value);
	hk_sha256_final(&sha, out->digest);
}

static void set_all(struct sim *sim, struct sim_device *d, const struct hk_request *r, bool old)
{
	for (size_t i = 0; i < r->n_changes; i++) {
		/* a device without candidate does one after the other, and the process that asks may be killed in between */
		if (d->undo == HK_UNDO_INVERSE)
			sim_kill_point(sim);
		d->value[object_of(r->changes[i].object)] = number_of(old ? r->changes[i].from : r->changes[i].to);
	}
}

static void provisional(struct sim *sim, struct sim_device *d, const struct hk_request *r)
{
	if (!d->pending)
		memcpy(d->rollback, d->value, sizeof d->rollback);
	d->pending = d->undo != HK_UNDO_INVERSE;
	d->expires_us = sim->now_us + (int64_t)r->confirm_s * HK_SECOND_US;
	snprintf(d->token, sizeof d->token, "%s", r->token);
	set_all(sim, d, r, false);
}

/* The work itself. False: refused, with err. */
static bool work(struct sim *sim, struct sim_handle *h, struct hk_request *r, struct hk_err *err)
{
	struct sim_device *d = h->at;

	switch (r->operation) {
	case HK_READ:
		observe(d, &r->observation);
		return true;
	case HK_LOCK:
		if (d->locked_by && d->locked_by != h->session) {
			hk_err_set(err, HK_FAILED, "locked by session %d", d->locked_by);
			return false;
		}
		d->locked_by = h->session;
		return true;
	case HK_APPLY:
		provisional(sim, d, r);
		return true;
	case HK_VERIFY:
		observe(d, &r->observation);
		if (!hk_changes_unmet(r->changes, r->n_changes, r->want_old, &r->observation))
			return true;
		hk_err_set(err, HK_UNVERIFIED, "not what was asked for");
		return false;
	case HK_EXTEND:
		if (d->undo == HK_UNDO_INVERSE)
			return true;
		if (!d->pending || strcmp(d->token, r->token) != 0) {
			hk_err_set(err, HK_FAILED, "no commit to be confirmed");
			return false;
		}
		d->expires_us = sim->now_us + (int64_t)r->confirm_s * HK_SECOND_US;
		return true;
	case HK_CONFIRM:
		observe(d, &r->observation);
		if (hk_changes_unmet(r->changes, r->n_changes, false, &r->observation)) {
			hk_err_set(err, HK_FAILED, "the timer was faster");
			return false;
		}
		d->pending = false;
		if (d->saves)
			memcpy(d->startup, d->value, sizeof d->startup);
		return true;
	case HK_REVERT:
		if (d->pending)
			go_back(d);
		set_all(sim, d, r, true);
		if (d->saves && r->was_confirmed)
			memcpy(d->startup, d->value, sizeof d->startup);
		return true;
	case HK_UNLOCK:
		d->locked_by = d->locked_by == h->session ? 0 : d->locked_by;
		return true;
	default:
		abort();
	}
}

/* Ends with a reading, as a dialect does: "ok" is no proof. */
static enum hk_outcome read_back(struct sim_handle *h, struct hk_request *r, struct hk_err *err)
{
	bool old = r->operation == HK_REVERT;

	if (!old && r->operation != HK_CONFIRM)
		return HK_OUTCOME_DONE;
	hk_observation_release(&r->observation);
	observe(h->at, &r->observation);
	if (!hk_changes_unmet(r->changes, r->n_changes, old, &r->observation))
		return HK_OUTCOME_DONE;
	hk_err_set(err, HK_UNVERIFIED, "said ok and did not do it");
	return HK_OUTCOME_UNKNOWN;
}

static void lose(struct sim_handle *h, struct hk_err *err)
{
	end_session(h);
	hk_err_set(err, HK_UNREACHABLE, "connection lost");
}

static void set_some(struct sim_device *d, size_t count, int value)
{
	for (size_t o = 0; o < count; o++)
		d->value[o] = value;
}

/* What the faults of a script do before the request is looked at. False: nothing comes of it. */
static bool before_work(struct sim *sim, struct sim_handle *h, struct hk_err *err)
{
	struct sim_device *d = h->at;

	if (h->fault == SIM_EXPIRE_BEFORE && d->pending && d->undo != HK_UNDO_INVERSE)
		go_back(d);
	if (h->fault == SIM_JUMP)
		sim_advance(sim, 86400 * HK_SECOND_US);
	if (h->fault == SIM_LOCKED && (!d->locked_by || d->locked_by == h->session))
		d->locked_by = 77;
	if (h->fault == SIM_RESTART_BEFORE)
		sim_restart(sim, (size_t)(d - sim->devices));
	if (h->fault == SIM_GONE_BEFORE)
		d->gone = d->stays_away = true;
	if (h->fault != SIM_RESTART_BEFORE && h->fault != SIM_GONE_BEFORE)
		return true;
	lose(h, err);
	return false;
}

/* ... and behind it; what was done is done. */
static enum hk_outcome after_work(struct sim *sim, struct sim_handle *h, struct hk_err *err)
{
	struct sim_device *d = h->at;

	if (h->fault == SIM_EXPIRE_AFTER && d->pending && d->undo != HK_UNDO_INVERSE)
		go_back(d);
	if (h->fault == SIM_FOREIGN)
		d->value[SIM_OBJECTS - 1] = 3;
	if (h->fault == SIM_RESTART_AFTER)
		sim_restart(sim, (size_t)(d - sim->devices));
	if (h->fault == SIM_GONE_AFTER)
		d->gone = d->stays_away = true;
	if (h->fault != SIM_RESTART_AFTER && h->fault != SIM_GONE_AFTER)
		return HK_OUTCOME_DONE;
	lose(h, err);
	return HK_OUTCOME_UNKNOWN;
}

/* Work that is done badly. */
static enum hk_outcome bad_work(struct sim_handle *h, struct hk_request *r, struct hk_err *err)
{
	bool sets = r->operation == HK_APPLY || r->operation == HK_REVERT;

	if (sets && h->fault != SIM_NOTHING)
		set_some(h->at, h->fault == SIM_WRONG ? SIM_OBJECTS : SIM_OBJECTS / 2, h->fault == SIM_WRONG ? 3 : r->operation == HK_APPLY ? 2 : 1);
	if (h->fault == SIM_HALF_LOST)
		lose(h, err);
	else if (h->fault == SIM_HALF_REFUSED)
		hk_err_set(err, HK_FAILED, "no, and some of it is done");
	else
		return read_back(h, r, err);
	return HK_OUTCOME_UNKNOWN;
}

static void answer_by_script(struct sim_handle *h, struct hk_request *r)
{
	struct hk_err err = HK_ERR_INIT;
	enum hk_outcome outcome = HK_OUTCOME_UNKNOWN;

	if (h->fault == SIM_NOTHING || h->fault == SIM_WRONG || h->fault == SIM_HALF_LOST || h->fault == SIM_HALF_REFUSED)
		outcome = bad_work(h, r, &err);
	else if (before_work(h->sim, h, &err))
		outcome = work(h->sim, h, r, &err) ? after_work(h->sim, h, &err) : HK_OUTCOME_REFUSED;
	hk_device_finish(&h->device, outcome, &err);
}

static void answer(struct hk_task *task)
{
	struct sim_handle *h = task->owner;
	struct sim *sim = h->sim;
	struct hk_request *r = h->device.request;
	struct hk_err err = HK_ERR_INIT;
	bool done = false;

	if (!r || hk_net_now(task->net) < task->wake_us)
		return;
	hk_task_remove(task);
	run_timers(sim);
	sim_kill_point(sim);
	if (h->fault == SIM_HANG || h->fault == SIM_LOST_BEFORE || h->at->gone) {
		end_session(h);
		hk_err_set(&err, HK_UNREACHABLE, "connection lost");
		hk_device_finish(&h->device, HK_OUTCOME_UNKNOWN, &err);
		return;
	}
	if (h->fault >= SIM_FAULTS) {
		answer_by_script(h, r);
		return;
	}
	if (h->fault == SIM_REFUSE)
		hk_err_set(&err, HK_FAILED, "refused");
	else
		done = work(sim, h, r, &err);
	sim_kill_point(sim);
	if (done && h->fault == SIM_LOST_AFTER) {
		end_session(h);
		hk_err_set(&err, HK_UNREACHABLE, "connection lost");
		hk_device_finish(&h->device, HK_OUTCOME_UNKNOWN, &err);
	} else
		hk_device_finish(&h->device, done ? HK_OUTCOME_DONE : HK_OUTCOME_REFUSED, &err);
}

static bool is_scripted(struct sim *sim, size_t device, enum hk_operation operation)
{
	const struct sim_script *script = &sim->script;
	unsigned nth;

	if (script->fault == SIM_GOOD || script->operation != operation || !(script->devices >> device & 1))
		return false;
	nth = sim->seen[device]++;
	return nth >= script->skip && nth - script->skip < script->times;
}

static void start(struct hk_device *device, struct hk_request *request)
{
	struct sim_handle *h = (struct sim_handle *)device;
	struct sim *sim = h->sim;
	size_t index = (size_t)(h->at - sim->devices);
	int64_t now = hk_net_now(device->transport->net);

	h->fault = !sim->exempt[index] && hk_rng_unit(&sim->rng) < sim->fault_rate ? (enum sim_fault)(1 + hk_rng_below(&sim->rng, SIM_FAULTS - 1)) : SIM_GOOD;
	if (h->fault == SIM_LOST_BEFORE && hk_rng_below(&sim->rng, 4) == 0) {
		h->at->gone = true;
		h->at->back_us = sim->now_us + (int64_t)hk_rng_below(&sim->rng, 900) * HK_SECOND_US;
	}
	if (is_scripted(sim, index, request->operation))
		h->fault = sim->script.fault;
	h->task = (struct hk_task){ .step = answer, .owner = h, .fd = -1, .wake_us = now + 1000 + (int64_t)hk_rng_below(&sim->rng, 20000) };
	if (h->fault == SIM_HANG)
		h->task.wake_us = request->deadline_us;
	if (h->fault == SIM_SLOW)
		h->task.wake_us += (request->deadline_us - now) / 2;
	hk_task_add(device->transport->net, &h->task);
}

static void close_device(struct hk_device *device)
{
	struct sim_handle *h = (struct sim_handle *)device;

	hk_task_remove(&h->task);
	end_session(h);
	free(h);
}

static const struct hk_dialect dialect = { .name = "sim", .start = start, .close = close_device };

/* ---- a transport that carries nothing ---- */

static void close_transport(struct hk_transport *transport)
{
	free(transport);
}

static const struct hk_transport_type transport_type = { .close = close_transport };

static struct hk_device *open_device(void *closure, const struct hk_part *part, struct hk_err *err)
{
	struct sim_session *s = closure;
	struct sim_handle *h;
	struct hk_transport *transport;
	size_t index = (size_t)atoi(part->name + 1);

	if (s->sim->script.fault == SIM_LIMIT && s->sim->script.devices >> index & 1 && s->sim->seen[index]++ >= s->sim->script.skip) {
		hk_err_set(err, HK_UNREACHABLE, "no more sessions");
		return NULL;
	}
	h = calloc(1, sizeof *h);
	transport = calloc(1, sizeof *transport);
	*transport = (struct hk_transport){ .type = &transport_type, .net = s->net };
	h->sim = s->sim;
	h->at = &s->sim->devices[index];
	h->session = ++s->sim->sessions;
	h->device = (struct hk_device){ .dialect = &dialect, .transport = transport, .name = part->name,
					.traits = { .undo = (enum hk_undo)h->at->undo, .locks = true, .strategy = "simulated" } };
	return &h->device;
}

/* ---- clock, poll, randomness and journal of a process ---- */

static int64_t now_us(void *context)
{
	return ((struct sim *)context)->now_us;
}

static int fill_random(void *context, void *bytes, size_t count)
{
	struct sim *sim = context;

	for (size_t i = 0; i < count; i++)
		((unsigned char *)bytes)[i] = (unsigned char)hk_rng_below(&sim->rng, 256);
	return 0;
}

/* Nobody waits: the clock goes to where poll would have returned. */
static int sim_poll(void *context, struct pollfd *fds, nfds_t count, int timeout_ms)
{
	(void)fds;
	(void)count;
	sim_advance(context, timeout_ms < 0 ? 1000 : (int64_t)timeout_ms * 1000 + 1);
	return 0;
}

/* Killed before a record, in its middle, and after it. */
static ssize_t sim_write(void *closure, int fd, const void *bytes, size_t n)
{
	struct sim *sim = closure;

	sim_kill_point(sim);
	if (sim->kill_in == 0) {
		ssize_t ignored = write(fd, bytes, n / 2);
		(void)ignored;
		_exit(99);
	}
	ssize_t done = write(fd, bytes, n);
	sim_kill_point(sim);
	sim_kill_point(sim);
	return done;
}

static int sim_sync(void *closure, int fd)
{
	(void)fd;
	sim_kill_point(closure);
	return 0;
}

static int64_t sim_time(void *closure)
{
	return ((struct sim *)closure)->now_us / HK_SECOND_US;
}

void sim_session_open(struct sim_session *s, struct sim *sim)
{
	*s = (struct sim_session){ .sim = sim, .system = hk_net_system_posix };
	s->system.context = sim;
	s->system.now_us = now_us;
	s->system.random = fill_random;
	s->system.poll = sim_poll;
	s->net = hk_net_new(&s->system);
	s->io = (struct hk_journal_io){ .now = sim_time, .write = sim_write, .sync = sim_sync, .closure = sim };
	for (size_t i = 0; i < sim->n; i++) {
		snprintf(s->names[i], sizeof s->names[i], "d%zu", i);
		for (size_t o = 0; o < SIM_OBJECTS; o++)
			s->changes[i][o] = (struct hk_change){ objects[o], "1", "2", "because" };
		s->parts[i] = (struct hk_part){ .name = s->names[i], .changes = s->changes[i], .n_changes = SIM_OBJECTS };
	}
	s->options = (struct hk_transaction_options){ .net = s->net, .open = open_device, .closure = s, .confirm_s = 300, .step_us = 20 * HK_SECOND_US,
						      .title = "simulated" };
}

void sim_session_close(struct sim_session *s)
{
	hk_net_free(s->net);
}

/* ---- what has to be so ---- */

void sim_expect_all(const struct sim *sim, int value)
{
	for (size_t i = 0; i < sim->n; i++)
		assert_true(sim_shows(sim, i, value));
}

void sim_expect_truth(struct sim *sim, const struct hk_transaction *t)
{
	sim_advance(sim, 100000 * HK_SECOND_US);
	for (size_t i = 0; i < t->n_parts; i++)
		if (t->parts[i].state != HK_DEVICE_UNKNOWN)
			sim_restart(sim, (size_t)atoi(t->parts[i].name + 1));
	for (size_t i = 0; i < t->n_parts; i++) {
		size_t device = (size_t)atoi(t->parts[i].name + 1);

		switch (t->parts[i].state) {
		case HK_DEVICE_NEW:
			assert_true(sim_shows(sim, device, 2));
			break;
		case HK_DEVICE_OLD:
		case HK_DEVICE_REVERTED:
			assert_true(sim_shows(sim, device, 1));
			break;
		case HK_DEVICE_UNKNOWN:
			assert_int_equal(t->verdict, HK_VERDICT_UNKNOWN);
			break;
		default:
			fail_msg("device %zu is left provisional", device);
		}
	}
	if (t->verdict != HK_VERDICT_UNKNOWN)
		sim_expect_all(sim, t->verdict == HK_VERDICT_NEW ? 2 : 1);
}

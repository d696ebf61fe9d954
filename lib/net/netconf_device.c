/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/netconf_device.h"
#include <stdlib.h>
#include <string.h>

static void begin(struct hk_netconf_device *d);

const char *hk_netconf_datastore_name(unsigned datastore)
{
	return datastore == HK_RUNNING ? "running" : datastore == HK_CANDIDATE ? "candidate" : "startup";
}

/* ---- the session ---- */

static void choose_strategy(struct hk_netconf_device *d)
{
	const struct hk_netconf_caps *caps = hk_netconf_capabilities(d->session);
	struct hk_device_traits *traits = &d->device.traits;
	traits->locks = true;
	traits->startup = caps->startup;
	traits->undo = HK_UNDO_INVERSE;
	if (caps->candidate && caps->confirmed_persist) {
		traits->undo = HK_UNDO_TIMER;
		traits->strategy = "candidate, confirmed commit with persist id";
	} else if (caps->candidate && caps->confirmed) {
		traits->undo = HK_UNDO_SESSION_TIMER;
		traits->strategy = "candidate, confirmed commit bound to the session";
	} else if (caps->candidate)
		traits->strategy = "candidate";
	else
		traits->strategy = caps->writable_running ? "writable running" : "read only";
}

static void on_ready(void *owner)
{
	struct hk_netconf_device *d = owner;
	choose_strategy(d);
	begin(d);
}

static void on_reply(void *owner, const struct hk_netconf_reply *reply)
{
	struct hk_netconf_device *d = owner;
	hk_netconf_next *next = HK_STEAL(d->next);
	if (next)
		next(d, reply);
}

static void on_failed(void *owner, struct hk_err *err, bool sent)
{
	struct hk_netconf_device *d = owner;
	hk_netconf_close(HK_STEAL(d->session), false);
	d->lock_lost = d->locked != 0;
	d->locked = 0;
	d->next = NULL;
	if (!d->device.request)      /* between requests: the next one opens another session */
		return;
	enum hk_outcome outcome = sent && d->outcome != HK_OUTCOME_UNKNOWN ? d->if_broken : d->outcome;
	hk_err_wrap(err, "%s", d->device.transport->peer);
	hk_netconf_finish(d, outcome, err);
}

void hk_netconf_rpc(struct hk_netconf_device *d, struct hk_str body, enum hk_outcome risk, hk_netconf_next *next)
{
	d->next = next;
	d->if_broken = risk;
	hk_netconf_send(d->session, body, d->device.request->deadline_us);
}

void hk_netconf_rpcf(struct hk_netconf_device *d, enum hk_outcome risk, hk_netconf_next *next, const char *format, ...)
{
	HK_AUTO_BUF struct hk_buf body = HK_BUF_INIT;
	va_list args;
	va_start(args, format);
	hk_buf_vaddf(&body, format, args);
	va_end(args);
	hk_netconf_rpc(d, (struct hk_str){ body.s, body.len }, risk, next);
}

/* ---- requests ---- */

static void forget_request(struct hk_netconf_device *d)
{
	hk_arena_release(&d->arena);
	hk_err_release(&d->err);
	hk_xml_free(HK_STEAL(d->running));
	d->paths = NULL;
	d->n_paths = 0;
	d->after = NULL;
	d->discarded = false;
	d->outcome = HK_OUTCOME_REFUSED;
}

void hk_netconf_finish(struct hk_netconf_device *d, enum hk_outcome outcome, struct hk_err *err)
{
	struct hk_err kept = HK_ERR_INIT;      /* err may be what forget_request releases */
	if (err) {
		kept = *err;
		*err = (struct hk_err)HK_ERR_INIT;
	}
	forget_request(d);
	hk_device_finish(&d->device, outcome, &kept);
	hk_err_release(&kept);
}

void hk_netconf_done(struct hk_netconf_device *d)
{
	hk_netconf_finish(d, HK_OUTCOME_DONE, NULL);
}

void hk_netconf_refuse(struct hk_netconf_device *d, const struct hk_netconf_reply *reply, const char *what)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	hk_netconf_fail(&err, HK_FAILED, reply, what);
	hk_netconf_finish(d, HK_OUTCOME_REFUSED, &err);
}

static int parse_objects(struct hk_netconf_device *d, struct hk_err *err)
{
	const struct hk_request *request = d->device.request;
	size_t count = request->n_settings ? request->n_settings : request->n_changes;
	d->paths = hk_arena_array(&d->arena, count + 1, sizeof *d->paths);
	for (size_t i = 0; i < count; i++)
		if (hk_object_parse(&d->arena, d->controller, request->n_settings ? request->settings[i].object : request->changes[i].object, &d->paths[i],
				    err))
			return -1;
	d->n_paths = count;
	return 0;
}

static void on_read(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	if (hk_netconf_observe(d, reply))
		hk_netconf_done(d);
}

static void on_verify(struct hk_netconf_device *d, const struct hk_netconf_reply *reply)
{
	if (!hk_netconf_observe(d, reply))
		return;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	if (hk_netconf_is_met(d, d->device.request->want_old, &err))
		hk_netconf_done(d);
	else
		hk_netconf_finish(d, HK_OUTCOME_REFUSED, &err);
}

static bool token_is_sound(const char *token)
{
	size_t length = token ? strlen(token) : 0;
	return length && length <= 64 && strspn(token, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == length;
}

/* The session is there. */
static void begin(struct hk_netconf_device *d)
{
	const struct hk_request *request = d->device.request;
	if (!request)
		return;
	switch (request->operation) {
	case HK_READ:
		if (d->n_paths)
			hk_netconf_get(d, HK_RUNNING, on_read);
		else
			hk_netconf_done(d);
		return;
	case HK_VERIFY: hk_netconf_get(d, HK_RUNNING, on_verify); return;
	case HK_LOCK: hk_netconf_lock(d); return;
	case HK_UNLOCK: hk_netconf_unlock(d); return;
	case HK_APPLY: hk_netconf_apply(d); return;
	case HK_EXTEND: hk_netconf_extend(d); return;
	case HK_CONFIRM: hk_netconf_confirm(d); return;
	case HK_REVERT: hk_netconf_revert(d); return;
	case HK_OPERATIONS: break;
	}
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	hk_err_set(&err, HK_FAILED, "there is no such operation");
	hk_netconf_finish(d, HK_OUTCOME_REFUSED, &err);
}

static void kick(struct hk_task *task)
{
	static const struct hk_netconf_events events = { .ready = on_ready, .reply = on_reply, .failed = on_failed };
	struct hk_netconf_device *d = task->owner;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	const struct hk_request *request = d->device.request;
	if (!request)
		return;
	bool needs_token = request->operation == HK_APPLY || request->operation == HK_CONFIRM || request->operation == HK_REVERT ||
	    request->operation == HK_EXTEND;
	if (needs_token && !token_is_sound(request->token))
		hk_err_set(&err, HK_FAILED, "request without a token of letters, digits, '.', '_' and '-'");
	else if (parse_objects(d, &err) == 0) {
		if (d->session && hk_netconf_is_ready(d->session)) {
			begin(d);
			return;
		}
		struct hk_netconf_events mine = events;
		mine.owner = d;
		d->session = hk_netconf_open(d->device.transport, "netconf", &mine, 0, request->deadline_us, &err);
		if (d->session)
			return;
	}
	hk_netconf_finish(d, HK_OUTCOME_REFUSED, &err);
}

static void start(struct hk_device *device, struct hk_request *request)
{
	struct hk_netconf_device *d = (struct hk_netconf_device *)device;
	(void)request;
	if (!d->kick.net)
		hk_task_add(device->transport->net, &d->kick);
	hk_task_ready(&d->kick);
}

static struct hk_device *open_device(const struct hk_device_options *options)
{
	struct hk_netconf_device *d = hk_calloc(1, sizeof *d);
	d->controller = options->controller;
	d->arena = (struct hk_arena)HK_ARENA_INIT;
	d->outcome = HK_OUTCOME_REFUSED;
	d->kick = (struct hk_task){ .step = kick, .owner = d, .fd = -1, .wake_us = HK_NEVER };
	return &d->device;
}

static void close_device(struct hk_device *device)
{
	struct hk_netconf_device *d = (struct hk_netconf_device *)device;
	hk_task_remove(&d->kick);
	hk_netconf_close(d->session, true);
	forget_request(d);
	free(d);
}

static int check_one(const struct hk_controller *controller, const struct hk_setting *setting, struct hk_arena *arena, struct hk_err *err)
{
	struct hk_object_path path;
	if (hk_object_parse(arena, controller, setting->object, &path, err))
		return -1;
	if (setting->value && !hk_xml_can_say(hk_str_of(setting->value)))
		return hk_err_set(err, HK_INVALID, "value of '%s' holds bytes that XML cannot say", setting->object);
	const struct hk_object_step *last = &path.steps[path.n - 1];
	if (setting->value && *setting->value && last->n_keys)
		return hk_err_set(err, HK_INVALID, "'%s' is an entry, which has no value of its own: write '' for its being there", setting->object);
	return 0;
}

static int check(const struct hk_controller *controller, const struct hk_setting *settings, size_t count, size_t *at, struct hk_err *err)
{
	struct hk_arena arena = HK_ARENA_INIT;
	int status = 0;
	while (*at < count && (status = check_one(controller, &settings[*at], &arena, err)) == 0)
		++*at;
	hk_arena_release(&arena);
	return status;
}

const struct hk_dialect hk_dialect_netconf = { .name = "netconf", .check = check, .open = open_device, .start = start, .close = close_device,
					       .diff = hk_netconf_diff };

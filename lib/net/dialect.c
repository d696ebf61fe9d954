/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all dialects have in common: requests, observations, changes. */
#include "net/dialect.h"
#include "base/num.h"
#include <stdlib.h>

const char *const hk_operation_names[] = { "read", "lock", "apply", "verify", "extend", "confirm", "revert", "unlock" };

void hk_changes_release(struct hk_changes *changes)
{
	hk_vec_release(&changes->list);
	hk_arena_release(&changes->arena);
}

void hk_observation_release(struct hk_observation *observation)
{
	hk_vec_release(&observation->settings);
	hk_arena_release(&observation->arena);
	observation->digest[0] = '\0';
}

void hk_request_release(struct hk_request *request)
{
	hk_err_release(&request->err);
	hk_observation_release(&request->observation);
}

const struct hk_setting *hk_observation_find(const struct hk_observation *observation, const char *object)
{
	for (size_t i = 0; i < observation->settings.n; i++)
		if (strcmp(observation->settings.v[i].object, object) == 0)
			return &observation->settings.v[i];
	return NULL;
}

const struct hk_setting *hk_observation_find_near(const struct hk_observation *observation, size_t i, const char *object)
{
	if (i < observation->settings.n && strcmp(observation->settings.v[i].object, object) == 0)
		return &observation->settings.v[i];
	return hk_observation_find(observation, object);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The decimal number in front of and behind the point without zeros that say nothing; false when it is no plain decimal number. */
static bool split_number(const char *text, bool *negative, struct hk_str *whole, struct hk_str *part)
{
	const char *point;

	*negative = *text == '-';
	text += *text == '-';
	whole->s = text;
	while (is_digit(*text))
		text++;
	whole->n = (size_t)(text - whole->s);
	point = text;
	text += *text == '.';
	*part = (struct hk_str){ text, 0 };
	while (is_digit(*text))
		text++;
	part->n = (size_t)(text - part->s);
	if (*text || !whole->n || (*point == '.' && !part->n))
		return false;
	while (whole->n && *whole->s == '0') {
		whole->s++;
		whole->n--;
	}
	while (part->n && part->s[part->n - 1] == '0')
		part->n--;
	*negative = *negative && (whole->n || part->n);
	return true;
}

bool hk_setting_same(const char *a, const char *b)
{
	struct hk_str whole[2], part[2];
	bool negative[2];

	if (!a || !b)
		return a == b;
	if (strcmp(a, b) == 0)
		return true;
	return split_number(a, &negative[0], &whole[0], &part[0]) && split_number(b, &negative[1], &whole[1], &part[1]) && negative[0] == negative[1] &&
	    hk_str_eq(whole[0], whole[1]) &&
	       hk_str_eq(part[0], part[1]);
}

const struct hk_change *hk_changes_unmet(const struct hk_change *changes, size_t count, bool want_old, const struct hk_observation *observed)
{
	for (size_t i = 0; i < count; i++) {
		const struct hk_setting *there = hk_observation_find_near(observed, i, changes[i].object);

		if (!hk_setting_same(want_old ? changes[i].from : changes[i].to, there ? there->value : NULL))
			return &changes[i];
	}
	return NULL;
}

void hk_dialect_diff_plain(const struct hk_setting *wanted, size_t count, const struct hk_observation *observed, struct hk_changes *changes)
{
	for (size_t i = 0; i < count; i++) {
		const struct hk_setting *there = hk_observation_find_near(observed, i, wanted[i].object);
		const char *from = there ? there->value : NULL;

		if (hk_setting_same(from, wanted[i].value))
			continue;
		hk_vec_push(&changes->list,
			    (struct hk_change){ hk_arena_strdup(&changes->arena, wanted[i].object), from ? hk_arena_strdup(&changes->arena, from) : NULL,
						 wanted[i].value ? hk_arena_strdup(&changes->arena, wanted[i].value) : NULL, NULL });
	}
}

void hk_device_diff(const struct hk_device *device, const struct hk_setting *wanted, size_t count, const struct hk_observation *observed,
		    struct hk_changes *changes)
{
	if (device->dialect->diff)
		device->dialect->diff(device, wanted, count, observed, changes);
	else
		hk_dialect_diff_plain(wanted, count, observed, changes);
}

struct hk_device *hk_device_open(const struct hk_dialect *dialect, const struct hk_device_options *options)
{
	struct hk_device *device = dialect->open(options);

	device->dialect = dialect;
	device->transport = options->transport;
	device->name = options->controller->name;
	return device;
}

void hk_device_start(struct hk_device *device, struct hk_request *request)
{
	request->device = device;
	request->finished = false;
	request->started_us = hk_net_now(device->transport->net);
	request->finished_us = 0;
	if (device->request) {
		hk_err_set(&request->err, HK_FAILED, "'%s' is still busy with the request before", device->name);
		request->outcome = HK_OUTCOME_REFUSED;
		request->finished = true;
		request->finished_us = request->started_us;
		return;
	}
	device->request = request;
	device->dialect->start(device, request);
}

void hk_device_close(struct hk_device *device)
{
	struct hk_transport *transport = device ? device->transport : NULL;

	if (!device)
		return;
	if (device->dialect->runs_commands)
		hk_transport_close(HK_STEAL(transport));
	device->dialect->close(device);
	hk_transport_close(transport);
}

void hk_device_finish(struct hk_device *device, enum hk_outcome outcome, struct hk_err *err)
{
	struct hk_request *request = device->request;

	device->request = NULL;
	request->outcome = outcome;
	if (err && err->status != HK_OK) {
		request->err = *err;
		*err = (struct hk_err)HK_ERR_INIT;
	}
	request->finished = true;
	request->finished_us = hk_net_now(device->transport->net);
	if (request->done)
		request->done(request);
}

/* ---- many at once ---- */

struct run {
	struct hk_device *const *devices;
	struct hk_request *requests;
	size_t count, started, max_parallel;
	struct hk_net *net;
	int64_t begun_us;
};

static bool all_finished(void *context)
{
	struct run *run = context;
	size_t busy = 0;

	for (size_t i = 0; i < run->started; i++)
		busy += !run->requests[i].finished;
	while (run->started < run->count && busy < run->max_parallel) {
		struct hk_request *request = &run->requests[run->started];

		/* the time one has is its own: waiting for a turn is not on it */
		request->deadline_us += hk_net_now(run->net) - run->begun_us;
		hk_device_start(run->devices[run->started++], request);
		busy += !request->finished;
	}
	return busy == 0 && run->started == run->count;
}

int hk_requests_run(struct hk_net *net, struct hk_device *const *devices, struct hk_request *requests, size_t count, size_t max_parallel,
		    volatile int *interrupted, struct hk_err *err)
{
	struct run run = { .devices = devices, .requests = requests, .count = count, .max_parallel = max_parallel ? max_parallel : count, .net = net,
			   .begun_us = hk_net_now(net) };
	int64_t until = run.begun_us;

	for (size_t i = 0; i < count; i++)
		until = requests[i].deadline_us > until ? requests[i].deadline_us : until;
	/* Every request ends by itself at its deadline; the second more is for a device that does not. */
	return hk_net_run(net, all_finished, &run, max_parallel && max_parallel < count ? HK_NEVER : until + HK_SECOND_US, interrupted, err);
}

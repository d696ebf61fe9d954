/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices that are spoken to by commands: requests as scripts for the device's shell, one after the other. */
#include "net/cli_device.h"
#include <stdlib.h>

static const char *state_directory(const struct hk_controller *controller)
{
	const struct hk_node *node = hk_node_get(controller->node, "stateDirectory");
	const char *text = hk_node_string(node);
	return node ? text : "/tmp";
}

/* ---- a request ends ---- */

static void forget_request(struct hk_cli_device *d)
{
	hk_map_release(&d->index);
	hk_vec_release(&d->objects);
	hk_cli_script_release(&d->script);
	hk_arena_release(&d->arena);
	d->n_asked = 0;
	d->next = NULL;
}

static void finish(struct hk_cli_device *d, enum hk_outcome outcome, struct hk_err *err)
{
	forget_request(d);
	hk_command_release(&d->command);
	hk_device_finish(&d->device, outcome, err);
}

static void done(struct hk_cli_device *d)
{
	finish(d, HK_OUTCOME_DONE, NULL);
}

/* ---- scripts ---- */

static void on_command(struct hk_command *command)
{
	struct hk_cli_device *d = command->owner;
	d->running = false;
	d->next(d);
}

static void begin_script(struct hk_cli_device *d, bool about_token)
{
	hk_cli_script_begin(&d->script, d->controller->name, about_token ? d->device.request->token : NULL);
}

static void run(struct hk_cli_device *d, void (*next)(struct hk_cli_device *d))
{
	hk_cli_script_end(&d->script);
	hk_command_release(&d->command);
	hk_command_init(&d->command, "exec sh -s", (struct hk_str){ d->script.text.s, d->script.text.len }, d->device.request->deadline_us);
	d->command.done = on_command;
	d->command.owner = d;
	d->next = next;
	d->running = true;
	hk_transport_run(d->device.transport, &d->command);
}

static void read_all(struct hk_cli_device *d, void (*next)(struct hk_cli_device *d))
{
	begin_script(d, false);
	hk_cli_script_add_reads(&d->script);
	run(d, next);
}

/* Whether the script came to its end without complaint; else the request is finished. */
static bool went_well(struct hk_cli_device *d, enum hk_outcome if_unclear)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	const struct hk_command *command = &d->command;
	bool refused = !command->started || (command->has_status && (command->status == HK_CLI_REFUSED || command->status == HK_CLI_GONE));
	struct hk_str said = hk_cli_complaint(&d->table, (struct hk_str){ command->errors.s, command->errors.len });
	/* Going back does more than is necessary where something failed on the way: what the device shows afterwards decides. */
	if (command->succeeded && (!said.n || d->device.request->operation == HK_REVERT))
		return true;
	if (command->succeeded)
		hk_err_set(&err, HK_FAILED, "the device said: %.*s", HK_STR_ARG(said));
	else
		hk_err_set(&err, command->err.status == HK_OK ? HK_FAILED : command->err.status, "%s%s%.*s",
			   command->err.message ? command->err.message : "the command failed", said.n ? "; " : "", HK_STR_ARG(said));
	if (command->has_status && command->status == HK_CLI_GONE)
		err.status = HK_UNVERIFIED;
	finish(d, refused ? HK_OUTCOME_REFUSED : if_unclear, &err);
	return false;
}

/* Values after a script that went well; else the request is finished. */
static bool observed(struct hk_cli_device *d, enum hk_outcome if_not)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	if (!went_well(d, if_not))
		return false;
	if (hk_cli_observe(d, &err) == 0)
		return true;
	finish(d, if_not, &err);
	return false;
}

static bool is_met(struct hk_cli_device *d, bool old, enum hk_status status, enum hk_outcome if_not)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	const struct hk_request *request = d->device.request;
	const struct hk_change *unmet = hk_changes_unmet(request->changes, request->n_changes, old, &request->observation);
	if (!unmet)
		return true;
	const struct hk_setting *there = hk_observation_find(&request->observation, unmet->object);
	const char *is = there && there->value ? there->value : "absent", *wanted = old ? unmet->from : unmet->to;
	struct hk_str said = hk_cli_complaint(&d->table, (struct hk_str){ d->command.errors.s, d->command.errors.len });
	hk_err_set(&err, status, "%s is %s, and should be %s%s%.*s", unmet->object, is, wanted ? wanted : "absent", said.n ? "; the device said: " : "",
		   HK_STR_ARG(said));
	finish(d, if_not, &err);
	return false;
}

/* ---- requests ---- */

static void on_read(struct hk_cli_device *d)
{
	if (observed(d, HK_OUTCOME_REFUSED))
		done(d);
}

static void on_verify(struct hk_cli_device *d)
{
	if (observed(d, HK_OUTCOME_REFUSED) && is_met(d, d->device.request->want_old, HK_UNVERIFIED, HK_OUTCOME_REFUSED))
		done(d);
}

static void on_simple(struct hk_cli_device *d)
{
	if (went_well(d, HK_OUTCOME_UNKNOWN))
		done(d);
}

static void on_read_before(struct hk_cli_device *d)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_cli_steps steps = { 0 }, back = { 0 };
	const struct hk_request *request = d->device.request;
	const struct hk_cli_change change = { d->controller->name, request->token, request->confirm_s ? request->confirm_s : 600 };
	if (!observed(d, HK_OUTCOME_REFUSED) || !is_met(d, true, HK_STALE, HK_OUTCOME_REFUSED))
		return;
	begin_script(d, true);
	int status = hk_cli_plan(d, false, &steps, &err) || hk_cli_plan(d, true, &back, &err) || hk_cli_script_apply(&d->script, &change, &steps, &back, &err);
	hk_vec_release(&steps.list);
	hk_vec_release(&back.list);
	if (status)
		finish(d, HK_OUTCOME_REFUSED, &err);
	else
		run(d, on_simple);
}

static void on_confirm(struct hk_cli_device *d)
{
	if (observed(d, HK_OUTCOME_UNKNOWN) && is_met(d, false, HK_UNVERIFIED, HK_OUTCOME_REFUSED))
		done(d);
}

static void disarm(struct hk_cli_device *d)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	begin_script(d, true);
	if (hk_cli_script_disarm(&d->script, d->device.request->was_confirmed && d->device.traits.startup, &err))
		finish(d, HK_OUTCOME_UNKNOWN, &err);
	else
		run(d, on_simple);
}

static void on_back(struct hk_cli_device *d)
{
	if (observed(d, HK_OUTCOME_UNKNOWN) && is_met(d, true, HK_UNVERIFIED, HK_OUTCOME_UNKNOWN))
		disarm(d);
}

static void on_stopped(struct hk_cli_device *d)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	const struct hk_request *request = d->device.request;
	struct hk_cli_steps back = { 0 };
	if (!observed(d, HK_OUTCOME_UNKNOWN))
		return;
	if (!hk_changes_unmet(request->changes, request->n_changes, true, &request->observation)) {
		disarm(d);
		return;
	}
	begin_script(d, true);
	int status = hk_cli_plan(d, true, &back, &err) || hk_cli_script_undo(&d->script, &back, &err);
	hk_vec_release(&back.list);
	hk_cli_script_add_reads(&d->script);
	if (status)
		finish(d, HK_OUTCOME_UNKNOWN, &err);
	else
		run(d, on_back);
}

static void begin_confirm(struct hk_cli_device *d)
{
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	begin_script(d, true);
	if (hk_cli_script_confirm(&d->script, d->device.traits.startup, &err)) {
		finish(d, HK_OUTCOME_REFUSED, &err);
		return;
	}
	hk_cli_script_add_reads(&d->script);
	run(d, on_confirm);
}

static void begin(struct hk_cli_device *d)
{
	const struct hk_request *request = d->device.request;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	switch (request->operation) {
	case HK_READ: read_all(d, on_read); return;
	case HK_VERIFY: read_all(d, on_verify); return;
	case HK_APPLY: read_all(d, on_read_before); return;
	case HK_CONFIRM: begin_confirm(d); return;
	case HK_UNLOCK: done(d); return;
	case HK_LOCK:
		begin_script(d, false);
		hk_cli_script_lock(&d->script, d->controller->name, request->token ? request->token : "-");
		run(d, on_simple);
		return;
	case HK_EXTEND:
		begin_script(d, true);
		hk_cli_script_extend(&d->script, request->confirm_s ? request->confirm_s : 600);
		run(d, on_simple);
		return;
	case HK_REVERT:
		begin_script(d, true);
		hk_cli_script_stop(&d->script);
		hk_cli_script_add_reads(&d->script);
		run(d, on_stopped);
		return;
	case HK_OPERATIONS: break;
	}
	hk_err_set(&err, HK_FAILED, "there is no such operation");
	finish(d, HK_OUTCOME_REFUSED, &err);
}

static bool token_is_sound(const char *token)
{
	size_t length = token ? strlen(token) : 0;
	return length && length <= 64 && strspn(token, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == length;
}

static int new_mark(struct hk_cli_device *d, struct hk_err *err)
{
	const struct hk_net_system *system = hk_net_system(d->device.transport->net);
	unsigned char bytes[16];
	if (system->random(system->context, bytes, sizeof bytes) != 0)
		return hk_err_set(err, HK_FAILED, "the system gives no random numbers");
	for (size_t i = 0; i < sizeof bytes; i++) {
		d->script.mark[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
		d->script.mark[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
	}
	return 0;
}

static int prepare(struct hk_cli_device *d, struct hk_err *err)
{
	const struct hk_request *request = d->device.request;
	bool needs_token = request->operation == HK_APPLY || request->operation == HK_CONFIRM || request->operation == HK_REVERT ||
	    request->operation == HK_EXTEND;
	if (d->broken.status != HK_OK)
		return hk_err_set(err, d->broken.status, "%s", d->broken.message);
	if ((needs_token || request->token) && !token_is_sound(request->token))
		return hk_err_set(err, HK_FAILED, "request without a token of letters, digits, '.', '_' and '-'");
	d->script.text = (struct hk_buf)HK_BUF_INIT;
	d->script.table = &d->table;
	d->script.home = state_directory(d->controller);
	d->script.programs = hk_node_get(d->controller->node, "programs");
	return new_mark(d, err) ? -1 : hk_cli_gather(d, err);
}

static void kick(struct hk_task *task)
{
	struct hk_cli_device *d = task->owner;
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	if (!d->device.request || d->running)
		return;
	if (prepare(d, &err))
		finish(d, HK_OUTCOME_REFUSED, &err);
	else
		begin(d);
}

static void start(struct hk_device *device, struct hk_request *request)
{
	struct hk_cli_device *d = (struct hk_cli_device *)device;
	(void)request;
	if (!d->kick.net)
		hk_task_add(device->transport->net, &d->kick);
	hk_task_ready(&d->kick);
}

/* ---- devices ---- */

static int read_table(struct hk_cli_table *table, const struct hk_controller *controller, struct hk_err *err)
{
	if (strcmp(controller->protocol, "generic") != 0)
		return hk_cli_table_builtin(table, controller->protocol, err);
	const struct hk_node *node = hk_node_get(controller->node, "dialect");
	*table = (struct hk_cli_table){ .arena = HK_ARENA_INIT, .text = HK_ARENA_INIT };
	return node ? hk_cli_table_read(table, node, err) : hk_err_set(err, HK_INVALID, "controller '%s' speaks 'generic' and has no 'dialect', which says how",
								       controller->name);
}

static int check_state_directory(const struct hk_controller *controller, struct hk_err *err)
{
	const char *path = state_directory(controller);
	bool sound = path && path[0] == '/' && strlen(path) <= 200 &&
	    strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-") == strlen(path);
	return sound ? 0 : hk_err_set(err, HK_INVALID, "'stateDirectory' of controller '%s' is not a path from the root, of letters, digits and . _ - /",
				      controller->name);
}

/* Words that take the place of a program: lists of texts. */
static int check_programs(const struct hk_controller *controller, struct hk_err *err)
{
	const struct hk_node *programs = hk_node_get(controller->node, "programs");
	bool sound = !programs || programs->kind == HK_MAPPING;
	hk_for_each_pair(key, programs) {
		sound = sound && key->next->kind == HK_SEQUENCE && key->next->count;
		hk_for_each_item(item, key->next)
			sound = sound && hk_node_string(item);
	}
	return sound ? 0 : hk_err_set(err, HK_INVALID, "'programs' of controller '%s' is not a mapping of programs to lists of words", controller->name);
}

static struct hk_device *open_device(const struct hk_device_options *options)
{
	struct hk_cli_device *d = hk_calloc(1, sizeof *d);
	bool save = false;
	d->controller = options->controller;
	d->broken = (struct hk_err)HK_ERR_INIT;
	d->arena = (struct hk_arena)HK_ARENA_INIT;
	d->index = (struct hk_map)HK_MAP_INIT;
	d->script.text = (struct hk_buf)HK_BUF_INIT;
	hk_command_init(&d->command, "", (struct hk_str){ "", 0 }, 0);
	d->kick = (struct hk_task){ .step = kick, .owner = d, .fd = -1, .wake_us = HK_NEVER };
	if (read_table(&d->table, d->controller, &d->broken) == 0 && check_programs(d->controller, &d->broken) == 0)
		check_state_directory(d->controller, &d->broken);
	hk_node_bool(hk_node_get(d->controller->node, "save"), &save);
	d->device.traits = (struct hk_device_traits){ .undo = HK_UNDO_TIMER, .startup = save && d->table.save.n, .strategy = d->table.strategy };
	return &d->device;
}

static void close_device(struct hk_device *device)
{
	struct hk_cli_device *d = (struct hk_cli_device *)device;
	hk_task_remove(&d->kick);
	forget_request(d);
	hk_command_release(&d->command);
	hk_cli_table_release(&d->table);
	hk_err_release(&d->broken);
	free(d);
}

static int check_one(const struct hk_cli_table *table, const struct hk_setting *setting, struct hk_arena *arena, struct hk_err *err)
{
	struct hk_cli_object object;
	if (hk_cli_object_parse(table, setting->object, arena, &object, err))
		return -1;
	return setting->value ? hk_cli_value_check(object.kind, setting->value, err) : 0;
}

static int check(const struct hk_controller *controller, const struct hk_setting *settings, size_t count, size_t *at, struct hk_err *err)
{
	struct hk_cli_table table;
	struct hk_arena arena = HK_ARENA_INIT;
	int status = read_table(&table, controller, err);
	status = status ? status : check_programs(controller, err);
	status = status ? status : check_state_directory(controller, err);
	if (status)
		*at = count;
	while (!status && *at < count && (status = check_one(&table, &settings[*at], &arena, err)) == 0)
		++*at;
	hk_arena_release(&arena);
	hk_cli_table_release(&table);
	return status;
}

static void diff(const struct hk_device *device, const struct hk_setting *wanted, size_t count, const struct hk_observation *there, struct hk_changes *changes)
{
	const struct hk_cli_device *d = (const struct hk_cli_device *)device;
	if (d->broken.status == HK_OK)
		hk_cli_diff(&d->table, wanted, count, there, changes);
}

#define COMMAND_DIALECT(named) { .name = named, .check = check, .open = open_device, .start = start, .close = close_device, \
				 .runs_commands = true, .diff = diff }
const struct hk_dialect hk_dialect_frr = COMMAND_DIALECT("frr");
const struct hk_dialect hk_dialect_ovs = COMMAND_DIALECT("ovs");
const struct hk_dialect hk_dialect_linux = COMMAND_DIALECT("linux");
const struct hk_dialect hk_dialect_generic = COMMAND_DIALECT("generic");

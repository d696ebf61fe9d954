/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the files of command dialects: cli_device.c (requests), cli_observe.c (objects, reading, what differs). Private to lib/net. */
#ifndef HK_NET_CLI_DEVICE_H
#define HK_NET_CLI_DEVICE_H

#include "base/map.h"
#include "net/cli_script.h"

/* An object that the request is about, or whose value it needs. */
struct hk_cli_known { const char *name; struct hk_cli_object object; size_t which; bool shown; const char *value, *final;
		      /* now, and after the steps that are being planned */ };

struct hk_cli_device {
	struct hk_device device;
	const struct hk_controller *controller;
	struct hk_cli_table table;
	struct hk_err broken;                   /* why there is no table */
	struct hk_task kick;
	struct hk_cli_script script;
	struct hk_command command;
	bool running;
	void (*next)(struct hk_cli_device *d);  /* when the command is over */
	/* of the request */
	struct hk_arena arena;
	HK_VEC(struct hk_cli_known) objects;    /* those asked for first */
	struct hk_map index;                    /* by name */
	size_t n_asked;
};

/* From the request: its objects, those they need, and those whose values enter their commands. */
int hk_cli_gather(struct hk_cli_device *d, struct hk_err *err);
/* From the output of the command that ended: values of all objects, and the request's observation. */
int hk_cli_observe(struct hk_cli_device *d, struct hk_err *err);
/* What to do: all changes, or, back, those that are not at their old values, in reverse order. */
int hk_cli_plan(struct hk_cli_device *d, bool back, struct hk_cli_steps *steps, struct hk_err *err);
/* The first line of output that says the commands failed although their status does not; empty when there is none. */
struct hk_str hk_cli_complaint(const struct hk_cli_table *table, struct hk_str output);
void hk_cli_diff(const struct hk_cli_table *table, const struct hk_setting *wanted, size_t count, const struct hk_observation *observed,
		 struct hk_changes *changes);

#endif

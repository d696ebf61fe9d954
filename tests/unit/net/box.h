/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A device of protocol generic on this machine: a shell script that keeps values in files of a directory of its own, and does wrong what its file `fault` says.
 */
#ifndef HK_TESTS_UNIT_NET_BOX_H
#define HK_TESTS_UNIT_NET_BOX_H

#include "net/dialect.h"
#include "yaml/doc.h"

struct box {
	char directory[64], path[128];          /* path: PATH=..., of what runs there */
	struct hk_source source;
	struct hk_doc doc;
	struct hk_controller controller;
	struct hk_net *net;
	struct hk_device *device;
	struct hk_request request;
	struct hk_changes changes;
};

void box_open(struct box *box);
void box_close(struct box *box);
/* As if this process had ended, and another one begins. */
void box_hang_up(struct box *box);

/* One operation to its end. */
enum hk_outcome box_do(struct box *box, enum hk_operation operation);
void box_must(struct box *box, enum hk_operation operation);
/* Read, and make the difference what the following requests are about; how many changes that is. */
size_t box_plan(struct box *box, const struct hk_setting *settings, size_t count);

/* Behind hkctl's back: the value of a file, NULL when there is none (borrowed until the next call); a new value; NULL removes it. */
const char *box_value(const struct box *box, const char *name);
void box_write(const struct box *box, const char *name, const char *text);
/* Wait until there is no file of that name in the state of a change; false when that takes more than `seconds`. */
bool box_waits_for(const struct box *box, const char *pattern, int seconds);

#endif

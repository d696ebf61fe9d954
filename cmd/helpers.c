/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Verbs of other programs. libssh2, libcurl and libxml2 cost 7 ms at every start, and a commit hook starts hkctl on every save; so what needs them is in libexec/hkctl, and
 * the core knows only that it is there. Each program has the whole command line of main.c, so it gets the words as they were typed, and knows its own help and completion.
 */
#include "cmd.h"

const struct hk_cmd hk_cmd_net = { .name = "net", .group = "Network", .summary = "network controllers: compare, change all or none, set back", .program = "net" };
const struct hk_cmd hk_cmd_apply = { .name = "apply", .group = "Deliver", .summary = "carry out a plan: the network, all or nothing, then the manifests", .program = "net" };
const struct hk_cmd hk_cmd_api = { .name = "api", .group = "Network", .summary = "operators' network APIs: discover, measure, request quality of service, release", .program = "api" };

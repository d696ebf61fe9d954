/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For transports: the ways a command goes on. */
#ifndef HK_NET_COMMAND_H
#define HK_NET_COMMAND_H

#include "net/transport.h"

/* Append output; false, with err set, when it is more than the command allows. */
bool hk_command_take(struct hk_command *command, bool is_error, const char *bytes, size_t count);
/* Judge status, signal and err, and call done. all_output: both ends of file were seen. The command may be gone when this returns. */
void hk_command_end(struct hk_command *command, bool all_output);
/* The last line that says something, or its first 300 bytes: programs print the reason at the end. */
struct hk_str hk_command_last_line(struct hk_str text);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What commands of every transport share. */
#include "net/command.h"
#include <stdlib.h>
#include <string.h>

void hk_command_init(struct hk_command *command, const char *line, struct hk_str input, int64_t deadline_us)
{
	*command = (struct hk_command){ .line = line, .input = input, .deadline_us = deadline_us, .out = HK_BUF_INIT, .errors = HK_BUF_INIT,
					.err = HK_ERR_INIT };
}

void hk_command_release(struct hk_command *command)
{
	hk_buf_release(&command->out);
	hk_buf_release(&command->errors);
	hk_err_release(&command->err);
}

void hk_command_quote(struct hk_buf *line, struct hk_str text)
{
	hk_buf_addch(line, '\'');
	for (size_t i = 0; i < text.n; i++)
		if (text.s[i] == '\'')
			hk_buf_addstr(line, "'\\''");
		else if (text.s[i])             /* no shell can pass NUL; a name with one is another name, which then does not exist */
			hk_buf_addch(line, text.s[i]);
	hk_buf_addch(line, '\'');
}

bool hk_command_take(struct hk_command *command, bool is_error, const char *bytes, size_t count)
{
	struct hk_buf *to = is_error ? &command->errors : &command->out;
	size_t limit = command->max_output ? command->max_output : HK_COMMAND_MAX_OUTPUT;
	size_t room = limit - to->len;
	hk_buf_add(to, bytes, count < room ? count : room);
	if (count <= room)
		return true;
	if (command->err.status == HK_OK)
		hk_err_set(&command->err, HK_UNREACHABLE, "command printed more than %zu bytes", limit);
	return false;
}

struct hk_str hk_command_last_line(struct hk_str text)
{
	while (text.n && strchr("\r\n \t", text.s[text.n - 1]))
		text.n--;
	size_t start = text.n;
	while (start && text.s[start - 1] != '\n')
		start--;
	struct hk_str line = { text.s + start, text.n - start };
	return line.n > 300 ? (struct hk_str){ line.s, 300 } : line;
}

void hk_command_end(struct hk_command *command, bool all_output)
{
	const struct hk_buf *output = command->errors.len ? &command->errors : &command->out;
	struct hk_str said = hk_command_last_line((struct hk_str){ output->s, output->len });
	const char *colon = said.n ? ": " : "";
	command->transport = NULL;
	command->finished = true;
	if (command->err.status != HK_OK)
		command->succeeded = false;
	else if (command->signal[0])
		hk_err_set(&command->err, HK_UNREACHABLE, "command was ended by signal %s%s%.*s", command->signal, colon, HK_STR_ARG(said));
	else if (!command->has_status || !all_output)
		hk_err_set(&command->err, HK_UNREACHABLE, "connection ended before the command did%s%.*s", colon, HK_STR_ARG(said));
	else if (command->status)
		hk_err_set(&command->err, HK_FAILED, "command ended with status %d%s%.*s", command->status, colon, HK_STR_ARG(said));
	else
		command->succeeded = true;
	if (command->done)
		command->done(command);
}

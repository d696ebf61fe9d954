/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/err.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Takes the text over, so that an error may quote the message it replaces. */
static int err_replace(struct hk_err *err, enum hk_status status, struct hk_buf *text)
{
	struct hk_buf clean = HK_BUF_INIT;

	hk_buf_addscrubbed(&clean, (struct hk_str){ text->s, text->len });
	hk_buf_release(text);
	free(err->message);
	err->status = status;
	err->message = hk_buf_detach(&clean, NULL);
	return -1;
}

int hk_err_set(struct hk_err *err, enum hk_status status, const char *format, ...)
{
	struct hk_buf text = HK_BUF_INIT;
	va_list args;

	if (!err)
		return -1;
	va_start(args, format);
	hk_buf_vaddf(&text, format, args);
	va_end(args);
	return err_replace(err, status, &text);
}

int hk_err_errno(struct hk_err *err, int errno_value, const char *format, ...)
{
	struct hk_buf text = HK_BUF_INIT;
	va_list args;

	if (!err)
		return -1;
	va_start(args, format);
	hk_buf_vaddf(&text, format, args);
	va_end(args);
	hk_buf_addf(&text, ": %s", strerror(errno_value));
	return err_replace(err, HK_FAILED, &text);
}

int hk_err_wrap(struct hk_err *err, const char *format, ...)
{
	struct hk_buf text = HK_BUF_INIT;
	char *old;
	va_list args;

	if (!err)
		return -1;
	va_start(args, format);
	hk_buf_vaddf(&text, format, args);
	va_end(args);
	old = HK_STEAL(err->message);
	err_replace(err, err->status, &text);
	if (old) {
		/* The old message is scrubbed already; a second pass would be harmless but is not needed. */
		struct hk_buf joined = HK_BUF_INIT;

		hk_buf_addf(&joined, "%s: %s", err->message, old);
		free(err->message);
		err->message = hk_buf_detach(&joined, NULL);
		free(old);
	}
	return -1;
}

void hk_err_release(struct hk_err *err)
{
	free(err->message);
	*err = (struct hk_err)HK_ERR_INIT;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bytes and deadlines between us and one device: a transport opens streams (an SSH subsystem, a plain socket) and runs commands, in the loop of net/loop.h. It
 * knows no dialect. Three kinds are here: SSH (net/ssh.h), programs of this machine, and a descriptor that is there already (tests, and peers that tests play).
 */
#ifndef HK_NET_TRANSPORT_H
#define HK_NET_TRANSPORT_H

#include "base/buf.h"
#include "net/loop.h"

/* ---- streams ---- */

struct hk_stream;
struct hk_stream_type {
	/* As read(2) without waiting: bytes read, 0 at the end, -EAGAIN when there is nothing now, -1 with err when the stream is broken (HK_UNREACHABLE). */
	ssize_t (*read)(struct hk_stream *stream, void *bytes, size_t count, struct hk_err *err);
	/* Bytes taken (at least 1), -EAGAIN when there is no room now or the stream is still being opened, -1 with err. */
	ssize_t (*write)(struct hk_stream *stream, const void *bytes, size_t count, struct hk_err *err);
	void (*close)(struct hk_stream *stream);      /* at once, frees it; never waits for the peer */
};
struct hk_stream {
	const struct hk_stream_type *type;
	struct hk_task *user;       /* made ready whenever read or write may do more than before; set by who opened it */
	bool wants_write;           /* the user has bytes that write did not take: make user ready when there is room */
};
static inline ssize_t hk_stream_read(struct hk_stream *stream, void *bytes, size_t count,
				     struct hk_err *err) { return stream->type->read(stream, bytes, count, err); }
static inline ssize_t hk_stream_write(struct hk_stream *stream, const void *bytes, size_t count,
				      struct hk_err *err) { return stream->type->write(stream, bytes, count, err); }
static inline void hk_stream_close(struct hk_stream *stream) { stream->type->close(stream); }

/* A stream on a connected non-blocking descriptor, which it owns from now on. */
struct hk_stream *hk_stream_of_fd(struct hk_net *net, int fd);

/* ---- commands ---- */

#define HK_COMMAND_MAX_OUTPUT ((size_t)16 << 20)

/*
 * One command on the device. Zero it, fill the first part, hand it to hk_transport_run; it must stay where it is until `finished`. Only `succeeded` says that
 * the command did its work: the status came, it is 0, no signal, and all of its output is here. A connection that breaks, a time that is over and output past
 * the limit are all failures, whatever status the library below reports.
 */
struct hk_command {
	const char *line;              /* for the device's shell; build it with hk_command_quote */
	struct hk_str input;           /* its standard input, then end of file; borrowed */
	size_t max_output;             /* bytes of out and of errors each; 0: HK_COMMAND_MAX_OUTPUT */
	int64_t deadline_us;           /* of the loop's clock; HK_NEVER is not allowed */
	void (*done)(struct hk_command *command);      /* called from the loop when finished; may be NULL */
	void *owner;                   /* for done */
	/* result */
	bool finished, succeeded;
	bool started;                  /* the device may have begun it: after a failure nothing is known about what it did */
	bool has_status;
	int status;                    /* exit status, when has_status */
	char signal[16];               /* "KILL" when a signal ended it; else "" */
	struct hk_buf out, errors;     /* standard output and standard error */
	struct hk_err err;             /* why it did not succeed: one sentence with the last line of its errors */
	void *transport;               /* the transport's own, until finished */
};
void hk_command_init(struct hk_command *command, const char *line, struct hk_str input, int64_t deadline_us);
void hk_command_release(struct hk_command *command);         /* only when finished, never started, or after hk_transport_close */
/* Append text as one word of a POSIX shell, whatever is in it. */
void hk_command_quote(struct hk_buf *line, struct hk_str text);

/* ---- transports ---- */

struct hk_transport;
struct hk_transport_type {
	struct hk_stream *(*open)(struct hk_transport *transport, const char *subsystem, struct hk_task *user, struct hk_err *err);
	void (*run)(struct hk_transport *transport, struct hk_command *command);
	void (*close)(struct hk_transport *transport);
};
struct hk_transport {
	const struct hk_transport_type *type;
	struct hk_net *net;
	const char *peer;              /* for messages: "ops@10.0.0.1:830"; owned by the transport */
};
/* Open a subsystem ("netconf"). The stream is there at once; connecting and authenticating go on in the loop and fail through it. */
struct hk_stream *hk_transport_open(struct hk_transport *transport, const char *subsystem, struct hk_task *user, struct hk_err *err);
/* Start a command; several may run on one transport. A command that cannot be started finishes with its err set, from the loop as any other. */
void hk_transport_run(struct hk_transport *transport, struct hk_command *command);
/* Closes streams and ends commands that are still there (unfinished, without calling done); frees the transport. NULL does nothing. */
void hk_transport_close(struct hk_transport *transport);

/*
 * Programs of this machine: run gives the line to /bin/sh with the environment given (NULL-terminated "NAME=value"), open starts subsystem as a command line
 * and speaks with its standard input and output. For devices that are this machine, and for tests.
 */
struct hk_transport *hk_transport_local(struct hk_net *net, char *const *environment);
/* A descriptor that is connected already: open gives a stream on it, once; run refuses. */
struct hk_transport *hk_transport_of_fd(struct hk_net *net, int fd, const char *peer);

#endif

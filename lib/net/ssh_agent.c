/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The agent protocol (draft-miller-ssh-agent), two requests of it. libssh2 has a client, but it waits for ever, and one agent that hangs, or asks its user,
 * would stop every session of the loop; here each answer has a time.
 */
#include "net/ssh_internal.h"
#include "net/ssh_wire.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_SECONDS 10
#define MAX_ANSWER (256u << 10)
enum { REQUEST_IDENTITIES = 11, IDENTITIES_ANSWER = 12, SIGN_REQUEST = 13, SIGN_RESPONSE = 14 };

int hk_ssh_agent_open(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const struct timeval limit = { ANSWER_SECONDS, 0 };
	if (strlen(path) >= sizeof address.sun_path)
		return -1;
	memcpy(address.sun_path, path, strlen(path) + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	if (connect(fd, (const struct sockaddr *)&address, sizeof address)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void add_u32(struct hk_buf *out, size_t value)
{
	const unsigned char bytes[4] = { (unsigned char)(value >> 24), (unsigned char)(value >> 16), (unsigned char)(value >> 8), (unsigned char)value };
	hk_buf_add(out, bytes, 4);
}

static void add_string(struct hk_buf *out, struct hk_str text)
{
	add_u32(out, text.n);
	hk_buf_addslice(out, text);
}

static int transfer(int fd, char *bytes, size_t count, bool sending)
{
	while (count) {
		ssize_t n = sending ? send(fd, bytes, count, MSG_NOSIGNAL) : recv(fd, bytes, count, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		bytes += n;
		count -= (size_t)n;
	}
	return 0;
}

/* One request and its answer, without the length in front. */
static int converse(int fd, const struct hk_buf *request, struct hk_buf *answer)
{
	HK_AUTO_BUF struct hk_buf message = HK_BUF_INIT;
	char head[4];
	struct hk_str rest = { head, sizeof head };
	size_t length;
	add_string(&message, (struct hk_str){ request->s, request->len });
	if (transfer(fd, message.s, message.len, true) || transfer(fd, head, sizeof head, false))
		return -1;
	if (!hk_ssh_take_u32(&rest, &length) || !length || length > MAX_ANSWER)
		return -1;
	hk_buf_reserve(answer, length);
	if (transfer(fd, answer->s, length, false))
		return -1;
	answer->len = length;
	answer->s[length] = '\0';
	return 0;
}

int hk_ssh_agent_list(int fd, struct hk_arena *arena, struct hk_ssh_key **keys, size_t *count)
{
	HK_AUTO_BUF struct hk_buf request = HK_BUF_INIT, answer = HK_BUF_INIT;
	hk_buf_addch(&request, REQUEST_IDENTITIES);
	if (converse(fd, &request, &answer) || answer.s[0] != IDENTITIES_ANSWER)
		return -1;
	struct hk_str rest = { answer.s + 1, answer.len - 1 }, blob, comment;
	size_t n;
	if (!hk_ssh_take_u32(&rest, &n) || n > 1000)
		return -1;
	*keys = hk_arena_array(arena, n + 1, sizeof **keys);
	*count = 0;
	while (*count < n && hk_ssh_take_string(&rest, &blob) && hk_ssh_take_string(&rest, &comment))
		(*keys)[(*count)++] = (struct hk_ssh_key){ .of_agent = true, .blob = { hk_arena_slicedup(arena, blob), blob.n },
							   .name = hk_arena_slicedup(arena, comment) };
	return 0;
}

int hk_ssh_agent_sign(int fd, struct hk_str blob, struct hk_str data, unsigned char **signature, size_t *length)
{
	HK_AUTO_BUF struct hk_buf request = HK_BUF_INIT, answer = HK_BUF_INIT;
	struct hk_str whole, method, inner;
	hk_buf_addch(&request, SIGN_REQUEST);
	add_string(&request, blob);
	add_string(&request, data);
	add_u32(&request, 0);
	if (converse(fd, &request, &answer) || answer.s[0] != SIGN_RESPONSE)
		return -1;
	struct hk_str rest = { answer.s + 1, answer.len - 1 };
	/* libssh2 writes the method itself and wants what stands behind it */
	if (!hk_ssh_take_string(&rest, &whole) || !hk_ssh_take_string(&whole, &method) || !hk_ssh_take_string(&whole, &inner))
		return -1;
	*signature = malloc(inner.n ? inner.n : 1);
	if (!*signature)
		return -1;
	memcpy(*signature, inner.s, inner.n);
	*length = inner.n;
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A real sshd on a loopback port, with keys of its own in a directory of its own. */
#ifndef HK_TESTS_UNIT_NET_SSHD_H
#define HK_TESTS_UNIT_NET_SSHD_H

#include "net/ssh.h"
#include <stdbool.h>
#include <sys/types.h>

struct sshd {
	char directory[64];              /* user_ed25519, user_rsa, user_ecdsa, user_locked, known_hosts, host_* */
	uint16_t port;
	pid_t pid;
};

/* host_keys: of "ed25519 ecdsa rsa"; extra: more lines of its configuration. False, with a reason printed, when it cannot run here. */
bool sshd_start(struct sshd *sshd, const char *host_keys, const char *extra);
void sshd_stop(struct sshd *sshd);
/* Write a file of the directory, by printf. Returns its path (one of a few static buffers). */
const char *sshd_file(const struct sshd *sshd, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
const char *sshd_path(const struct sshd *sshd, const char *name);
/* The first two words of a public key file: type and base64. */
const char *sshd_public(const struct sshd *sshd, const char *name);

struct client {
	struct hk_net *net;
	struct hk_ssh_pool *pool;
	struct hk_arena arena;
	struct hk_ssh_target *target;
	struct hk_transport *transport;
};
extern const struct hk_net_system *client_system;      /* for the loops of clients; NULL: the real one */
/* config: text of an ssh configuration; may be NULL. The key user_ed25519 and the file known_hosts are used unless it says otherwise. */
void client_open(struct client *client, const struct sshd *sshd, const char *config, const char *agent);
void client_close(struct client *client);
/* Run a command to its end; release it. */
void client_run(struct client *client, struct hk_command *command, const char *line, const char *input);

#endif

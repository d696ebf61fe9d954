/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside of the SSH transport: connections, and channels on them. */
#ifndef HK_NET_SSH_INTERNAL_H
#define HK_NET_SSH_INTERNAL_H

#include "base/vec.h"
#include "net/known_hosts.h"
#include "net/resolve.h"
#include "net/ssh.h"
#include <libssh2.h>

enum hk_ssh_state { HK_SSH_IDLE, HK_SSH_QUEUED, HK_SSH_RESOLVING, HK_SSH_CONNECTING, HK_SSH_JUMPING, HK_SSH_HANDSHAKE, HK_SSH_AUTHENTICATING, HK_SSH_OPEN,
		    HK_SSH_PAUSED, HK_SSH_FAILED };

struct hk_ssh_channel;
struct hk_ssh_key {                      /* one way to prove who we are */
	bool of_agent;
	struct hk_str blob;              /* public key of the agent's */
	const char *name;                /* file, or the agent's comment */
	const char *public_file;         /* beside the file, with its public key; NULL: there is none that fits */
};

struct hk_ssh_connection {
	struct hk_ssh_pool *pool;
	struct hk_net *net;
	const struct hk_ssh_target *target;
	struct hk_task task;
	enum hk_ssh_state state;
	unsigned users;                  /* transports and channels of jumped connections that need it */
	bool holds_turn;                 /* counts against the per-host cap */
	unsigned attempts;
	int64_t deadline_us;             /* for being set up */
	struct hk_buf refusal;           /* what a server said instead of its banner */
	struct hk_err err;               /* why it failed */
	/* bytes below */
	int fd;
	struct hk_resolution *resolution;
	struct hk_net_address addresses[HK_RESOLVE_ROOM];
	int n_addresses, next_address;
	struct hk_ssh_connection *jump;  /* NULL: a socket */
	struct hk_stream *through;       /* channel of jump */
	bool dead;                       /* the session is being thrown away: no bytes any more */
	bool readable, got_bytes;        /* the descriptor may have more; something came since the channels were last told */
	unsigned alive_sent;
	/* the session */
	LIBSSH2_SESSION *session;
	const struct hk_known_host *known;         /* lines about the target; NULL before they are needed */
	struct hk_arena arena;
	HK_VEC(struct hk_ssh_key) keys;
	size_t key;                      /* being tried */
	bool listed;
	struct hk_buf refused;           /* why keys were not even tried, for the message */
	int agent_fd;
	/* what stands on it */
	HK_VEC(struct hk_ssh_channel *) channels;
	HK_VEC(LIBSSH2_CHANNEL *) closing;         /* nobody uses them any more, but the peer has not closed its side */
	bool closing_stuck;
	struct hk_ssh_channel *opener;   /* libssh2 opens one channel at a time */
	struct hk_ssh_channel *stuck;    /* its packet is half written; nobody else may write, and it only the same again */
};

enum hk_channel_kind { HK_CHANNEL_SUBSYSTEM, HK_CHANNEL_EXEC, HK_CHANNEL_TCP };
struct hk_ssh_channel {
	struct hk_stream stream;         /* first */
	struct hk_ssh_connection *connection;
	enum hk_channel_kind kind;
	char *what;                      /* subsystem, command line, or host */
	uint16_t port;
	LIBSSH2_CHANNEL *channel;        /* NULL until opened */
	bool started;                    /* its request was granted */
	bool requested;                  /* ... or at least may have reached the server */
	bool stuck_in_write;
};

struct hk_ssh_pool {
	struct hk_net *net;
	unsigned per_host;
	HK_VEC(struct hk_ssh_connection *) connections;
	HK_VEC(struct hk_ssh_known { char *path; struct hk_known_hosts *hosts; }) known;      /* sets of files by their joined names */
};

/* pool */
struct hk_ssh_connection *hk_ssh_connection_get(struct hk_ssh_pool *pool, const struct hk_ssh_target *target, bool shared);
void hk_ssh_connection_put(struct hk_ssh_connection *connection);
struct hk_known_hosts *hk_ssh_known_hosts(struct hk_ssh_pool *pool, const struct hk_ssh_target *target);
bool hk_ssh_take_turn(struct hk_ssh_connection *connection);
void hk_ssh_give_turn(struct hk_ssh_connection *connection);

/* connection */
void hk_ssh_begin(struct hk_ssh_connection *connection);
void hk_ssh_fail(struct hk_ssh_connection *connection, struct hk_err *err);
void hk_ssh_wake_channels(struct hk_ssh_connection *connection);
void hk_ssh_watch(struct hk_ssh_connection *connection);         /* tell the loop what to wait for */
void hk_ssh_reset(struct hk_ssh_connection *connection);         /* drop session and socket */
const char *hk_ssh_last_error(struct hk_ssh_connection *connection);
/* host key and methods; -1 with err. */
int hk_ssh_prefer_methods(struct hk_ssh_connection *connection, struct hk_err *err);
int hk_ssh_check_host_key(struct hk_ssh_connection *connection, struct hk_err *err);
bool hk_ssh_rsa_is_usable(void);
/* 1 done, 0 wait, -1 with err. */
int hk_ssh_authenticate(struct hk_ssh_connection *connection, struct hk_err *err);
void hk_ssh_auth_release(struct hk_ssh_connection *connection);

/* agent: a blocking conversation bounded by a time of its own, since libssh2 wants signatures at once */
int hk_ssh_agent_open(const char *path);
int hk_ssh_agent_list(int fd, struct hk_arena *arena, struct hk_ssh_key **keys, size_t *count);
int hk_ssh_agent_sign(int fd, struct hk_str blob, struct hk_str data, unsigned char **signature, size_t *length);      /* signature from malloc */
/* keys in files. has_public_file: "path.pub" holds the very public key that is inside of the file. */
struct hk_ssh_key_facts { bool there, readable, too_open, encrypted, has_public_file; enum hk_key_type type; };
void hk_ssh_key_look(const char *path, struct hk_ssh_key_facts *facts);
/* The public key of an IdentityFile ("path.pub"); false when there is none. */
bool hk_ssh_key_public(struct hk_arena *arena, const char *path, struct hk_str *blob);

/* channels */
struct hk_ssh_channel *hk_ssh_channel_new(struct hk_ssh_connection *connection, enum hk_channel_kind kind, const char *what, uint16_t port,
					  struct hk_task *user);
/* 1 when it is started, 0 wait, -1 with err. */
int hk_ssh_channel_start(struct hk_ssh_channel *channel, struct hk_err *err);
bool hk_ssh_close_more(struct hk_ssh_connection *connection);     /* false: wait before doing anything else */
ssize_t hk_ssh_channel_read(struct hk_ssh_channel *channel, int stream_id, void *bytes, size_t count, struct hk_err *err);
int hk_ssh_channel_end_input(struct hk_ssh_channel *channel);      /* 1 when the peer will see the end of file, 0 wait */
int hk_ssh_channel_await_close(struct hk_ssh_channel *channel);    /* after the end of both outputs: 1 the peer closed it, 0 wait, -1 broken */
void hk_ssh_run(struct hk_transport *transport, struct hk_command *command);
struct hk_ssh_run;
void hk_ssh_run_drop(struct hk_ssh_run *run);

struct hk_ssh_transport {
	struct hk_transport transport;
	char *peer;
	struct hk_ssh_pool *pool;
	const struct hk_ssh_target *target;
	struct hk_ssh_connection *connection;    /* NULL before the first use */
	HK_VEC(struct hk_ssh_run *) runs;
};
/* Connection that works or is being set up; a failed one is replaced. */
struct hk_ssh_connection *hk_ssh_transport_connection(struct hk_ssh_transport *transport);

#endif

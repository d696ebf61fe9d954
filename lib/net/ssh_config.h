/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The part of OpenSSH's client configuration (ssh_config(5)) that says how to reach a host: Host, HostName, Port, User, IdentityFile, IdentityAgent,
 * IdentitiesOnly, UserKnownHostsFile, GlobalKnownHostsFile, ProxyJump, ConnectTimeout, ServerAliveInterval, Include, and Match with all, host and originalhost.
 * As there, the first value of a keyword wins, and several IdentityFile lines add up. ProxyCommand, other Match lines and what else would lead to another place
 * are left out and told; RevokedHostKeys refuses the host. Nothing in the file can weaken the check of host keys.
 */
#ifndef HK_NET_SSH_CONFIG_H
#define HK_NET_SSH_CONFIG_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include <stdint.h>

#define HK_SSH_CONFIG_MAX ((size_t)1 << 20)
#define HK_SSH_MAX_JUMPS 8u

struct hk_ssh_environment {            /* what the process knows; NULL where it does not */
	const char *home, *user, *agent_socket;
};

struct hk_ssh_config;                  /* lines, in order */
/*
 * Never fails: what cannot be read as configuration is a warning ("line 3: ..."). name is for warnings. home: where "~/" and, with ".ssh", relative names of
 * included files are; NULL: no file is included, which is a warning.
 */
struct hk_ssh_config *hk_ssh_config_parse(struct hk_str text, const char *name, const char *home);
size_t hk_ssh_config_warning_count(const struct hk_ssh_config *config);
const char *hk_ssh_config_warning(const struct hk_ssh_config *config, size_t index);
void hk_ssh_config_free(struct hk_ssh_config *config);

/* How to reach one host. Everything lives in the arena it was made with. */
struct hk_ssh_target {
	const char *alias;             /* as it was asked for */
	const char *host;              /* name or address to connect to; also what known_hosts is asked for */
	uint16_t port;
	const char *user;
	const char **identity_files; size_t n_identity_files;      /* said by somebody; none: the usual names in ~/.ssh */
	bool identity_files_are_default;
	bool identities_only;          /* keys of the agent only when they are among identity_files */
	const char *agent_socket;      /* NULL: no agent */
	const char **known_hosts; size_t n_known_hosts;
	unsigned connect_timeout_s, alive_interval_s;
	struct hk_ssh_target *jump;    /* host to go through, which may itself have one; NULL: directly */
};

struct hk_ssh_wanted {                 /* what wins over the file; NULL and 0: not said */
	const char *host, *user, *identity_file, *known_hosts;
	uint16_t port, default_port;   /* default_port: when neither this nor the file says one; 0: 22 */
};
/* config may be NULL. -1 (HK_USAGE): a loop or too long a chain of jumps, a ProxyJump that cannot be read, no user. */
int hk_ssh_config_resolve(const struct hk_ssh_config *config, const struct hk_ssh_wanted *wanted, const struct hk_ssh_environment *environment,
			  struct hk_arena *arena, struct hk_ssh_target *target, struct hk_err *err);

/* OpenSSH's patterns: '*' and '?'. Case of ASCII letters does not matter. */
bool hk_ssh_pattern_matches(struct hk_str pattern, struct hk_str text);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SSH transports (libssh2) in the loop of net/loop.h. One connection for each transport; connections to jump hosts are shared and carry the others as
 * direct-tcpip channels.
 *
 * - Host keys are checked against known_hosts, always. There is no question and no way to switch it off.
 * - Keys come from the agent and from files; passwords are not asked for.
 * - Everything has a deadline: connecting (ConnectTimeout, or 30 s), authenticating, each answer of the agent; who uses a stream brings the rest. Silent peers
 * are found by keepalives.
 * - A server that takes no more logins at once (MaxStartups) closes the connection before its banner: at most 8 connections to one host are being set up at a
 * time, and a lost
 *   banner is tried again, six times, with growing pauses.
 * - libssh2 before 1.11 cannot use RSA keys with SHA-2, and current servers take nothing else; keys and servers that need it are told in one sentence.
 */
#ifndef HK_NET_SSH_H
#define HK_NET_SSH_H

#include "net/ssh_config.h"
#include "net/transport.h"

#define HK_SSH_PER_HOST 8u

struct hk_ssh_pool;
/* Connections share jump hosts, known_hosts files and the per-host caps through it. per_host 0: HK_SSH_PER_HOST. */
struct hk_ssh_pool *hk_ssh_pool_new(struct hk_net *net, unsigned per_host);
void hk_ssh_pool_free(struct hk_ssh_pool *pool);        /* after all its transports are closed */

/*
 * Contacts nobody before the first stream or command. target and what it points at are borrowed until the pool is freed, since connections to jump hosts are
 * shared.
 */
struct hk_transport *hk_ssh_transport(struct hk_ssh_pool *pool, const struct hk_ssh_target *target);

/* For `show`: what the connection is; "" before it is there. */
struct hk_ssh_facts { const char *banner, *host_key_type, *cipher; };
void hk_ssh_transport_facts(struct hk_transport *transport, struct hk_ssh_facts *facts);

const char *hk_libssh2_compiled(void);
const char *hk_libssh2_running(void);

#endif

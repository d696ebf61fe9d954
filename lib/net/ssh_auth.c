/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who we are: keys of the agent, then key files, each once. What is left out is said when nothing worked. */
#include "net/ssh_internal.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void leave_out(struct hk_ssh_connection *c, const char *name, const char *why)
{
	if (c->refused.len < 600)
		hk_buf_addf(&c->refused, "%s%s: %s", c->refused.len ? "; " : "", name, why);
}

/* Whether the key is that of an IdentityFile. */
static bool is_among(const struct hk_str *files, size_t n, struct hk_str blob)
{
	for (size_t i = 0; i < n; i++)
		if (hk_str_eq(files[i], blob))
			return true;
	return false;
}

static void list_agent(struct hk_ssh_connection *c)
{
	struct hk_ssh_key *keys = NULL;
	size_t count = 0, n_files = 0;
	if (!c->target->agent_socket)
		return;
	c->agent_fd = hk_ssh_agent_open(c->target->agent_socket);
	if (c->agent_fd < 0 || hk_ssh_agent_list(c->agent_fd, &c->arena, &keys, &count)) {
		leave_out(c, "agent", "does not answer");
		return;
	}
	struct hk_str *files = hk_arena_array(&c->arena, c->target->n_identity_files + 1, sizeof *files);
	for (size_t i = 0; i < c->target->n_identity_files; i++)
		n_files += hk_ssh_key_public(&c->arena, c->target->identity_files[i], &files[n_files]);
	/* the key that was asked for first: servers end the session after a few wrong ones */
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < count; i++) {
			bool among = is_among(files, n_files, keys[i].blob);
			if (among != (pass == 0) || (!among && c->target->identities_only))
				continue;
			if (hk_key_type_of(keys[i].blob) == HK_KEY_RSA)
				leave_out(c, keys[i].name, "RSA keys of an agent need signatures that libssh2 cannot ask for; use an ed25519 or ecdsa key");
			else
				hk_vec_push(&c->keys, keys[i]);
		}
}

static void list_files(struct hk_ssh_connection *c)
{
	for (size_t i = 0; i < c->target->n_identity_files; i++) {
		const char *path = c->target->identity_files[i];
		struct hk_ssh_key_facts facts;
		hk_ssh_key_look(path, &facts);
		if (!facts.there) {
			if (!c->target->identity_files_are_default)
				leave_out(c, path, "is not there");
		} else if (!facts.readable)
			leave_out(c, path, "cannot be read");
		else if (facts.too_open)
			leave_out(c, path, "others may read it (chmod 600)");
		else if (facts.encrypted)
			leave_out(c, path, "is encrypted; give it to an agent (ssh-add)");
		else if (facts.type == HK_KEY_RSA && !hk_ssh_rsa_is_usable())
			leave_out(c, path, "RSA keys need libssh2 1.11 or later; use an ed25519 or ecdsa key");
		else
			hk_vec_push(&c->keys, (struct hk_ssh_key){ .name = path,
								   .public_file = facts.has_public_file ? hk_arena_printf(&c->arena, "%s.pub", path) : NULL });
	}
}

static LIBSSH2_USERAUTH_PUBLICKEY_SIGN_FUNC(sign)
{
	const struct hk_ssh_connection *c = *abstract;
	(void)session;
	return hk_ssh_agent_sign(c->agent_fd, c->keys.v[c->key].blob, (struct hk_str){ (const char *)data, data_len }, sig, sig_len);
}

static int try_key(struct hk_ssh_connection *c)
{
	const struct hk_ssh_key *key = &c->keys.v[c->key];
	const char *user = c->target->user;
	void *self = c;
	if (key->of_agent)
		return libssh2_userauth_publickey(c->session, user, (const unsigned char *)key->blob.s, key->blob.n, sign, &self);
	/* without the public key libssh2 works it out by trying all formats that OpenSSL knows, and spends a third of a login on that */
	return libssh2_userauth_publickey_fromfile_ex(c->session, user, (unsigned)strlen(user), key->public_file, key->name, NULL);
}

static int nothing_worked(struct hk_ssh_connection *c, struct hk_err *err)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	for (size_t i = 0; i < c->keys.n && i < 6; i++)
		hk_buf_addf(&text, "%s%s", i ? ", " : " the server refused ", c->keys.v[i].name);
	if (c->refused.len)
		hk_buf_addf(&text, "%s left out: %s", text.len ? ";" : "", c->refused.s);
	return hk_err_set(err, HK_UNREACHABLE, "no key is accepted for user '%s':%s", c->target->user, text.len ? text.s : " there is no key and no agent");
}

int hk_ssh_authenticate(struct hk_ssh_connection *c, struct hk_err *err)
{
	if (!c->listed) {
		c->listed = true;
		list_agent(c);
		list_files(c);
	}
	if (libssh2_userauth_authenticated(c->session))
		return 1;
	while (c->key < c->keys.n) {
		int status = try_key(c);
		if (status == LIBSSH2_ERROR_EAGAIN)
			return 0;
		if (status == 0 && libssh2_userauth_authenticated(c->session))
			return 1;
		if (status == LIBSSH2_ERROR_SOCKET_DISCONNECT || status == LIBSSH2_ERROR_SOCKET_RECV || status == LIBSSH2_ERROR_SOCKET_SEND)
			return hk_err_set(err, HK_UNREACHABLE, "server ended the session while keys were tried: %s", hk_ssh_last_error(c));
		c->key++;
	}
	return nothing_worked(c, err);
}

void hk_ssh_auth_release(struct hk_ssh_connection *c)
{
	if (c->agent_fd >= 0)
		close(c->agent_fd);
	c->agent_fd = -1;
	hk_vec_release(&c->keys);
	hk_buf_release(&c->refused);
	c->key = 0;
	c->listed = false;
}

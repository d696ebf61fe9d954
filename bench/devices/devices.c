/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * NETCONF servers that cost next to nothing, so that the client is what is measured: devices DIRECTORY COUNT RTT_MS. One process, a thread for each session,
 * SSH by libssh, one leaf of configuration with candidate, confirmed commit and locks that are always granted. Writes DIRECTORY/far.yaml, known_hosts and
 * user_key, says "ready", and ends with its standard input, telling its own CPU time on standard error. No server for anything else: it has no timers, and
 * believes everybody.
 */
#include "relay.h"
#include <libssh/callbacks.h>
#include <libssh/server.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define END "]]>]]>"
#define NAMESPACE "urn:example:hk-wan"
#define HELLO "<hello xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><capabilities><capability>urn:ietf:params:netconf:base:1.0</capability>" \
	"<capability>urn:ietf:params:netconf:capability:candidate:1.0</capability><capability>urn:ietf:params:netconf:capability:confirmed-commit:1.1</capability>" \
	"<capability>" NAMESPACE "?module=hk-wan</capability></capabilities><session-id>%zu</session-id></hello>" END
#define STACK ((size_t)256 << 10)
#define VALUE 24

struct device { char running[VALUE], candidate[VALUE], before[VALUE]; unsigned port; };
struct session { struct device *device; ssh_session ssh; ssh_channel channel; char *text; size_t count, room; bool subsystem, over; size_t number; };

static struct device *devices;
static ssh_bind server;

/* ---- NETCONF ---- */

static void send_text(struct session *s, const char *text)
{
	ssh_channel_write(s->channel, text, (uint32_t)strlen(text));
}

/* The digits behind a tag <...bandwidth ...>. */
static void take_edit(struct device *device, const char *text)
{
	const char *tag = strstr(text, "bandwidth"), *value = tag ? strchr(tag, '>') : NULL;
	size_t n = value ? strspn(value + 1, "0123456789") : 0;

	if (n && n < VALUE)
		snprintf(device->candidate, VALUE, "%.*s", (int)n, value + 1);
}

static void answer(struct session *s, const char *text)
{
	struct device *d = s->device;
	const char *id = strstr(text, "message-id="), *body = "<ok/>";
	size_t n = id ? strcspn(id + 12, "\"'") : 0;
	char data[512], reply[1024];

	if (strstr(text, "edit-config"))
		take_edit(d, text);
	else if (strstr(text, "get-config")) {
		snprintf(data, sizeof data,
			 "<data><links xmlns=\"" NAMESPACE "\"><link><name>edge--cloud</name><bandwidth>%s</bandwidth></link></links></data>",
			 strstr(text, "candidate") ? d->candidate : d->running);
		body = data;
	} else if (strstr(text, "cancel-commit"))
		memcpy(d->running, d->before, VALUE);
	else if (strstr(text, "discard-changes"))
		memcpy(d->candidate, d->running, VALUE);
	else if (strstr(text, "commit")) {
		if (strcmp(d->running, d->candidate) != 0)
			memcpy(d->before, d->running, VALUE);
		memcpy(d->running, d->candidate, VALUE);
	} else if (strstr(text, "close-session"))
		s->over = true;
	else if (!strstr(text, "lock"))
		body = "<rpc-error><error-type>protocol</error-type><error-tag>operation-not-supported</error-tag><error-severity>error</error-severity></rpc-error>";
	snprintf(reply, sizeof reply, "<rpc-reply xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\" message-id=\"%.*s\">%s</rpc-reply>" END, (int)n,
		 n ? id + 12 : "", body);
	send_text(s, reply);
}

static void take_messages(struct session *s)
{
	char *at = s->text, *end;

	while (!s->over && (end = strstr(at, END)) != NULL) {
		*end = '\0';
		if (strstr(at, "rpc"))
			answer(s, at);
		at = end + strlen(END);
	}
	s->count -= (size_t)(at - s->text);
	memmove(s->text, at, s->count + 1);
}

/* ---- SSH ---- */

static int on_data(ssh_session ssh, ssh_channel channel, void *data, uint32_t count, int is_stderr, void *closure)
{
	struct session *s = closure;

	(void)ssh;
	(void)channel;
	(void)is_stderr;
	if (s->count + count + 1 > s->room) {
		s->room = 2 * (s->count + count + 1);
		s->text = realloc(s->text, s->room);
		if (!s->text)
			abort();
	}
	memcpy(s->text + s->count, data, count);
	s->count += count;
	s->text[s->count] = '\0';
	if (s->subsystem)
		take_messages(s);
	return (int)count;
}

static void on_eof(ssh_session ssh, ssh_channel channel, void *closure)
{
	(void)ssh;
	(void)channel;
	((struct session *)closure)->over = true;
}

static int on_subsystem(ssh_session ssh, ssh_channel channel, const char *name, void *closure)
{
	struct session *s = closure;

	(void)ssh;
	(void)channel;
	s->subsystem = strcmp(name, "netconf") == 0;
	return s->subsystem ? 0 : 1;
}

static struct ssh_channel_callbacks_struct channel_callbacks = { .channel_data_function = on_data, .channel_eof_function = on_eof,
								 .channel_close_function = on_eof, .channel_subsystem_request_function = on_subsystem };

static int on_key(ssh_session ssh, const char *user, struct ssh_key_struct *key, char state, void *closure)
{
	(void)ssh;
	(void)user;
	(void)key;
	(void)closure;
	return state == SSH_PUBLICKEY_STATE_NONE || state == SSH_PUBLICKEY_STATE_VALID ? SSH_AUTH_SUCCESS : SSH_AUTH_DENIED;
}

static ssh_channel on_channel(ssh_session ssh, void *closure)
{
	struct session *s = closure;
	struct ssh_channel_callbacks_struct *callbacks = malloc(sizeof *callbacks);

	if (!callbacks)
		abort();
	s->channel = ssh_channel_new(ssh);
	*callbacks = channel_callbacks;
	callbacks->userdata = s;
	ssh_callbacks_init(callbacks);
	ssh_set_channel_callbacks(s->channel, callbacks);
	return s->channel;
}

static void *serve_session(void *closure)
{
	struct session *s = closure;
	struct ssh_server_callbacks_struct callbacks = { .userdata = s, .auth_pubkey_function = on_key, .channel_open_request_session_function = on_channel };
	ssh_event event = ssh_event_new();
	char hello[1024];
	bool greeted = false;

	ssh_callbacks_init(&callbacks);
	ssh_set_server_callbacks(s->ssh, &callbacks);
	ssh_set_auth_methods(s->ssh, SSH_AUTH_METHOD_PUBLICKEY);
	if (ssh_handle_key_exchange(s->ssh) == SSH_OK) {
		ssh_event_add_session(event, s->ssh);
		while (!s->over && ssh_event_dopoll(event, -1) != SSH_ERROR)
			if (s->subsystem && !greeted) {
				greeted = true;
				snprintf(hello, sizeof hello, HELLO, s->number);
				send_text(s, hello);
			}
	}
	ssh_disconnect(s->ssh);
	ssh_event_free(event);
	ssh_free(s->ssh);
	free(s->text);
	free(s);
	return NULL;
}

static void serve(size_t device, int fd)
{
	static size_t number;
	struct session *s = calloc(1, sizeof *s);
	pthread_attr_t attributes;
	pthread_t thread;

	if (!s)
		abort();
	s->device = &devices[device];
	s->number = ++number;
	s->ssh = ssh_new();
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	if (ssh_bind_accept_fd(server, s->ssh, fd) != SSH_OK || pthread_create(&thread, &attributes, serve_session, s) != 0)
		abort();
	pthread_attr_destroy(&attributes);
}

/* ---- files ---- */

static FILE *create(const char *directory, const char *name)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", directory, name);
	file = fopen(path, "w");
	if (!file)
		abort();
	return file;
}

static void make_keys(const char *directory, char **host_key)
{
	char host[4096], user[4096];
	ssh_key key;

	snprintf(host, sizeof host, "%s/host_key", directory);
	snprintf(user, sizeof user, "%s/user_key", directory);
	umask(077);
	if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) != SSH_OK || ssh_pki_export_privkey_file(key, NULL, NULL, NULL, user) != SSH_OK)
		abort();
	snprintf(user, sizeof user, "%s/user_key.pub", directory);
	if (ssh_pki_export_pubkey_file(key, user) != SSH_OK)
		abort();
	ssh_key_free(key);
	if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) != SSH_OK || ssh_pki_export_privkey_file(key, NULL, NULL, NULL, host) != SSH_OK ||
	    ssh_pki_export_pubkey_base64(key, host_key) != SSH_OK)
		abort();
	ssh_key_free(key);
	server = ssh_bind_new();
	ssh_bind_options_set(server, SSH_BIND_OPTIONS_HOSTKEY, host);
}

static void write_documents(const char *directory, size_t count, const char *host_key)
{
	FILE *topology = create(directory, "far.yaml"), *known = create(directory, "known_hosts");

	fputs("apiVersion: hkctl.dev/v1alpha1\nkind: Topology\nmetadata: {name: farm}\nspec:\n  clusters: [{name: edge, tier: edge}, {name: cloud, tier: cloud}]\n  controllers:\n",
	      topology);
	for (size_t i = 0; i < count; i++) {
		fprintf(topology, "  - {name: dev-%zu, protocol: netconf, models: {wan: '" NAMESPACE "'}, ssh: {host: 127.0.0.1, port: %u, user: bench, identityFile: %s/user_key, knownHosts: %s/known_hosts}}\n",
			i, devices[i].port, directory, directory);
		fprintf(known, "[127.0.0.1]:%u ssh-ed25519 %s\n", devices[i].port, host_key);
	}
	fclose(topology);
	fclose(known);
}

int main(int argc, char **argv)
{
	size_t count = argc == 4 ? (size_t)strtoul(argv[2], NULL, 10) : 0;
	struct relay *relay;
	struct rlimit files;
	struct rusage usage;
	char *host_key;

	if (!count) {
		fputs("usage: devices DIRECTORY COUNT RTT_MS\n", stderr);
		return 2;
	}
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	ssh_init();
	make_keys(argv[1], &host_key);
	devices = calloc(count, sizeof *devices);
	relay = relay_new(strtod(argv[3], NULL), serve);
	for (size_t i = 0; i < count; i++) {
		devices[i] = (struct device){ .running = "1", .candidate = "1", .before = "1", .port = relay_listen(relay, i) };
		if (!devices[i].port)
			abort();
	}
	write_documents(argv[1], count, host_key);
	puts("ready");
	fflush(stdout);
	relay_run(relay);
	getrusage(RUSAGE_SELF, &usage);
	fprintf(stderr, "devices: %.2f s of CPU\n", (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		(double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
	return 0;
}

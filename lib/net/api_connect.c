/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/api_connect.h"
#include "base/rng.h"
#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t clock_us(clockid_t clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t now_us(void *closure)
{
	const struct hk_api_connection *connection = closure;
	return clock_us(CLOCK_MONOTONIC) + connection->skipped_us;
}

static int sleep_us(void *closure, int64_t us)
{
	struct hk_api_connection *connection = closure;
	int64_t until = clock_us(CLOCK_MONOTONIC) + us, left;
	if (connection->replays) {
		connection->skipped_us += us;
		return connection->interrupted ? *connection->interrupted : 0;
	}
	while (!(connection->interrupted && *connection->interrupted) && (left = until - clock_us(CLOCK_MONOTONIC)) > 0) {
		struct timespec part = { left / 1000000, (long)(left % 1000000) * 1000 };
		if (nanosleep(&part, NULL) && errno != EINTR)
			break;
	}
	return connection->interrupted ? *connection->interrupted : 0;
}

const char *hk_api_base(const struct hk_api_entry *entry, struct hk_arena *arena)
{
	char *base = hk_arena_strdup(arena, entry->base_url);
	for (size_t end = strlen(base); end && base[end - 1] == '/'; end--)
		base[end - 1] = '\0';
	return base;
}

const char *hk_api_new_correlation(struct hk_arena *arena)
{
	struct hk_rng rng;
	hk_rng_seed(&rng, (uint64_t)clock_us(CLOCK_REALTIME) * 1000003u + (uint64_t)getpid());
	return hk_arena_printf(arena, "hkctl-%016llx", (unsigned long long)hk_rng_next(&rng));
}

static int open_http(struct hk_api_connection *connection, const struct hk_api_entry *entry, const struct hk_api_way *way, struct hk_err *err)
{
	struct hk_http_tls tls = { .insecure = way->insecure };
	struct hk_http plain = { NULL, NULL, NULL };
	if (way->replay)
		return hk_http_replay(&connection->http, way->replay, err);
	hk_api_entry_tls(entry, &connection->arena, &tls);
	if (hk_http_curl(&plain, &tls, way->interrupted, err))
		return -1;
	if (!way->record)
		connection->http = plain;
	else if (hk_http_record(&connection->http, &plain, way->record, &connection->secrets, err)) {
		hk_http_release(&plain);
		return -1;
	}
	return hk_http_curl(&connection->token_http, &tls, way->interrupted, err);
}

static int no_header(void *closure, bool renew, const char **value, struct hk_err *err)
{
	(void)closure, (void)renew, (void)err;
	*value = NULL;
	return 0;
}

int hk_api_connect(struct hk_api_connection *connection, const struct hk_api_entry *entry, const struct hk_api_adapter *adapter, const struct hk_api_way *way,
		   struct hk_api *api, struct hk_err *err)
{
	connection->interrupted = way->interrupted;
	connection->replays = way->replay != NULL;
	const struct hk_api_clock clock = { now_us, sleep_us, connection };
	const struct hk_api_surroundings surroundings = { way->variable, way->environment, &connection->token_http, clock, way->exchange_us,
							  now_us(connection) + way->all_us, way->interrupted,
							  &connection->secrets };
	if (open_http(connection, entry, way, err))
		return -1;
	if (!way->replay && !(connection->credentials = hk_api_credentials_new(entry, &surroundings, err)))
		return -1;
	*api = (struct hk_api){
		.name = entry->name, .base_url = hk_api_base(entry, &connection->arena), .adapter = adapter, .http = &connection->http,
		.auth = connection->credentials ? hk_api_credentials_auth(connection->credentials) : (struct hk_api_auth){ no_header, NULL },
		.clock = clock, .timeout_us = way->exchange_us, .deadline_us = surroundings.deadline_us,
		.correlation = way->replay ? "hkctl-replay" : way->correlation, .secrets = &connection->secrets,
	};
	return 0;
}

void hk_api_disconnect(struct hk_api_connection *connection)
{
	hk_api_credentials_free(connection->credentials);
	connection->credentials = NULL;
	hk_http_release(&connection->http);
	hk_http_release(&connection->token_http);
	hk_secrets_release(&connection->secrets);
	hk_arena_release(&connection->arena);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever the file says, a target has a host, a port, a user and a chain of jumps that ends. */
#include "net/ssh_config.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const struct hk_ssh_environment environment = { "/u", "u", "/agent" };
	const struct hk_ssh_wanted wanted = { .host = "host" };
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_ssh_target target;
	unsigned depth = 0;
	struct hk_ssh_config *config = hk_ssh_config_parse((struct hk_str){ (const char *)data, size }, "config", NULL);
	int status = hk_ssh_config_resolve(config, &wanted, &environment, &arena, &target, &err);
	if ((status == 0) != (err.status == HK_OK))
		abort();
	for (const struct hk_ssh_target *t = status ? NULL : &target; t; t = t->jump)
		if (!t->host || !t->port || !t->user || !*t->user || ++depth > 2 * HK_SSH_MAX_JUMPS + 1)
			abort();
	for (size_t i = 0; i < hk_ssh_config_warning_count(config); i++)
		if (!hk_ssh_config_warning(config, i))
			abort();
	hk_ssh_config_free(config);
	hk_arena_release(&arena);
	return 0;
}

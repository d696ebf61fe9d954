/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an executable provider may answer. A reply that is taken must be safe to ask. */
#include "check/reply.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const char *const names[] = { "destination", "source" };
	HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
	struct hk_arena arena = HK_ARENA_INIT;
	struct hk_check_rule rule;
	struct hk_reply reply;

	hk_check_rule_read(&rule, size % 3 ? "latency" : "colour", size % 3 ? "5ms" : "red", size % 3 ? "9ms" : NULL, &arena);
	if (hk_reply_read(&reply, (struct hk_str){ (const char *)data, size }, &rule, names, size % 2 + 1, &err) == 0) {
		const struct hk_answer *answer = hk_reply_find(&reply, HK_STR("b\na"));
		if (answer->given && (unsigned)answer->state >= HK_STATE_COUNT)
			abort();
		hk_reply_release(&reply);
	} else if (!err.message) {
		abort();
	}
	hk_arena_release(&arena);
	return 0;
}

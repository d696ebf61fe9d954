/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recordings come from strangers too. A line that is taken for the answer to a question is an answer with a status, and header fields within limits. */
#include "net/api_http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct hk_http_request requests[] = { { .method = "GET", .url = "https://op.example/v1/s" },
						    { .method = "POST", .url = "https://op.example/v1/s", .body = HK_STR("{\"a\":1}") } };
	struct hk_str rest = { (const char *)data, size };
	while (rest.n) {
		struct hk_str line = hk_str_cut(&rest, '\n');
		for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
			HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;
			struct hk_http_reply reply = HK_HTTP_REPLY_INIT;
			if (hk_http_recorded("a line", line, &requests[i], &reply, &err) == 0 &&
			    (reply.status < 100 || reply.status > 599 || reply.headers.list.n > HK_HTTP_HEADERS_MAX))
				__builtin_trap();
			(void)hk_http_retry_after(&reply.headers);
			hk_http_reply_release(&reply);
		}
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Until when what a link offers can be bought. What is over is taken out of the model, so that no one who reads it can buy it. */
#include "base/time.h"
#include "model/links.h"

/* Newest observation of all metrics documents; 0 without one. */
static double newest_observation(struct hk_build *b)
{
	const struct hk_document *document;
	double newest = 0;

	for (size_t i = 0; (document = hk_next_document(b, HK_KIND_METRICS, &i)); ) {
		const struct hk_node *when = hk_node_get(hk_document_spec(document), "observedAt");
		double at;

		if (when && when->kind == HK_SCALAR && hk_time_parse_moment(when->text, &at) && at > newest)
			newest = at;
	}
	return newest;
}

void hk_build_now(struct hk_build *b)
{
	b->model->now = b->workspace->now > 0 ? b->workspace->now : newest_observation(b);
}

static void note_over(struct hk_build *b, const struct hk_node *expires)
{
	HK_AUTO_BUF struct hk_buf now = HK_BUF_INIT;

	hk_time_print(b->model->now, &now);
	hk_diag_help(b->diags, hk_node_diag(b->diags, b->doc, expires, HK0418, "the offer ended at %s and it is %s: nothing is bought of it", expires->text.s,
					    now.s),
		     "ask the controller's operator for a new offer, or take 'adjustable' out");
}

void hk_read_expiry(struct hk_build *b, const struct hk_node *adjustable, struct hk_link *link)
{
	const struct hk_node *expires = hk_node_get(adjustable, "expires");

	if (!expires || expires->kind != HK_SCALAR)
		return;
	if (!hk_node_get(adjustable, "bandwidth") && !hk_node_get(adjustable, "latency"))
		hk_diag_help(b->diags, hk_node_diag(b->diags, b->doc, adjustable, HK0414, "the offer has an end, and nothing that could be bought until then"),
			     "add 'bandwidth' or 'latency'");
	b->model->offers_end = true;
	if (!hk_time_parse_moment(expires->text, &link->expires)) {
		hk_diag_help(b->diags, hk_node_diag(b->diags, b->doc, expires, HK0201, "'%s' is no moment of the calendar between 1970 and 9999",
						    expires->text.s),
			     "write it with its zone, for example 2026-01-31T12:00:00Z or 2026-01-31T13:00:00+01:00");
		return;
	}
	if (!(b->model->now > 0)) {
		if (!b->end_not_compared)
			hk_diag_help(b->diags, hk_node_diag(b->diags, b->doc, expires, HK0419,
							    "the offer ends at %s, and nothing says what time it is: it counts as open", expires->text.s),
				     "say --now (the clock) or --at TIME, or give metrics with observedAt; 'hkctl apply' compares with the clock in any case");
		b->end_not_compared = true;
		return;
	}
	link->over = b->model->now >= link->expires;
	if (!link->over)
		return;
	link->adjustable_bandwidth = link->adjustable_latency = false;
	note_over(b, expires);
}

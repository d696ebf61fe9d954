/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is bought from the network, as plans and documents of kind NetworkChanges have it. */
#include "plan/format.h"
#include "base/time.h"
#include <math.h>

static void put_text(struct hk_emitter *out, const char *key, const char *text)
{
	hk_emit_key(out, key);
	hk_emit_str(out, text);
}

static void put_number(struct hk_emitter *out, const char *key, double value)
{
	hk_emit_key(out, key);
	hk_emit_num(out, value);
}

static void put_change(struct hk_emitter *out, const char *key, double before, double after)
{
	if (!isfinite(before))
		return;
	hk_emit_key(out, key);
	hk_emit_map(out, true);
	put_number(out, "from", before);
	put_number(out, "to", after);
	hk_emit_end(out);
}

void hk_plan_put_time(struct hk_emitter *out, const char *key, double seconds)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;

	if (seconds > 0)
		hk_time_print(seconds, &text);
	if (text.len)
		put_text(out, key, text.s);
}

/* Only where something is bought: most plans have none. */
void hk_plan_put_network_changes(struct hk_emitter *out, const struct hk_plan *plan)
{
	if (plan->n_network_changes == 0)
		return;
	hk_emit_key(out, "networkChanges");
	hk_emit_seq(out, false);
	for (size_t i = 0; i < plan->n_network_changes; i++) {
		const struct hk_plan_network_change *change = &plan->network_changes[i];

		hk_emit_map(out, false);
		put_text(out, "from", change->from);
		put_text(out, "to", change->to);
		if (change->parallel > 0) {
			hk_emit_key(out, "parallel");
			hk_emit_int(out, change->parallel);
		}
		if (change->controller)
			put_text(out, "controller", change->controller);
		put_change(out, "bandwidth", change->bandwidth_before, change->bandwidth_after);
		put_change(out, "latency", change->latency_before, change->latency_after);
		if (isfinite(change->price))
			put_number(out, "price", change->price);
		hk_plan_put_time(out, "expires", change->expires);
		hk_emit_key(out, "why");
		hk_emit_seq(out, change->n_why == 0);
		for (size_t k = 0; k < change->n_why; k++)
			hk_emit_str(out, change->why[k]);
		hk_emit_end(out);
		hk_emit_end(out);
	}
	hk_emit_end(out);
}

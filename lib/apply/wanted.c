/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "apply/wanted.h"
#include "apply/quantity.h"
#include "model/units.h"
#include <math.h>
#include <stdlib.h>

/* What names may consist of where they enter an object: nothing that quotes, separates or ends anything in any dialect. */
#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/-"

static struct hk_wanted_device *device_of(struct hk_wanted *wanted, const struct hk_controller *controller)
{
	size_t at = 0;

	while (at < wanted->devices.n && strcmp(wanted->devices.v[at].controller->name, controller->name) < 0)
		at++;
	if (at < wanted->devices.n && wanted->devices.v[at].controller == controller)
		return &wanted->devices.v[at];
	hk_vec_add(&wanted->devices);
	memmove(wanted->devices.v + at + 1, wanted->devices.v + at, (wanted->devices.n - 1 - at) * sizeof *wanted->devices.v);
	wanted->devices.v[at] = (struct hk_wanted_device){ .controller = controller };
	return &wanted->devices.v[at];
}

/* False when another value is wanted for the same object already. */
static bool want(struct hk_wanted *wanted, const struct hk_controller *controller, const struct hk_wanted_setting *setting)
{
	struct hk_wanted_device *device = device_of(wanted, controller);

	size_t at = hk_map_put(&device->index, hk_str_of(setting->setting.object), device->settings.n);

	if (at != HK_MAP_NONE) {
		struct hk_wanted_setting *there = &device->settings.v[at];

		/* bought twice: both offers have to be open */
		if (setting->expires > 0 && !(there->expires > 0 && there->expires <= setting->expires))
			there->expires = setting->expires;
		return hk_setting_same(there->setting.value, setting->setting.value);
	}
	hk_vec_push(&device->settings, *setting);
	return true;
}

/* ---- a plan ---- */

struct link_change {
	const struct hk_plan_network_change *change;
	const struct hk_controller *controller;
	const struct hk_node *link;                 /* `link` of the controller */
	const char *why;
};

static const char *name_on(const struct link_change *c, const char *cluster)
{
	const char *name = hk_node_string(hk_node_get(hk_node_get(c->link, "names"), cluster));

	return name ? name : cluster;
}

static struct hk_diag *complain(const struct link_change *c, const struct hk_node *node, enum hk_rule_id rule, struct hk_diags *diags, const char *text)
{
	return hk_node_diag(diags, &c->controller->document->doc, node, rule, "controller '%s', link %s -> %s: %s", c->controller->name, c->change->from,
			    c->change->to, text);
}

/* The object with its slots filled in; NULL after a finding. */
static const char *fill_in(struct hk_wanted *wanted, const struct link_change *c, const struct hk_node *object, struct hk_diags *diags)
{
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;
	const char *parallel = hk_arena_printf(&wanted->arena, "%u", c->change->parallel);
	const struct { const char *mark, *name; } marks[] = { { "{from}", name_on(c, c->change->from) }, { "{to}", name_on(c, c->change->to) },
							      { "{parallel}", parallel } };

	for (const char *at = object->text.s; *at;) {
		size_t m = 0;

		while (m < HK_COUNT(marks) && strncmp(at, marks[m].mark, strlen(marks[m].mark)) != 0)
			m++;
		if (m == HK_COUNT(marks)) {
			if (*at == '{') {
				hk_diag_help(diags, complain(c, object, HK1313, diags, "an unknown word stands in braces"),
					     "{from}, {to} and {parallel} are known");
				return NULL;
			}
			hk_buf_addch(&out, *at++);
			continue;
		}
		if (!*marks[m].name || strspn(marks[m].name, NAME_LETTERS) != strlen(marks[m].name)) {
			hk_diag_help(diags, complain(c, object, HK1313, diags, "a name has a letter that cannot stand in an object"),
				     "give the cluster a name for this controller under link.names: letters, digits and . _ : / -");
			return NULL;
		}
		hk_buf_addstr(&out, marks[m].name);
		at += strlen(marks[m].mark);
	}
	return hk_arena_slicedup(&wanted->arena, (struct hk_str){ out.s, out.len });
}

static enum hk_rounding rounding_of(const struct hk_node *value, bool rate)
{
	const char *word = hk_node_string(hk_node_get(value, "round"));

	if (!word)
		return rate ? HK_ROUND_UP : HK_ROUND_DOWN;
	return strcmp(word, "up") == 0 ? HK_ROUND_UP : strcmp(word, "down") == 0 ? HK_ROUND_DOWN : strcmp(word, "nearest") == 0 ? HK_ROUND_NEAREST
	    : HK_ROUND_EXACT;
}

/* True with the texts of the quantity before and after; false when there is nothing to write, or after a finding. */
static bool take_quantity(struct hk_wanted *wanted, const struct link_change *c, const struct hk_node *value, struct hk_wanted_setting *setting,
			  struct hk_diags *diags)
{
	HK_AUTO_BUF struct hk_buf before = HK_BUF_INIT, after = HK_BUF_INIT;
	bool rate = strcmp(hk_node_string(hk_node_get(value, "of")), "bandwidth") == 0, unit_rate;
	double was = rate ? c->change->bandwidth_before : c->change->latency_before, becomes = rate ? c->change->bandwidth_after : c->change->latency_after;
	double unit = hk_quantity_unit(hk_node_string(hk_node_get(value, "unit")), &unit_rate);
	int64_t decimals = 0;

	if (isnan(becomes))
		return false;
	if (unit_rate != rate) {
		hk_diag_help(diags, complain(c, hk_node_get(value, "unit"), HK1313, diags, "the unit is not one of this quantity"),
			     rate ? "bandwidth is written in bit/s, kbit/s, Mbit/s ..." :
			     "latency is written in s, ms, us, ns");
		return false;
	}
	hk_node_int(hk_node_get(value, "decimals"), &decimals);
	if (!hk_quantity_print(becomes, unit, (int)decimals, rounding_of(value, rate), &after) || (!rate && strcmp(after.s, "0") == 0)) {
		hk_diag_help(diags, complain(c, value, HK1314, diags, "the value cannot be written in this unit"),
			     "take a smaller unit, add 'decimals', or say how to 'round'");
		return false;
	}
	setting->setting.value = hk_arena_slicedup(&wanted->arena, (struct hk_str){ after.s, after.len });
	if (!isnan(was) && isfinite(was) && hk_quantity_print(was, unit, (int)decimals, rounding_of(value, rate), &before))
		setting->before = hk_arena_slicedup(&wanted->arena, (struct hk_str){ before.s, before.len });
	return true;
}

/* The text that gives enough and least of it; NULL after a finding. */
static const char *choose(const struct link_change *c, const struct hk_node *value, double wanted, bool rate, struct hk_diags *diags)
{
	const char *chosen = NULL;
	double best = 0;

	hk_for_each_item(item, hk_node_get(value, "choose")) {
		const struct hk_node *gives = hk_node_get(item, "gives");
		HK_AUTO_BUF struct hk_buf why = HK_BUF_INIT;
		double given;

		if (hk_unit_parse(rate ? HK_UNIT_BITRATE : HK_UNIT_DURATION, gives->text, &given, &why)) {
			complain(c, gives, HK1313, diags, why.s);
			return NULL;
		}
		bool enough = rate ? given >= wanted * (1 - 1e-9) : given <= wanted * (1 + 1e-9);
		if (enough && (!chosen || (rate ? given < best : given > best))) {
			chosen = hk_node_string(hk_node_get(item, "value"));
			best = given;
		}
	}
	if (!chosen) {
		HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
		hk_buf_addstr(&text, "nothing under 'choose' gives ");
		hk_unit_print(rate ? HK_UNIT_BITRATE : HK_UNIT_DURATION, wanted, &text);
		hk_diag_help(diags, complain(c, value, HK1314, diags, text.s),
			     "what can be bought of the link ('adjustable') and what there is to choose from have to agree");
	}
	return chosen;
}

/* True with the text of the quantity; false when there is nothing to write, or after a finding. */
static bool take_choice(const struct link_change *c, const struct hk_node *value, struct hk_wanted_setting *setting, struct hk_diags *diags)
{
	bool rate = strcmp(hk_node_string(hk_node_get(value, "of")), "bandwidth") == 0;
	double becomes = rate ? c->change->bandwidth_after : c->change->latency_after;

	setting->setting.value = isnan(becomes) ? NULL : choose(c, value, becomes, rate, diags);
	return setting->setting.value;
}

static bool take_value(struct hk_wanted *wanted, const struct link_change *c, const struct hk_node *value, struct hk_wanted_setting *setting,
		       struct hk_diags *diags)
{
	if (hk_node_get(value, "choose"))
		return take_choice(c, value, setting, diags);
	if (value->kind == HK_MAPPING)
		return take_quantity(wanted, c, value, setting, diags);
	setting->setting.value = hk_node_string(value);
	return setting->setting.value;
}

/* Whether a quantity that changes has a setting. */
static void note_covered(const struct hk_node *value, bool covered[2])
{
	const char *of = value->kind == HK_MAPPING ? hk_node_string(hk_node_get(value, "of")) : NULL;

	if (of)
		covered[strcmp(of, "latency") == 0] = true;
}

static void add_link(struct hk_wanted *wanted, const struct link_change *c, struct hk_diags *diags)
{
	bool covered[2] = { false, false };

	hk_for_each_item(item, hk_node_get(c->link, "settings")) {
		const struct hk_node *object = hk_node_get(item, "object"), *value = hk_node_get(item, "value");
		struct hk_wanted_setting setting = { .why = c->why, .expires = c->change->expires, .document = c->controller->document, .node = item };

		note_covered(value, covered);
		if (!take_value(wanted, c, value, &setting, diags))
			continue;
		setting.setting.object = fill_in(wanted, c, object, diags);
		if (setting.setting.object && !want(wanted, c->controller, &setting))
			hk_diag_help(diags, complain(c, object, HK1315, diags, "this object is set to something else by another link"),
				     "tell links apart with {from}, {to} and {parallel}");
	}
	if (!isnan(c->change->bandwidth_after) && !covered[0])
		complain(c, c->controller->node, HK1312, diags, "its bandwidth is to change, and link.settings has no value 'of: bandwidth'");
	if (!isnan(c->change->latency_after) && !covered[1])
		complain(c, c->controller->node, HK1312, diags, "its latency is to change, and link.settings has no value 'of: latency'");
}

static void say_quantity(struct hk_buf *out, const char *name, enum hk_unit unit, double before, double after)
{
	if (isnan(after))
		return;
	hk_buf_addf(out, "%s%s ", out->s[out->len - 1] == ':' ? " " : ", ", name);
	hk_unit_print(unit, before, out);
	hk_buf_addstr(out, " -> ");
	hk_unit_print(unit, after, out);
}

static const char *reason(struct hk_wanted *wanted, const struct hk_plan_network_change *change)
{
	HK_AUTO_BUF struct hk_buf out = HK_BUF_INIT;

	hk_buf_addf(&out, "%s -> %s:", change->from, change->to);
	say_quantity(&out, "bandwidth", HK_UNIT_BITRATE, change->bandwidth_before, change->bandwidth_after);
	say_quantity(&out, "latency", HK_UNIT_DURATION, change->latency_before, change->latency_after);
	if (change->n_why)
		hk_buf_addf(&out, "; %s", change->why[0]);
	return hk_arena_slicedup(&wanted->arena, (struct hk_str){ out.s, out.len });
}

void hk_wanted_add_plan(struct hk_wanted *wanted, const struct hk_plan *plan, const struct hk_controllers *controllers, struct hk_diags *diags)
{
	for (size_t i = 0; i < plan->n_network_changes; i++) {
		const struct hk_plan_network_change *change = &plan->network_changes[i];
		struct link_change c = { .change = change };
		struct hk_diag *diag;

		c.controller = change->controller ? hk_controllers_find(controllers, change->controller) : NULL;
		if (!c.controller) {
			diag = change->controller ? hk_diag_add(diags, HK1311, NULL,
								"the plan changes link %s -> %s, and its controller '%s' is not among the documents",
								change->from, change->to, change->controller) :
						    hk_diag_add(diags, HK1310, NULL, "the plan changes link %s -> %s, which names no controller", change->from,
								change->to);
			hk_diag_help(diags, diag,
				     change->controller ? "give the Topology with spec.controllers too"
				     : "add 'controller' to the link, and the controller to spec.controllers");
			continue;
		}
		c.link = hk_node_get(c.controller->node, "link");
		c.why = reason(wanted, change);
		if (!c.link) {
			hk_diag_help(diags, complain(&c, c.controller->node, HK1312, diags, "the controller does not say how links are written on it"),
				     "add link.settings to the controller");
			continue;
		}
		add_link(wanted, &c, diags);
	}
}

/* ---- documents ---- */

static void add_settings(struct hk_wanted *wanted, const struct hk_document *document, const struct hk_node *entry, const struct hk_controller *controller,
			 struct hk_diags *diags)
{
	hk_for_each_item(item, hk_node_get(entry, "settings")) {
		const struct hk_node *value = hk_node_get(item, "value"), *absent = hk_node_get(item, "absent"), *object = hk_node_get(item, "object");
		const struct hk_wanted_setting setting = { .setting = { object->text.s, absent ? NULL : hk_node_string(value) }, .document = document,
							   .node = item };

		if (!value == !absent)
			hk_diag_help(diags, hk_node_diag(diags, &document->doc, item, HK1316, "a setting needs one of 'value' and 'absent'"),
				     "write value: \"...\", or absent: true");
		else if (!want(wanted, controller, &setting))
			hk_node_diag(diags, &document->doc, item, HK1315, "object '%s' is to have another value as well", object->text.s);
	}
}

void hk_wanted_add_documents(struct hk_wanted *wanted, const struct hk_workspace *workspace, const struct hk_controllers *controllers, struct hk_diags *diags)
{
	for (size_t i = 0; i < workspace->n_documents; i++) {
		const struct hk_document *document = workspace->documents[i];

		if (document->kind != HK_KIND_NETWORK_CONFIGURATION || document->invalid)
			continue;
		hk_for_each_item(entry, hk_node_at(document->doc.root, "spec.controllers")) {
			const struct hk_node *name = hk_node_get(entry, "name");
			const struct hk_controller *controller = hk_controllers_find(controllers, name->text.s);

			if (controller)
				add_settings(wanted, document, entry, controller, diags);
			else
				hk_diag_help(diags, hk_node_diag(diags, &document->doc, name, HK1311, "there is no controller '%s'", name->text.s),
					     "controllers are listed under spec.controllers of a Topology");
		}
	}
}

static void check_device(const struct hk_wanted_device *device, const struct hk_dialect *dialect, struct hk_diags *diags)
{
	const struct hk_controller *controller = device->controller;
	struct hk_setting *settings = hk_calloc(device->settings.n + 1, sizeof *settings);

	for (size_t i = 0; i < device->settings.n; i++)
		settings[i] = device->settings.v[i].setting;
	for (size_t at = 0; at < device->settings.n; at++) {
		HK_AUTO_ERR struct hk_err err = HK_ERR_INIT;

		if (dialect->check(controller, settings, device->settings.n, &at, &err) != 0) {
			const struct hk_wanted_setting *wrong = at < device->settings.n ? &device->settings.v[at] : NULL;

			hk_node_diag(diags, wrong ? &wrong->document->doc : &controller->document->doc, wrong ? wrong->node : controller->node, HK1318,
				     "controller '%s': %s", controller->name, err.message);
		}
	}
	free(settings);
}

void hk_wanted_check(const struct hk_wanted *wanted, struct hk_diags *diags)
{
	for (size_t d = 0; d < wanted->devices.n; d++) {
		const struct hk_controller *controller = wanted->devices.v[d].controller;
		const struct hk_dialect *dialect = hk_dialect_find(controller->protocol);

		if (!dialect) {
			const struct hk_node *node = hk_node_get(controller->node, "protocol");

			hk_node_diag(diags, &controller->document->doc, node ? node : controller->node, HK1317,
				     "controller '%s' speaks '%s', which hkctl does not", controller->name, controller->protocol);
			continue;
		}
		check_device(&wanted->devices.v[d], dialect, diags);
	}
}

void hk_wanted_release(struct hk_wanted *wanted)
{
	for (size_t i = 0; i < wanted->devices.n; i++) {
		hk_vec_release(&wanted->devices.v[i].settings);
		hk_map_release(&wanted->devices.v[i].index);
	}
	hk_vec_release(&wanted->devices);
	hk_arena_release(&wanted->arena);
}

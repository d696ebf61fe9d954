/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "schema/rules.h"
#include <math.h>

bool hk_schema_is_decided(const struct hk_schema_check *check)
{
	return !check->diags && check->findings;
}

bool hk_schema_accepts(const struct hk_schema_place *place, const struct hk_doc *doc, const struct hk_node *node)
{
	struct hk_schema_check check = { .doc = doc };
	struct hk_schema_step root = { .about = place };

	hk_schema_apply(&check, place, node, &root);
	return check.findings == 0;
}

/* YAML 1.1 had more words for true and false, which many people still write. */
static const char *old_boolean(const struct hk_node *node)
{
	static const struct { const char *word, *means; } WORDS[] = {
		{ "yes", "true" }, { "on", "true" }, { "y", "true" }, { "no", "false" }, { "off", "false" }, { "n", "false" },
	};

	for (size_t i = 0; i < HK_COUNT(WORDS); i++)
		if (node->kind == HK_SCALAR && node->style == HK_PLAIN && hk_str_distance(node->text, hk_str_of(WORDS[i].word), 0) == 0)
			return WORDS[i].means;
	return NULL;
}

/* The value as it would be with quotes instead of without, or the other way round, when that is of the right type. */
static bool other_quotes(struct hk_schema_check *check, const struct hk_schema_place *place, const struct hk_node *node, struct hk_buf *text)
{
	struct hk_node other = *node;
	bool plain = node->style == HK_PLAIN;

	if (node->kind != HK_SCALAR || node->tagged || node->text.n == 0 || node->style == HK_LITERAL || node->style == HK_FOLDED)
		return false;
	/* where a number would do as well, true or .nan in quotes is most likely not what was meant; null nowhere is */
	if (plain && (place->types != HK_SCHEMA_STRING || hk_node_is_null(node)))
		return false;
	other.style = plain ? HK_DOUBLE_QUOTED : HK_PLAIN;
	if (!hk_schema_accepts(place, check->doc, &other))
		return false;
	hk_buf_addf(text, plain ? "\"%s\"" : "%s", node->text.s);
	return true;
}

static void help_with_type(struct hk_schema_check *check, struct hk_diag *diag, const struct hk_schema_place *place, const struct hk_node *node,
			   const struct hk_schema_step *step)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	const char *boolean = place->types == HK_SCHEMA_BOOLEAN ? old_boolean(node) : NULL;

	if (boolean) {
		hk_diag_help(check->diags, diag, "write %s; other words for it are texts in YAML 1.2", boolean);
		hk_schema_fix_bytes(check, diag, node, boolean);
	} else if (other_quotes(check, place, node, &text)) {
		hk_diag_help(check->diags, diag, node->style == HK_PLAIN ? "write it in quotes: %s" : "write it without quotes: %s", text.s);
		hk_schema_fix_bytes(check, diag, node, text.s);
	} else if (hk_node_is_null(node) && step->key) {
		hk_schema_explain_more(check, diag, place, step, "Give a value or remove the key.");
	} else {
		hk_schema_explain(check, diag, place, step);
	}
}

static void report_type(struct hk_schema_check *check, const struct hk_schema_place *place, const struct hk_node *node, const struct hk_schema_step *step)
{
	HK_AUTO_BUF struct hk_buf wanted = HK_BUF_INIT, found = HK_BUF_INIT;
	if (check->diags) {
		hk_schema_add_types(&wanted, place->types);
		hk_schema_add_found(&found, node);
	}
	struct hk_diag *diag = hk_schema_find(check, HK0103, node, step, "expected %s, found %s", wanted.s, found.s);
	if (diag)
		help_with_type(check, diag, place, node, step);
}

/* The allowed text that is nearest, in *certain whether it must be meant; NULL when none is near. */
static const char *nearest_value(const struct hk_node *allowed, const struct hk_node *node, bool *certain)
{
	HK_VEC(const char *) texts = { 0 };
	const char *nearest = NULL;

	if (node->kind == HK_SCALAR) {
		hk_for_each_item(item, allowed)
			if (hk_schema_type(item) == HK_SCHEMA_STRING)
				hk_vec_push(&texts, item->text.s);
		nearest = hk_schema_nearest(node->text, texts.v, texts.n, certain);
	}
	hk_vec_release(&texts);
	return nearest;
}

static void report_enum(struct hk_schema_check *check, const struct hk_schema_place *place, const struct hk_node *node, const struct hk_schema_step *step)
{
	HK_AUTO_BUF struct hk_buf found = HK_BUF_INIT, values = HK_BUF_INIT;
	bool certain = false;

	if (check->diags) {
		hk_schema_add_found(&found, node);
		hk_schema_add_values(&values, place->enumeration);
	}
	struct hk_diag *diag = hk_schema_find(check, HK0104, node, step, "expected one of %s, found %s", values.s, found.s);
	if (!diag)
		return;
	const char *nearest = nearest_value(place->enumeration, node, &certain);
	if (nearest)
		hk_diag_help(check->diags, diag, "did you mean '%s'?", nearest);
	else
		hk_schema_explain(check, diag, place, step);
	if (nearest && certain)
		hk_schema_fix_text(check, diag, node, nearest);
}

static void check_enum(struct hk_schema_check *check, const struct hk_schema_place *place, const struct hk_node *node, const struct hk_schema_step *step)
{
	hk_for_each_item(item, place->enumeration)
		if (hk_schema_equal(item, node))
			return;
	report_enum(check, place, node, step);
}

static void check_const(struct hk_schema_check *check, const struct hk_schema_place *place, const struct hk_node *node, const struct hk_schema_step *step)
{
	HK_AUTO_BUF struct hk_buf found = HK_BUF_INIT, wanted = HK_BUF_INIT;

	if (hk_schema_equal(place->constant, node))
		return;
	if (check->diags) {
		hk_schema_add_found(&found, node);
		hk_schema_add_example(&wanted, place->constant, false);
	}
	struct hk_diag *diag = hk_schema_find(check, HK0104, node, step, "expected %s, found %s", wanted.s, found.s);
	if (!diag)
		return;
	bool certain = false;
	if (node->kind == HK_SCALAR && place->constant->kind == HK_SCALAR &&
	    hk_schema_nearest(node->text, &place->constant->text.s, 1, &certain) && certain)
		hk_schema_fix_text(check, diag, node, place->constant->text.s);
	hk_schema_explain(check, diag, place, step);
}

static void report_length(struct hk_schema_check *check, const struct hk_schema_place *place, const struct hk_node *node, const struct hk_schema_step *step,
			  size_t length)
{
	const struct hk_schema_sizes *sizes = &place->length;
	struct hk_diag *diag;

	if (length == 0)
		diag = hk_schema_find(check, HK0107, node, step, "the text is empty");
	else if (sizes->has_max && length > sizes->max)
		diag = hk_schema_find(check, HK0107, node, step, "the text has %zu characters, at most %llu are allowed", length,
				      (unsigned long long)sizes->max);
	else
		diag = hk_schema_find(check, HK0107, node, step, "the text has %zu characters, at least %llu are needed", length,
				      (unsigned long long)sizes->min);
	hk_schema_explain(check, diag, place, step);
}

static void check_text(struct hk_schema_check *check, const struct hk_schema_place *place, const struct hk_node *node, const struct hk_schema_step *step)
{
	const struct hk_schema_sizes *sizes = &place->length;

	if (sizes->has_min || sizes->has_max) {
		size_t length = hk_schema_length(node->text);
		if ((sizes->has_min && length < sizes->min) || (sizes->has_max && length > sizes->max)) {
			report_length(check, place, node, step, length);
			return;
		}
	}
	if (!place->pattern || hk_pattern_matches(place->pattern, node->text))
		return;
	HK_AUTO_BUF struct hk_buf found = HK_BUF_INIT;
	const char *title = hk_schema_title(place);
	hk_schema_add_found(&found, node);
	hk_schema_explain(check, hk_schema_find(check, HK0105, node, step, "%s is not a valid %s", found.s, title ? title : "text"), place, step);
}

static int compare(const struct hk_node *a, const struct hk_node *b)
{
	int64_t x, y;
	double u = 0, v = 0;

	if (hk_node_int(a, &x) && hk_node_int(b, &y))
		return (x > y) - (x < y);
	hk_node_float(a, &u);
	hk_node_float(b, &v);
	return (u > v) - (u < v);
}

static void report_number(struct hk_schema_check *check, const struct hk_schema_place *place, const struct hk_node *node, const struct hk_schema_step *step,
			  const char *relation, const struct hk_node *bound)
{
	struct hk_diag *diag = hk_schema_find(check, HK0106, node, step, "%s is %s %s", node->text.s, relation, bound->text.s);

	hk_schema_explain(check, diag, place, step);
}

static void check_number(struct hk_schema_check *check, const struct hk_schema_place *place, const struct hk_node *node, const struct hk_schema_step *step)
{
	if (place->minimum && compare(node, place->minimum) < 0)
		report_number(check, place, node, step, "less than the least value allowed,", place->minimum);
	if (place->maximum && compare(node, place->maximum) > 0)
		report_number(check, place, node, step, "more than the largest value allowed,", place->maximum);
	if (place->exclusive_minimum && compare(node, place->exclusive_minimum) <= 0)
		report_number(check, place, node, step, "not above", place->exclusive_minimum);
	if (place->exclusive_maximum && compare(node, place->exclusive_maximum) >= 0)
		report_number(check, place, node, step, "not below", place->exclusive_maximum);
}

void hk_schema_apply(struct hk_schema_check *check, const struct hk_schema_place *place, const struct hk_node *node, const struct hk_schema_step *step)
{
	size_t before = check->findings;

	if (place->refuses) {
		hk_schema_find(check, HK0109, node, step, "nothing is allowed here");
		return;
	}
	unsigned type = hk_schema_type(node);
	if (place->types && !(place->types & type)) {
		report_type(check, place, node, step);
		return;
	}
	if (place->reference)
		hk_schema_apply(check, place->reference, node, step);
	if (hk_schema_is_decided(check))
		return;
	if (place->enumeration)
		check_enum(check, place, node, step);
	if (place->constant)
		check_const(check, place, node, step);
	if (node->kind == HK_MAPPING)
		hk_schema_check_mapping(check, place, node, step);
	else if (node->kind == HK_SEQUENCE)
		hk_schema_check_list(check, place, node, step);
	else if (type & HK_SCHEMA_NUMBER)
		check_number(check, place, node, step);
	else if (type == HK_SCHEMA_STRING)
		check_text(check, place, node, step);
	/* what is wrong in itself says little about how it goes together */
	if (check->findings == before)
		hk_schema_check_combinations(check, place, node, step);
}

size_t hk_schema_check(const struct hk_schema *schema, const struct hk_doc *doc, const struct hk_node *node, struct hk_diags *diags)
{
	struct hk_schema_check check = { .doc = doc, .diags = diags };
	struct hk_schema_step root = { .about = schema->root };

	hk_schema_apply(&check, schema->root, node, &root);
	return check.findings;
}

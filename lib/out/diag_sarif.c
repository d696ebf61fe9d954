/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Findings as SARIF 2.1.0 (OASIS standard, 27 March 2020), as code hosting sites and editors read them. */
#include "out/diag_back.h"
#include <string.h>

#define NO_RULE ((size_t)-1)

/* Rules that occur, in the order of the table; a result refers to its rule by index. */
struct rules {
	const struct hk_rule **v;
	size_t n;
};

static bool occurs(const struct hk_diags *diags, const struct hk_rule *rule)
{
	for (size_t i = 0; i < diags->list.n; i++)
		if (diags->list.v[i].rule->id == rule->id)
			return true;
	return false;
}

static void collect(const struct hk_diags *diags, struct rules *rules)
{
	HK_VEC(const struct hk_rule *) found = { 0 };
	const struct hk_rule *rule;

	for (size_t i = 0; (rule = hk_rule_at(i)) != NULL; i++)
		if (occurs(diags, rule))
			hk_vec_push(&found, rule);
	*rules = (struct rules){ found.v, found.n };
}

static size_t index_of(const struct rules *rules, const struct hk_rule *rule)
{
	for (size_t i = 0; i < rules->n; i++)
		if (rules->v[i]->id == rule->id)
			return i;
	return NO_RULE;
}

static void put_message(struct hk_ser *ser, const char *key, const char *text)
{
	hk_ser_key(ser, key);
	hk_ser_map(ser);
	hk_ser_kstr(ser, "text", text);
	hk_ser_end(ser);
}

static void put_rule(struct hk_ser *ser, const struct hk_rule *rule)
{
	hk_ser_map(ser);
	hk_ser_kstr(ser, "id", rule->code);
	hk_ser_kstr(ser, "name", rule->name);
	put_message(ser, "shortDescription", rule->description);
	hk_ser_key(ser, "defaultConfiguration");
	hk_ser_map(ser);
	hk_ser_kstr(ser, "level", hk_out_diag_severity(rule->severity));
	hk_ser_end(ser);
	hk_ser_end(ser);
}

/* A path as URI reference (RFC 3986): relative stays relative; ':' is escaped so that no part is taken for a scheme. */
static void put_artifact(struct hk_ser *ser, const char *file)
{
	HK_AUTO_BUF struct hk_buf uri = HK_BUF_INIT;

	if (file[0] == '/')
		hk_buf_addstr(&uri, "file://");
	if (strcmp(file, "<stdin>") == 0)
		file = "stdin";
	for (const unsigned char *s = (const unsigned char *)file; *s; s++) {
		if ((*s >= '0' && *s <= '9') || (*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z') || strchr("-._~/", *s))
			hk_buf_addch(&uri, (char)*s);
		else
			hk_buf_addf(&uri, "%%%02X", *s);
	}
	hk_ser_key(ser, "artifactLocation");
	hk_ser_map(ser);
	hk_ser_kstr(ser, "uri", uri.s);
	hk_ser_end(ser);
}

static void put_region(struct hk_ser *ser, const char *key, const struct hk_diag *diag)
{
	const struct hk_range *range = &diag->range;
	size_t start, end;

	hk_out_diag_columns(diag, &start, &end);
	hk_ser_key(ser, key);
	hk_ser_map(ser);
	hk_ser_kint(ser, "startLine", range->line);
	hk_ser_kint(ser, "startColumn", (int64_t)start);
	if (range->end_line >= range->line)
		hk_ser_kint(ser, "endLine", range->end_line);
	if (end)
		hk_ser_kint(ser, "endColumn", (int64_t)end);
	hk_ser_kint(ser, "byteOffset", range->start_byte);
	hk_ser_kint(ser, "byteLength", (int64_t)range->end_byte - range->start_byte);
	hk_ser_end(ser);
}

static void put_locations(struct hk_ser *ser, const struct hk_diag *diag)
{
	if (!diag->range.file)
		return;
	hk_ser_key(ser, "locations");
	hk_ser_seq(ser);
	hk_ser_map(ser);
	hk_ser_key(ser, "physicalLocation");
	hk_ser_map(ser);
	put_artifact(ser, diag->range.file);
	if (diag->range.line)
		put_region(ser, "region", diag);
	hk_ser_end(ser);
	hk_ser_end(ser);
	hk_ser_end(ser);
}

static void put_related(struct hk_ser *ser, const struct hk_diag *diag)
{
	struct hk_diag place = { .range = diag->related };

	if (!diag->related.file)
		return;
	hk_ser_key(ser, "relatedLocations");
	hk_ser_seq(ser);
	hk_ser_map(ser);
	hk_ser_kint(ser, "id", 1);
	put_message(ser, "message", diag->related_text);
	hk_ser_key(ser, "physicalLocation");
	hk_ser_map(ser);
	put_artifact(ser, diag->related.file);
	if (diag->related.line)
		put_region(ser, "region", &place);
	hk_ser_end(ser);
	hk_ser_end(ser);
	hk_ser_end(ser);
}

static void put_replacement(struct hk_ser *ser, const struct hk_diag *diag)
{
	hk_ser_map(ser);
	if (diag->fix_start == diag->range.start_byte && diag->fix_end == diag->range.end_byte && diag->range.line) {
		put_region(ser, "deletedRegion", diag);
	} else {
		hk_ser_key(ser, "deletedRegion");
		hk_ser_map(ser);
		hk_ser_kint(ser, "byteOffset", diag->fix_start);
		hk_ser_kint(ser, "byteLength", (int64_t)diag->fix_end - diag->fix_start);
		hk_ser_end(ser);
	}
	put_message(ser, "insertedContent", diag->fix_text);
	hk_ser_end(ser);
}

static void put_fixes(struct hk_ser *ser, const struct hk_diag *diag)
{
	if (!diag->has_fix || !diag->range.file)
		return;
	hk_ser_key(ser, "fixes");
	hk_ser_seq(ser);
	hk_ser_map(ser);
	put_message(ser, "description", diag->help ? diag->help : "Replace the text.");
	hk_ser_key(ser, "artifactChanges");
	hk_ser_seq(ser);
	hk_ser_map(ser);
	put_artifact(ser, diag->range.file);
	hk_ser_key(ser, "replacements");
	hk_ser_seq(ser);
	put_replacement(ser, diag);
	hk_ser_end(ser);
	hk_ser_end(ser);
	hk_ser_end(ser);
	hk_ser_end(ser);
	hk_ser_end(ser);
}

static void put_result(struct hk_ser *ser, const struct hk_diag *diag, const struct rules *rules)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;

	hk_buf_addstr(&text, diag->summary);
	if (diag->help)
		hk_buf_addf(&text, ". Help: %s", diag->help);
	hk_ser_map(ser);
	hk_ser_kstr(ser, "ruleId", diag->rule->code);
	hk_ser_kint(ser, "ruleIndex", (int64_t)index_of(rules, diag->rule));
	hk_ser_kstr(ser, "level", hk_out_diag_severity(diag->severity));
	put_message(ser, "message", text.s);
	put_locations(ser, diag);
	put_related(ser, diag);
	put_fixes(ser, diag);
	hk_ser_end(ser);
}

static void put_driver(struct hk_ser *ser, const struct rules *rules, const struct hk_out_diag_options *options)
{
	hk_ser_key(ser, "tool");
	hk_ser_map(ser);
	hk_ser_key(ser, "driver");
	hk_ser_map(ser);
	hk_ser_kstr(ser, "name", "hkctl");
	hk_ser_kstr(ser, "informationUri", "https://hkctl.dev");
	if (options->tool_version)
		hk_ser_kstr(ser, "version", options->tool_version);
	hk_ser_key(ser, "rules");
	hk_ser_seq(ser);
	for (size_t i = 0; i < rules->n; i++)
		put_rule(ser, rules->v[i]);
	hk_ser_end(ser);
	hk_ser_end(ser);
	hk_ser_end(ser);
}

void hk_out_diag_sarif(const struct hk_diags *diags, const struct hk_out_diag_options *options, struct hk_buf *out)
{
	struct hk_ser *ser = hk_ser_open(HK_SER_JSON, out);
	struct rules rules;

	collect(diags, &rules);
	hk_ser_map(ser);
	hk_ser_kstr(ser, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	hk_ser_kstr(ser, "version", "2.1.0");
	hk_ser_key(ser, "runs");
	hk_ser_seq(ser);
	hk_ser_map(ser);
	put_driver(ser, &rules, options);
	hk_ser_kstr(ser, "columnKind", "unicodeCodePoints");
	hk_ser_key(ser, "results");
	hk_ser_seq(ser);
	for (size_t i = 0; i < diags->list.n; i++)
		put_result(ser, &diags->list.v[i], &rules);
	hk_ser_end(ser);
	hk_ser_end(ser);
	hk_ser_end(ser);
	hk_ser_end(ser);
	hk_ser_close(ser, NULL);
	hk_cleanup_free(&rules.v);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* YAML with comments, for documents people go on writing; yaml/emit.h has no comments. */
#include "import/reading.h"
#include "model/sort.h"
#include "yaml/types.h"
#include <math.h>
#include <string.h>

void hk_write_text(struct hk_buf *out, const char *text)
{
	struct hk_str slice = hk_str_of(text);

	if (!slice.n || hk_yaml_needs_quotes(slice) || memchr(slice.s, ':', slice.n) || memchr(slice.s, '?', slice.n))
		hk_yaml_add_quoted(out, slice);
	else
		hk_buf_addslice(out, slice);
}

/* Comments are one line each: what would end one, or direct a terminal, is shown as an escape. */
static void add_remark(struct hk_buf *out, const char *text)
{
	hk_buf_addstr(out, "# ");
	hk_buf_addscrubbed(out, hk_str_of(text));
	hk_buf_addch(out, '\n');
}

void hk_write_comment(struct hk_buf *out, unsigned indent, const char *format, ...)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	va_list args;

	va_start(args, format);
	hk_buf_vaddf(&text, format, args);
	va_end(args);
	hk_buf_addchn(out, ' ', indent);
	add_remark(out, text.s);
}

void hk_write_note(struct hk_buf *out, const char *text)
{
	if (!text) {
		hk_buf_addch(out, '\n');
		return;
	}
	hk_buf_addstr(out, "   ");
	add_remark(out, text);
}

void hk_write_labels(struct hk_buf *out, const struct hk_labels *labels)
{
	hk_buf_addch(out, '{');
	for (size_t i = 0; i < labels->n; i++) {
		hk_buf_addstr(out, i ? ", " : "");
		hk_write_text(out, labels->v[i].key);
		hk_buf_addstr(out, ": ");
		hk_write_text(out, labels->v[i].value);
	}
	hk_buf_addch(out, '}');
}

static bool is_bytes(const char *resource)
{
	return strcmp(resource, "memory") == 0 || strcmp(resource, "ephemeral-storage") == 0 || strncmp(resource, "hugepages-", 10) == 0;
}

/* Within what a double holds exactly. */
#define MOST 9007199254740992.0

static void add_whole(struct hk_buf *out, const char *resource, double value)
{
	static const char *const suffixes[] = { "", "Ki", "Mi", "Gi", "Ti", "Pi" };
	size_t suffix = 0;

	while (is_bytes(resource) && value >= 1024 && fmod(value, 1024) == 0 && suffix + 1 < HK_COUNT(suffixes)) {
		value /= 1024;
		suffix++;
	}
	hk_buf_addf(out, "%.0f%s", value, suffixes[suffix]);
}

void hk_write_quantity(struct hk_buf *out, const char *resource, double value, bool up)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	double scale = strcmp(resource, "cpu") == 0 ? 1000 : 1, whole;

	value = value < 0 ? 0 : value > MOST ? MOST : value;
	/* sums of thousandths are not exact in binary: what is this near to a whole number is that number */
	whole = nearbyint(value * scale);
	if (fabs(value * scale - whole) > 1e-6 * (1 + fabs(whole)) * 1e-3)
		whole = up ? ceil(value * scale) : floor(value * scale);
	if (scale > 1 && fmod(whole, scale) != 0)
		hk_buf_addf(&text, "%.0fm", whole);
	else
		add_whole(&text, resource, whole / scale);
	hk_write_text(out, text.s);
}

void hk_write_amounts(struct hk_buf *out, const struct hk_amounts *amounts)
{
	struct hk_amount *sorted = hk_calloc(amounts->list.n + 1, sizeof *sorted);
	size_t n = 0;

	for (size_t i = 0; i < amounts->list.n; i++)
		if (hk_is_label_key(amounts->list.v[i].name))
			sorted[n++] = amounts->list.v[i];
	hk_sort(sorted, n, sizeof *sorted, hk_sort_by_text);
	hk_buf_addch(out, '{');
	for (size_t i = 0; i < n; i++) {
		hk_buf_addstr(out, i ? ", " : "");
		hk_write_text(out, sorted[i].name);
		hk_buf_addstr(out, ": ");
		hk_write_quantity(out, sorted[i].name, sorted[i].value, false);
	}
	hk_buf_addch(out, '}');
	hk_cleanup_free(&sorted);
}

void hk_write_duration(struct hk_buf *out, double seconds)
{
	static const struct { double unit; const char *name; } units[] = { { 1, "s" }, { 1e-3, "ms" }, { 1e-6, "us" }, { 1e-9, "ns" } };
	size_t i = 0;

	while (i + 1 < HK_COUNT(units) && seconds < units[i].unit)
		i++;
	if (seconds <= 0)
		i = 1;
	hk_buf_addround(out, seconds <= 0 ? 0 : seconds / units[i].unit, 12);
	hk_buf_addstr(out, units[i].name);
}

void hk_write_bitrate(struct hk_buf *out, double bps)
{
	static const struct { double unit; const char *name; } units[] = { { 1e9, "Gbps" }, { 1e6, "Mbps" }, { 1e3, "kbps" }, { 1, "bps" } };
	size_t i = 0;

	while (i + 1 < HK_COUNT(units) && (bps < units[i].unit || fmod(bps, units[i].unit) != 0))
		i++;
	hk_buf_addround(out, bps / units[i].unit, 15);
	hk_buf_addstr(out, units[i].name);
}

void hk_write_head(struct hk_buf *out, const char *kind, const char *name, const char *name_space)
{
	hk_buf_addf(out, "apiVersion: hkctl.dev/v1alpha1\nkind: %s\nmetadata:\n  name: ", kind);
	hk_write_text(out, name);
	if (name_space) {
		hk_buf_addstr(out, "\n  namespace: ");
		hk_write_text(out, name_space);
	}
	hk_buf_addstr(out, "\nspec:\n");
}

static void write_scalar(struct hk_buf *out, const struct hk_node *node)
{
	/* YAML 1.1 and 1.2 agree on these, or the reader has warned: texts stay texts */
	if (hk_node_type(node) == HK_TYPE_STRING)
		hk_write_text(out, node->text.s);
	else if (hk_node_is_null(node))
		hk_buf_addstr(out, "null");
	else
		hk_buf_addslice(out, node->text);
}

static void write_value(struct hk_buf *out, const struct hk_node *node, unsigned indent, bool in_list);

static void write_children(struct hk_buf *out, const struct hk_node *node, unsigned indent, bool in_list)
{
	bool first = in_list;

	hk_for_each_pair(key, node) {
		hk_buf_addchn(out, ' ', first ? 0 : indent);
		hk_write_text(out, key->text.s);
		hk_buf_addch(out, ':');
		write_value(out, key->next, key->next->kind == HK_SEQUENCE ? indent : indent + 2, false);
		first = false;
	}
	hk_for_each_item(item, node) {
		hk_buf_addchn(out, ' ', first ? 0 : indent);
		hk_buf_addch(out, '-');
		write_value(out, item, indent + 2, true);
		first = false;
	}
}

static void write_value(struct hk_buf *out, const struct hk_node *node, unsigned indent, bool in_list)
{
	if (node->kind == HK_SCALAR || !node->count) {
		hk_buf_addch(out, ' ');
		if (node->kind == HK_SCALAR)
			write_scalar(out, node);
		else
			hk_buf_addstr(out, node->kind == HK_MAPPING ? "{}" : "[]");
		hk_buf_addch(out, '\n');
		return;
	}
	hk_buf_addch(out, in_list ? ' ' : '\n');
	write_children(out, node, indent, in_list);
}

void hk_write_tree(struct hk_buf *out, const struct hk_node *node, unsigned indent)
{
	if (node->kind == HK_SCALAR || !node->count)
		write_value(out, node, indent, true);
	else
		write_children(out, node, indent, false);
}

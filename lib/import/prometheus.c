/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples become Metrics: by what --metric says of a name, else by what the name says of itself. */
#include "import/prometheus.h"
#include "base/time.h"
#include "model/sort.h"
#include <math.h>
#include <string.h>

enum quantity { NONE, LATENCY, RTT, JITTER, LOSS, BANDWIDTH, RATE, CAPACITY, SERVICE_TIME, AVAILABILITY, VALUE, UNKNOWN };

static const char *const quantities[] = { [NONE] = "none", [LATENCY] = "latency", [RTT] = "rtt", [JITTER] = "jitter", [LOSS] = "loss",
					  [BANDWIDTH] = "bandwidth", [RATE] = "rate", [CAPACITY] = "capacity", [SERVICE_TIME] = "service-time",
					  [AVAILABILITY] = "availability", [VALUE] = "value" };

/* A line of the document: sorted by section and key, its fields by quantity. */
enum section { PAIRS, INPUTS, WORKLOADS, CLUSTERS, VALUES, SECTIONS };
struct entry {
	const char *key;                        /* first member: for sorting */
	enum section section;
	enum quantity quantity;
	const char *first, *second, *name;      /* from and to; pipeline and input or workload; cluster; target */
	double value;
	bool shared;                            /* made of several samples */
};

struct metrics {
	struct hk_import *import;
	struct hk_samples samples;
	HK_VEC(struct entry) entries;
	struct hk_map keys, told;
	double latest;
};

static bool has(const char *name, const char *word)
{
	return strstr(name, word) != NULL;
}

static enum quantity guess(const char *name)
{
	static const struct { const char *word; enum quantity quantity; } words[] = {
		{ "jitter", JITTER }, { "rtt", RTT }, { "round_trip", RTT }, { "packet_loss", LOSS }, { "loss", LOSS }, { "bandwidth", BANDWIDTH },
		{ "throughput_b", BANDWIDTH },
		{ "service_time", SERVICE_TIME }, { "processing", SERVICE_TIME }, { "latency", LATENCY }, { "delay", LATENCY },
		{ "availability", AVAILABILITY }, { "capacity", CAPACITY },
		{ "per_second", RATE }, { "rate", RATE },
	};

	for (size_t i = 0; i < HK_COUNT(words); i++)
		if (has(name, words[i].word))
			return words[i].quantity;
	return UNKNOWN;
}

static enum quantity quantity_of(const struct hk_import *import, const char *name)
{
	for (size_t i = 0; i < import->options->n_metrics; i++) {
		if (strcmp(import->options->metrics[i].metric, name) != 0)
			continue;
		for (size_t q = 0; q < HK_COUNT(quantities); q++)
			if (strcmp(quantities[q], import->options->metrics[i].quantity) == 0)
				return (enum quantity)q;
	}
	return guess(name);
}

/* Base units, by the suffixes Prometheus asks names to have. */
static double factor(const char *name, enum quantity quantity)
{
	switch (quantity) {
	case LATENCY: case RTT: case JITTER: case SERVICE_TIME:
		if (has(name, "_ms") || has(name, "millisecond"))
			return 1e-3;
		if (has(name, "_us") || has(name, "microsecond"))
			return 1e-6;
		return has(name, "_ns") || has(name, "nanosecond") ? 1e-9 : 1;
	case BANDWIDTH:
		return has(name, "bytes") ? 8 : has(name, "gbps") ? 1e9 : has(name, "mbps") ? 1e6 : has(name, "kbps") ? 1e3 : 1;
	case LOSS: case AVAILABILITY:
		return has(name, "percent") ? 0.01 : 1;
	case NONE: case RATE: case CAPACITY: case VALUE: case UNKNOWN:
		break;
	}
	return 1;
}

/* One finding for each metric and reason. */
static void tell_once(struct metrics *m, const struct hk_sample *sample, enum hk_rule_id rule, const char *why)
{
	const char *line = hk_arena_printf(&m->import->arena, "metric '%s' %s", sample->name, why);

	if (hk_map_put(&m->told, hk_str_of(line), 0) == HK_MAP_NONE)
		hk_sample_diag(m->import, sample, rule, "%s", line);
}

static bool ends_of(const struct hk_sample *sample, const char **from, const char **to)
{
	static const char *const pairs[][2] = { { "from", "to" }, { "source_cluster", "destination_cluster" }, { "src_cluster", "dst_cluster" },
						{ "source", "destination" },
						{ "src", "dst" }, { "source", "target" } };

	for (size_t i = 0; i < HK_COUNT(pairs); i++) {
		*from = hk_labels_get(&sample->labels, pairs[i][0]);
		*to = hk_labels_get(&sample->labels, pairs[i][1]);
		if (*from && *to)
			return true;
	}
	return false;
}

static bool is_lower_better(enum quantity quantity)
{
	return quantity == LATENCY || quantity == JITTER || quantity == LOSS || quantity == SERVICE_TIME;
}

/* Several samples of one thing: rates add up, of other values the worse one counts. */
static void add_entry(struct metrics *m, const struct hk_sample *sample, struct entry entry)
{
	const char *key = hk_arena_printf(&m->import->arena, "%d\n%s\n%s\n%s\n%d", (int)entry.section, entry.first ? entry.first : "",
					  entry.second ? entry.second : "", entry.name ? entry.name : "", (int)entry.quantity);
	size_t known = hk_map_put(&m->keys, hk_str_of(key), m->entries.n);
	struct entry *old;

	if (known == HK_MAP_NONE) {
		entry.key = key;
		hk_vec_push(&m->entries, entry);
		return;
	}
	old = &m->entries.v[known];
	if (entry.quantity == RATE)
		old->value += entry.value;
	else if (is_lower_better(entry.quantity) ? entry.value > old->value : entry.value < old->value)
		old->value = entry.value;
	if (!old->shared)
		tell_once(m, sample, HK1107,
			  entry.quantity == RATE ? "has several samples for one input; they are added up"
			  : "has several samples for one thing; the worst counts");
	old->shared = true;
}

static bool is_legal(struct metrics *m, const struct hk_sample *sample, const struct entry *entry)
{
	bool names = entry->section == VALUES || ((!entry->first || hk_is_label_name(entry->first)) && (!entry->second || hk_is_label_name(entry->second)));

	if (names)
		return true;
	tell_once(m, sample, HK1112, "names something that cannot be the name of a cluster, pipeline or workload; such samples are left out");
	return false;
}

/* Where the sample belongs by its labels; false when nowhere. */
static bool place(const struct hk_sample *sample, struct entry *entry)
{
	const char *pipeline = hk_labels_get(&sample->labels, "pipeline"), *cluster = hk_labels_get(&sample->labels, "cluster");
	const char *input = hk_labels_get(&sample->labels, "input"), *workload = hk_labels_get(&sample->labels, "workload");

	switch (entry->quantity) {
	case LATENCY: case JITTER: case LOSS: case BANDWIDTH:
		entry->section = PAIRS;
		if (ends_of(sample, &entry->first, &entry->second))
			return true;
		if (entry->quantity != LATENCY || !pipeline || !workload)
			return false;
		entry->quantity = SERVICE_TIME;         /* of a workload, not between two */
		/* fall through */
	case CAPACITY: case SERVICE_TIME:
		entry->section = WORKLOADS;
		entry->first = pipeline;
		entry->second = workload;
		return pipeline && workload;
	case RATE:
		entry->section = INPUTS;
		entry->first = pipeline;
		entry->second = input;
		return pipeline && input;
	case AVAILABILITY:
		entry->section = CLUSTERS;
		entry->first = cluster;
		return cluster != NULL;
	case VALUE:
		entry->section = VALUES;
		entry->name = sample->name;
		if (!ends_of(sample, &entry->first, &entry->second)) {
			const char *node = hk_labels_get(&sample->labels, "node"), *instance = hk_labels_get(&sample->labels, "instance");
			entry->second = NULL;
			entry->first = workload ? workload : node ? node : cluster ? cluster : instance;
		}
		return true;
	case NONE: case RTT: case UNKNOWN:
		break;
	}
	return false;
}

static bool is_possible(const struct entry *entry)
{
	if (!isfinite(entry->value))
		return false;
	switch (entry->quantity) {
	case LOSS: return entry->value >= 0 && entry->value <= 1;
	case AVAILABILITY: return entry->value > 0 && entry->value <= 1;
	case CAPACITY: return entry->value > 0 && entry->value < 1e15;
	case LATENCY: case RTT: case JITTER: case SERVICE_TIME: return entry->value >= 0 && entry->value < 1e6;
	case BANDWIDTH: case RATE: return entry->value >= 0 && entry->value < 1e15;
	case NONE: case VALUE: case UNKNOWN: break;
	}
	return true;
}

/* Without _sum, _count, _bucket. */
static char type_of(struct metrics *m, const char *name)
{
	static const char *const suffixes[] = { "", "_sum", "_count", "_bucket", "_total" };

	for (size_t i = 0; i < HK_COUNT(suffixes); i++) {
		struct hk_str base = hk_str_of(name);
		size_t type;

		if (!hk_str_ends(base, suffixes[i]))
			continue;
		base.n -= strlen(suffixes[i]);
		type = hk_map_get(&m->samples.types, base);
		if (type != HK_MAP_NONE)
			return (char)type;
	}
	return '?';
}

static void add_sample(struct metrics *m, const struct hk_sample *sample)
{
	struct entry entry = { .quantity = quantity_of(m->import, sample->name) };
	char type = type_of(m, sample->name);

	if (entry.quantity == NONE)
		return;
	if (type == 'h' || type == 's' || hk_labels_get(&sample->labels, "le") || hk_labels_get(&sample->labels, "quantile")) {
		tell_once(m, sample, HK1101,
			  "is part of a histogram or summary and is not carried over; ask Prometheus for what it says, as histogram_quantile(0.5, rate(...))");
		return;
	}
	if (type == 'c' || hk_str_ends(hk_str_of(sample->name), "_total")) {
		tell_once(m, sample, HK1101, "counts since some start and is not carried over; ask Prometheus for rate(...)");
		return;
	}
	entry.value = sample->value * factor(sample->name, entry.quantity);
	if (entry.quantity == RTT) {
		tell_once(m, sample, HK1111, "is a round trip; half of it is taken for the latency of each way");
		entry.quantity = LATENCY;
		entry.value /= 2;
	}
	if (entry.quantity == UNKNOWN || !place(sample, &entry)) {
		tell_once(m, sample, HK1101, entry.quantity == UNKNOWN ? "is not carried over: its name says no quantity (--metric NAME=KIND)" :
			  "is not carried over: its labels do not say what it is of");
		return;
	}
	if (!is_possible(&entry)) {
		tell_once(m, sample, HK1112, "has a value that cannot be and is left out");
		return;
	}
	if (!is_legal(m, sample, &entry))
		return;
	if (isfinite(sample->time) && sample->time > m->latest)
		m->latest = sample->time;
	add_entry(m, sample, entry);
}

/* ---- text ---- */

static void write_field(struct hk_buf *out, const char *before, const char *text)
{
	if (!text)
		return;
	hk_buf_addstr(out, before);
	hk_write_text(out, text);
}

static void write_quantity(struct hk_buf *out, const struct entry *entry)
{
	switch (entry->quantity) {
	case LATENCY: hk_buf_addstr(out, ", latency: "); hk_write_duration(out, entry->value); break;
	case JITTER: hk_buf_addstr(out, ", jitter: "); hk_write_duration(out, entry->value); break;
	case SERVICE_TIME: hk_buf_addstr(out, ", serviceTime: "); hk_write_duration(out, entry->value); break;
	case LOSS: hk_buf_addstr(out, ", loss: "); hk_buf_addround(out, entry->value, 12); break;
	case BANDWIDTH: hk_buf_addstr(out, ", bandwidth: "); hk_write_bitrate(out, entry->value); break;
	case RATE: hk_buf_addstr(out, ", rate: "); hk_buf_addround(out, entry->value, 12); hk_buf_addstr(out, "/s"); break;
	case CAPACITY: hk_buf_addstr(out, ", capacity: "); hk_buf_addround(out, entry->value, 12); hk_buf_addstr(out, "/s"); break;
	case AVAILABILITY: hk_buf_addstr(out, ", availability: "); hk_buf_addround(out, entry->value, 12); break;
	case VALUE: hk_buf_addstr(out, ", value: "); hk_buf_addnum(out, entry->value); break;
	case NONE: case RTT: case UNKNOWN: break;
	}
}

static bool same_thing(const struct entry *a, const struct entry *b)
{
	return a->section == b->section && a->section != VALUES && strcmp(a->first, b->first) == 0 &&
	    (a->section == CLUSTERS || strcmp(a->second, b->second) == 0);
}

static void write_subject(struct hk_buf *out, const struct entry *entry)
{
	static const char *const first[] = { [PAIRS] = "  - {from: ", [INPUTS] = "  - {pipeline: ", [WORKLOADS] = "  - {pipeline: ",
					     [CLUSTERS] = "  - {name: " };
	static const char *const second[] = { [PAIRS] = ", to: ", [INPUTS] = ", input: ", [WORKLOADS] = ", workload: ", [CLUSTERS] = "" };

	if (entry->section != VALUES) {
		write_field(out, first[entry->section], entry->first);
		write_field(out, second[entry->section], entry->second);
		return;
	}
	write_field(out, "  - {name: ", entry->name);
	write_field(out, entry->second ? ", from: " : ", target: ", entry->first && *entry->first ? entry->first : NULL);
	write_field(out, ", to: ", entry->second);
}

static void write_time(struct hk_buf *out, double latest)
{
	HK_AUTO_BUF struct hk_buf at = HK_BUF_INIT;

	if (latest > 0)
		hk_time_print(latest, &at);
	if (at.len)
		hk_buf_addf(out, "  observedAt: \"%s\"\n", at.s);
}

static void write_metrics(struct metrics *m)
{
	static const char *const titles[] = { [PAIRS] = "pairs", [INPUTS] = "inputs", [WORKLOADS] = "workloads", [CLUSTERS] = "clusters", [VALUES] = "values" };
	struct hk_buf *out = m->import->out;

	hk_write_comment(out, 0, "Imported from Prometheus.");
	hk_write_head(out, "Metrics", m->import->options->name ? m->import->options->name : "prometheus", NULL);
	write_time(out, m->latest);
	hk_sort(m->entries.v, m->entries.n, sizeof *m->entries.v, hk_sort_by_text);
	for (size_t i = 0; i < m->entries.n; ) {
		const struct entry *entry = &m->entries.v[i];

		if (!i || m->entries.v[i - 1].section != entry->section)
			hk_buf_addf(out, "  %s:\n", titles[entry->section]);
		write_subject(out, entry);
		write_quantity(out, entry);
		for (i++; i < m->entries.n && same_thing(entry, &m->entries.v[i]); i++)
			write_quantity(out, &m->entries.v[i]);
		hk_buf_addstr(out, "}\n");
	}
}

static void check_options(struct hk_import *import)
{
	for (size_t i = 0; i < import->options->n_metrics; i++) {
		bool known = false;

		for (size_t q = 0; q < HK_COUNT(quantities); q++)
			known = known || strcmp(quantities[q], import->options->metrics[i].quantity) == 0;
		if (!known)
			hk_diag_help(import->diags, hk_diag_add(import->diags, HK0104, NULL, "'%s' is no kind of metric", import->options->metrics[i].quantity),
				     "kinds are latency, rtt, jitter, loss, bandwidth, rate, capacity, service-time, availability, value and none");
	}
}

static void read_file(struct metrics *m, size_t file)
{
	struct hk_import *import = m->import;
	struct hk_source *source = hk_import_load(import, file);
	const char *stem = hk_import_stem(&import->arena, import->files[file].path);
	size_t first = import->docs.n;
	const char *s = source ? source->text.s + strspn(source->text.s, " \t\r\n") : "";

	if (*s != '{' && *s != '[') {
		if (source)
			hk_exposition_read(import, source, &m->samples);
		return;
	}
	if (!hk_import_parse(import, source, false))
		return;
	for (size_t i = first; i < import->docs.n; i++)
		hk_query_result_read(import, import->docs.v[i], stem, &m->samples);
}

int hk_import_prometheus(struct hk_import *import)
{
	struct metrics m = { .import = import, .latest = 0 };

	check_options(import);
	for (size_t i = 0; i < import->n_files; i++)
		read_file(&m, i);
	for (size_t i = 0; i < m.samples.list.n; i++)
		add_sample(&m, &m.samples.list.v[i]);
	if (!m.entries.n && !import->diags->errors)
		hk_diag_add(import->diags, HK1105, NULL, "no sample of the files is about a cluster, link, input or workload");
	if (m.entries.n && !import->diags->errors)
		write_metrics(&m);
	hk_vec_release(&m.samples.list);
	hk_vec_release(&m.entries);
	hk_map_release(&m.samples.types);
	hk_map_release(&m.keys);
	hk_map_release(&m.told);
	return import->diags->errors ? -1 : 0;
}

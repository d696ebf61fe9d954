/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What reading costs: our reader (scan, tree, marks, findings), libfyaml's own tree and bare libyaml events, on the same generated Deployment documents.
 * Prints CPU seconds, documents per 100 ms and the ratio to our reader. Usage: parse_yaml [documents], 10,000 by default.
 */
#include "yaml/doc.h"

#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <yaml.h>

static void generate(struct hk_buf *text, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		hk_buf_addf(text,
			    "---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: app-%u\n  namespace: retail\n  labels: {app: app-%u, tier: edge}   # labels\n"
			    "spec:\n  replicas: 3\n  selector:\n    matchLabels:\n      app: app-%u\n  template:\n    metadata:\n      labels:\n        app: app-%u\n"
			    "        app.kubernetes.io/part-of: \"video\"\n      annotations:\n        prometheus.io/scrape: \"true\"\n        prometheus.io/port: \"9090\"\n"
			    "    spec:\n      # containers follow\n      containers:\n      - name: main\n        image: registry.example/app:1.2.3\n        args:\n"
			    "        - --port=8080\n        - --verbose\n        ports:\n        - containerPort: 8080\n          name: http\n        - containerPort: 9090\n"
			    "          name: metrics\n        env:\n        - name: LOG_LEVEL\n          value: info\n        - name: POD_NAME\n          valueFrom:\n"
			    "            fieldRef:\n              fieldPath: metadata.name\n        resources:\n          requests: {cpu: 500m, memory: 256Mi}\n          limits:\n"
			    "            cpu: \"1\"\n            memory: 512Mi\n        readinessProbe:\n          httpGet:\n            path: /healthz\n            port: 8080\n"
			    "          initialDelaySeconds: 5\n          periodSeconds: 10\n      nodeSelector:\n        topology.kubernetes.io/zone: us-west-a\n      tolerations:\n"
			    "      - key: dedicated\n        operator: Equal\n        value: edge\n        effect: NoSchedule\n", i, i, i, i);
}

static double seconds_since(clock_t start)
{
	return (double)(clock() - start) / CLOCKS_PER_SEC;
}

static double our_reader(const struct hk_buf *text, unsigned *documents)
{
	clock_t start = clock();
	struct hk_source source;
	struct hk_doc doc;
	struct hk_diags diags = HK_DIAGS_INIT;
	hk_source_from_text(&source, "bench", text->s, text->len);
	struct hk_yaml_reader *reader = hk_yaml_open(&source, false);
	for (*documents = 0; hk_yaml_next(reader, &doc, &diags) == 1; ++*documents)
		hk_doc_release(&doc);
	hk_yaml_close(reader);
	hk_diags_release(&diags);
	hk_source_release(&source);
	return seconds_since(start);
}

static double libfyaml_tree(const struct hk_buf *text, unsigned *documents)
{
	clock_t start = clock();
	struct fy_parse_cfg config = { .flags = FYPCF_QUIET };
	struct fy_parser *parser = fy_parser_create(&config);
	struct fy_document *document;
	*documents = 0;
	if (parser && fy_parser_set_string(parser, text->s, text->len) == 0)
		for (; (document = fy_parse_load_document(parser)) != NULL; ++*documents)
			fy_parse_document_destroy(parser, document);
	fy_parser_destroy(parser);
	return seconds_since(start);
}

static double libyaml_events(const struct hk_buf *text, unsigned *documents)
{
	clock_t start = clock();
	yaml_parser_t parser;
	yaml_event_t event;
	bool more = yaml_parser_initialize(&parser) == 1;
	*documents = 0;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text->s, text->len);
	while (more && yaml_parser_parse(&parser, &event)) {
		*documents += event.type == YAML_DOCUMENT_START_EVENT;
		more = event.type != YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return seconds_since(start);
}

static void report(const char *name, double seconds, double ours, unsigned documents)
{
	printf("%-16s %8.3f s %10.0f documents per 100 ms   %5.2f times our reader\n", name, seconds, documents / seconds / 10, seconds / ours);
}

int main(int argc, char **argv)
{
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	unsigned wanted = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 10000;
	unsigned ours_count, tree_count, event_count;
	generate(&text, wanted ? wanted : 1);
	our_reader(&text, &ours_count);        /* warm up */
	double ours = our_reader(&text, &ours_count);
	double tree = libfyaml_tree(&text, &tree_count);
	double events = libyaml_events(&text, &event_count);
	printf("%u documents of %zu bytes\n", ours_count, text.len / (ours_count ? ours_count : 1));
	report("our reader", ours, ours, ours_count);
	report("libfyaml tree", tree, ours, tree_count);
	report("libyaml events", events, ours, event_count);
	return ours_count == tree_count && ours_count == event_count ? 0 : 1;
}

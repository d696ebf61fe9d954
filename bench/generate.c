/* SPDX-License-Identifier: GPL-3.0-or-later */
/* generate FAMILY WORKLOADS CLUSTERS SEED loose|tight [rich|planted]: a benchmark problem on standard output (families: tests/unit/place/family.h). */
#include "../tests/unit/place/family.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	struct hk_buf out = HK_BUF_INIT;
	unsigned workloads, clusters;
	uint64_t seed;
	bool tight, known;

	if (argc < 6 || (strcmp(argv[5], "loose") != 0 && strcmp(argv[5], "tight") != 0)) {
		fputs("usage: generate hk4|mec|retail|micro|wide|bad WORKLOADS CLUSTERS SEED loose|tight [rich|planted]\n", stderr);
		return 2;
	}
	workloads = (unsigned)strtoul(argv[2], NULL, 10);
	clusters = (unsigned)strtoul(argv[3], NULL, 10);
	seed = strtoull(argv[4], NULL, 10);
	tight = strcmp(argv[5], "tight") == 0;
	known = strcmp(argc > 6 ? argv[6] : "", "planted") == 0 ? hk_family_plant(argv[1], workloads, clusters, seed, tight, &out)
		: hk_family_generate(argv[1], workloads, clusters, seed, tight, strcmp(argc > 6 ? argv[6] : "", "rich") == 0, &out);
	if (known)
		fwrite(out.s, 1, out.len, stdout);
	else
		fputs("generate: unknown family\n", stderr);
	hk_buf_release(&out);
	return known ? 0 : 2;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* generate FAMILY WORKLOADS CLUSTERS SEED loose|tight [rich]: a benchmark problem on standard output (families: tests/unit/place/family.h). */
#include "../tests/unit/place/family.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	struct hk_buf out = HK_BUF_INIT;
	bool known;

	if (argc < 6 || (strcmp(argv[5], "loose") != 0 && strcmp(argv[5], "tight") != 0)) {
		fputs("usage: generate hk4|mec|retail|micro WORKLOADS CLUSTERS SEED loose|tight [rich]\n", stderr);
		return 2;
	}
	known = hk_family_generate(argv[1], (unsigned)strtoul(argv[2], NULL, 10), (unsigned)strtoul(argv[3], NULL, 10), strtoull(argv[4], NULL, 10), strcmp(argv[5], "tight") == 0,
				   argc > 6 && strcmp(argv[6], "rich") == 0, &out);
	if (known)
		fwrite(out.s, 1, out.len, stdout);
	else
		fputs("generate: unknown family\n", stderr);
	hk_buf_release(&out);
	return known ? 0 : 2;
}

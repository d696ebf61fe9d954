/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a fuzz target over saved inputs without libFuzzer, so that every seed is a test with any compiler: replay_x FILE... */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t size = 0, got;
	int result = -1;

	if (!file) {
		perror(path);
		return -1;
	}
	do {
		uint8_t *grown = realloc(data, size + 65536);

		if (!grown)
			goto out;
		data = grown;
		got = fread(data + size, 1, 65536, file);
		size += got;
	} while (got);
	/* A copy of exactly this size lets the address sanitizer see a read past the end. */
	uint8_t *exact = malloc(size ? size : 1);

	if (!exact)
		goto out;
	for (size_t i = 0; i < size; i++)
		exact[i] = data[i];
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	result = 0;
out:
	free(data);
	fclose(file);
	return result;
}

int main(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++) {
		printf("%s\n", argv[i]);
		fflush(stdout);
		failed += replay(argv[i]) < 0;
	}
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

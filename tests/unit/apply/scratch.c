/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char scratch_directory[] = "/tmp/hkctl-apply-XXXXXX";
char scratch_path[sizeof scratch_directory + 16];

int scratch_enter(void **state)
{
	(void)state;
	strcpy(scratch_directory + sizeof scratch_directory - 7, "XXXXXX");
	if (!mkdtemp(scratch_directory))
		return -1;
	snprintf(scratch_path, sizeof scratch_path, "%s/journal", scratch_directory);
	return 0;
}

int scratch_leave(void **state)
{
	(void)state;
	unlink(scratch_path);
	return rmdir(scratch_directory);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A directory for one test, with the path of a journal in it: scratch_enter and scratch_leave are a setup and a teardown of cmocka. */
#ifndef HK_TESTS_UNIT_APPLY_SCRATCH_H
#define HK_TESTS_UNIT_APPLY_SCRATCH_H

extern char scratch_directory[], scratch_path[];

int scratch_enter(void **state);
int scratch_leave(void **state);     /* fails when a test left more than the journal behind */

#endif

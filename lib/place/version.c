/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "place/version.h"
#include <glpk.h>

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

const char *hk_glpk_compiled(void)
{
	return TEXT(GLP_MAJOR_VERSION) "." TEXT(GLP_MINOR_VERSION);
}

const char *hk_glpk_running(void)
{
	return glp_version();
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "yaml/version.h"
#include <libfyaml.h>
#include <yaml.h>

#ifndef HK_LIBFYAML_VERSION
#define HK_LIBFYAML_VERSION "unknown"
#endif
#ifndef HK_LIBYAML_VERSION
#define HK_LIBYAML_VERSION "unknown"
#endif

/* Neither library has its version in its header; the Makefile passes what pkg-config says. */
const char *hk_libfyaml_compiled(void)
{
	return HK_LIBFYAML_VERSION;
}

const char *hk_libfyaml_running(void)
{
	return fy_library_version();
}

const char *hk_libyaml_compiled(void)
{
	return HK_LIBYAML_VERSION;
}

const char *hk_libyaml_running(void)
{
	return yaml_get_version_string();
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Versions of the YAML libraries, as compiled against and as running: the first thing a bug report needs. Static text. */
#ifndef HK_YAML_VERSION_H
#define HK_YAML_VERSION_H

const char *hk_libfyaml_compiled(void);
const char *hk_libfyaml_running(void);
const char *hk_libyaml_compiled(void);
const char *hk_libyaml_running(void);

#endif

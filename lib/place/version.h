/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Version of GLPK, as compiled against and as running. Static text. */
#ifndef HK_PLACE_VERSION_H
#define HK_PLACE_VERSION_H

const char *hk_glpk_compiled(void);
const char *hk_glpk_running(void);

#endif

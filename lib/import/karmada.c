/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "import/pipeline.h"
int hk_import_karmada(struct hk_import *import) { (void)import; return -1; }
int hk_import_kubefed(struct hk_import *import) { (void)import; return -1; }
int hk_import_diktyo(struct hk_import *import) { (void)import; return -1; }
int hk_import_turnbuckle(struct hk_import *import) { (void)import; return -1; }
int hk_import_prometheus(struct hk_import *import) { (void)import; return -1; }

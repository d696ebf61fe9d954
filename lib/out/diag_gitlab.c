/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Code quality report of GitLab: a list of findings with a fingerprint each, by which a merge request tells new ones from old ones. It does not depend on the
 * line, which moves with every edit above.
 */
#include "base/digest.h"
#include "out/diag_back.h"
#include <string.h>

/* The how-manieth finding of the same text in the same file this is: those are told apart by nothing else. */
static size_t repetition(const struct hk_diags *diags, size_t at)
{
	const struct hk_diag *this = &diags->list.v[at];
	size_t count = 0;

	for (size_t i = at; i-- > 0 && count < 100;)
		count += diags->list.v[i].rule == this->rule && strcmp(diags->list.v[i].summary, this->summary) == 0 &&
			 strcmp(diags->list.v[i].range.file ? diags->list.v[i].range.file : "", this->range.file ? this->range.file : "") == 0;
	return count;
}

static void put_fingerprint(struct hk_ser *ser, const struct hk_diags *diags, size_t at)
{
	const struct hk_diag *diag = &diags->list.v[at];
	HK_AUTO_BUF struct hk_buf text = HK_BUF_INIT;
	char digest[HK_SHA256_TEXT];

	hk_buf_addf(&text, "%s\n%s\n%s\n%zu", diag->rule->code, diag->range.file ? diag->range.file : "", diag->summary, repetition(diags, at));
	hk_sha256_text(text.s, text.len, digest);
	hk_ser_kstr(ser, "fingerprint", digest);
}

void hk_out_diag_gitlab(const struct hk_diags *diags, struct hk_buf *out)
{
	static const char *const severities[] = { [HK_ERROR] = "critical", [HK_WARNING] = "minor", [HK_NOTE] = "info" };
	struct hk_ser *ser = hk_ser_open(HK_SER_JSON, out);

	hk_ser_seq(ser);
	for (size_t i = 0; i < diags->list.n; i++) {
		const struct hk_diag *diag = &diags->list.v[i];

		hk_ser_map(ser);
		hk_ser_kstr(ser, "description", diag->summary);
		hk_ser_kstr(ser, "check_name", diag->rule->code);
		put_fingerprint(ser, diags, i);
		hk_ser_kstr(ser, "severity", severities[diag->severity]);
		hk_ser_key(ser, "location");
		hk_ser_map(ser);
		hk_ser_kstr(ser, "path", diag->range.file ? diag->range.file : ".");
		hk_ser_key(ser, "lines");
		hk_ser_map(ser);
		hk_ser_kint(ser, "begin", diag->range.line ? diag->range.line : 1);
		hk_ser_end(ser);
		hk_ser_end(ser);
		hk_ser_end(ser);
	}
	hk_ser_end(ser);
	(void)hk_ser_close(ser, NULL);
}

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Findings as JSON, SARIF, JUnit, GitHub commands and text say the same to independent readers, and every fix mends its document.
. "$(dirname "$0")/../lib.sh"

need python3
verdict=$ROOT/${BUILD:-build/release}/tests/schema/schema_verdict
[ -x "$verdict" ] || skip "${verdict#"$ROOT"/} is not built; run: make test"
python3 -c 'import jsonschema' 2>/dev/null || skip "python3-jsonschema is not installed"

begin "reports agree"
run python3 "$ROOT/tests/schema/check_reports.py" "$verdict"
out "all agree"

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# lib/schema and python3-jsonschema must agree on every document of the corpus and on 2,000 damaged ones.
. "$(dirname "$0")/../lib.sh"

need python3
verdict=$ROOT/${BUILD:-build/release}/tests/schema/schema_verdict
[ -x "$verdict" ] || skip "${verdict#"$ROOT"/} is not built; run: make test"
python3 -c 'import jsonschema, yaml' 2>/dev/null || skip "python3-jsonschema or python3-yaml is not installed"

begin "verdicts agree"
run python3 "$ROOT/tests/schema/crosscheck.py" "$verdict" "${MUTANTS:-2000}"
out "all agree"

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What the README shows is what the program prints.
. "$(dirname "$0")/../lib.sh"
need python3
for page in README.md examples/README.md examples/gitops/README.md docs/rendering.md docs/network-apis.md; do
	[ -f "$ROOT/$page" ] || continue
	begin "$page"
	mkdir -p work
	if [ "${GOLDEN:-0}" = 1 ]; then
		python3 "$ROOT/tests/docs/transcript.py" "$ROOT/$page" "$ROOT" "$TRASH/work" "$HKCTL" --write
	else
		python3 "$ROOT/tests/docs/transcript.py" "$ROOT/$page" "$ROOT" "$TRASH/work" "$HKCTL" || fail "$page is not true"
	fi
	rm -rf work
done
begin "every relative link leads somewhere"
for page in README.md CONTRIBUTING.md; do
	grep -o '](\([^)#]*\))' "$ROOT/$page" | sed 's/^](//; s/)$//' | while read -r link; do
		case $link in http*) continue ;; esac
		[ -e "$ROOT/$link" ] || { echo "not ok: $page links to $link, which is not there"; exit 1; }
	done || fail "a dead link"
done

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
python3 - "$ROOT" <<'PY' || fail "a dead link"
import glob, os, re, sys
root = sys.argv[1]
pages = {name: open(name).read() for pattern in ("*.md", "docs/*.md", "examples/**/*.md", "pipelines/**/*.md", "bench/*.md") for name in glob.glob(os.path.join(root, pattern), recursive=True)}
def anchors(text):
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title.strip().lower()) for title in re.findall(r"^#+ (.*)$", text, re.M))
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in plain}
bad = 0
for name, text in pages.items():
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = link.partition("#")
        if re.match(r"https?:", link):
            continue
        target = os.path.normpath(os.path.join(os.path.dirname(name), path)) if path else name
        if not os.path.exists(target) or anchor and anchor not in anchors(pages.get(target, "")):
            print(f"not ok: {os.path.relpath(name, root)} links to {link}, which is not there")
            bad += 1
sys.exit(1 if bad or len(pages) < 10 else 0)
PY

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
. "$(dirname "$0")/../lib.sh"

run hkctl version
out "hkctl "
out "libfyaml "
out "libyaml "
out "GLPK "
grep -q unknown .out && fail "version does not know a version"
run hkctl --version
out "libfyaml"
need python3
run hkctl version -o json
python3 -c 'import json,sys; d=json.load(open(sys.argv[1])); assert d["formatVersion"]=="1.0" and len(d["libraries"])==3, d' "$TRASH/.out"
run hkctl version -o yaml
out "libraries:"

begin "the core binary needs no network library"
if command -v ldd >/dev/null 2>&1; then
	ldd "$HKCTL" >libraries 2>/dev/null || true
	grep -Eq 'libcurl|libssh2|libxml2|libpcap' libraries && fail "the core binary links a network library: $(cat libraries)"
fi
begin "a full disk is an error"
if [ -e /dev/full ]; then
	status=0
	"$HKCTL" version >/dev/full 2>err || status=$?
	[ "$status" -eq 1 ] || fail "status $status on a full disk"
	grep -q "cannot write" err || fail "no message: $(cat err)"
fi

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Tests under valgrind's memcheck: valgrind.sh BINARY_OR_SCRIPT... ; scripts get an hkctl that runs under memcheck too. Any error or leak fails
# the test it happens in. No suppressions: GLPK, libfyaml and libyaml have been clean.
set -eu
cd "$(dirname "$0")/.."
command -v valgrind >/dev/null || { echo 'valgrind: not installed; run: sh scripts/setup.sh lint' >&2; exit 1; }
memcheck='valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect,possible'
binary=$PWD/$HKCTL
mkdir -p build/valgrind
HKCTL=build/valgrind/hkctl
printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$memcheck" "$binary" >$HKCTL
chmod +x $HKCTL
export HKCTL TEST_UNDER="$memcheck" TEST_TIMEOUT="${TEST_TIMEOUT:-1800}"
exec python3 tests/run "$@"

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Line coverage of lib/ from the data that "make coverage" has just produced in build/cov.
set -eu
cd "$(dirname "$0")/.."
if command -v gcovr >/dev/null 2>&1; then
	gcovr -r . --object-directory build/cov -f 'lib/' --exclude-unreachable-branches --html-details build/cov/index.html \
		--txt build/cov/coverage.txt --print-summary -s build/cov | sed -n 's/^lines: \([0-9.]*%\).*/\1 of the lines of lib\/ are covered; details: build\/cov\/index.html/p'
elif command -v lcov >/dev/null 2>&1; then
	lcov -q --capture --directory build/cov --output-file build/cov/all.info
	lcov -q --extract build/cov/all.info "$PWD/lib/*" --output-file build/cov/lib.info
	lcov --summary build/cov/lib.info 2>&1 | sed -n 's/.*lines\.*: *\([0-9.]*%\).*/\1 of the lines of lib\/ are covered/p'
else
	echo "coverage: needs gcovr or lcov; run: sh scripts/setup.sh lint" >&2
	exit 1
fi

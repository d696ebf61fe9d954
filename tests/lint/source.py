#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of the house that a compiler does not know: source.py budgets|widths|calls|layers|promises|spdx FILE..."""
import re
import sys

FUNCTION_LINES = 80
FILE_LINES = 600
LINE_COLUMNS = 160

# An arrow may only point down: a floor includes lower ones and itself. Neighbours on one floor do not know each other.
FLOORS = [("base",), ("yaml",), ("out",), ("schema",), ("model",), ("place",), ("plan",), ("render", "check", "import", "net"), ("report", "apply"), ("cmd",)]
FLOOR_OF = {module: height for height, floor in enumerate(FLOORS) for module in floor}
# The solver reads the plan before it and so needs to know what a plan looks like.
ALLOWED = {("place", "plan/plan.h")}

# lib/ neither prints, ends the process nor looks at its surroundings; the rest of the list has safer counterparts in lib/base.
FORBIDDEN = ("printf puts putchar perror vprintf exit _exit _Exit quick_exit abort getenv secure_getenv system popen setlocale "
             "sprintf vsprintf strcpy strcat strtok atoi atol atof rand srand gets").split()
CALL = re.compile(r"(?<![\w.>])(" + "|".join(FORBIDDEN) + r")\s*\(|\b(stdout|stderr)\b")
EXEMPT_CALLS = {"lib/base/mem.c": {"abort"}}

PROMISE = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|not (yet )?implemented|\bplaceholder\b|\bfor now\b", re.I)


def blank_out(text):
    """Replace comments and literals by blanks, keeping lines."""
    pattern = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def budgets(name, text):
    lines, start, table, table_lines = text.splitlines(), None, None, 0
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif re.match(r"\S.*=\s*\{$", line):
            table = number
        elif line.startswith("}"):
            if start and number - start + 1 > FUNCTION_LINES:
                yield f"{name}:{start}: function of {number - start + 1} lines, at most {FUNCTION_LINES}"
            if table:
                table_lines += number - table + 1
            start = table = None
    if len(lines) - table_lines > FILE_LINES:
        yield f"{name}: {len(lines) - table_lines} lines besides data tables, at most {FILE_LINES}"


def widths(name, text):
    # A message stays on one line, so that it is found by searching for it.
    for number, line in enumerate(text.splitlines(), 1):
        columns = len(re.sub(r'"(?:\\.|[^"\\])*"', '""', line).expandtabs(8))
        if columns > LINE_COLUMNS:
            yield f"{name}:{number}: {columns} columns besides strings, at most {LINE_COLUMNS}"


def calls(name, text):
    for number, line in enumerate(blank_out(text).splitlines(), 1):
        for match in CALL.finditer(line):
            what = match.group(1) or match.group(2)
            if what not in EXEMPT_CALLS.get(name, ()):
                yield f"{name}:{number}: '{what}' has no place in lib/"


def layers(name, text):
    parts = name.split("/")
    module = parts[1] if parts[0] == "lib" else parts[0]
    if module not in FLOOR_OF:
        yield f"{name}: module '{module}' has no floor; add it to FLOORS in tests/lint/source.py"
        return
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s+"(([^/"]+)/[^"]+)"', line)
        if not match or match.group(2) == module or (module, match.group(1)) in ALLOWED:
            continue
        if match.group(2) not in FLOOR_OF:
            yield f"{name}:{number}: \"{match.group(1)}\" is of no known module"
        elif FLOOR_OF[match.group(2)] >= FLOOR_OF[module]:
            yield f"{name}:{number}: {module} may not include {match.group(1)}: it is not on a lower floor"


def promises(name, text):
    # What a string says is data, not a promise.
    text = re.sub(r'"(?:\\.|[^"\\\n])*"', '""', text) if name.endswith((".c", ".h")) else text
    for number, line in enumerate(text.splitlines(), 1):
        if PROMISE.search(line):
            yield f"{name}:{number}: promises instead of doing: {line.strip()}"


def spdx(name, text):
    if not any("SPDX-License-Identifier: GPL-3.0-or-later" in line for line in text.splitlines()[:2]):
        yield f"{name}:1: no SPDX line"


def main(rule, names):
    found = 0
    for name in names:
        with open(name, encoding="utf-8") as file:
            for finding in globals()[rule](name, file.read()):
                print(finding)
                found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))

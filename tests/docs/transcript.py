#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the console blocks of a Markdown file and compare (or, with --write, record) what they print.

A block is a sequence of "$ command" lines, each followed by its output, standard error included. A command that ends with a status other than 0
is followed by "(exit status N)". Figures that differ from run to run are compared by shape only.
"""
import os
import re
import shutil
import subprocess
import sys

VARIES = re.compile(r"solved in  +[0-9.e-]+ s CPU, [0-9.]+ MiB")


def run(command, directory, environment):
    done = subprocess.run(["sh", "-c", command], cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    text = done.stdout.decode()
    if done.returncode:
        text += "(exit status %d)\n" % done.returncode
    return text


def main():
    page, root, work, hkctl = sys.argv[1:5]
    write = "--write" in sys.argv
    os.makedirs(work + "/bin", exist_ok=True)
    link = work + "/bin/hkctl"
    if not os.path.lexists(link):
        os.symlink(hkctl, link)
    for name in ("examples", "pipelines", "tests/docs"):
        if not os.path.exists(os.path.join(work, name)):
            shutil.copytree(os.path.join(root, name), os.path.join(work, name))
    environment = dict(os.environ, PATH=work + "/bin:" + os.environ["PATH"], TERM="dumb")
    out, bad, commands = [], 0, 0
    with open(page) as file:
        lines = file.read().split("\n")
    i = 0
    while i < len(lines):
        out.append(lines[i])
        i += 1
        if out[-1] != "```console":
            continue
        while lines[i] != "```":
            if not lines[i].startswith("$ "):
                raise SystemExit("%s: output without a command: %s" % (page, lines[i]))
            command = lines[i][2:]
            commands += 1
            out.append(lines[i])
            i += 1
            said = []
            while lines[i] != "```" and not lines[i].startswith("$ "):
                said.append(lines[i])
                i += 1
            printed = run(command, work, environment)
            out += printed.rstrip("\n").split("\n") if printed else []
            said = "\n".join(said) + ("\n" if said else "")
            if VARIES.sub("", said).rstrip() != VARIES.sub("", printed).rstrip():
                bad += 1
                if not write:
                    print("$ %s\n--- the page says\n%s--- it prints\n%s" % (command, said, printed))
    if not commands:
        raise SystemExit("%s: no console block" % page)
    if write:
        with open(page, "w") as file:
            file.write("\n".join(out))
    elif bad:
        raise SystemExit("%s: %d of %d commands print something else; record them with: GOLDEN=1 sh tests/cli/0900-readme.sh" % (page, bad, commands))


main()

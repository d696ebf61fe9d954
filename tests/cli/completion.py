# SPDX-License-Identifier: GPL-3.0-or-later
"""What a shell makes of command lines when TAB is pressed: completion.py SHELL HKCTL SETUP

A real interactive bash or zsh on a pseudo terminal, where all candidates are inserted and the line is read back; fish tells candidates by itself. SETUP is a command of
that shell that loads the completion. Prints what differs from the table; ends with 1 when something did. The working directory is what tests/cli/004?-*.sh made.
"""
import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
import time

DEADLINE = 120
FILES = ["a b.yaml", "plan.yaml", "sub"]
VERBS = ["api", "apply", "check", "completion", "diff", "explain", "fmt", "graph", "help", "import", "init", "net", "plan", "render", "show", "validate", "version"]
# The line, and what its last word can become.
TABLE = [
    ("hkctl ", VERBS),
    ("hkctl pl", ["plan"]),
    ("hkctl complet", ["completion"]),
    ("hkctl --col", ["--color"]),
    ("hkctl --color ", ["always", "auto", "never"]),
    ("hkctl --color always va", ["validate"]),
    ("hkctl -q --color=never va", ["validate"]),
    ("HKCTL va", ["validate"]),
    ("hkctl help no", []),
    ("hkctl help ren", ["render"]),
    ("hkctl help plan ren", []),
    ("hkctl completion ", ["bash", "fish", "zsh"]),
    ("hkctl plan --dump", ["--dump-model"]),
    ("hkctl plan sub --dump", ["--dump-model"]),
    ("hkctl plan -- --dump", []),
    ("hkctl render --no-pi", ["--no-pin-nodes"]),
    ("hkctl validate -o s", ["sarif"]),
    ("hkctl validate -os", ["-osarif"]),
    ("hkctl validate --output=js", ["--output=json"]),
    ("hkctl validate --output j", ["json", "junit"]),
    ("hkctl validate --disable HK000", [f"HK000{i}" for i in range(1, 10)]),
    ("hkctl render --mesh istio,g", ["istio,gateway"]),
    ("hkctl render --mesh=istio,g", ["--mesh=istio,gateway"]),
    ("hkctl plan -f ", FILES),
    ("hkctl plan --file=pl", ["--file=plan.yaml"]),
    ("hkctl plan --file=sub/", ["--file=sub/x.yaml"]),
    ("hkctl plan -vfpl", ["-vfplan.yaml"]),
    ("hkctl plan --gap ", []),
    ("hkctl show ", FILES),
    ("hkctl show plan.yaml pl", []),
    ("hkctl show a\\ ", ["a b.yaml"]),
    ("hkctl show \"a ", ["a b.yaml"]),
    ("hkctl render -d ", ["sub"]),
    ("hkctl render --directory=s", ["--directory=sub"]),
    ("hkctl init ", ["sub"]),
    ("hkctl diff -l edge=pl", ["edge=plan.yaml"]),
    ("hkctl import ", ["diktyo", "karmada", "kubefed", "manifests", "nodes", "pods", "prometheus", "turnbuckle"]),
    ("hkctl import nodes edge=pl", ["edge=plan.yaml"]),
    ("hkctl import nodes --pods=edge=pl", ["--pods=edge=plan.yaml"]),
    ("hkctl check --provider ", []),
    ("hkctl check --provider R=su", ["R=sub"]),
    ("hkctl explain Pi", ["Pipeline"]),
    ("hkctl explain pl", ["plan.yaml"]),
    ("hkctl net ", ["apply", "diff", "models", "plan", "rollback", "show"]),
    ("hkctl net -q sho", ["show"]),
    ("hkctl net models --yang ", ["sub"]),
    ("hkctl -v net --max", ["--max-parallel"]),
    ("hkctl api ", ["discover", "extend", "find", "lint", "metrics", "release", "request", "status"]),
    ("hkctl api -f . disc", ["discover"]),
    ("hkctl api lint pl", ["plan.yaml"]),
    ("hkctl api metrics nef -o ", ["json", "text", "yaml"]),
    ("hkctl apply plan.yaml --network-plan s", ["sub"]),
    ("hkctl version ", []),
    ("hkctl frobnicate ", []),
]

# Each prints <<LINE>> at Ctrl-B and forgets the line.
BASH = """stty -echo; PS1=; bind 'set enable-bracketed-paste off'; bind 'set bell-style none'
show() { echo "<<$READLINE_LINE>>"; READLINE_LINE=; READLINE_POINT=0; }; bind -x '"\\C-b": show'; bind 'TAB: insert-completions'
"""
ZSH = """stty -echo; PS1=; setopt no_beep; unsetopt prompt_cr prompt_sp; autoload -Uz compinit
zstyle ':completion:*' completer _all_matches _complete; zstyle ':completion:*' insert true; zstyle ':completion:*' old-matches false
show() { print -r -- "<<$BUFFER>>"; BUFFER=; }; zle -N show; bindkey '^B' show; bindkey '^I' complete-word
"""


class Terminal:
    def __init__(self, argv, script):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="dumb", INPUTRC="/dev/null", HISTFILE="")
            os.execvp(argv[0], argv)
        self.write(script + "echo READ''Y\n")
        self.read("READY()")

    def write(self, text):
        os.write(self.fd, text.encode())

    def read(self, pattern):
        seen, end = "", time.monotonic() + DEADLINE
        while time.monotonic() < end:
            if select.select([self.fd], [], [], 1)[0]:
                seen += os.read(self.fd, 65536).decode("utf-8", "replace")
                match = re.search(pattern, seen, re.S)
                if match:
                    return match.group(1)
        sys.exit(f"the shell said nothing that looks like {pattern}: {seen!r}")

    def complete(self, line):
        self.write(line + "\t\x02")
        return re.sub(r"[\r\n]", "", self.read("<<(.*?)>>"))

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def words(line):
    try:
        return [word.rstrip("/") for word in shlex.split(line)]
    except ValueError:  # a quote that is open
        return [word.rstrip("/") for word in shlex.split(line + '"')]


def ask_terminal(terminal, line):
    """The words that the last one became; none when the line is as it was."""
    got = terminal.complete(line)
    if got == line:
        return []
    before = len(words(line)) - (0 if line.endswith(" ") and not line.endswith("\\ ") and line.count('"') % 2 == 0 else 1)
    return words(got)[before:]


def ask_fish(setup, line):
    script = setup + "\ncomplete -C " + "'" + line.replace("\\", "\\\\").replace("'", "\\'") + "'"
    done = subprocess.run(["fish", "--no-config", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False, timeout=DEADLINE)
    if done.stderr or done.returncode not in (0, 1):
        sys.exit(f"fish: {done.stderr}")
    return [row.split("\t")[0].rstrip("/") for row in done.stdout.splitlines()]


def main(shell, program, setup):
    if shell == "fish":
        ask = lambda line: ask_fish(setup, line)
    else:
        terminal = Terminal(["bash", "--norc", "--noprofile", "-i"] if shell == "bash" else ["zsh", "-f", "-i"], (BASH if shell == "bash" else ZSH) + setup + "\n")
        ask = lambda line: ask_terminal(terminal, line)
    wrong = 0
    for line, expected in TABLE:
        got = sorted(ask(line.replace("HKCTL", program)))
        if got != sorted(expected):
            print(f"{line!r}: expected {sorted(expected)}, {shell} offers {got}")
            wrong += 1
    if shell != "fish":
        terminal.close()
    print(f"{len(TABLE)} lines, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

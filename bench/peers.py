#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole plans by hkctl beside other solvers on the dumped model of the same documents, in one run.

hkctl reads YAML, builds, solves, packs nodes, verifies and writes: the whole process counts. The others get the finished strong model as MPS and are counted from reading it on, without the start
of an interpreter. All run on one thread; user CPU seconds, medians of RUNS, the order turned from run to run. Solvers that are not there are named and left out.

The model is written before anything is solved, except in the set `exact`, where rows that hkctl found while solving are in it, and the optima must agree.
"""
import argparse
import math
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile

SEEDS = (1, 2, 3)
SETS = {
    "exact": (0.0, [("hk4", 4, 2, s, "loose", "") for s in SEEDS[:1]] + [("hk4", 20, 10, s, t, "planted") for s in SEEDS for t in ("loose", "tight")]
              + [("mec", 20, 10, s, t, "planted") for s in SEEDS for t in ("loose", "tight")] + [("retail", 20, 10, 1, "loose", "planted"), ("micro", 20, 10, 1, "loose", "planted")]),
    "random": (0.0, [(f, 20, 10, s, t, "") for f in ("hk4", "mec", "retail", "micro") for s in SEEDS[:2] for t in ("loose", "tight")]),
    "middle": (0.01, [("mec", n, n, s, t, "") for n in (50, 100, 300) for t in ("loose", "tight") for s in SEEDS]),
    "large": (0.01, [("mec", 1000, 1000, 1, "loose", ""), ("mec", 1000, 1000, 1, "tight", ""), ("retail", 2000, 1000, 1, "loose", ""), ("retail", 3200, 1000, 1, "tight", ""),
                     ("mec", 4000, 1000, 1, "loose", "")]),
    "beyond": (0.01, [("mec", n, n // 4, 1, "loose", "") for n in (5000, 10000, 20000)]),
    "wide": (0.02, [("micro", 200, 100, 1, "loose", ""), ("wide", 103, 100, 1, "loose", "")]),
}


def solve_highs(path, gap, limit):
    import highspy
    highs = highspy.Highs()
    for option, value in (("output_flag", False), ("threads", 1), ("parallel", "off"), ("mip_rel_gap", gap), ("time_limit", float(limit))):
        highs.setOptionValue(option, value)
    highs.readModel(path)
    highs.run()
    info = highs.getInfo()
    return (info.objective_function_value if info.primal_solution_status == 2 else None), info.mip_dual_bound


def solve_scip(path, gap, limit):
    import pyscipopt
    model = pyscipopt.Model()
    model.hideOutput()
    for option, value in (("limits/gap", gap), ("limits/time", limit), ("timing/clocktype", 1), ("parallel/maxnthreads", 1), ("lp/threads", 1)):
        model.setParam(option, value)
    model.readProblem(path)
    model.optimize()
    return (model.getObjVal() if model.getNSols() else None), model.getDualbound()


def solve_ortools(path, gap, limit):
    from ortools.linear_solver.python import model_builder
    model = model_builder.Model()
    model.import_from_mps_file(path)
    solver = model_builder.Solver("sat")
    solver.enable_output(False)
    solver.set_time_limit_in_seconds(limit)
    solver.set_solver_specific_parameters("num_workers: 1 relative_gap_limit: %g" % gap)
    status = solver.solve(model)
    good = status in (model_builder.SolveStatus.OPTIMAL, model_builder.SolveStatus.FEASIBLE)
    return (solver.objective_value if good else None), (solver.best_objective_bound if good else None)


LIBRARIES = {"highs": ("highspy", solve_highs), "scip": ("pyscipopt", solve_scip), "ortools": ("ortools", solve_ortools)}


def inner(name, path, gap, limit):
    module, solve = LIBRARIES[name]
    __import__(module)
    if name == "ortools":
        from ortools.linear_solver.python import model_builder  # noqa: F401
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    value, bound = solve(path, gap, limit)
    print("value %s bound %s cpu %r" % (value, bound, resource.getrusage(resource.RUSAGE_SELF).ru_utime - before))


def call(command, limit):
    """User CPU seconds, peak MiB and the output of a child, which is ended when it takes far longer than it was asked to."""
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (int(2 * limit + 20), int(2 * limit + 25))))
        _, status, use = os.wait4(child.pid, 0)
        child.returncode = status
        output.seek(0)
        return use.ru_utime, use.ru_maxrss / 1024, output.read().decode(errors="replace"), status


def number(pattern, text):
    found = re.findall(pattern, text)
    try:
        value = float(found[-1]) if found else None
    except ValueError:
        return None
    return value if value is not None and math.isfinite(value) and abs(value) < 1e19 else None


def hkctl(options, work, gap):
    plan = os.path.join(work, "plan.yaml")
    if os.path.exists(plan):
        os.remove(plan)
    command = [options.hkctl, "plan", "-f", os.path.join(work, "p.yaml"), "-o", plan, *options.option] + (["--gap", "%g" % gap] if gap else [])
    cpu, memory, text, _ = call(command, options.limit)
    value = number(r"objective ([-0-9.e+]+)", text)
    percent = number(r"gap ([-0-9.e+]+)%", text)
    return cpu, memory, value, None if value is None or percent is None else value - abs(value) * percent / 100


def peer(name, options, work, gap):
    path = os.path.join(work, "m.mps")
    if name == "cbc":
        cpu, memory, text, _ = call(["cbc", path, "threads", "0", "timeMode", "cpu", "sec", str(options.limit), "ratio", "%g" % gap, "allow", "0", "solve"], options.limit)
        value = number(r"Objective value: *([-0-9.e+]+)", text)
        bound = number(r"Lower bound: *([-0-9.e+]+)", text)
        return cpu, memory, value, value if bound is None and "Optimal solution found" in text and gap == 0 else bound if bound is not None else value if "Optimal solution found" in text else None
    if name == "glpsol":
        answer = os.path.join(work, "glpsol.txt")
        cpu, memory, text, _ = call(["glpsol", "--freemps", path, "--mir", "--gomory", "--mipgap", "%g" % gap, "--tmlim", str(options.limit), "-o", answer], options.limit)
        if not os.path.exists(answer):
            return cpu, memory, None, None
        with open(answer) as file:
            written = file.read()
        os.remove(answer)
        value = number(r"Objective: +cost = ([-0-9.e+]+)", written) if "INTEGER OPTIMAL" in written or "INTEGER NON-OPTIMAL" in written else None
        return cpu, memory, value, value if "INTEGER OPTIMAL SOLUTION FOUND" in text else number(r">= +([-0-9.e+]+)", text)
    cpu, memory, text, _ = call([sys.executable, os.path.abspath(__file__), "--inner", name, path, "%r" % gap, str(options.limit)], options.limit)
    return number(r"cpu ([-0-9.e+]+)", text) or cpu, memory, number(r"value (\S+)", text), number(r"bound (\S+)", text)


def gap_of(result):
    value, bound = result[2:4]
    if value is None or bound is None:
        return None
    return max(0.0, (value - bound) / max(1e-9, abs(value)))


def show(result, gap):
    cpu, memory, value, _ = result
    reached = gap_of(result)
    if value is None:
        return "no plan in %.3g s, %d MB" % (cpu, memory)
    text = "%.3g s, %d MB" % (cpu, memory) if cpu >= 0.1 else "%.3f s, %d MB" % (cpu, memory)
    if gap > 0 or reached is None or reached > 1e-6:
        text += ", %.5g" % value + (", gap %.2f %%" % (100 * reached) if reached is not None else "")
    return text


def find_peers(wanted):
    found, skipped = [], []
    for name in wanted:
        if name in LIBRARIES:
            there = subprocess.run([sys.executable, "-c", "import " + LIBRARIES[name][0]], stderr=subprocess.DEVNULL).returncode == 0
        else:
            there = any(os.access(os.path.join(folder, name), os.X_OK) for folder in os.environ.get("PATH", "").split(os.pathsep))
        (found if there else skipped).append(name)
    if skipped:
        print("not installed, left out: " + ", ".join(skipped) + "\n")
    return found


def write_model(options, work, exact):
    model = os.path.join(work, "m.mps")
    if os.path.exists(model):
        os.remove(model)
    command = [options.hkctl, "plan", "-f", os.path.join(work, "p.yaml"), "--dump-model", model]
    subprocess.run(command if exact else command + ["--model-only"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return os.path.exists(model)


def compare(options, instance, gap, peers, work):
    family, workloads, clusters, seed, tight, planted = instance
    with open(os.path.join(work, "p.yaml"), "w") as file:
        subprocess.run([options.generate, family, str(workloads), str(clusters), str(seed), tight] + ([planted] if planted else []), stdout=file, check=True)
    runners = {"hkctl": lambda: hkctl(options, work, gap)}
    if peers and write_model(options, work, gap == 0):
        runners.update({name: (lambda name=name: peer(name, options, work, gap)) for name in peers})
    results = {name: [] for name in runners}
    for turn in range(options.runs):
        order = list(runners)
        order = order[turn % len(order):] + order[:turn % len(order)]
        for name in order:
            results[name].append(runners[name]())
    return {name: (statistics.median(r[0] for r in rows), max(r[1] for r in rows)) + rows[-1][2:] for name, rows in results.items()}


def ratio(results, gap, limit):
    """Best peer's seconds for the gap asked over ours; more than that when no peer got there."""
    ours = results["hkctl"]
    good = [r[0] for name, r in results.items() if name != "hkctl" and gap_of(r) is not None and gap_of(r) <= gap * 1.001 + 1e-6]
    if ours[2] is None or (gap_of(ours) or 0) > gap * 1.001 + 1e-6:
        return "not reached"
    if len(results) == 1:
        return ""
    return "%.1f" % (min(good) / max(ours[0], 1e-3)) if good else "> %.0f" % (min(r[0] for name, r in results.items() if name != "hkctl") / max(ours[0], 1e-3))


def main():
    if sys.argv[1:2] == ["--inner"]:
        inner(sys.argv[2], sys.argv[3], float(sys.argv[4]), int(sys.argv[5]))
        return 0
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hkctl")
    parser.add_argument("generate")
    parser.add_argument("--sets", default="exact", help="of " + ", ".join(SETS))
    parser.add_argument("--peers", default="cbc,glpsol,highs,scip", help="solvers to compare with, or 'none'; also ortools, whose CP-SAT rounds this model's flows to whole numbers")
    parser.add_argument("--only", default="", help="text that the instance's name has")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--limit", type=int, default=60, help="seconds of CPU for each peer on each instance")
    parser.add_argument("--option", action="append", default=[], help="one more argument for 'hkctl plan'")
    options = parser.parse_args()
    peers = [] if options.peers == "none" else find_peers(options.peers.split(","))
    wrong = 0
    print("| set, instance | hkctl | " + "".join(name + " | " for name in peers) + "best peer / hkctl |")
    print("|---|---|" + "---|" * len(peers) + "---|")
    with tempfile.TemporaryDirectory() as work:
        for chosen in options.sets.split(","):
            gap, instances = SETS[chosen]
            for instance in instances:
                name = "%s %d x %d, seed %d, %s" % instance[:5] + (" (planted)" if instance[5] else "")
                if options.only not in name:
                    continue
                results = compare(options, instance, gap, peers, work)
                cells = [show(results[solver], gap) if solver in results else "" for solver in ["hkctl"] + peers]
                print("| %s: %s | " % (chosen, name) + " | ".join(cells) + " | " + ratio(results, gap, options.limit) + " |")
                sys.stdout.flush()
                proved = [r[2] for key, r in results.items() if key != "ortools" and gap_of(r) is not None and gap_of(r) <= 1e-6]
                if gap == 0 and proved and max(proved) - min(proved) > 1e-5 * max(1, abs(proved[0])):
                    print("optima differ: " + ", ".join("%s %r" % (key, r[2]) for key, r in results.items()), file=sys.stderr)
                    wrong += 1
    return wrong != 0


sys.exit(main())

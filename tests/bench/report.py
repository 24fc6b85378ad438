# SPDX-License-Identifier: MIT
"""What results.json says, in words: the targets, tables in Markdown, and the picture."""

import json
import os

import plot
from candidates import HERE, KEEPERS, ROOT, WATCHERS
from figures import Target, number, summary, table

MARK, END_MARK = "<!-- measured -->", "<!-- /measured -->"
RATES = ("1", "10", "100", "1000")
FEED_INTERVAL_MS = 1000
# Why a cell is empty.
NEVER_ASKS, NOTHING = "does not ask", "–"


def median(results, *path):
    """Of a list of measurements; None where it was not measured."""
    for key in path:
        results = results.get(key) if results else None
    return summary(results)["median"] if results else None


def most(results, *path):
    for key in path:
        results = results.get(key) if results else None
    return max(results.values()) if results else None


def total(results, what):
    rows = results.get("rest", {}).get("memory", {}).get("feeddog")
    return sum(row[what] for row in rows) / 1024 if rows else None


def feeder(results, what):
    rows = results.get("rest", {}).get("memory", {}).get("feeddog", [])
    return next((row[what] / 1024 for row in rows if row["name"] == "feeddogd"), None)


def written(results):
    uses = results.get("rest", {}).get("uses", {}).get("feeddog")
    return sum(row["written_bytes"] for window in uses for row in window) if uses else None


def traced(results):
    return results.get("rest", {}).get("trace", {}).get("disk")


def times(value, factor):
    return value and value * factor


def targets(results):
    """In the order of the tables below them."""
    def cpu(rate, who):
        return median(results, "cpu_us", rate, who)
    found = [
        Target("`kill -9` to restart command, median", median(results, "kill", "to_command_ms", "feeddog"), 2, "ms"),
        Target("the same where feeddog runs the server (`run:`)", median(results, "kill", "to_command_ms", "feeddog (run)"), 2, "ms"),
        Target("`kill -9` to a listening replacement, ahead of runit in the same run",
               median(results, "kill", "to_listening_ms", "feeddog (run)"), median(results, "kill", "to_listening_ms", "runit"), "ms",
               strict=True),
    ]
    found += [Target(f"processor time of an HTTP check at {rate} a second, 1.5 times bare libcurl's in the same run",
                     cpu(rate, "feeddog: feeddog-checker"), times(cpu(rate, "floor: curl"), 1.5), "µs") for rate in ("1", "1000")]
    return found + [
        Target("the same at 1000 a second, of all programs together", cpu("1000", "feeddog"), times(cpu("1000", "floor: curl"), 1.5),
               "µs"),
        Target("memory locked by the feeder", feeder(results, "locked"), 1.5, "MB"),
        Target("private memory of all programs (written to, so nobody else's)", total(results, "private_dirty"), 3, "MB"),
        Target(f"written to disk in {results.get('rest', {}).get('window_s', 0)} s of steady state (`write_bytes`)", written(results), 0,
               "bytes"),
        Target(f"calls that write to a file on disk in {results.get('rest', {}).get('trace', {}).get('window_s', 0)} s (strace)",
               traced(results), 0, ""),
        Target("longest feed gap under any load, the feed interval and 200 ms", most(results, "gap_ms", "feeddog"),
               FEED_INTERVAL_MS + 200, "ms"),
    ]


def pair(values):
    found = summary(values)
    return f"{number(found['median'])} / {number(found['p95'])}" if found else NOTHING


def faults(results):
    """From a fault to its remedy."""
    kill, hang = results.get("kill", {}), results.get("hang_ms", {})
    rows = []
    for kind in (*KEEPERS, WATCHERS[-1]):
        name = kind.name
        asks = kind in WATCHERS
        row = [f"{name}: {kind.about}"]
        row += [pair(kill.get(key, {}).get(name)) if kind in KEEPERS else NOTHING for key in ("to_command_ms", "to_listening_ms")]
        row.append(pair(hang.get(name)) if asks else "as feeddog" if name == "feeddog (run)" else NEVER_ASKS)
        rows.append(row)
    return table(["ms, median / p95", "`kill -9` to restart command", "`kill -9` to listening", "hang to restart command"], rows)


def costs(results):
    names = ["floor: raw", "floor: curl", "feeddog: feeddog-checker", "feeddog", *(kind.name for kind in WATCHERS[1:])]
    words = {"floor: raw": "floor: raw sockets", "floor: curl": "floor: bare libcurl", "feeddog": "feeddog, all programs",
             "feeddog: feeddog-checker": "feeddog's checker"}
    rows = []
    for name in names:
        rows.append([words.get(name, name), *(pair(results.get("cpu_us", {}).get(rate, {}).get(name)) for rate in RATES)])
    return table(["µs of processor time a check, median / p95", *(f"{rate}/s" for rate in RATES)], rows)


def rest(results):
    """Each process while a check a second is asked."""
    found = results.get("rest", {})
    rows = []
    for name, processes in found.get("memory", {}).items():
        windows = found["uses"][name]
        for index, process in enumerate(processes):
            used = [window[index] for window in windows if index < len(window)]
            rows.append([name, process["name"], *(str(process[key]) for key in ("resident", "private_dirty", "private_clean", "locked")),
                         number(sum(one["wakeups"] for one in used) / found["window_s"]),
                         str(sum(one["written_bytes"] for one in used))])
    return table(["", "process", "resident kB", "private kB", "private, of files kB", "locked kB", "wake-ups/s",
                  f"bytes written in {found.get('window_s', 0)} s"], rows)


def feeding(results):
    gaps, first = results.get("gap_ms", {}), results.get("first_feed_ms", {})
    loads = list(next(iter(gaps.values()), {}))
    rows = [[name, *(number(gaps[name][load]) for load in loads), pair(first.get(name))] for name in gaps]
    return table(["longest feed gap, ms", *loads, "start to first feed, median / p95"], rows)


def setting(results):
    machine = results["machine"]
    begin, end = results["load_before"][0], results["load_after"][0]
    return (f"{machine['when']}, {machine['processor']} ({machine['cores']} cores, {machine['architecture']}), {machine['system']}, "
            f"kernel {machine['kernel']}; load average {begin:.1f} at the start, {end:.1f} at the end")


def verdicts(results):
    return table(["target", "limit", "measured", "met"], [target.row() for target in targets(results)])


def markdown(results):
    quick = "This was a quick run: its figures say little.\n\n" if results["quick"] else ""
    return (f"# Measured\n\nMade by `make bench` in one run: {setting(results)}.\n\n{quick}{verdicts(results)}\n"
            f"## From a fault to its remedy\n\n{faults(results)}\n"
            "Every candidate looks once a second, waits one second for an answer, and acts on the first failure. The server is the same "
            "small static program for all.\n\n"
            f"## Processor time of an HTTP check\n\n{costs(results)}\n"
            "Of all processes of a candidate, with what they start, divided by the requests that the server answered; the floors pay for "
            "nothing else. What feeddog does beside its checks (feeding, the LED, its status) costs the same at every rate, so it is most of "
            "*all programs* at one a second. –: it cannot ask so often, or was not made for it.\n\n"
            f"## At rest\n\n{rest(results)}\n"
            "With a check a second where it can ask at all. For feeddog the window was watched by strace too, and an hour is taken to be "
            "like it. *Private* is memory written to; *of files* are pages of programs that no other "
            "process has mapped at the moment, which the kernel may drop. A script's own short-lived programs are not in the table.\n\n"
            f"## Feeding\n\n{feeding(results)}")


def panels(results):
    kill, hang, cpu = results.get("kill", {}), results.get("hang_ms", {}), results.get("cpu_us", {})

    def bars(values):
        found = [(name, summary(values[name])) for name in values if values[name]]
        return [(name, each["median"], each["p95"]) for name, each in sorted(found, key=lambda pair_: pair_[1]["median"])]

    def cost_bars(rate):
        values = cpu.get(rate, {})
        return [(name.replace("feeddog: ", ""), value, None) for name, value, _ in bars(values)
                if not name.startswith("feeddog: ") or name.endswith("checker")]
    return [("kill -9 to a listening replacement", "ms, median; mark: p95", bars(kill.get("to_listening_ms", {}))),
            ("hang to restart command", "ms, median; mark: p95", bars(hang)),
            ("processor time of an HTTP check, 1 a second", "µs", cost_bars("1")),
            ("processor time of an HTTP check, 1000 a second", "µs", cost_bars("1000"))]


def short(results):
    """The table of README.md: one line for each candidate."""
    kill, hang = results.get("kill", {}), results.get("hang_ms", {})
    memory = results.get("rest", {}).get("memory", {})

    def cell(value):
        return NOTHING if value is None else number(value)
    rows = []
    for kind in (*KEEPERS, WATCHERS[-1]):
        private = sum(process["private_dirty"] for process in memory[kind.name]) / 1024 if kind.name in memory else None
        rows.append([kind.name, *(cell(median(kill, key, kind.name)) for key in ("to_command_ms", "to_listening_ms")),
                     cell(median(hang, kind.name)), cell(median(results, "cpu_us", "1", kind.name)), cell(private)])
    for name, words in (("floor: curl", "bare libcurl"), ("floor: raw", "raw sockets")):
        rows.append([words, NOTHING, NOTHING, NOTHING, cell(median(results, "cpu_us", "1", name)), NOTHING])
    return table(["", "`kill -9` to restart command, ms", "`kill -9` to listening, ms", "hang to restart command, ms",
                  "processor time of all its processes for an HTTP check at 1/s, µs", "private memory, MB"], rows)


def readme(text, results):
    """README.md with the table between its two marks replaced."""
    begin, end = text.index(MARK) + len(MARK), text.index(END_MARK)
    missed = [target.sentence for target in targets(results) if not target.is_met()]
    met = "All targets were met" if not missed else "Missed: " + "; ".join(missed)
    return text[:begin] + f"\n{short(results)}\n{setting(results)}. {met}.\n" + text[end:]


def render(results):
    """The files made of results.json."""
    return {"results.md": markdown(results), "results.svg": plot.picture(panels(results), setting(results))}


def put(folder, results):
    for name, text in {"results.json": json.dumps(results, indent=1) + "\n", **render(results)}.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)


def keep(results):
    """Into the tree, where README.md shows it."""
    put(HERE, results)
    path = os.path.join(ROOT, "README.md")
    with open(path, encoding="utf-8") as file:
        text = readme(file.read(), results)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def judge(results):
    """The targets in the terminal, as far as they were measured; the exit code."""
    judged = [target for target in targets(results) if target.measured is not None]
    for target in judged:
        sentence, limit, measured, _ = target.row()
        print(f"  {'ok  ' if target.is_met() else 'MISS'} {sentence}: {measured} (limit {limit})")
    met = sum(target.is_met() for target in judged)
    print(f"{met} passed, {len(judged) - met} failed")
    return 0 if judged and met == len(judged) else 1

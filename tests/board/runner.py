# SPDX-License-Identifier: MIT
"""Plays the cases on virtual boards: `run [-j N] [-l] [NAME...]`, where a name is that of a scene or of a case."""

import argparse
import importlib.util
import os
import pathlib
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Optional

from board import Board
from scene import Case, Scene

CASES = pathlib.Path(__file__).resolve().parent / "cases"
printing = threading.Lock()


def say(text: str) -> None:
    with printing:
        print(text, flush=True)


def load(folder: pathlib.Path) -> dict[str, Scene]:
    """Each file of the folder is a scene, called `scene`, or several with the same cases, in `scenes` by their names."""
    scenes = {}
    for path in sorted(folder.glob("*.py")):
        spec = importlib.util.spec_from_file_location(f"cases.{path.stem}", path)
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        scenes |= getattr(module, "scenes", None) or {path.stem: module.scene}
    return scenes


def chosen(scenes: dict[str, Scene], names: list[str]) -> dict[str, list[Case]]:
    """The cases to play, by scene: those that a chosen one follows come with it."""
    known = set(scenes) | {case.name for scene in scenes.values() for case in scene.cases}
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"no such scene or case: {' '.join(unknown)}")
    picked = {}
    for title, scene in scenes.items():
        wanted = [not names or title in names or case.name in names for case in scene.cases]
        for i in range(len(wanted) - 1, 0, -1):
            wanted[i - 1] |= wanted[i] and scene.cases[i].follows
        picked[title] = [case for case, want in zip(scene.cases, wanted) if want]
    return {title: cases for title, cases in picked.items() if cases}


class Play:
    """One scene being played. A case that fails costs the board: what comes after begins on a new one; with `go_on` it is kept."""

    def __init__(self, title: str, scene: Scene, cases: list[Case], go_on: bool):
        self.title = title
        self.scene = scene
        self.cases = cases
        self.go_on = go_on
        self.board: Optional[Board] = None
        self.boards = 0
        self.passed = 0
        self.failed = 0
        self.took_s = 0.0
        self.cells: dict[str, str] = {}

    def run(self) -> None:
        broken = False
        try:
            for case in self.cases:
                begun = time.monotonic()
                if case.follows and broken:
                    self.report(case, begun, "not reached: the case before it failed")
                    continue
                ended, error = self.play(case)
                broken = error is not None and not self.go_on
                self.report(case, begun, error, ended)
                if broken:
                    self.switch_off()
        finally:
            self.switch_off()

    def play(self, case: Case) -> tuple[Optional[str], Optional[str]]:
        """Plays one case; how it ended, if it says so, and what went wrong, or None."""
        try:
            if self.board is None:
                self.boards += 1
                self.board = self.scene.make(f"{self.title}-{self.boards}", self.scene.files)
                self.board.power_on()
            if self.scene.ready and not case.follows:
                self.scene.ready(self.board)
            return case.play(self.board), None
        except AssertionError as error:
            return None, str(error) or traceback.format_exc()
        except Exception:
            return None, traceback.format_exc()

    def report(self, case: Case, begun: float, error: Optional[str], ended: Optional[str] = None) -> None:
        took = time.monotonic() - begun
        self.took_s += took
        if error is None:
            self.passed += 1
        else:
            self.failed += 1
        verdict = "ok  " if error is None else "FAIL"
        self.cells[case.name] = f"{took:.0f} s" if error is None else "FAIL"
        text = f"{verdict} {self.title}/{case.name}: {case.sentence} [{' '.join(case.promises)}] ({took:.0f} s)"
        if ended:
            text += f"\n     {ended}"
        if error is not None:
            where = f"\n     serial line: {self.board.folder}/serial.log" if self.board else ""
            text += "\n     " + error.strip().replace("\n", "\n     ") + where
        say(text)

    def switch_off(self) -> None:
        if self.board:
            self.board.power_cut()
            self.board = None


def covered(plays: list[Play]) -> str:
    """Which case was played on which board: a line for each case, a column for each scene."""
    names = {name: None for play in plays for name in play.cells}
    rows = [["", *(play.title for play in plays)]]
    rows += [[name, *(play.cells.get(name, "-") for play in plays)] for name in names]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def main(program: str = "tests/board/run", cases: pathlib.Path = CASES, table: bool = False, beside: int = 1) -> int:
    """`beside`: how many boards at once for each processor. Boards that mostly wait leave room for others."""
    parser = argparse.ArgumentParser(prog=program, description=__doc__)
    beside *= min(2, os.cpu_count() or 1)
    parser.add_argument("-j", "--jobs", type=int, default=beside, help=f"boards side by side (default: {beside})")
    parser.add_argument("-l", "--list", action="store_true", help="list the cases and play none")
    parser.add_argument("-k", "--go-on", action="store_true", help="keep the board of a case that failed for those that follow it")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a scene or a case (default: all)")
    given = parser.parse_args()

    scenes = load(cases)
    picked = chosen(scenes, given.names)
    if given.list:
        for title, cases in picked.items():
            for case in cases:
                print(f"{title}/{case.name}: {case.sentence} [{' '.join(case.promises)}]")
        return 0

    begun = time.monotonic()
    for prepare in {scenes[title].prepare: None for title in picked}:
        prepare()
    plays = [Play(title, scenes[title], cases, given.go_on) for title, cases in picked.items()]
    # The longest first, or one board plays on alone in the end.
    plays.sort(key=lambda play: (play.scene.early, len(play.cases)), reverse=True)
    with ThreadPoolExecutor(given.jobs) as pool:
        for future in [pool.submit(play.run) for play in plays]:
            future.result()
    passed, failed = sum(play.passed for play in plays), sum(play.failed for play in plays)
    if table:
        say(covered(plays))
    say("seconds by scene: " + ", ".join(f"{play.title} {play.took_s:.0f}" for play in plays))
    say(f"took {time.monotonic() - begun:.0f} s")
    say(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(beside=2))

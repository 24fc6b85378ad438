# SPDX-License-Identifier: MIT
"""The faults on the fast board: `run [-j N] [-l] [NAME...]`."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent)]

import runner  # noqa: E402

if __name__ == "__main__":
    sys.exit(runner.main("tests/board/faults/run", HERE / "cases"))

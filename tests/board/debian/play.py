# SPDX-License-Identifier: MIT
"""The cases on boards with a whole Debian: `run [-j N] [-l] [NAME...]`, as on the fast board."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import runner  # noqa: E402

if __name__ == "__main__":
    sys.exit(runner.main("tests/board/debian/run", HERE / "cases", table=True))

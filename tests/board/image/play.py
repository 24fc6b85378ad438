# SPDX-License-Identifier: MIT
"""The cases on a board that boots an image of scripts/build-image: `run [-l] [NAME...]`."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "debian"), str(HERE.parent)]

import runner  # noqa: E402

if __name__ == "__main__":
    sys.exit(runner.main("tests/board/image/run", HERE / "cases"))

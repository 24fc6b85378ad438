# SPDX-License-Identifier: MIT
"""CBMC, the bounded model checker, out of Debian 13's package: unpacked, not installed, and run by its own loader, so that
it works on an older Debian, beside the machine's own libraries, and without root.

It reads the C files by the machine's own gcc.
"""

import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
FOLDER = TOP / "build/proof"
TREE = FOLDER / "tree"
# The first release that has a version which can read today's C.
CODENAME = "trixie"

sys.path.insert(0, str(HERE.parent / "board"))
import packages  # noqa: E402

CHECKS = ["--bounds-check", "--pointer-check", "--div-by-zero-check", "--signed-overflow-check", "--pointer-overflow-check",
          "--conversion-check", "--undefined-shift-check", "--enum-range-check", "--pointer-primitive-check"]
RESULT = re.compile(r"^\[(?P<id>\S+)\] (?:line \d+ )?(?P<text>.*): (?P<verdict>SUCCESS|FAILURE|UNKNOWN)$", re.MULTILINE)


def fetch() -> None:
    """Fetches and unpacks it, where that is not done yet."""
    if (TREE / "usr/bin/cbmc").exists():
        return
    print("proof: fetching CBMC from Debian 13", flush=True)
    machine = subprocess.run(["dpkg", "--print-architecture"], check=True, capture_output=True, text=True).stdout.strip()
    archive = packages.Archive(FOLDER / "apt", machine, CODENAME)
    archive.prepare()
    # Its solver's library, with what that needs; CBMC alone, since it would bring a compiler.
    unpacked = FOLDER / "unpacking"
    archive.unpack(unpacked, ["minisat"], ["cbmc"])
    unpacked.rename(TREE)


def command() -> list[str]:
    libraries = [path for path in (TREE / "usr/lib").iterdir() if (path / "libc.so.6").exists()]
    loader = next(libraries[0].glob("ld-linux*.so.*"))
    return [str(loader), "--library-path", f"{libraries[0]}:{TREE}/usr/lib", str(TREE / "usr/bin/cbmc")]


class Answer:
    """What came of one proof: each statement with its verdict, and the checks for undefined behaviour."""

    def __init__(self, output: str):
        self.statements: dict[str, bool] = {}
        self.checks = 0
        self.undefined: list[str] = []
        self.output = output
        self.ended = "VERIFICATION" in output
        for match in RESULT.finditer(output):
            good = match["verdict"] == "SUCCESS"
            # A statement of our own; whatever has another kind of name was added by CBMC, whose malloc() asserts as well.
            if re.fullmatch(r"(?!malloc\.)\w+\.assertion\.\d+", match["id"]):
                self.statements[match["text"]] = good and self.statements.get(match["text"], True)
            else:
                self.checks += 1
                if not good:
                    self.undefined.append(f"{match['id']}: {match['text']}")
        # CBMC takes what it does for nothing, so whatever follows would rest on a wrong assumption.
        self.undefined += re.findall(r"no body for function \w+", output)


def prove(function: str, sources: list[pathlib.Path], include: pathlib.Path, options: list[str], checks: bool,
          timeout_s: int) -> Answer:
    argv = [*command(), *map(str, sources), "-I", str(include), "--c11", "--function", function,
            "--drop-unused-functions", "--unwinding-assertions"]
    wanted = [check for check in CHECKS if check.replace("--", "--no-", 1) not in options]
    argv += [option for option in options if not option.startswith("--no-")]
    argv += wanted if checks else ["--no-standard-checks"]
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=timeout_s)
        return Answer(done.stdout)
    except subprocess.TimeoutExpired:
        return Answer(f"no answer within {timeout_s} s")

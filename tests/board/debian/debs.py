# SPDX-License-Identifier: MIT
"""feeddog's own Debian packages, for guests: as built, and the same again under another version."""

import pathlib
import subprocess

import image
import roots

FOLDER = image.TOP / "build/deb"


def built(codename: str, architecture: str = "amd64") -> pathlib.Path:
    """The package of a release, built from the tree as it is."""
    with roots.Lock(FOLDER / "lock"):
        done = subprocess.run([str(image.TOP / "scripts/packaging/build"), codename, architecture], text=True, capture_output=True)
    lines = done.stdout.splitlines()
    if done.returncode != 0:
        raise RuntimeError(f"the package for {codename} was not built:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return image.TOP / lines[-1].removeprefix("deb: ")


def under_version(package: pathlib.Path, version: str) -> pathlib.Path:
    """The same package, only called older or newer."""
    tree = package.parent / f"as-{version}"
    again = package.parent / f"feeddog_{version}.deb"
    subprocess.run(["rm", "-rf", str(tree)], check=True)
    subprocess.run(["dpkg-deb", "-R", str(package), str(tree)], check=True)
    control = tree / "DEBIAN/control"
    lines = [f"Version: {version}" if line.startswith("Version:") else line for line in control.read_text().splitlines()]
    control.write_text("\n".join(lines) + "\n")
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", str(tree), str(again)], check=True, capture_output=True)
    subprocess.run(["rm", "-rf", str(tree)], check=True)
    return again


class Packages:
    """What a scene's boards are given. Built by prepare(), once in a run."""

    def __init__(self, root: roots.Root):
        self.root = root

    def prepare(self) -> None:
        self.root.build()
        self.package = built(self.root.codename)
        self.newer = under_version(self.package, "99.0")
        self.newest = under_version(self.package, "99.1")
        self.older = under_version(self.package, "0.0.1")

# SPDX-License-Identifier: MIT
"""Debian packages of another architecture, fetched and unpacked without installing anything.

An apt of its own (lists, cache, empty status) in a folder of its own reads the machine's Debian sources and keyrings.
Sources of anybody else are left out: the board is made of Debian alone.
"""

import pathlib
import re
import shutil
import subprocess


ONE_LINE = re.compile(r"deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.*)")


def release_codename() -> str:
    for line in pathlib.Path("/etc/os-release").read_text().splitlines():
        key, _, value = line.partition("=")
        if key == "VERSION_CODENAME":
            return value.strip('"')
    raise RuntimeError("/etc/os-release names no VERSION_CODENAME: is this Debian?")


def is_debians(suites: list[str], components: list[str], codename: str) -> bool:
    """Debian's own archive is known by the names of its suites; others are named after their makers."""
    ours = re.compile(rf"{codename}(-updates|-security|-proposed-updates|/updates)?$")
    return "main" in components and all(ours.match(suite) for suite in suites)


def debian_lines(text: str, codename: str, wanted: str) -> str:
    """The Debian lines of a one-line-style file, freed of `arch=`, for the release `wanted`."""
    kept = []
    for line in text.splitlines():
        match = ONE_LINE.match(line)
        if not match or not is_debians([match["suite"]], match["components"].split(), codename):
            continue
        options = [o for o in (match["options"] or "").split() if not o.startswith("arch=")]
        bracket = f"[{' '.join(options)}] " if options else ""
        suite = match["suite"].replace(codename, wanted, 1)
        kept.append(f"deb {bracket}{match['uri']} {suite} {match['components']}")
    return "\n".join(kept) + "\n" if kept else ""


def debian_stanzas(text: str, codename: str, wanted: str) -> str:
    """The Debian stanzas of a deb822 file, freed of `Architectures:`, for the release `wanted`."""
    kept = []
    for stanza in re.split(r"\n\s*\n", text):
        fields = {}
        lines = [line for line in stanza.splitlines() if line and not line.startswith(("#", "Architectures:"))]
        for line in lines:
            key, colon, value = line.partition(":")
            if colon and not line.startswith((" ", "\t")):
                fields[key.lower()] = value.split()
        if fields.get("enabled") == ["no"] or "deb" not in fields.get("types", []):
            continue
        if is_debians(fields.get("suites", ["?"]), fields.get("components", []), codename):
            kept.append("\n".join(line if line[:7].lower() != "suites:" else line.replace(codename, wanted) for line in lines) + "\n")
    return "\n".join(kept)


def sources(wanted: str = "") -> dict[str, str]:
    """The Debian sources of this machine by the names of their files, for its own release or the one that is wanted."""
    codename = release_codename()
    etc = pathlib.Path("/etc/apt")
    found = {}
    for source in [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]:
        readers = {".list": debian_lines, ".sources": debian_stanzas}
        reader = readers.get(source.suffix)
        text = reader(source.read_text(), codename, wanted or codename) if reader and source.exists() else ""
        if text:
            found[source.name] = text
    if not found:
        raise RuntimeError(f"no Debian {codename} source in /etc/apt: the board has nowhere to come from")
    return found


class Archive:
    """Fetches packages for `architecture`, of this machine's release or of `codename`; all it writes is below `folder`."""

    def __init__(self, folder: pathlib.Path, architecture: str, codename: str = ""):
        self.folder = folder
        self.codename = codename
        self.cache = folder / "cache"
        self.options = [
            f"-oAPT::Architecture={architecture}",
            f"-oAPT::Architectures={architecture}",
            f"-oDir::State={folder}/state",
            f"-oDir::State::lists={folder}/lists",
            f"-oDir::State::status={folder}/state/status",
            f"-oDir::Cache={self.cache}",
            f"-oDir::Cache::archives={self.cache}/archives",
            f"-oDir::Etc::sourcelist={folder}/sources.list",
            f"-oDir::Etc::sourceparts={folder}/sources.list.d",
            "-oAPT::Install-Recommends=0",
            "-oAPT::Get::Assume-Yes=1",
            # The emptied status knows no user of apt's sandbox, and the folder may not be readable for one.
            "-oAPT::Sandbox::User=root",
            "-oDebug::NoLocking=1",
            # Images of Debian for containers have apt throw the packages away when it is done; here they are the point.
            "-oAPT::Keep-Downloaded-Packages=1",
        ]

    def _run(self, tool: str, *arguments: str) -> str:
        command = [tool, "-qq", *self.options, *arguments]
        done = subprocess.run(command, cwd=self.cache / "archives", text=True, capture_output=True)
        if done.returncode != 0:
            raise RuntimeError(f"{tool} {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def prepare(self) -> None:
        shutil.rmtree(self.folder / "sources.list.d", ignore_errors=True)
        for name in ("state", "lists/partial", "cache/archives/partial", "sources.list.d"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "state/status").write_text("")
        (self.folder / "sources.list").write_text("")
        for name, text in sources(self.codename).items():
            (self.folder / "sources.list.d" / name).write_text(text)
        self._run("apt-get", "update")

    def dependency(self, package: str, pattern: str) -> str:
        """The name of the one dependency of a package that matches: the real package behind a meta package."""
        for line in self._run("apt-cache", "depends", package).splitlines():
            match = re.match(r"\s*Depends:\s*(\S+)", line)
            if match and re.fullmatch(pattern, match[1]):
                return match[1]
        raise RuntimeError(f"{package} depends on nothing like {pattern}")

    def download(self, package: str) -> pathlib.Path:
        """The package alone, as it is."""
        self._run("apt-get", "download", package)
        return max((self.cache / "archives").glob(f"{package}_*.deb"), key=lambda path: path.stat().st_mtime)

    def unpack(self, tree: pathlib.Path, closed: list[str], alone: list[str]) -> None:
        """Unpacks `closed` with all they depend on, and `alone` without it."""
        # What an earlier run left may be of older versions, and everything that lies there is unpacked.
        for old in (self.cache / "archives").glob("*.deb"):
            old.unlink()
        self._run("apt-get", "--download-only", "install", *closed)
        if alone:
            self._run("apt-get", "download", *alone)
        shutil.rmtree(tree, ignore_errors=True)
        tree.mkdir(parents=True)
        archives = sorted((self.cache / "archives").glob("*.deb"))
        for archive in archives:
            subprocess.run(["dpkg", "-x", str(archive), str(tree)], check=True)
            archive.unlink()

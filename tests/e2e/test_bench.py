# SPDX-License-Identifier: MIT
"""The benchmark's arithmetic, its picture, and that what README.md shows is what was measured. Nothing is measured here."""

import json
import os
import sys
import xml.etree.ElementTree

HERE = os.path.dirname(os.path.realpath(__file__))
BENCH = os.path.join(HERE, "../bench")
sys.path.insert(0, BENCH)

import figures  # noqa: E402
import plot  # noqa: E402
import report  # noqa: E402

# It is about tests/bench/, which measures time.
NOT_SANITIZED = ["*"]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def kept():
    return json.loads(read(os.path.join(BENCH, "results.json")))


def test_percentiles():
    """a percentile is a value that was measured, and the median of two lies between them"""
    values = list(range(1, 101))
    assert [figures.percentile(values, percent) for percent in (1, 50, 95, 100)] == [1, 50, 95, 100]
    assert figures.percentile([7], 95) == 7
    assert figures.percentile([3, 1, 2], 95) == 3
    assert figures.summary([4, 1])["median"] == 2.5
    assert figures.summary([]) is None


def test_longest_gap():
    """the time before the first feed and after the last one counts too"""
    assert figures.longest_gap([10, 30, 35], 0, 40) == 20
    assert figures.longest_gap([10], 0, 40) == 30
    assert figures.longest_gap([], 0, 40) == 40
    assert figures.longest_gap([-5, 5, 50], 0, 10) == 5


def test_numbers():
    """three digits count, and none before the point is lost"""
    assert [figures.number(value) for value in (0, 0.12345, 1.2345, 12.345, 123.45, 12345.6)] == \
        ["0", "0.123", "1.23", "12.3", "123", "12346"]


def test_targets():
    """what reaches a limit has met it, but not where it must be below; what was not measured has not"""
    assert figures.Target("", 2, 2, "ms").is_met()
    assert not figures.Target("", 2, 2, "ms", strict=True).is_met()
    assert not figures.Target("", 2.01, 2, "ms").is_met()
    assert not figures.Target("", None, 2, "ms").is_met()
    assert figures.Target("x", 3, 2, "ms").row() == ["x", "2.00 ms", "3.00 ms", "**no**"]


def bars(svg):
    """Widths by name, from the picture itself."""
    tree = xml.etree.ElementTree.fromstring(svg)
    space = "{http://www.w3.org/2000/svg}"
    names = [node.text for node in tree.iter(space + "text") if node.get("text-anchor") == "end"]
    wide = [float(node.get("width")) for node in tree.iter(space + "rect") if node.get("x")]
    return dict(zip(names, wide))


def test_picture():
    """ten times as much is as much longer, whatever the names hold, and nothing leaves its panel"""
    svg = plot.picture([("a", "ms", [("1 & <2>", 1, None), ("ten", 10, 12), ("hundred", 100, None)]), ("empty", "ms", [])], "here")
    found = bars(svg)
    assert list(found) == ["1 & <2>", "ten", "hundred"]
    assert abs((found["hundred"] - found["ten"]) - found["ten"]) < 1.5
    assert found["hundred"] <= plot.WIDTH - plot.LABEL - plot.RIGHT


def test_a_part_of_a_run():
    """a run of one phase is told of as far as it went, and what it did not measure has met nothing"""
    part = {key: value for key, value in kept().items() if key in ("machine", "quick", "load_before", "load_after", "kill")}
    part["cpu_us"] = {}
    assert "not measured" in report.markdown(part)
    xml.etree.ElementTree.fromstring(report.render(part)["results.svg"])


def test_what_is_shown_was_measured():
    """the table, the picture and README.md say what the kept results say, which are of a whole run"""
    results = kept()
    assert not results["quick"]
    assert all(target.measured is not None for target in report.targets(results))
    for name, text in report.render(results).items():
        assert read(os.path.join(BENCH, name)) == text, f"{name} is not of these results (make bench KEEP=1)"
    page = read(os.path.join(HERE, "../../README.md"))
    assert report.readme(page, results) == page, "README.md does not show these results (make bench KEEP=1)"

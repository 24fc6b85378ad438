# SPDX-License-Identifier: MIT
"""The arithmetic of the benchmark: what a list of measurements comes to, and which targets are met. Pure."""

import math
import statistics


def percentile(values, percent):
    """The smallest measured value that so many percent of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def summary(values):
    """Median, p95 and the ends of a list; None where nothing was measured."""
    if not values:
        return None
    return {"median": statistics.median(values), "p95": percentile(values, 95), "least": min(values), "most": max(values),
            "count": len(values)}


def longest_gap(times, begin, end):
    """Between two feeds, or a feed and an end of the window."""
    inside = [begin, *sorted(at for at in times if begin <= at <= end), end]
    return max(later - earlier for earlier, later in zip(inside, inside[1:]))


def number(value):
    """Three digits that count."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{min(digits, 3)}f}"


class Target:
    """One promise in figures: `is` and `limit` in the same unit, `limit` from the same run where it is a rival's."""

    def __init__(self, sentence, measured, limit, unit, *, strict=False):
        self.sentence, self.measured, self.limit, self.unit, self.strict = sentence, measured, limit, unit, strict

    def is_met(self):
        if self.measured is None or self.limit is None:
            return False
        return self.measured < self.limit if self.strict else self.measured <= self.limit

    def row(self):
        """Words for a table: what is promised, the limit, what was measured, whether that is kept."""
        def value(amount):
            return "not measured" if amount is None else f"{number(amount)} {self.unit}".strip()
        return [self.sentence, ("below " if self.strict else "") + value(self.limit), value(self.measured),
                "yes" if self.is_met() else "**no**"]


def table(head, rows):
    """Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]) + "\n"

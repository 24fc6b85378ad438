# SPDX-License-Identifier: MIT
"""What the LED shows, told from samples of its line: the patterns of the README's legend, in slots of 125 ms.

A pattern is recognised by the lengths of its flashes and pauses, over at least one whole turn. That is how a person
tells them apart, and it does not mind that an emulated guest is late by a few milliseconds here and there.
"""

from dataclasses import dataclass
from itertools import groupby
from typing import Optional

SLOT_S = 0.125
LED_SAMPLE_S = 0.02
# A flash may be off by this much and still be told from one that is a slot longer or shorter.
TOLERANCE_S = 0.055
# Long pauses may be off by more: nothing differs from them by a slot.
TOLERANCE_SHARE = 0.06
# One flash and one pause are no pattern yet: that is also how others begin.
LEAST_RUNS = {"rebooting": 14, "starting": 4, "well": 2, "maintenance": 4}
NUMBERS = range(1, 5)


@dataclass
class Sample:
    at: float
    lit: bool


@dataclass
class Run:
    """A flash or a pause."""

    lit: bool
    length_s: float


@dataclass(frozen=True)
class Shown:
    pattern: str
    number: int = 0  # of the service, where the pattern tells it


def patterns() -> dict[Shown, str]:
    """Every pattern as its slots: 1 is lit."""
    table = {
        Shown("starting"): "11110000",
        Shown("well"): "1" + "0" * 15,
        Shown("doubt"): "101" + "0" * 13,
        Shown("rebooting"): "10",
        Shown("maintenance"): "1" * 14 + "00",
        Shown("fault"): "10101000" + "1010100000",
    }
    for number in NUMBERS:
        flashes = "0000" + "1100" * number + "0" * 8
        table[Shown("recovering", number)] = "10" * 4 + flashes
        table[Shown("hold", number)] = "111100" * 3 + "10" * 3 + flashes
    return table


def slot_runs(slots: str) -> list[Run]:
    """One turn of a pattern as flashes and pauses, turned so that it begins with a flash."""
    first = next(i for i in range(len(slots)) if slots[i] == "1" and slots[i - 1] == "0")
    turned = slots[first:] + slots[:first]
    return [Run(bit == "1", len(list(group)) * SLOT_S) for bit, group in groupby(turned)]


def sample_runs(samples: list[Sample]) -> list[Run]:
    """The samples as flashes and pauses. The first and the last are not whole: nobody saw them begin or end."""
    edges = [(samples[0].at, samples[0].lit)] if samples else []
    for before, after in zip(samples, samples[1:]):
        if before.lit != after.lit:
            # It changed somewhere between the two.
            edges.append(((before.at + after.at) / 2, after.lit))
    ends = [at for at, _ in edges[1:]] + ([samples[-1].at] if samples else [])
    return [Run(lit, end - at) for (at, lit), end in zip(edges, ends)]


def close(seen: Run, expected: Run) -> bool:
    tolerance = TOLERANCE_S + TOLERANCE_SHARE * expected.length_s
    return seen.lit == expected.lit and abs(seen.length_s - expected.length_s) <= tolerance


def ends_with(runs: list[Run], turn: list[Run], least: int) -> bool:
    """Whether what was seen last is a whole turn of the pattern, beginning anywhere in it."""
    count = max(least, len(turn))
    whole, current = runs[1:-1], runs[-1:]
    if len(whole) < count:
        return False
    seen = whole[-count:]
    for start in range(len(turn)):
        expected = [turn[(start + i) % len(turn)] for i in range(count + 1)]
        # The one that is going on may be of any length up to its own: longer, and the pattern has stopped.
        going_on = current[0].length_s <= expected[count].length_s + 2 * TOLERANCE_S + 0.1 * expected[count].length_s
        if going_on and all(close(s, e) for s, e in zip(seen, expected)):
            return True
    return False


TURNS = {shown: slot_runs(slots) for shown, slots in patterns().items()}


def recognise(samples: list[Sample]) -> Optional[Shown]:
    """What the LED showed at the end of the samples; None where it is nothing we know."""
    runs = sample_runs(samples)
    matches = [shown for shown, turn in TURNS.items() if ends_with(runs, turn, LEAST_RUNS.get(shown.pattern, 0))]
    return matches[0] if len(matches) == 1 else None


def drawn(samples: list[Sample]) -> str:
    """The samples as a person may read them in a message: flashes and pauses in slots."""
    return " ".join(f"{'on' if run.lit else 'off'}{run.length_s / SLOT_S:.1f}" for run in sample_runs(samples))

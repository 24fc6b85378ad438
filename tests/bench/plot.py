# SPDX-License-Identifier: MIT
"""The benchmark's picture: panels of horizontal bars on a logarithmic scale, as SVG. Pure."""

import math
from xml.sax.saxutils import escape

from figures import number

WIDTH, LABEL, RIGHT, ROW, HEAD, GAP = 760, 190, 80, 20, 46, 18
OURS, FLOOR, OTHERS = "#2f7d4f", "#9aa3ad", "#c8824a"


def colour(name):
    if name.startswith("feeddog"):
        return OURS
    return FLOOR if name.startswith("floor") else OTHERS


def decades(values):
    """The powers of ten around all values."""
    return math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)) + 1e-9)


def bar_length(value, low, high, room):
    """A power of ten takes as much as the next; what is smaller than the scale takes nothing."""
    return max(0.0, min(1.0, (math.log10(value) - low) / max(1, high - low))) * room


def text(x, y, words, *, size=12, anchor="start", weight="normal", fill="#24292f"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" font-weight="{weight}" fill="{fill}">'
            f"{escape(words)}</text>")


def scale(low, high, top, bottom):
    room = WIDTH - LABEL - RIGHT
    lines = []
    for power in range(low, high + 1):
        x = LABEL + bar_length(10 ** power, low, high, room)
        lines += [f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}" stroke="#d8dee4"/>',
                  text(x, top - 4, f"{10 ** power:g}", size=10, anchor="middle", fill="#57606a")]
    return lines


def panel(title, unit, rows, top):
    """SVG lines, and where the next panel may begin. A row is (name, value, p95 or None)."""
    values = [value for row in rows for value in row[1:] if value]
    low, high = decades(values)
    room = WIDTH - LABEL - RIGHT
    bottom = top + HEAD + len(rows) * ROW
    lines = [text(12, top + 16, f"{title} ({unit})", size=14, weight="bold"), *scale(low, high, top + HEAD - 4, bottom)]
    for index, (name, value, p95) in enumerate(rows):
        y = top + HEAD + index * ROW
        long = bar_length(value, low, high, room)
        lines += [text(LABEL - 8, y + 13, name, anchor="end"),
                  f'<rect x="{LABEL}" y="{y + 2}" width="{max(long, 1):.1f}" height="{ROW - 6}" fill="{colour(name)}"/>']
        if p95:
            x = LABEL + bar_length(p95, low, high, room)
            lines.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y}" y2="{y + ROW - 2}" stroke="#24292f" stroke-width="2"/>')
            long = max(long, x - LABEL)
        lines.append(text(LABEL + long + 6, y + 13, number(value), size=11))
    return lines, bottom + GAP


def picture(panels, foot):
    """An SVG file's text. A panel is (title, unit, rows); one without rows is left out."""
    lines, top = [], 8
    for title, unit, rows in panels:
        if rows:
            more, top = panel(title, unit, rows, top)
            lines += more
    for line in foot.split("; "):
        lines.append(text(12, top + 4, line, size=11, fill="#57606a"))
        top += 16
    height = top + 2
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
            'font-family="sans-serif">')
    return "\n".join([head, f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>', *lines, "</svg>"]) + "\n"

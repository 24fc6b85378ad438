# SPDX-License-Identifier: MIT
"""The demonstration on a terminal of 80 by 24: what is drawn, from how the board is now. Changes nothing but the screen."""

import os
import sys
import time

from board import DOG_TIMEOUT_S, REBOOT_WITHIN_S, RESTART_FOR_S, SLOT_S

COLUMNS, ROWS = 80, 24
PLAIN, BOLD, DIM, INVERSE = "\033[0m", "\033[1m", "\033[2m", "\033[7m"
RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN = (f"\033[{30 + n}m" for n in (1, 2, 3, 4, 5, 6))

COLOUR = {"starting": CYAN, "well": GREEN, "doubt": YELLOW, "recovering": YELLOW, "rebooting": RED, "letgo": RED,
          "hold": MAGENTA, "maintenance": BLUE, "off": DIM}

# Which rung of the ladder a state stands on.
RUNGS = ["feed", "restart", "reboot", "let go", "reset"]
STATE_WORDS = {"letgo": "let go", "maintenance": "in maintenance", "hold": "in hold"}
TRAIL_SLOTS = 16
RUNG_OF = {"starting": 0, "well": 0, "doubt": 0, "recovering": 1, "rebooting": 2, "letgo": 3, "off": 4}

DOG_FED = [r"   / \__     ",
           r"  (    -\___ ",
           r"  /         O",
           r" /   (_____/ ",
           r"/_____/   U  "]
DOG_HUNGRY = [r"   / \__     ",
              r"  (    @\___ ",
              r"  /         O",
              r" /   (vvvv-- ",
              r"/_____/      "]
DOG_BITES = [r"   / \__  ___",
             r"  (   >@\/  O",
             r"  /     VVVV ",
             r" /     (^^^^ ",
             r"/_____/ \___/"]


def paint(text, *styles):
    return "".join(styles) + text + PLAIN if styles else text


def bar(share, width, colour):
    full = round(max(0.0, min(1.0, share)) * width)
    return paint("█" * full, colour) + paint("░" * (width - full), DIM)


class Canvas:
    """Lines of cells; text may hold styles, whose bytes take no room."""

    def __init__(self):
        self.rows = [[] for _ in range(ROWS)]

    def put(self, row, column, text):
        self.rows[row].append((column, text))

    def lines(self):
        for parts in self.rows:
            yield "".join(f"\033[{column + 1}G{text}" for column, text in parts)


class Screen:
    def __init__(self, board):
        self.board, self.begun = board, time.monotonic()
        self.shown = [None] * ROWS

    # --- the terminal ---

    def open(self):
        sys.stdout.write("\033[?1049h\033[?25l\033[2J")

    def close(self):
        sys.stdout.write("\033[?25h\033[?1049l")
        sys.stdout.flush()

    def show(self, canvas):
        out = []
        for row, line in enumerate(canvas.lines()):
            if line != self.shown[row]:
                out.append(f"\033[{row + 1};1H\033[2K{line}")
                self.shown[row] = line
        if out:
            sys.stdout.write("".join(out) + PLAIN)
            sys.stdout.flush()

    # --- the picture ---

    def draw(self, director=None, keys=None):
        canvas = Canvas()
        state, since = self.board.state()
        elapsed = int(time.monotonic() - self.begun)
        title = " feeddog keeps the server on this board alive"
        right = f"{elapsed // 60}:{elapsed % 60:02d}  boot {max(self.board.boots, 1)} "
        canvas.put(0, 0, paint(title + right.rjust(COLUMNS - len(title)), INVERSE))
        self.draw_server(canvas)
        self.draw_led(canvas, state, since)
        self.draw_ladder(canvas, state, since)
        self.draw_dog(canvas)
        if director:
            self.draw_acts(canvas, director)
        else:
            self.draw_keys(canvas, keys)
        self.draw_log(canvas, 19 if director else 15)
        self.show(canvas)

    def draw_server(self, canvas):
        server = self.board.server()
        colour = GREEN if server == "answers 200" else RED
        canvas.put(2, 1, paint("WEB SERVER", BOLD))
        canvas.put(3, 1, paint(server if self.board.powered else "without power", colour))
        canvas.put(4, 1, paint("no process" if server in ("dead", "cannot start") else f"pid {self.board.server_pid()}", DIM))

    def draw_led(self, canvas, state, since):
        led, now = self.board.led, time.monotonic()

        def lit(at):
            return at >= since and self.board.powered and led.lit(state, 1, at - since)
        canvas.put(6, 1, paint("LED", BOLD))
        canvas.put(6, 5, paint("⬤ ", COLOUR[state]) if lit(now) else paint("◯ ", DIM))
        canvas.put(6, 8, paint(led.looks(state).split(",")[0], DIM))
        # What it did in the last two seconds, as it moves to the left.
        slot = int((now - since) / SLOT_S)
        trail = "".join(" " if ago > slot else "▇" if lit(since + (slot - ago) * SLOT_S) else "▁" for ago in range(TRAIL_SLOTS - 1, -1, -1))
        canvas.put(7, 1, paint(trail, COLOUR[state]))

    def draw_ladder(self, canvas, state, since):
        canvas.put(2, 22, paint("FEEDDOGD", BOLD))
        canvas.put(3, 22, "the board is " + paint(STATE_WORDS.get(state, state), BOLD, COLOUR[state]))
        rung = RUNG_OF.get(state)
        column = 22
        for number, name in enumerate(RUNGS):
            style = (INVERSE, COLOUR[state]) if number == rung else (DIM,)
            canvas.put(5, column, paint(name, *style))
            column += len(name)
            if number + 1 < len(RUNGS):
                canvas.put(5, column, paint(" › ", DIM))
                column += 3
        self.draw_budget(canvas, state, time.monotonic() - since)

    def draw_budget(self, canvas, state, spent):
        fed = self.board.fed_ago_s()
        if state in ("letgo", "off"):
            canvas.put(7, 22, paint("feeds no more", RED))
        elif state in ("recovering", "rebooting"):
            whole, what = (RESTART_FOR_S, "reboots in") if state == "recovering" else (REBOOT_WITHIN_S, "lets go in")
            left = max(whole - spent, 0)
            canvas.put(7, 22, f"{what} {bar(left / whole, 14, YELLOW)} {left:.1f} s")
        else:
            canvas.put(7, 22, "feeds under a lease " + paint("•" if fed is not None and fed < 0.2 else " ", BOLD, GREEN))

    def draw_dog(self, canvas):
        ago = self.board.fed_ago_s()
        if not self.board.powered and self.board.bites:
            dog, colour, said = DOG_BITES, RED, paint("BITES: reset!", BOLD, RED)
        elif ago is None:
            dog, colour, said = DOG_FED, DIM, paint("not armed", DIM)
        else:
            left = max(DOG_TIMEOUT_S - ago, 0)
            share = left / DOG_TIMEOUT_S
            dog, colour = (DOG_FED, GREEN) if share > 0.55 else (DOG_HUNGRY, YELLOW if share > 0.3 else RED)
            said = f"bites in {bar(share, 7, colour)} {left:.1f} s"
        canvas.put(1, 66, paint("WATCHDOG", BOLD))
        for number, line in enumerate(dog):
            canvas.put(2 + number, 65, paint(line, colour))
        canvas.put(7, 57, said)

    def draw_acts(self, canvas, director):
        canvas.put(9, 0, paint("─" * COLUMNS, DIM))
        marks = {"ahead": paint("·", DIM), "now": paint("▸", BOLD, YELLOW), "ok": paint("✓", BOLD, GREEN),
                 "failed": paint("✗", BOLD, RED)}
        for number, act in enumerate(director.acts):
            style = {"ahead": (DIM,), "now": (BOLD,)}.get(act.outcome, ())
            canvas.put(10 + number, 2, marks[act.outcome])
            canvas.put(10 + number, 4, paint(act.title, *style))
            canvas.put(10 + number, 35, paint(act.result[:COLUMNS - 35], RED if act.outcome == "failed" else DIM))
        canvas.put(17, 2, paint(director.caption[:COLUMNS - 4], CYAN))

    def draw_keys(self, canvas, keys):
        canvas.put(9, 0, paint("─" * COLUMNS, DIM))
        column = 2
        for key, what in keys:
            canvas.put(11, column, paint(f" {key} ", INVERSE) + " " + what)
            column += len(what) + 6
        canvas.put(13, 2, paint("Break it, and watch it climb. Three reboots without health, and it holds.", CYAN))

    def draw_log(self, canvas, top):
        canvas.put(top - 1, 0, paint("─" * 3 + " log " + "─" * (COLUMNS - 8), DIM))
        events = self.board.log + list(self.board.daemon.events)
        for number, said in enumerate(events[-(ROWS - top):]):
            loud = {3: RED, 4: YELLOW}.get(said.get("priority"), "")
            at = said["at"] - self.begun
            rest = " ".join(f"{key}={os.path.basename(value) if key == 'device' else value}"
                            for key, value in said.items() if key not in ("event", "at", "priority"))
            canvas.put(top + number, 1, paint(f"{at:5.1f}", DIM))
            canvas.put(top + number, 8, paint(said["event"][:15], loud) if loud else said["event"][:15])
            canvas.put(top + number, 24, paint(rest[:COLUMNS - 25], DIM))


def fits():
    """A terminal that can show it."""
    if not sys.stdout.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        return False
    size = os.get_terminal_size()
    return size.columns >= COLUMNS and size.lines >= ROWS and "utf" in (sys.stdout.encoding or "").lower()

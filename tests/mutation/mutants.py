# SPDX-License-Identifier: MIT
"""Small mistakes that could be made in a C file: one operator, constant, name, condition or statement is another."""

import re

OPERATORS = [
    ("<=", "<"), (">=", ">"), ("<", "<="), (">", ">="), ("==", "!="), ("!=", "=="), ("&&", "||"), ("||", "&&"),
    ("+=", "-="), ("-=", "+="), ("|=", "="), ("^=", "="), ("++", "--"), ("--", "++"), ("+", "-"), ("-", "+"), ("*", "/"),
    ("%", "/"), ("<<", ">>"), (">>", "<<"), ("&", "|"), ("|", "&"), ("^", "|"),
]
# An operator between two operands: a pointer's star, an address and a sign are none. Counting up and down stand alone.
BINARY = re.compile(r"(?<= )(<=|>=|==|!=|&&|\|\||\+=|-=|\|=|\^=|<<|>>|[-+<>*%&|^])(?= )|\+\+|--")
NOT = re.compile(r"!(?=[\w(*])")
NUMBER = re.compile(r"(?<![\w.])(0x[0-9a-fA-F]+|\d+)([uUlL]*)(?![\w.])")
NAMES = [
    "BOARD_STARTING BOARD_WELL BOARD_DOUBT BOARD_RECOVERING BOARD_REBOOTING BOARD_LETGO BOARD_HOLD BOARD_MAINTENANCE",
    "HEALTH_UNKNOWN HEALTH_UP HEALTH_DOWN HEALTH_WAITING",
    "OUTCOME_UNKNOWN OUTCOME_GOOD OUTCOME_WARNING OUTCOME_BAD",
    "LEVEL_ALERT LEVEL_RESTART LEVEL_REBOOT",
    "LADDER_STAY LADDER_STATE LADDER_REBOOT LADDER_LETGO LADDER_HOLD LADDER_RESUMED LADDER_FORGIVEN",
    "SERVICE_LEAVE SERVICE_START SERVICE_RESTART",
    "EVENT_STATE EVENT_REBOOT EVENT_LETGO EVENT_HOLD EVENT_RESUMED EVENT_SETTLED EVENT_START EVENT_RESTART EVENT_MAINTENANCE",
    "LEDGER_RUNNING LEDGER_OUTAGE LEDGER_REBOOT LEDGER_LETGO LEDGER_HOLD LEDGER_STOPPED LEDGER_GOING_DOWN LEDGER_DRILL",
    "LEDGER_READ LEDGER_FRESH LEDGER_CORRUPT",
    "END_FIRST END_PLANNED END_REBOOT END_LETGO END_UNEXPLAINED END_UNKNOWN END_DRILL",
    "CAUSE_NONE CAUSE_LATE CAUSE_RESTARTED CAUSE_CANNOT_PROBE",
    "NEVER_MS FOREVER_MS",
    "true false",
]
OTHER = {}
for family in NAMES:
    words = family.split()
    OTHER.update(zip(words, words[1:] + words[:1]))
WORD = re.compile(r"\b(" + "|".join(OTHER) + r")\b")
DECLARATION = re.compile(r"\s*(const|static|struct|enum|bool|char|int|unsigned|size_t|u?int\d+_t)\b")
STATEMENT = re.compile(r"\t+(?!return\b|case\b|default\b|goto\b)[\w*(][^;{}]*;$")
JUMP = re.compile(r"\t+(return|break|continue);$")
CONDITION = re.compile(r"^\t+(?:\} else )?(if|while) \((.*)\)( \{)?$")


class Mutant:
    def __init__(self, file, line, old, new):
        self.file, self.line, self.old, self.new = file, line, old, new

    @property
    def key(self):
        """The same wherever the line has moved to."""
        return self.file, self.old.strip(), self.new.strip()

    def __str__(self):
        return f"{self.file}:{self.line + 1}: {self.old.strip()}  ->  {self.new.strip() or '(nothing)'}"


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def code_of(text):
    """The same text with all blanked that no mistake can be made in: comments, strings, what the preprocessor reads."""
    text = re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.DOTALL)
    text = re.sub(r"^#.*$", blank, text, flags=re.MULTILINE)
    return re.sub(r"_Static_assert\(.*?\);", blank, text, flags=re.DOTALL)


def is_balanced(text):
    depth = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if depth < 0:
            return False
    return depth == 0


def changes(line, code):
    """What may stand in a line's place."""

    def put(match, word):
        return line[:match.start()] + word + line[match.end():]

    for match in BINARY.finditer(code):
        yield put(match, dict(OPERATORS)[match.group()])
    for match in NOT.finditer(code):
        yield put(match, "")
    for match in NUMBER.finditer(code):
        octal = re.fullmatch(r"0[0-7]+", match.group(1))
        value = int(match.group(1), 8 if octal else 0)
        for other in (value + 1, value - 1)[:1 + (value > 0)]:
            yield put(match, (f"0{other:o}" if octal else str(other)) + match.group(2))
    for match in WORD.finditer(code):
        yield put(match, OTHER[match.group()])
    match = CONDITION.match(code)
    if match and is_balanced(match.group(2)):
        yield line[:match.start(2)] + "!(" + line[match.start(2):match.end(2)] + ")" + line[match.end(2):]
    if JUMP.match(code) or (STATEMENT.match(code) and not DECLARATION.match(code) and is_balanced(code)):
        yield re.match(r"\t+", line).group() + ";"


def mutants_of(file, text):
    lines, codes = text.split("\n"), code_of(text).split("\n")
    for number, (line, code) in enumerate(zip(lines, codes)):
        for new in dict.fromkeys(changes(line, code)):
            yield Mutant(file, number, line, new)


def apply(text, mutant):
    lines = text.split("\n")
    lines[mutant.line] = mutant.new
    return "\n".join(lines)

# SPDX-License-Identifier: MIT
"""Changes of core/ that make it wrong. Each statement of a proof must be refuted by one of them at least, or it might state
nothing; and each of them must be refuted by a statement.

(file, what is there, what is put in its place, the proofs that are asked). What is there occurs exactly once.
"""

LADDER = [
    # Its beginning.
    ("ladder.c", "BOARD_STARTING, now_ms + rule->start_period_ms,", "BOARD_STARTING, now_ms + rule->start_period_ms + 1,",
     "begin"),
    ("ladder.c", ".unsettled = unsettled,", ".unsettled = 0,", "begin"),
    ("ladder.c", "BOARD_RECOVERING, since_ms + rule", "BOARD_RECOVERING, now_ms + rule", "continue"),
    ("ladder.c", "int64_t until_ms = since_ms + rule", "int64_t until_ms = now_ms + rule", "continue"),
    ("ladder.c", "ladder->outage_used_ms = now_ms - since_ms;", "ladder->outage_used_ms = now_ms + since_ms;", "continue"),
    ("ladder.c", "if (state == BOARD_RECOVERING || ((state", "if (((state", "continue"),
    ("ladder.c", "} else if (state == BOARD_LETGO) {", "} else if (state == BOARD_HOLD) {", "continue"),
    ("ladder.c", "until_ms > now_ms ? until_ms : now_ms, now_ms);", "until_ms, now_ms);\n\t\tladder->unsettled = 1;", "continue"),
    # The lease.
    ("ladder.c", "ladder->feed_until_ms = verdict->lease_ms;\n\tif (verdict->down",
     "ladder->feed_until_ms = now_ms + rule->detection_ms + 1;\n\tif (verdict->down", "lease"),
    ("ladder.c", "\tif (verdict->lease_ms > ladder->feed_until_ms)\n", "\tif (verdict->well)\n", "lease rungs"),
    ("ladder.c", "BOARD_DOUBT, now_ms + rule->detection_ms,", "BOARD_DOUBT, now_ms + rule->detection_ms + 1,",
     "step lease resume"),
    ("ladder.c", "(left_ms > 0 ? left_ms : 0)", "rule->restart_for_ms + 1", "lease"),
    ("ladder.c", "if (recovered(verdict, now_ms) && !is_waiting)", "if (!is_waiting)", "lease"),
    ("ladder.c", "return verdict->up && now_ms < verdict->lease_ms;", "return now_ms < verdict->lease_ms;", "lease"),
    ("ladder.c", "\tif (!recovered(verdict, now_ms))\n", "\tladder->feed_until_ms++;\n\tif (!recovered(verdict, now_ms))\n", "lease"),
    ("ladder.c", "return ladder->state != BOARD_LETGO && now_ms < ladder->feed_until_ms;",
     "return now_ms <= ladder->feed_until_ms;", "may_feed"),
    ("invariant.c", "return until_ms <= since_ms;", "return true;", "may_feed"),
    # The rungs.
    ("ladder.c", "return now_ms >= ladder->feed_until_ms ? climb", "return now_ms > ladder->feed_until_ms ? climb",
     "rungs moves deadline"),
    ("ladder.c", "\tif (now_ms < ladder->feed_until_ms)\n\t\treturn LADDER_STAY;\n\tenter(ladder, BOARD_LETGO",
     "\tif (now_ms <= ladder->feed_until_ms)\n\t\treturn LADDER_STAY;\n\tenter(ladder, BOARD_LETGO", "rungs"),
    ("ladder.c", "\tenter(ladder, BOARD_LETGO, now_ms, now_ms);\n\treturn LADDER_LETGO;",
     "\tenter(ladder, BOARD_DOUBT, now_ms, now_ms);\n\treturn LADDER_LETGO;", "rungs lease"),
    ("ladder.c", "\tcase BOARD_LETGO:\n", "\tcase BOARD_LETGO:\n\t\tladder->feed_until_ms = now_ms + 1;\n\t\tbreak;\n", "rungs step"),
    ("ladder.c", "\tif (verdict->down || now_ms >= ladder->feed_until_ms)\n\t\treturn enter_recovering(rule, ladder, verdict, now_ms);\n\tmove",
     "\tif (verdict->down)\n\t\treturn enter_recovering(rule, ladder, verdict, now_ms);\n\tmove", "rungs moves"),
    ("ladder.c", "\tif (verdict->down || now_ms >= ladder->feed_until_ms)\n\t\treturn enter_recovering(rule, ladder, verdict, now_ms);\n\tmove",
     "\tif (!verdict->well || now_ms >= ladder->feed_until_ms)\n\t\treturn enter_recovering(rule, ladder, verdict, now_ms);\n\tmove",
     "rungs"),
    ("ladder.c", "enter(ladder, BOARD_RECOVERING, now_ms +", "enter(ladder, BOARD_REBOOTING, now_ms +", "rungs step"),
    ("ladder.c", "enter(ladder, BOARD_DOUBT, now_ms + rule", "enter(ladder, BOARD_STARTING, now_ms + rule", "rungs"),
    ("ladder.c", "\t\tif (now_ms < ladder->feed_until_ms)\n", "\t\tif (now_ms < ladder->feed_until_ms && !verdict->up)\n", "rungs"),
    ("ladder.c", "reboot_settle_ms) {\n\t\tladder->unsettled = 0;\n", "reboot_settle_ms) {\n", "moves count"),
    # Time that counts.
    ("ladder.c", "if (ladder->well_ms >= rule->settle_ms)", "if (ladder->well_ms > rule->settle_ms)", "outage"),
    ("ladder.c", "if (ladder->state == BOARD_WELL)\n\t\tladder->well_ms", "if (ladder->state != BOARD_LETGO)\n\t\tladder->well_ms",
     "outage step"),
    ("ladder.c", "int64_t deadline_ms = ladder->feed_until_ms;", "int64_t deadline_ms = ladder->since_ms;", "deadline"),
    ("ladder.c", "int64_t deadline_ms = ladder->feed_until_ms;", "int64_t deadline_ms = ladder->feed_until_ms + 1;", "deadline"),
    # Reboots.
    ("ladder.c", "\tif (ladder->unsettled < UINT16_MAX)\n\t\tladder->unsettled++;\n", "", "count step"),
    ("ladder.c", "ladder->unsettled >= rule->reboot_limit ||", "ladder->unsettled > rule->reboot_limit ||", "count step"),
    ("ladder.c", " ||\n\t        ladder->uncountable;", ";", "count"),
    ("ladder.c", " || ladder->unexplained >= rule->reboot_limit", "", "count"),
    ("ladder.c", "\tcharge_outage(ladder, now_ms);\n\tif (spent", "\tladder->unexplained = 0;\n\tif (spent", "count outage"),
    ("ladder.c", "\tif (ladder->uncountable && !rule->then_reboot) {", "\tif (ladder->uncountable) {", "count"),
    ("ladder.c", "\tif (spent && !rule->then_reboot) {\n\t\tenter(ladder, BOARD_HOLD, now_ms + HOLD_LEASE_MS, now_ms);",
     "\tif (spent && !rule->then_reboot) {\n\t\tenter(ladder, BOARD_HOLD, now_ms, now_ms);", "count lease"),
    ("ladder.c", "\tladder->stepped_ms = now_ms;\n", "\tladder->stepped_ms = now_ms;\n\tladder->uncountable = 0;\n", "count hold"),
    # A person's words.
    ("ladder.c", "if (ladder->state == BOARD_REBOOTING || ladder->state == BOARD_LETGO)", "if (ladder->state == BOARD_LETGO)", "hold"),
    ("ladder.c", "BOARD_LETGO)\n\t\treturn false;\n", "BOARD_LETGO) {\n\t\tladder->since_ms = now_ms;\n\t\treturn false;\n\t}\n", "hold"),
    ("ladder.c", "enter(ladder, BOARD_MAINTENANCE, until_ms, now_ms);", "enter(ladder, BOARD_MAINTENANCE, until_ms + 1, now_ms);", "hold"),
    ("ladder.c", "\t\tcharge_outage(ladder, now_ms);\n\tenter", "\t\t;\n\tenter", "hold"),
    ("ladder.c", "if (ladder->state != BOARD_MAINTENANCE && ladder->state != BOARD_HOLD)", "if (ladder->state != BOARD_MAINTENANCE)",
     "resume"),
    ("ladder.c", "BOARD_HOLD)\n\t\treturn false;\n", "BOARD_HOLD) {\n\t\tladder->feed_until_ms = now_ms;\n\t\treturn false;\n\t}\n", "resume"),
    ("ladder.c", "\tif (ladder->state == BOARD_HOLD) {", "\t{", "resume"),
    ("ladder.c", "return ladder->state != BOARD_MAINTENANCE && ladder->state != BOARD_REBOOTING && ladder->state != BOARD_LETGO;",
     "return ladder->state != BOARD_MAINTENANCE && ladder->state != BOARD_LETGO;", "may_feed"),
]

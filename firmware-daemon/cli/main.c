/* SPDX-License-Identifier: MIT
 *
 * feeddog: the command line. The table of subcommands, the usage that is printed from it, and nothing else.
 */
#include "command.h"
#include "command_line.h"

#include <locale.h>

static const struct subcommand subcommands[] = {
        {"check", "[FILE]", "validate the configuration: print OK, or every error", 0, 1, 0, command_check},
        {"explain", "", "what the configuration means in seconds: worst cases, BOUND, the LED", 0, 0, 0,
                command_explain},
        {"simulate", "", "play faults in virtual time, and print what feeddogd would do", 0, 0,
                OPTION_BIT(OPTION_FAULT) | OPTION_BIT(OPTION_FOR) | OPTION_BIT(OPTION_NO_REBOOT), command_simulate},
        {"probe", "[SERVICE]", "run the checks once, now, and show what came back", 0, 1, 0, command_probe},
        {"status", "", "how the board is; exit 0 well, 1 not well, 3 not running", 0, 0,
                OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_WATCH), command_status},
        {"history", "", "incidents and boots, with their causes and how long they lasted", 0, 0,
                OPTION_BIT(OPTION_JSON), command_history},
        {"hold", "DURATION", "maintenance: for this time (as 30m) nothing is restarted or rebooted", 1, 1,
                OPTION_BIT(OPTION_REASON), command_hold},
        {"resume", "", "end maintenance, or the hold after too many reboots", 0, 0, 0, command_resume},
        {"going-down", "", "for init's scripts: tell feeddogd that the system shuts down", 0, 0, 0, command_going_down},
        {"doctor", "", "what of this board is in order, or how to mend it; exit 0, 1 or 2", 0, 0,
                OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_ROOT), command_doctor},
        {"drill", "[DRILL]", "a fire drill: stop, kill or hang; is the board saved as expected?", 0, 1,
                OPTION_BIT(OPTION_RESULT) | OPTION_BIT(OPTION_YES), command_drill},
        {"led", "PATTERN", "test the wiring: show one pattern on the LED", 1, 1,
                OPTION_BIT(OPTION_NUMBER) | OPTION_BIT(OPTION_FOR), command_led},
        {"import", "autoheal FILE", "print the same as a configuration of feeddog: Autoheal's conf.yaml", 2, 2, 0,
                command_import},
        {"compile", "[FILE]", "what feeddogd runs: the configuration, flat, to standard output", 0, 1, 0,
                command_compile},
};

enum { SUBCOMMAND_COUNT = sizeof(subcommands) / sizeof(subcommands[0]) };

static void print_options(unsigned set)
{
	for (unsigned id = 0; id < OPTION_COUNT; id++) {
		const struct option_rule *rule = &option_rules[id];
		char left[32];
		if (!(set & OPTION_BIT(id)))
			continue;
		(void)snprintf(left, sizeof(left), "%c%c%s --%s%s%s", rule->letter ? '-' : ' ',
		        rule->letter ? rule->letter : ' ', rule->letter ? "," : " ", rule->name, rule->value ? " " : "",
		        rule->value ? rule->value : "");
		(void)printf("  %-22s %s\n", left, rule->says);
	}
}

static void print_usage(void)
{
	(void)printf("usage: feeddog COMMAND [OPTION...]\n\n");
	for (size_t i = 0; i < SUBCOMMAND_COUNT; i++) {
		char left[32];
		(void)snprintf(left, sizeof(left), "%s %s", subcommands[i].name, subcommands[i].arguments);
		(void)printf("  %-18s %s\n", left, subcommands[i].says);
	}
	(void)printf("\nEvery command takes:\n");
	print_options(OPTIONS_COMMON);
	(void)printf("\n`feeddog COMMAND --help` says more of one command.\n");
}

static void print_subcommand_usage(const struct subcommand *command)
{
	(void)printf("usage: feeddog %s%s%s [OPTION...]\n\n  %s\n\n", command->name, *command->arguments ? " " : "",
	        command->arguments, command->says);
	print_options(OPTIONS_COMMON | command->options);
}

int main(int argc, char *argv[])
{
	const struct subcommand *command;
	struct invocation invocation;
	char error[COMMAND_LINE_ERROR_SIZE];

	/* Whether the terminal takes UTF-8; messages stay English. */
	(void)setlocale(LC_CTYPE, "");
	if (!command_line_read(argc, argv, subcommands, SUBCOMMAND_COUNT, &command, &invocation, error)) {
		complain("%s", error);
		return EX_USAGE;
	}
	if (invocation.values[OPTION_HELP]) {
		if (command)
			print_subcommand_usage(command);
		else
			print_usage();
		return EX_OK;
	}
	if (invocation.values[OPTION_VERSION]) {
		(void)printf("feeddog %s\n", FEEDDOG_VERSION);
		return EX_OK;
	}
	if (!command) {
		complain("say what to do (`feeddog --help` lists the commands)");
		return EX_USAGE;
	}
	return command->run(&invocation);
}

/* SPDX-License-Identifier: MIT
 *
 * The command line.
 */
#include "command_line.h"

#include "near_miss.h"

#include <string.h>

const struct option_rule option_rules[OPTION_COUNT] = {
        [OPTION_CONFIG] = {"config", 'c', "FILE", "the configuration (" FEEDDOG_SYSCONFDIR "/feeddog/feeddog.yaml)"},
        [OPTION_RUN_DIR] = {"run-dir", 0, "DIR", "where feeddogd keeps its status and control socket (/run/feeddog)"},
        [OPTION_STATE_DIR] = {"state-dir", 0, "DIR", "where the ledger and the history are (/var/lib/feeddog)"},
        [OPTION_HELP] = {"help", 'h', NULL, "say this, and do nothing else"},
        [OPTION_VERSION] = {"version", 'V', NULL, "say the version, and do nothing else"},
        [OPTION_JSON] = {"json", 0, NULL, "as JSON, for programs"},
        [OPTION_WATCH] = {"watch", 0, NULL, "again each second, until Ctrl-C"},
        [OPTION_REASON] = {"reason", 0, "TEXT", "why, for those who find it so"},
        [OPTION_NUMBER] = {"number", 0, "N", "the number of the service that is flashed (1)"},
        [OPTION_FAULT] = {"fault", 0, "FAULT", "SERVICE[:CHECK]@START[-END], as web@10s-2m; may be given again"},
        [OPTION_NO_REBOOT] = {"no-reboot", 0, NULL, "as if the reboot command did nothing"},
        [OPTION_RESULT] = {"result", 0, NULL, "what came of the last drill; exit 0 as expected, 1 not"},
        [OPTION_YES] = {"yes", 0, NULL, "do it: without this it is only said what would be expected"},
        [OPTION_ROOT] = {"root", 0, "DIR", "look at the system whose root is mounted there"},
        [OPTION_FOR] = {"for", 0, "DURATION", "stop after this time, as 10s"},
};

enum { NAME_LENGTH = 31 };

/* What has been read so far, and of what. */
struct reading {
	int argc;
	char **argv;
	int next; /* of argv */
	struct invocation *invocation;
	char *error;
};

static bool unknown_option(struct reading *reading, const char *name, const char *text)
{
	const char *near = near_miss(name, &option_rules[0].name, OPTION_COUNT, sizeof(option_rules[0]));

	if (near)
		(void)snprintf(
		        reading->error, COMMAND_LINE_ERROR_SIZE, "unknown option %s (did you mean --%s?)", text, near);
	else
		(void)snprintf(reading->error, COMMAND_LINE_ERROR_SIZE,
		        "unknown option %s (`feeddog --help` lists them)", text);
	return false;
}

static bool take_fault(struct reading *reading, const char *fault)
{
	struct invocation *invocation = reading->invocation;

	if (invocation->fault_count == FAULTS_LAST) {
		(void)snprintf(reading->error, COMMAND_LINE_ERROR_SIZE, "no more than %d faults at once", FAULTS_LAST);
		return false;
	}
	invocation->faults[invocation->fault_count++] = fault;
	return true;
}

/* `given`: the value that was joined to the option, or NULL. */
static bool take_option(struct reading *reading, enum option_id id, const char *given)
{
	const struct option_rule *rule = &option_rules[id];

	if (!rule->value) {
		if (given) {
			(void)snprintf(reading->error, COMMAND_LINE_ERROR_SIZE, "--%s takes no value", rule->name);
			return false;
		}
		given = "";
	} else if (!given) {
		if (reading->next >= reading->argc) {
			(void)snprintf(reading->error, COMMAND_LINE_ERROR_SIZE, "--%s needs a value: --%s %s",
			        rule->name, rule->name, rule->value);
			return false;
		}
		given = reading->argv[reading->next++];
	}
	reading->invocation->values[id] = given;
	return id != OPTION_FAULT || take_fault(reading, given);
}

static bool take_long(struct reading *reading, const char *text)
{
	char name[NAME_LENGTH + 1];
	const char *equals = strchr(text, '=');
	size_t length = equals ? (size_t)(equals - text) : strlen(text);

	if (length > NAME_LENGTH)
		length = NAME_LENGTH;
	memcpy(name, text, length);
	name[length] = '\0';
	for (unsigned id = 0; id < OPTION_COUNT; id++)
		if (strcmp(name, option_rules[id].name) == 0)
			return take_option(reading, (enum option_id)id, equals ? equals + 1 : NULL);
	return unknown_option(reading, name, text - 2);
}

static bool take_letters(struct reading *reading, const char *text)
{
	for (const char *letter = text + 1; *letter; letter++) {
		unsigned id = 0;
		while (id < OPTION_COUNT && option_rules[id].letter != *letter)
			id++;
		if (id == OPTION_COUNT)
			return unknown_option(reading, text + 1, text);
		if (option_rules[id].value)
			return take_option(reading, (enum option_id)id, letter[1] ? letter + 1 : NULL);
		if (!take_option(reading, (enum option_id)id, NULL))
			return false;
	}
	return true;
}

/* Options into the invocation, the rest to the front of argv[1] on. */
static bool sort_words(struct reading *reading)
{
	int kept = 1;
	bool options = true;

	while (reading->next < reading->argc) {
		char *text = reading->argv[reading->next++];
		if (options && strcmp(text, "--") == 0) {
			options = false;
			continue;
		}
		if (!options || text[0] != '-' || text[1] == '\0')
			reading->argv[kept++] = text;
		else if (!(text[1] == '-' ? take_long(reading, text + 2) : take_letters(reading, text)))
			return false;
	}
	reading->invocation->argument_count = kept - 1;
	reading->invocation->arguments = reading->argv + 1;
	return true;
}

static bool find_subcommand(
        const char *word, const struct subcommand table[], size_t count, const struct subcommand **found, char *error)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(word, table[i].name) == 0) {
			*found = &table[i];
			return true;
		}
	}
	const char *near = near_miss(word, &table[0].name, count, sizeof(table[0]));
	if (near)
		(void)snprintf(error, COMMAND_LINE_ERROR_SIZE, "unknown command %s (did you mean %s?)", word, near);
	else
		(void)snprintf(
		        error, COMMAND_LINE_ERROR_SIZE, "unknown command %s (`feeddog --help` lists them)", word);
	return false;
}

/* Whether the subcommand takes these options and this many arguments. */
static bool judge(const struct subcommand *command, const struct invocation *invocation, char *error)
{
	for (unsigned id = 0; id < OPTION_COUNT; id++) {
		if (invocation->values[id] && !((OPTIONS_COMMON | command->options) & OPTION_BIT(id))) {
			(void)snprintf(error, COMMAND_LINE_ERROR_SIZE,
			        "%s takes no --%s (`feeddog %s --help` lists its options)", command->name,
			        option_rules[id].name, command->name);
			return false;
		}
	}
	if (invocation->argument_count > command->most) {
		(void)snprintf(error, COMMAND_LINE_ERROR_SIZE, "one word too many: %s (feeddog %s%s%s)",
		        invocation->arguments[command->most], command->name, *command->arguments ? " " : "",
		        command->arguments);
		return false;
	}
	if (invocation->argument_count < command->least) {
		(void)snprintf(error, COMMAND_LINE_ERROR_SIZE, "%s needs to be told more: feeddog %s %s", command->name,
		        command->name, command->arguments);
		return false;
	}
	return true;
}

bool command_line_read(int argc, char *argv[], const struct subcommand table[], size_t count,
        const struct subcommand **subcommand, struct invocation *invocation, char error[COMMAND_LINE_ERROR_SIZE])
{
	struct reading reading = {.argc = argc, .argv = argv, .next = 1, .invocation = invocation, .error = error};
	const char *const *values = invocation->values;

	*subcommand = NULL;
	*invocation = (struct invocation){.arguments = argv + 1};
	if (!sort_words(&reading))
		return false;
	invocation->config = values[OPTION_CONFIG] ? values[OPTION_CONFIG] : FEEDDOG_SYSCONFDIR "/feeddog/feeddog.yaml";
	invocation->run_dir = values[OPTION_RUN_DIR] ? values[OPTION_RUN_DIR] : "/run/feeddog";
	invocation->state_dir = values[OPTION_STATE_DIR] ? values[OPTION_STATE_DIR] : "/var/lib/feeddog";
	if (invocation->argument_count == 0)
		return true;
	if (!find_subcommand(invocation->arguments[0], table, count, subcommand, error))
		return false;
	invocation->arguments++;
	invocation->argument_count--;
	/* Who asks for help need not get the rest right. */
	return values[OPTION_HELP] || values[OPTION_VERSION] || judge(*subcommand, invocation, error);
}

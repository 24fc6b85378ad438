/* SPDX-License-Identifier: MIT
 *
 * feeddog doctor: asks all, and prints what was found, the worst of it as the exit code.
 */
#include "doctor.h"

#include "cli/command.h"
#include "cli/style.h"

#include "compiler/compile.h"
#include "os/storage/root_file.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void doctor_find(
        struct doctor *doctor, const char *topic, enum grade grade, const char *remedy, const char *format, ...)
{
	struct finding *finding;
	va_list arguments;

	if (doctor->count == FINDINGS_LAST)
		return;
	finding = &doctor->findings[doctor->count++];
	finding->topic = topic;
	finding->grade = grade;
	snprintf(finding->remedy, sizeof(finding->remedy), "%s", remedy ? remedy : "");
	va_start(arguments, format);
	vsnprintf(finding->says, sizeof(finding->says), format, arguments);
	va_end(arguments);
}

enum grade doctor_worst(const struct doctor *doctor)
{
	enum grade worst = GRADE_OK;

	for (size_t i = 0; i < doctor->count; i++)
		if (doctor->findings[i].grade > worst)
			worst = doctor->findings[i].grade;
	return worst == GRADE_UNKNOWN ? GRADE_WARNING : worst;
}

static const char *const grades[] = {"ok", "unknown", "warning", "error"};

static void print_table(const struct doctor *doctor)
{
	static const enum colour colours[] = {COLOUR_GOOD, COLOUR_DOUBT, COLOUR_DOUBT, COLOUR_BAD};
	bool coloured = style_wanted();

	for (size_t i = 0; i < doctor->count; i++) {
		const struct finding *finding = &doctor->findings[i];

		style_put(stdout, coloured, colours[finding->grade], grades[finding->grade], 8);
		(void)printf("%-14s %s\n", finding->topic, finding->says);
		if (finding->remedy[0])
			(void)printf("%23s%s\n", "", finding->remedy);
	}
}

static void print_text(const char *key, const char *text)
{
	(void)printf("\"%s\":\"", key);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			(void)printf("\\%c", *text);
		else if ((unsigned char)*text < 0x20)
			(void)printf("\\u%04x", (unsigned)*text);
		else
			(void)putchar(*text);
	}
	(void)putchar('"');
}

static void print_json(const struct doctor *doctor)
{
	(void)printf("{\"worst\":\"%s\",\"findings\":[", grades[doctor_worst(doctor)]);
	for (size_t i = 0; i < doctor->count; i++) {
		const struct finding *finding = &doctor->findings[i];

		(void)printf("%s\n{", i > 0 ? "," : "");
		print_text("topic", finding->topic);
		(void)printf(",\"grade\":\"%s\",", grades[finding->grade]);
		print_text("says", finding->says);
		(void)putchar(',');
		print_text("remedy", finding->remedy);
		(void)putchar('}');
	}
	(void)printf("\n]}\n");
}

/* What the compiler says of it is for `feeddog check`. */
static struct flat *look_at_configuration(struct doctor *doctor)
{
	char remedy[REMEDY_SIZE];
	char *messages = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&messages, &size);
	struct flat *flat = stream ? compile_file_below(doctor->root, doctor->config, stream) : NULL;

	if (stream)
		(void)fclose(stream);
	snprintf(remedy, sizeof(remedy), "feeddog check -c %s", doctor->config);
	if (!flat)
		doctor_find(doctor, "configuration", GRADE_ERROR, remedy, "%.*s",
		        messages ? (int)strcspn(messages, "\n") : 0, messages ? messages : "");
	else if (messages && messages[0])
		doctor_find(
		        doctor, "configuration", GRADE_WARNING, remedy, "%.*s", (int)strcspn(messages, "\n"), messages);
	else
		doctor_find(doctor, "configuration", GRADE_OK, NULL, "%s is understood", doctor->config);
	free(messages);
	return flat;
}

int command_doctor(const struct invocation *invocation)
{
	static struct doctor doctor;
	char config[ROOT_PATH_SIZE], run_dir[ROOT_PATH_SIZE];
	struct flat *flat;

	doctor.root = invocation->values[OPTION_ROOT] ? invocation->values[OPTION_ROOT] : "";
	doctor.config = root_path(doctor.root, invocation->config, config);
	doctor.state_dir = invocation->state_dir;
	doctor.running = feeddogd_running(root_path(doctor.root, invocation->run_dir, run_dir));
	doctor.is_root = geteuid() == 0;
	flat = look_at_configuration(&doctor);
	doctor.flat = flat;
	doctor_look_at_dog(&doctor);
	doctor_look_at_manager(&doctor);
	doctor_look_at_commands(&doctor);
	doctor_look_at_board(&doctor);
	doctor_look_at_system(&doctor);
	if (invocation->values[OPTION_JSON])
		print_json(&doctor);
	else
		print_table(&doctor);
	free(flat);
	if (fflush(stdout) == EOF)
		return EX_OSERR;
	switch (doctor_worst(&doctor)) {
	case GRADE_OK:
		return 0;
	case GRADE_ERROR:
		return 2;
	case GRADE_UNKNOWN:
	case GRADE_WARNING:
		break;
	}
	return 1;
}

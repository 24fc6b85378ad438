/* SPDX-License-Identifier: MIT
 *
 * What was read of Autoheal's conf.yaml, written as a configuration of feeddog. Comments stay where what they are about went.
 */
#include "autoheal_parts.h"
#include "compiler/read.h"

#include <stdlib.h>
#include <string.h>

static const char *text_of(const struct autoheal *autoheal, text_at at)
{
	return draft_name(&autoheal->draft, at);
}

/* In double quotes, in which everything can be written, unless it can only be taken for a text. */
static void put_text(const char *text, FILE *out)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_/.-";

	if (strspn(text, plain) == strlen(text) && name_is_valid((const char[]){text[text[0] == '/'], '\0'}) &&
	        strcasecmp(text, "null") != 0) {
		(void)fputs(text, out);
		return;
	}
	(void)fputc('"', out);
	for (const char *c = text; *c; c++) {
		if (*c == '"' || *c == '\\')
			(void)fprintf(out, "\\%c", *c);
		else if (*c == '\t')
			(void)fputs("\\t", out);
		else if ((unsigned char)*c < 0x20 || *c == 0x7f)
			(void)fprintf(out, "\\x%02x", (unsigned)(unsigned char)*c);
		else
			(void)fputc(*c, out);
	}
	(void)fputc('"', out);
}

/* Several lines that can stand as they are, indented. */
static bool is_block(const char *text)
{
	size_t length = strlen(text);

	if (!strchr(text, '\n') || strchr(" \t\n", text[0]) || (length > 1 && strcmp(text + length - 2, "\n\n") == 0))
		return false;
	for (const char *c = text; *c; c++)
		if (((unsigned char)*c < 0x20 && *c != '\n' && *c != '\t') || *c == 0x7f)
			return false;
	return true;
}

static void put_script(const char *key, const char *text, FILE *out)
{
	(void)fprintf(out, "    %s: ", key);
	if (!is_block(text)) {
		put_text(text, out);
		return;
	}
	(void)fputs(text[strlen(text) - 1] == '\n' ? "|" : "|-", out);
	for (const char *line = text; *line;) {
		size_t length = strcspn(line, "\n");
		(void)fprintf(out, "\n%s%.*s", length ? "      " : "", (int)length, line);
		line += length + (line[length] == '\n');
	}
}

/* For sh, in single quotes. */
static void put_shell_quoted(const char *text, FILE *out)
{
	(void)fputc('\'', out);
	for (const char *c = text; *c; c++)
		(void)fputs(*c == '\'' ? "'\\''" : (const char[]){*c, '\0'}, out);
	(void)fputc('\'', out);
}

/* The shell has the pattern in its own command line, so that ancestors must be left out. */
static void put_pattern(const char *pattern, FILE *out)
{
	char *command = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&command, &length);

	if (!stream)
		return;
	(void)fputs("pgrep -A -f -- ", stream);
	put_shell_quoted(pattern, stream);
	(void)fputs(" >/dev/null", stream);
	if (fclose(stream) == 0)
		put_text(command, out);
	free(command);
}

/* Of what is found on a line: the comment behind it, and its end. */
static void end_line(const struct autoheal *autoheal, const struct node *node, FILE *out)
{
	if (node)
		comment_behind(autoheal->source, node->place, out);
	(void)fputc('\n', out);
}

static void put_process_check(const struct autoheal *autoheal, const struct autoheal_process *process, FILE *out)
{
	const struct node *node = node_get(process->node, process->pname ? "pname" : "pid_file");

	comments_above(autoheal->source, node->key->place, 6, out);
	(void)fputs("      - ", out);
	if (!process->pname) {
		(void)fputs("process: {pidfile: ", out);
		put_text(text_of(autoheal, process->pid_file), out);
		(void)fputc('}', out);
	} else if (autoheal_is_plain_name(text_of(autoheal, process->pname))) {
		(void)fputs("process: {name: ", out);
		put_text(text_of(autoheal, process->pname), out);
		(void)fputc('}', out);
	} else {
		(void)fputs("command: ", out);
		put_pattern(text_of(autoheal, process->pname), out);
	}
	end_line(autoheal, node, out);
}

static const char *host_of(const struct autoheal *autoheal, const struct autoheal_dep *dep)
{
	return dep->host ? text_of(autoheal, dep->host) : "127.0.0.1";
}

/* The address that is asked, as `http: URL` or `tcp: HOST:PORT`. */
static void put_address(
        const struct autoheal *autoheal, const struct autoheal_dep *dep, const char *separator, FILE *out)
{
	const char *host = host_of(autoheal, dep);

	if (dep->url) {
		(void)fputs("http: ", out);
		put_text(text_of(autoheal, dep->url), out);
		(void)fprintf(out, "%sredirects: true", separator);
	} else {
		(void)fprintf(
		        out, strchr(host, ':') ? "tcp: \"[%s]:%u\"" : "tcp: \"%s:%u\"", host, (unsigned)dep->port);
	}
}

static bool is_same(const struct autoheal *autoheal, const struct autoheal_dep *a, const struct autoheal_dep *b)
{
	if (a->url || b->url)
		return a->url && b->url && strcmp(text_of(autoheal, a->url), text_of(autoheal, b->url)) == 0;
	return a->port == b->port && strcmp(host_of(autoheal, a), host_of(autoheal, b)) == 0;
}

static bool is_asked_before(const struct autoheal *autoheal, const struct autoheal_dep *wanted)
{
	for (uint32_t i = 0; i < autoheal->processes.count; i++) {
		const struct autoheal_process *process = autoheal_process(autoheal, i);
		for (uint32_t d = 0; d < process->deps.count; d++) {
			const struct autoheal_dep *dep = autoheal_dep(process, d);
			if (dep == wanted)
				return false;
			if (dep->process == wanted->process && is_same(autoheal, dep, wanted))
				return true;
		}
	}
	return false;
}

/*
 * What others ask it for, each address once, and who is the first to ask. It is down for them until it answers; but while its
 * process lives, its script may well do nothing, so that this is no reason to reboot.
 */
static void put_asked_checks(const struct autoheal *autoheal, uint32_t index, FILE *out)
{
	for (uint32_t i = 0; i < autoheal->processes.count; i++) {
		const struct autoheal_process *process = autoheal_process(autoheal, i);
		for (uint32_t d = 0; d < process->deps.count; d++) {
			const struct autoheal_dep *dep = autoheal_dep(process, d);
			if (dep->process != index || !dep->local || is_asked_before(autoheal, dep))
				continue;
			(void)fputs("      - ", out);
			put_address(autoheal, dep, "\n        ", out);
			(void)fprintf(out, "  # what %s depends on\n        on_failure: restart\n", process->name);
		}
	}
}

/* A process of the file by its name, anything else by its address; each once. */
static void put_needs(const struct autoheal *autoheal, const struct autoheal_process *process, FILE *out)
{
	bool named[MAX_SERVICES] = {false};

	if (process->deps.count > 0)
		(void)fputs("    needs:\n", out);
	for (uint32_t d = 0; d < process->deps.count; d++) {
		const struct autoheal_dep *dep = autoheal_dep(process, d);
		const struct node *name = node_get(dep->node, "name");
		bool known = false;

		comments_above(autoheal->source, dep->node->place, 6, out);
		if (dep->process != NO_INDEX && !named[dep->process]) {
			named[dep->process] = true;
			(void)fprintf(out, "      - %s", autoheal_process(autoheal, dep->process)->name);
			end_line(autoheal, name, out);
		}
		for (uint32_t e = 0; e < d && !known; e++)
			known = is_same(autoheal, autoheal_dep(process, e), dep);
		if (known || (dep->process != NO_INDEX && dep->local))
			continue;
		(void)fputs("      - {", out);
		put_address(autoheal, dep, ", ", out);
		(void)fputc('}', out);
		if (name && dep->process == NO_INDEX)
			(void)fprintf(out, "  # %.60s", name->text);
		end_line(autoheal, name, out);
	}
}

static void put_service(const struct autoheal *autoheal, uint32_t index, FILE *out)
{
	const struct autoheal_process *process = autoheal_process(autoheal, index);
	const struct node *script = node_get(process->node, "script");

	comments_above(autoheal->source, process->node->key->place, 2, out);
	/* A name such as 1 or true must stay a text, and it does: every key is one. */
	(void)fprintf(out, "  %s:", process->name);
	end_line(autoheal, process->node->key, out);
	put_needs(autoheal, process, out);
	(void)fputs("    checks:\n", out);
	put_process_check(autoheal, process, out);
	put_asked_checks(autoheal, index, out);
	comments_above(autoheal->source, script->key->place, 4, out);
	put_script("start", text_of(autoheal, process->script), out);
	end_line(autoheal, script, out);
	put_script("restart", text_of(autoheal, process->script), out);
	(void)fputs("\n    attempts: 0\n", out);
}

void autoheal_write(const struct autoheal *autoheal, FILE *out)
{
	(void)fputs(
	        "# What Autoheal did, for feeddog. A script that stays in the foreground belongs under run:, in place of\n"
	        "# start: and restart:. It is tried again and again, as with Autoheal (attempts: 0), until `ladder` has the board\n"
	        "# rebooted: `feeddog explain` says when.\n"
	        "\n"
	        "defaults: {timeout: 3s}         # as long as Autoheal waited for an answer\n"
	        "\n"
	        "services:\n",
	        out);
	for (uint32_t i = 0; i < autoheal->processes.count; i++)
		put_service(autoheal, i, out);
	comments_at_end(autoheal->source, out);
}

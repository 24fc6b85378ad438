/* SPDX-License-Identifier: MIT
 *
 * Feeds a target with the files of its corpus, or with those that are named: what `make test` does with every compiler. It
 * speaks TAP, one line for the target. The file that it is at is said on standard error before, so that it is the last word
 * where the target crashes or hangs.
 */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_SIZE = 1024 };

static void replay_file(const char *path, unsigned *count)
{
	struct stat status;
	FILE *file = fopen(path, "re");
	uint8_t *bytes;
	size_t size;

	(void)fprintf(stderr, "# %s\n", path);
	must(file && fstat(fileno(file), &status) == 0);
	/* Of exactly its size, so that a step beyond its end is one beyond its memory. */
	size = (size_t)status.st_size;
	bytes = malloc(size > 0 ? size : 1);
	must(bytes && fread(bytes, 1, size, file) == size);
	(void)fclose(file);
	(void)LLVMFuzzerTestOneInput(bytes, size);
	free(bytes);
	++*count;
}

static void replay_folder(const char *path, unsigned *count)
{
	struct dirent **names;
	int found = scandir(path, &names, NULL, alphasort);
	char file[2 * PATH_SIZE];

	if (found < 0)
		(void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
	for (int i = 0; i < found; i++) {
		(void)snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			replay_file(file, count);
		free(names[i]);
	}
	if (found >= 0)
		free(names);
}

int main(int argc, char *argv[])
{
	const char *slash = strrchr(argv[0], '/');
	const char *name = strstr(slash ? slash : argv[0], "fuzz_");
	char path[PATH_SIZE];
	unsigned count = 0;

	name = name ? name + strlen("fuzz_") : "";
	(void)snprintf(path, sizeof(path), "tests/fuzz/corpus/%s", name);
	if (argc == 1)
		replay_folder(path, &count);
	for (int i = 1; i < argc; i++)
		replay_file(argv[i], &count);
	/* A corpus that is not found proves nothing. */
	printf("1..1\n%s 1 - %u inputs\n", count > 0 ? "ok" : "not ok", count);
	return count > 0 ? 0 : 1;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs a fuzz target over every file of its corpus, where libFuzzer is not there to do it. */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t buffer[1024 * 1024];

static int run(const char *directory, const char *name)
{
	char path[512];
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "re");
	if (file == NULL) {
		perror(path);
		return -1;
	}
	size = fread(buffer, 1, sizeof(buffer), file);
	fclose(file);
	/* So that a crash names its input. */
	fprintf(stderr, "%s\n", name);
	LLVMFuzzerTestOneInput(buffer, size);
	return 0;
}

int main(int argc, char **argv)
{
	DIR *directory = argc == 2 ? opendir(argv[1]) : NULL;
	struct dirent *entry;
	int n = 0;

	if (directory == NULL) {
		fputs("usage: fuzz-TARGET CORPUS-DIRECTORY\n", stderr);
		return 2;
	}
	while ((entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (run(argv[1], entry->d_name) < 0)
			return EXIT_FAILURE;
		n++;
	}
	closedir(directory);
	printf("%d inputs replayed\n", n);
	/* A corpus that is not there proves nothing. */
	return n > 10 ? EXIT_SUCCESS : EXIT_FAILURE;
}

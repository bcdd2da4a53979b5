/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "golden/golden.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "render/json.h"

static const char *directory;
static int n_failed, n_compared;

/* A whole file as text, or NULL. */
static char *slurp(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = calloc(1, 256 * 1024);

	if (file == NULL || text == NULL) {
		free(text);
		return NULL;
	}
	text[fread(text, 1, 256 * 1024 - 1, file)] = '\0';
	fclose(file);
	return text;
}

static void complain(const char *path, const char *expected, const char *got)
{
	size_t line = 1, at = 0;

	while (expected[at] != '\0' && expected[at] == got[at])
		line += expected[at++] == '\n';
	while (at > 0 && expected[at - 1] != '\n')
		at--;
	printf("%s:%zu: differs\n  expected: %.*s\n  got:      %.*s\n", path, line,
	       (int)strcspn(expected + at, "\n"), expected + at, (int)strcspn(got + at, "\n"),
	       got + at);
	n_failed++;
}

void golden_compare(const char *name, const char *got)
{
	char path[512], *expected;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	n_compared++;
	if (getenv("SW_UPDATE_GOLDEN") != NULL) {
		file = fopen(path, "we");
		if (file == NULL || fputs(got, file) < 0 || fclose(file) != 0) {
			printf("%s: %s\n", path, strerror(errno));
			n_failed++;
		}
		return;
	}
	expected = slurp(path);
	if (expected == NULL) {
		printf("%s: cannot be read\n", path);
		n_failed++;
		return;
	}
	if (strcmp(expected, got) != 0)
		complain(path, expected, got);
	free(expected);
}

void golden_check_screen(const char *name, const char *text)
{
	size_t line = 1;

	for (const char *at = text; *at != '\0'; at += strcspn(at, "\n"), at += *at == '\n', line++)
		if (strcspn(at, "\n") > 80) {
			printf("%s:%zu: wider than 80 columns\n", name, line);
			n_failed++;
		}
	for (const char *at = text; *at != '\0'; at++)
		if ((*at < ' ' && *at != '\n') || *at > '~') {
			printf("%s: not plain ASCII\n", name);
			n_failed++;
			return;
		}
}

void golden_compare_json(const char *name, json_t *json)
{
	char *text = json == NULL ? NULL : json_dumps(json, SW_JSON_FLAGS_PRETTY), *with_newline;

	if (text == NULL || asprintf(&with_newline, "%s\n", text) < 0) {
		printf("%s: no memory\n", name);
		n_failed++;
		return;
	}
	golden_compare(name, with_newline);
	free(with_newline);
	free(text);
	json_decref(json);
}

void golden_expect(const char *name, const char *what, bool holds)
{
	if (holds)
		return;
	printf("%s: its numbers disagree: %s\n", name, what);
	n_failed++;
}

void golden_begin(const char *golden_directory)
{
	directory = golden_directory;
}

void golden_open(struct golden_memory *memory)
{
	memory->file = open_memstream(&memory->text, &memory->size);
	if (memory->file == NULL)
		abort();
}

int golden_end(void)
{
	printf("%d compared, %d differ\n", n_compared, n_failed);
	return n_failed == 0 && n_compared > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

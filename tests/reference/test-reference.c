/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What is written about the keys, against the table of them: config/sockwatch.conf
 * as a whole, and the list in the man page between its two marks.
 * SW_UPDATE_GOLDEN=1 writes both anew.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "settings/value.h"

static int n_failed;

static char *slurp(const char *path)
{
	enum { ROOM = 64 * 1024 };
	FILE *file = fopen(path, "re");
	char *text = calloc(1, ROOM);

	if (file != NULL && text != NULL) {
		text[fread(text, 1, ROOM - 1, file)] = '\0';
		fclose(file);
	}
	return text;
}

static const char *preset_of(const struct sw_key *key, char buffer[SW_VALUE_TEXT_SIZE])
{
	return key->preset != NULL ? key->preset : sw_value_format(key, key->preset_from, buffer);
}

static const char *where_of(const struct sw_key *key)
{
	return key->scope == SW_KEY_RULE ? " Also in an override." : "";
}

/* The header of a section; that of overrides needs a name and so cannot stand there by itself. */
static const char *header_of(const char *section)
{
	return strcmp(section, SW_SECTION_OVERRIDE) == 0 ? "Override \"NAME\"" : section;
}

/* Writes sentences behind a "# ", in lines of at most 80 characters. */
static void write_comment(FILE *out, const char *text)
{
	enum { WIDTH = 80 };
	size_t column = 0;

	while (*text != '\0') {
		size_t length = strcspn(text, " ");

		if (column > 0 && column + 1 + length > WIDTH) {
			fputc('\n', out);
			column = 0;
		}
		column +=
			(size_t)fprintf(out, "%s%.*s", column == 0 ? "# " : " ", (int)length, text);
		text += length + (text[length] == ' ');
	}
	fputc('\n', out);
}

static void write_sample(FILE *out)
{
	char range[SW_VALUE_RANGE_SIZE], preset[SW_VALUE_TEXT_SIZE], text[1024];
	const char *section = "";

	fputs("# SPDX-License-Identifier: LGPL-2.1-or-later\n#\n", out);
	write_comment(out,
		      "Every key of sockwatch, commented out, at its default. What is to be "
		      "changed goes best into a file of its own in "
		      "/etc/sockwatch/sockwatch.conf.d/. See sockwatch.conf(5); \"sockwatch "
		      "config check\" says what is wrong, \"sockwatch config show\" what is in "
		      "force.");
	for (size_t i = 0; i < SW_N_KEYS; i++) {
		const struct sw_key *key = &sw_keys[i];
		bool is_override = strcmp(key->section, SW_SECTION_OVERRIDE) == 0;

		if (strcmp(key->section, section) != 0) {
			section = key->section;
			fputc('\n', out);
			write_comment(out, sw_section_find(section)->help);
			fprintf(out, "%s[%s]\n", is_override ? "#" : "", header_of(section));
		}
		snprintf(text, sizeof(text), "%s. Takes %s.%s", key->help,
			 sw_value_range(key, range), where_of(key));
		write_comment(out, text);
		fprintf(out, "#%s=%s\n", key->name, preset_of(key, preset));
	}
}

static void write_man(FILE *out)
{
	char range[SW_VALUE_RANGE_SIZE], preset[SW_VALUE_TEXT_SIZE];
	const char *section = "";

	for (size_t i = 0; i < SW_N_KEYS; i++) {
		const struct sw_key *key = &sw_keys[i];

		if (strcmp(key->section, section) != 0) {
			section = key->section;
			fprintf(out, "\n## [%s]\n\n%s\n", header_of(section),
				sw_section_find(section)->help);
		}
		fprintf(out, "\n*%s=*%s\n\t%s. Takes %s.%s\n", key->name, preset_of(key, preset),
			key->help, sw_value_range(key, range), where_of(key));
	}
	fputc('\n', out);
}

static char *written(void (*write)(FILE *out))
{
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		abort();
	write(out);
	fclose(out);
	return text;
}

static void put(const char *path, const char *before, size_t before_size, const char *text,
		const char *after)
{
	FILE *file = fopen(path, "we");

	if (file == NULL || fprintf(file, "%.*s%s%s", (int)before_size, before, text, after) < 0 ||
	    fclose(file) != 0) {
		printf("%s: %s\n", path, strerror(errno));
		n_failed++;
	}
}

/* Compares what stands between two marks, or all where they are "", with what should. */
static void compare(const char *path, const char *from, const char *to, void (*write)(FILE *out))
{
	char *file = slurp(path), *text = written(write);
	char *begin = strstr(file, from);
	char *end = begin == NULL ? NULL : *to == '\0' ? file + strlen(file) : strstr(begin, to);

	if (end == NULL) {
		printf("%s: its marks are not there\n", path);
		n_failed++;
	} else {
		begin += strlen(from);
		if (getenv("SW_UPDATE_GOLDEN") != NULL) {
			put(path, file, (size_t)(begin - file), text, end);
		} else if (strlen(text) != (size_t)(end - begin) ||
			   memcmp(text, begin, strlen(text)) != 0) {
			printf("%s is not what the table of keys says; see it with "
			       "SW_UPDATE_GOLDEN=1 and git diff\n",
			       path);
			n_failed++;
		}
	}
	free(file);
	free(text);
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fputs("usage: test-reference SAMPLE MAN-PAGE\n", stderr);
		return 2;
	}
	compare(argv[1], "", "", write_sample);
	compare(argv[2], "src/settings/keys.c.\n", "; end\n", write_man);
	printf("%d differ\n", n_failed);
	return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * Texts against the files they should be. What differs is said line by line
 * with its file; SW_UPDATE_GOLDEN=1 makes it the truth instead.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* The folder with the files. */
void golden_begin(const char *golden_directory);

/* Says how many files there were, and gives the exit code of the program. */
int golden_end(void);

void golden_compare(const char *name, const char *got);

/* Compares the document as indented text, and takes it over. */
void golden_compare_json(const char *name, json_t *json);

/* A table for people fits 80 columns of plain ASCII. */
void golden_check_screen(const char *name, const char *text);

/* What is on the screen `name` has to agree with itself. */
void golden_expect(const char *name, const char *what, bool holds);

/* A file in memory. Once `file` is closed, `text` is to be freed. */
struct golden_memory {
	char *text;
	size_t size;
	FILE *file;
};
void golden_open(struct golden_memory *memory);

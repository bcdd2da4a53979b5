/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Keys in a column, origins in another: for eyes and for grep. Programs take the JSON. */
#include "render/config-text.h"

#include <string.h>

struct page {
	FILE *out;
	const char *section, *override; /* of the entry before */
};

static bool is_same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void write_header(struct page *page, const struct sw_config_entry *entry)
{
	if (entry->override == NULL)
		fprintf(page->out, "\n[%s]\n", entry->section);
	else
		fprintf(page->out, "\n[%s \"%s\"]\n", entry->section, entry->override);
	page->section = entry->section;
	page->override = entry->override;
}

static void write_entry(void *userdata, const struct sw_config_entry *entry)
{
	enum { COLUMN = 36 };
	struct page *page = userdata;
	int width;

	if (!is_same(page->section, entry->section) || !is_same(page->override, entry->override))
		write_header(page, entry);
	width = fprintf(page->out, "%s=%s", entry->key, entry->value);
	fprintf(page->out, "%*s", width < COLUMN ? COLUMN - width : 2, "");
	if (entry->file == NULL)
		fputs("default\n", page->out);
	else
		fprintf(page->out, "%s:%u\n", entry->file, entry->line);
}

void sw_render_config_text(FILE *out, const struct sw_config *config)
{
	struct page page = { .out = out };

	if (sw_config_n_files(config) == 0)
		fputs("# no file: everything is at its default\n", out);
	for (size_t i = 0; i < sw_config_n_files(config); i++)
		fprintf(out, "# %s\n", sw_config_file(config, i));
	sw_config_visit(config, write_entry, &page);
}

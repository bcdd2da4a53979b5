/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Configuration files: the input is one, or several with a line of "---" between
 * them. Whatever comes, there are settings within their ranges, or an error that
 * says why.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "support/check-config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads a copy of exactly this size, so that a look beyond it is caught. */
static void read_file(struct sw_config *config, const void *data, size_t size)
{
	char *exact = malloc(size + (size == 0));

	if (exact == NULL)
		abort();
	memcpy(exact, data, size);
	if (sw_config_read(config, "fuzzed.conf", exact, size) < 0)
		abort();
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char between[] = "\n---\n";
	struct sw_config *config;
	const uint8_t *next;

	if (sw_config_new(&config) < 0)
		abort();
	while ((next = memmem(data, size, between, strlen(between))) != NULL) {
		read_file(config, data, (size_t)(next - data));
		size -= (size_t)(next - data) + strlen(between);
		data = next + strlen(between);
	}
	read_file(config, data, size);
	if (sw_config_finish(config) < 0)
		abort();
	check_config(config);
	sw_config_free(config);
	return 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Anybody who may make a control group chooses its name. Only what systemd takes for the
 * name of a unit passes, and that is letters, digits and ":-_.\@": nothing that could
 * steer a terminal or mean something to a shell between quotes.
 */

#include "core/unit-name.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* UNIT_NAME_MAX of systemd, with the NUL. */
enum { MAX_LENGTH = 255 };

/* One folder of a path. */
struct part {
	const char *at;
	size_t length;
};

/* The next folder at `*path`, which moves behind it. False at the end. */
static bool take_part(const char **path, struct part *ret)
{
	*path += strspn(*path, "/");
	ret->at = *path;
	ret->length = strcspn(*path, "/");
	*path += ret->length;
	/* Put in front of names that mean something to the kernel (cg_escape). */
	if (ret->length > 1 && ret->at[0] == '_') {
		ret->at++;
		ret->length--;
	}
	return ret->length > 0;
}

static bool ends_with(const struct part *part, const char *suffix)
{
	size_t length = strlen(suffix);

	return part->length > length &&
	       memcmp(part->at + part->length - length, suffix, length) == 0;
}

static bool has_valid_characters(const struct part *part)
{
	static const char valid[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ:-_.\\@";

	return part->length <= MAX_LENGTH && strspn(part->at, valid) >= part->length;
}

/* Has it a name before its '@', and after it an instance? Units that run are no templates. */
static bool is_plain_or_instance(const struct part *part)
{
	const char *at = memchr(part->at, '@', part->length);
	const char *dot = memrchr(part->at, '.', part->length);

	return at == NULL || (at > part->at && at + 1 < dot);
}

static bool is_unit(const struct part *part)
{
	/* Those that can have processes, slices apart. */
	static const char *const suffixes[] = { ".service", ".scope", ".socket", ".mount",
						".swap" };

	for (size_t i = 0; i < SW_ARRAY_SIZE(suffixes); i++)
		if (ends_with(part, suffixes[i]))
			return has_valid_characters(part) && is_plain_or_instance(part);
	return false;
}

static bool is_slice(const struct part *part)
{
	return ends_with(part, ".slice") && has_valid_characters(part) &&
	       memchr(part->at, '@', part->length) == NULL;
}

/* "user@1000.service": runs units of its own below. */
static bool is_user_manager(const struct part *part)
{
	static const char prefix[] = "user@";
	size_t length = strlen(prefix);

	return part->length > length && memcmp(part->at, prefix, length) == 0 &&
	       ends_with(part, ".service") &&
	       strspn(part->at + length, "0123456789") ==
		       part->length - length - strlen(".service");
}

/* The first folder that is no slice, if it is a unit. */
static bool take_unit(const char **path, struct part *ret)
{
	do {
		if (!take_part(path, ret))
			return false;
	} while (is_slice(ret));
	return is_unit(ret);
}

bool sw_unit_of_path(const char *path, char ret[SW_UNIT_SIZE])
{
	struct part manager, unit;
	int length;

	if (!take_unit(&path, &unit))
		return false;
	manager = unit;
	if (is_user_manager(&manager) && take_unit(&path, &unit))
		length = snprintf(ret, SW_UNIT_SIZE, "%.*s/%.*s", (int)manager.length, manager.at,
				  (int)unit.length, unit.at);
	else
		length = snprintf(ret, SW_UNIT_SIZE, "%.*s", (int)manager.length, manager.at);
	if (length >= SW_UNIT_SIZE)
		memcpy(ret + SW_UNIT_SIZE - sizeof("..."), "...", sizeof("..."));
	return true;
}

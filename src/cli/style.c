/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A terminal has a height and perhaps colours; a pipe has neither. */

#include "cli/style.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* How many rows fit: what the screen has beside the tables, halved, since there are two of them. */
static unsigned int rows_that_fit(void)
{
	enum { IN_PIPES = 20, BESIDE_TABLES = 18, AT_LEAST = 3 };
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 ||
	    size.ws_row == 0)
		return IN_PIPES;
	return size.ws_row < BESIDE_TABLES + 2 * AT_LEAST ? AT_LEAST
							  : (size.ws_row - BESIDE_TABLES) / 2u;
}

static bool wants_color(enum sw_color color)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (color != SW_COLOR_AUTO)
		return color == SW_COLOR_ALWAYS;
	return isatty(STDOUT_FILENO) && (no_color == NULL || no_color[0] == '\0') && term != NULL &&
	       strcmp(term, "dumb") != 0;
}

struct sw_text_style sw_style_of(const struct sw_options *options)
{
	return (struct sw_text_style){
		.rows = options->rows == 0 ? rows_that_fit() : options->rows,
		.color = wants_color(options->color),
		.legend = options->legend,
	};
}

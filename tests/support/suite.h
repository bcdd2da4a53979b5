/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A test program has one libcheck case; this runs it and turns the result into an exit code. */

#include <check.h>
#include <stdlib.h>

static inline int suite_run(const char *name, TCase *tcase)
{
	Suite *suite = suite_create(name);
	SRunner *runner;
	int n_failed;

	/* Against hanging only; libcheck's own four seconds are short for a busy machine. */
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "support/failing-alloc.h"

#include <errno.h>
#include <stddef.h>

static bool armed, refused;
static unsigned int n_left;

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_reallocarray(void *old, size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_reallocarray(void *old, size_t n, size_t size);

void failing_alloc_after(unsigned int n)
{
	armed = true;
	refused = false;
	n_left = n;
}

bool failing_alloc_stop(void)
{
	armed = false;
	return refused;
}

static bool is_refused(void)
{
	if (!armed || n_left-- > 0)
		return false;
	n_left = 0;
	refused = true;
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return is_refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return is_refused() ? NULL : __real_calloc(n, size);
}

void *__wrap_reallocarray(void *old, size_t n, size_t size)
{
	return is_refused() ? NULL : __real_reallocarray(old, n, size);
}

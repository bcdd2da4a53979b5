/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Preloaded into a program, counts what it asks of the heap: in $COUNT_ALLOC, a file of
 * eight bytes that whoever asks may read at any time.
 */

#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* What glibc's own are called. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static _Atomic uint64_t before_start;
static _Atomic uint64_t *n_asked = &before_start;

__attribute__((constructor)) static void start(void)
{
	const char *path = getenv("COUNT_ALLOC");
	int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
	void *shared;

	if (fd < 0)
		abort();
	shared = mmap(NULL, sizeof(*n_asked), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED)
		abort();
	n_asked = shared;
	close(fd);
}

__attribute__((visibility("default"))) void *malloc(size_t size)
{
	atomic_fetch_add(n_asked, 1);
	return __libc_malloc(size);
}

__attribute__((visibility("default"))) void *calloc(size_t n, size_t size)
{
	atomic_fetch_add(n_asked, 1);
	return __libc_calloc(n, size);
}

__attribute__((visibility("default"))) void *realloc(void *old, size_t size)
{
	atomic_fetch_add(n_asked, 1);
	return __libc_realloc(old, size);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Recordings may have hundreds of megabytes, so files are mapped, not read. */

#include "cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "render/json.h"

static int map(struct sw_file *ret, int fd)
{
	struct stat st;
	void *data;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	*ret = (struct sw_file){
		.size = (size_t)st.st_size,
		.modified = (sw_usec)st.st_mtim.tv_sec * SW_USEC_PER_SEC +
			    (sw_usec)st.st_mtim.tv_nsec / 1000,
	};
	if (st.st_size == 0)
		return 0;
	data = mmap(NULL, ret->size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return -errno;
	ret->data = data;
	return 0;
}

int sw_file_map(struct sw_file *ret, const char *path)
{
	/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), r;

	if (fd < 0)
		return -errno;
	r = map(ret, fd);
	close(fd);
	return r;
}

void sw_file_unmap(struct sw_file *file)
{
	if (file->data != NULL)
		munmap(file->data, file->size);
	file->data = NULL;
}

bool sw_flush_output(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return true;
	/* Whoever closed the pipe has read enough. */
	if (errno != EPIPE)
		fprintf(stderr, "sockwatch: the output could not be written: %s\n",
			strerror(errno));
	return false;
}

size_t sw_json_flags(enum sw_json_style style)
{
	return style == SW_JSON_PRETTY ? SW_JSON_FLAGS_PRETTY : SW_JSON_FLAGS;
}

int sw_put_json(json_t *json, enum sw_json_style style)
{
	int r;

	if (json == NULL)
		return -ENOMEM;
	r = json_dumpf(json, stdout, sw_json_flags(style));
	json_decref(json);
	if (r == 0)
		fputc('\n', stdout);
	return r < 0 && !ferror(stdout) ? -ENOMEM : 0;
}

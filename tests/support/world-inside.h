/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files of the scripted world share. */

#include "support/world.h"

static inline struct world *world_of(struct sw_io *io)
{
	return (struct world *)io;
}

/* Whatever is asked of files. */
void world_bind_files(struct sw_io *io);

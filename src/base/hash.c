/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * XXH3 stands alone in this file, so that no other has to know which hash it is. It is compiled
 * in: the keys are so short that a call into a library costs as much as the hash.
 */

#include "base/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t sw_hash(const void *data, size_t size, uint64_t seed)
{
	return XXH3_64bits_withSeed(data, size, seed);
}

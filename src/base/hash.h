/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One 64-bit hash (XXH3) for tables and identifiers. */

#include <stddef.h>
#include <stdint.h>

uint64_t sw_hash(const void *data, size_t size, uint64_t seed);

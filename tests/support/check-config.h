/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What holds of any configuration, whatever was read. For the fuzzer and the mutations. */

#include "sockwatch/config.h"

/* Aborts, and says why on stderr, when it does not. */
void check_config(const struct sw_config *config);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "sockwatch/units.h"

/*
 * The unit that the control group at `path` belongs to, by systemd's rules
 * (cg_path_get_unit): the first service, scope or the like below the slices.
 * What a user's manager runs is named with it, "user@1000.service/app.service".
 * False when it is in none.
 */
bool sw_unit_of_path(const char *path, char ret[SW_UNIT_SIZE]);

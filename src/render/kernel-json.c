/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "render/kernel-json.h"

#include <stdio.h>
#include <stdlib.h>

#include "render/json.h"

/* The reserved ports as the kernel writes them: "8080,9000-9005". */
static json_t *reserved_json(const struct sw_portset *reserved)
{
	/* Every second port: 32768 numbers of five digits and a comma. */
	enum { LONGEST = 32768 * 6 + 1 };
	char *text = malloc(LONGEST);
	size_t used = 0;
	json_t *json;

	if (text == NULL)
		return NULL;
	text[0] = '\0';
	for (uint32_t port = sw_portset_next(reserved, 0); port < SW_PORTSET_END;
	     port = sw_portset_next(reserved, port + 1)) {
		uint32_t first = port;

		while (port < UINT16_MAX && sw_portset_has(reserved, (uint16_t)(port + 1)))
			port++;
		used += (size_t)snprintf(text + used, LONGEST - used,
					 first == port ? "%s%u" : "%s%u-%u", used == 0 ? "" : ",",
					 first, port);
	}
	json = json_string(text);
	free(text);
	return json;
}

json_t *sw_render_kernel_json(const struct sw_reading *reading)
{
	const struct sw_kernel *kernel = &reading->kernel;
	struct sw_json json = sw_json_begin();

	sw_json_put(&json, "release",
		    sw_json_text(kernel->release[0] == '\0' ? NULL : kernel->release));
	sw_json_put(&json, "ip_local_port_range",
		    reading->range_known
			    ? json_pack("[ii]", (int)kernel->range_low, (int)kernel->range_high)
			    : json_null());
	sw_json_put(&json, "ip_local_reserved_ports",
		    reading->range_known ? reserved_json(&kernel->reserved) : json_null());
	for (int i = 0; i < SW_KERNEL_N_SYSCTLS; i++)
		sw_json_put(&json, sw_kernel_key((enum sw_kernel_figure)i),
			    sw_json_figure(&kernel->figures[i]));
	return sw_json_end(&json);
}

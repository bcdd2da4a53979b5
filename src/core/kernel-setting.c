/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sockwatch/kernel-setting.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "sockwatch/sizing.h"

static const char *const names[SW_N_KERNEL_SETTINGS] = {
	SW_SYSCTL_TW_RECYCLE,           "net.ipv4.tcp_tw_reuse", "net.ipv4.ip_local_reserved_ports",
	"net.ipv4.ip_local_port_range", "net.core.somaxconn",
};

bool sw_kernel_setting_is_name(const char *name)
{
	for (size_t i = 0; i < SW_N_KERNEL_SETTINGS; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static void set_wrong(struct sw_kernel_setting *setting, const char *id, const char *gain)
{
	setting->wrong = true;
	setting->id = id;
	setting->gain = gain;
}

/* It takes each client behind a NAT for one with a clock that runs back. Gone since Linux 4.12. */
static void look_at_recycle(const struct sw_kernel *kernel, const struct sw_sysctl_setting *file,
			    struct sw_kernel_setting *setting)
{
	const struct sw_figure *live = &kernel->figures[SW_KERNEL_TW_RECYCLE];

	if (live->known && live->value != 0) {
		set_wrong(setting, "tw-recycle-off", "clients behind NAT can connect");
		snprintf(setting->why, sizeof(setting->why),
			 "%" PRIu64 " cuts off clients behind NAT", live->value);
		snprintf(setting->to_do, sizeof(setting->to_do), "sysctl -w %s=0", setting->name);
	} else if (!live->known && file != NULL && file->value[0] != '\0' &&
		   strcmp(file->value, "0") != 0) {
		set_wrong(setting, "tw-recycle-off", "clients behind NAT can connect");
		snprintf(setting->why, sizeof(setting->why),
			 "this kernel has none, one that has it would cut off clients behind NAT");
		snprintf(setting->to_do, sizeof(setting->to_do), "remove it from %s, line %u",
			 file->file, file->line);
	}
}

static void look_at_reuse(const struct sw_kernel *kernel, struct sw_kernel_setting *setting)
{
	const struct sw_figure *reuse = &kernel->figures[SW_KERNEL_TW_REUSE];
	const struct sw_figure *timestamps = &kernel->figures[SW_KERNEL_TIMESTAMPS];

	/* 2, for loopback, is what nobody has set. */
	if (!reuse->known || reuse->value != 1 || !timestamps->known || timestamps->value != 0)
		return;
	set_wrong(setting, "timestamps-on", "TIME_WAIT can be reused after a second");
	snprintf(setting->why, sizeof(setting->why), "1 has no effect while tcp_timestamps is 0");
	snprintf(setting->to_do, sizeof(setting->to_do), "sysctl -w net.ipv4.tcp_timestamps=1");
}

/* The ports as the kernel writes them: "8080,9000-9005". False where they do not fit. */
static bool format_ports(const struct sw_portset *ports, char *buffer, size_t size)
{
	size_t used = 0;

	for (uint32_t port = 0; port <= UINT16_MAX && used < size; port++) {
		uint32_t first = port;

		if (!sw_portset_has(ports, (uint16_t)port))
			continue;
		while (port < UINT16_MAX && sw_portset_has(ports, (uint16_t)(port + 1)))
			port++;
		used += (size_t)snprintf(buffer + used, size - used,
					 first == port ? "%s%u" : "%s%u-%u", used == 0 ? "" : ",",
					 first, port);
	}
	return used < size;
}

/* A connection may have taken the port of a listener when it wants to start again. */
static void look_at_listeners(const struct sw_report *report, struct sw_kernel_setting *setting)
{
	const struct sw_port_space *space = &report->reading->space;
	struct sw_portset reserved = report->reading->kernel.reserved;
	char ports[sizeof(setting->to_do) - 64];
	size_t n = 0;

	for (size_t i = 0; i < report->n_ports; i++) {
		uint16_t port = (uint16_t)report->ports[i]->port;

		if (report->ports[i]->role != SW_PORT_LISTENING ||
		    report->ports[i]->n_by_state[SW_TCP_LISTEN] == 0 || port < space->low ||
		    port > space->high || sw_portset_has(&reserved, port))
			continue;
		sw_portset_add(&reserved, port);
		n++;
	}
	if (n == 0)
		return;
	set_wrong(setting, "reserve-listeners", "services can start again at any time");
	snprintf(setting->why, sizeof(setting->why),
		 "%zu port%s of listeners in %u-%u may be taken when they start again", n,
		 n == 1 ? "" : "s", space->low, space->high);
	if (format_ports(&reserved, ports, sizeof(ports)))
		snprintf(setting->to_do, sizeof(setting->to_do), "sysctl -w %s=%s", setting->name,
			 ports);
}

static void look_at_range(const struct sw_report *report, struct sw_kernel_setting *setting)
{
	const struct sw_port_space *space = &report->reading->space;
	uint32_t usable = space->n_range - space->n_reserved;

	if (usable < SW_SMALL_RANGE) {
		set_wrong(setting, "wider-range", "more connections a second");
		snprintf(setting->why, sizeof(setting->why),
			 "%u port%s: no more than %.0f closes/s towards one destination", usable,
			 usable == 1 ? "" : "s",
			 sw_sizing_ceiling_per_s(usable, 0, SW_TIME_WAIT_MSEC / 1000.0));
		/* As the kernel makes it; what is reserved of that is not for us to say. */
		if (sw_port_space_capacity_of(space, 32768, 60999) > usable)
			snprintf(setting->to_do, sizeof(setting->to_do),
				 "sysctl -w %s=\"32768 60999\"", setting->name);
	} else if (space->n_range % 2 != 0) {
		/* The kernel says so itself, once (set_local_port_range). */
		set_wrong(setting, "even-range", "one more port");
		snprintf(setting->why, sizeof(setting->why),
			 "%u-%u is an odd number of ports, connect() misses one of them",
			 space->low, space->high);
		snprintf(setting->to_do, sizeof(setting->to_do), "sysctl -w %s=\"%u %u\"",
			 setting->name, space->low,
			 space->high == UINT16_MAX ? space->high - 1U : space->high + 1U);
	}
}

static void look_at_somaxconn(const struct sw_kernel *kernel, struct sw_kernel_setting *setting)
{
	const struct sw_figure *limit = &kernel->figures[SW_KERNEL_SOMAXCONN];

	if (!limit->known || limit->value >= SW_SMALL_SOMAXCONN)
		return;
	set_wrong(setting, "longer-queues", "bursts of connects are not dropped");
	snprintf(setting->why, sizeof(setting->why),
		 "%" PRIu64 ": no accept queue is longer, a burst of connects fills it",
		 limit->value);
	snprintf(setting->to_do, sizeof(setting->to_do), "sysctl -w %s=4096", setting->name);
}

void sw_kernel_settings_look(const struct sw_report *report,
			     const struct sw_sysctl_setting *recycle,
			     struct sw_kernel_setting ret[SW_N_KERNEL_SETTINGS])
{
	const struct sw_kernel *kernel = &report->reading->kernel;

	memset(ret, 0, SW_N_KERNEL_SETTINGS * sizeof(*ret));
	for (size_t i = 0; i < SW_N_KERNEL_SETTINGS; i++)
		ret[i].name = names[i];
	/* In the order of the names. */
	look_at_recycle(kernel, recycle, &ret[0]);
	look_at_reuse(kernel, &ret[1]);
	look_at_listeners(report, &ret[2]);
	look_at_range(report, &ret[3]);
	look_at_somaxconn(kernel, &ret[4]);
}

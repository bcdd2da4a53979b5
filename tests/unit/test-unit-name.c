/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include <string.h>

#include "base/mem.h"
#include "core/unit-name.h"
#include "support/suite.h"

#define DIGITS_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
	const char *path;
	const char *unit; /* NULL = in none */
} paths[] = {
	{ "/system.slice/nginx.service", "nginx.service" },
	{ "/init.scope", "init.scope" },
	{ "/system.slice/system-postgresql.slice/postgresql@15-main.service",
	  "postgresql@15-main.service" },
	{ "/user.slice/user-1000.slice/session-3.scope", "session-3.scope" },
	{ "/system.slice/srv-data.mount", "srv-data.mount" },
	{ "/system.slice/ssh.socket", "ssh.socket" },
	/* What a unit does below its own group is its own affair. */
	{ "/system.slice/foo.service/workers/7", "foo.service" },
	{ "/machine.slice/systemd-nspawn@box.service/payload/system.slice/nginx.service",
	  "systemd-nspawn@box.service" },
	/* Units of a user's manager, and itself. */
	{ "/user.slice/user-1000.slice/user@1000.service/app.slice/sync.service",
	  "user@1000.service/sync.service" },
	{ "/user.slice/user-1000.slice/user@1000.service/init.scope",
	  "user@1000.service/init.scope" },
	{ "/user.slice/user-1000.slice/user@1000.service", "user@1000.service" },
	{ "/user.slice/user-1000.slice/user@1000.service/strange", "user@1000.service" },
	{ "/system.slice/user@root.service/app.slice/sync.service", "user@root.service" },
	/* Containers. */
	{ "/system.slice/docker-" DIGITS_64 ".scope", "docker-" DIGITS_64 ".scope" },
	{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1a2b.slice/"
	  "cri-containerd-" DIGITS_64 ".scope",
	  "cri-containerd-" DIGITS_64 ".scope" },
	{ "/docker/" DIGITS_64, NULL },
	{ "/kubepods/besteffort/pod1a2b/" DIGITS_64, NULL },
	{ "/lxc.payload.web", NULL },
	/* Escaped, as it would otherwise mean something to the kernel. */
	{ "/system.slice/_cpu.service", "cpu.service" },
	{ "/_system.slice/__x.service", "_x.service" },
	{ "/system.slice/dev-disk-by\\x2dlabel-swap.swap", "dev-disk-by\\x2dlabel-swap.swap" },
	/* No unit at all. */
	{ "/", NULL },
	{ "", NULL },
	{ "/system.slice", NULL },
	{ "/system.slice/", NULL },
	{ "/_", NULL },
	{ "/nginx", NULL },
	{ "/nginx/foo.service", NULL },
	{ "/system.slice/.service", NULL },
	{ "/system.slice/foo@.service", NULL },
	{ "/system.slice/@1.service", NULL },
	{ "/system.slice/foo.target", NULL },
	{ "/a@1.slice/foo.service", NULL },
	{ "//system.slice//nginx.service", "nginx.service" },
	/* What somebody made up to be printed. */
	{ "/system.slice/\033[2J.service", NULL },
	{ "/system.slice/a b.service", NULL },
	{ "/system.slice/a\nPRIORITY=0.service", NULL },
	{ "/system.slice/$(reboot).service", NULL },
	{ "/system.slice/\"x\".service", NULL },
	{ "/system.slice/\xc3\xa4.service", NULL },
	{ "/user.slice/user@0.service/`id`.service", "user@0.service" },
};

START_TEST(a_path_leads_to_its_unit)
{
	char unit[SW_UNIT_SIZE] = "untouched";
	bool found = sw_unit_of_path(paths[_i].path, unit);

	ck_assert_msg(found == (paths[_i].unit != NULL), "%s", paths[_i].path);
	ck_assert_str_eq(unit, found ? paths[_i].unit : "untouched");
}
END_TEST

/* `n` letters and ".service". */
static const char *long_path(size_t n, char buffer[512])
{
	strcpy(buffer, "/system.slice/");
	memset(buffer + strlen(buffer), 'a', n);
	strcpy(buffer + strlen("/system.slice/") + n, ".service");
	return buffer;
}

START_TEST(a_long_name_is_cut_and_says_so)
{
	char path[512], unit[SW_UNIT_SIZE];

	ck_assert(sw_unit_of_path(long_path(SW_UNIT_SIZE - 9, path), unit));
	ck_assert_uint_eq(strlen(unit), SW_UNIT_SIZE - 1);
	ck_assert_str_eq(unit + strlen(unit) - 8, ".service");
	ck_assert(sw_unit_of_path(long_path(SW_UNIT_SIZE - 8, path), unit));
	ck_assert_uint_eq(strlen(unit), SW_UNIT_SIZE - 1);
	ck_assert_str_eq(unit + strlen(unit) - 7, ".ser...");
}
END_TEST

START_TEST(a_name_no_unit_can_have_is_none)
{
	char path[512], unit[SW_UNIT_SIZE];

	ck_assert(sw_unit_of_path(long_path(255 - 8, path), unit));
	ck_assert(!sw_unit_of_path(long_path(256 - 8, path), unit));
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("unit-name");

	tcase_add_loop_test(tcase, a_path_leads_to_its_unit, 0, SW_ARRAY_SIZE(paths));
	tcase_add_test(tcase, a_long_name_is_cut_and_says_so);
	tcase_add_test(tcase, a_name_no_unit_can_have_is_none);
	return suite_run("unit-name", tcase);
}

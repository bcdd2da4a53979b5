/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * What a hand that slips does to a configuration: 200 of them, from a seed, each
 * loaded over the one in force. It is taken as a whole or not at all.
 */

#include <string.h>

#include "sockwatch/config.h"
#include "support/check-config.h"
#include "support/suite.h"

enum { N_MUTATIONS = 200, ROOM = 2048 };

static const char original[] = "# of an operator\n"
			       "[Poll]\n"
			       "Interval=2s\n"
			       "\n"
			       "[Alert]\n"
			       "WarningHold=1min 30s\n"
			       "Repeat=infinity\n"
			       "MaxActive=5\n"
			       "[EphemeralPorts]\n"
			       "Notice=40%\n"
			       "Warning=70%\n"
			       "Critical=95%\n"
			       "Ignore=10.9.0.0/16 \\\n"
			       "  [2001:db8::/32]:443\n"
			       "[Override \"database\"]\n"
			       "Destination=10.0.0.9:5432\n"
			       "Warning=85%\n"
			       "MaxSeverity=warning\n"
			       "[Hooks]\n"
			       "Directory=/etc/sockwatch/hooks.d\n"
			       "Run=direct\n"
			       "[Log]\n"
			       "Level=debug\n";

/* xorshift: the same on every machine. */
static uint32_t draw(uint64_t *state, size_t below)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)(*state % below);
}

/* One slip: a byte changed, taken out or put in, a piece doubled, lost or moved, the end lost. */
static size_t mutate(char *text, size_t size, uint64_t *state)
{
	static const char bytes[] = "=[]\"\\#%:/ \n\r\t0123456789sZ\xff\x80\x01";
	size_t at = draw(state, size), n = draw(state, 40) + 1;

	n = n < size - at ? n : size - at;
	switch (draw(state, 6)) {
	case 0:
		text[at] = bytes[draw(state, sizeof(bytes))];
		return size;
	case 1:
		text[at] ^= (char)(1 << draw(state, 8));
		return size;
	case 2:
		memmove(text + at, text + at + n, size - at - n);
		return size - n;
	case 3:
		memmove(text + at + n, text + at, size - at);
		return size + n;
	case 4:
		memmove(text + at, text + draw(state, size - n + 1), n);
		return size;
	default:
		return at + 1;
	}
}

static struct sw_config *load(const char *text, size_t size)
{
	struct sw_config *config;

	ck_assert_int_eq(sw_config_new(&config), 0);
	ck_assert_int_eq(sw_config_read(config, "mutated.conf", text, size), 0);
	ck_assert_int_eq(sw_config_finish(config), 0);
	return config;
}

START_TEST(a_mutated_configuration_is_taken_whole_or_not_at_all)
{
	struct sw_config *in_force = load(original, strlen(original));
	struct sw_settings *copy = malloc(sizeof(*copy));
	uint64_t state = UINT64_C(0x5eed);
	int n_taken = 0;

	ck_assert_ptr_nonnull(copy);
	ck_assert_uint_eq(sw_config_n_complaints(in_force), 0);
	for (int i = 0; i < N_MUTATIONS; i++) {
		const struct sw_settings *settings = sw_config_settings(in_force);
		struct sw_config *next;
		char text[ROOM];
		size_t size = strlen(original);

		memcpy(text, original, size);
		for (uint32_t n = draw(&state, 3) + 1; n > 0; n--)
			size = mutate(text, size, &state);
		*copy = *settings;
		next = load(text, size);
		check_config(next);
		/* Loading one touches the other in no way. */
		ck_assert_mem_eq(sw_config_settings(in_force), copy, sizeof(*copy));
		if (sw_config_settings(next) != NULL) {
			sw_config_free(in_force);
			in_force = next;
			n_taken++;
		} else {
			ck_assert_uint_gt(sw_config_n_complaints(next), 0);
			sw_config_free(next);
		}
	}
	/* Some slips are harmless and most are not, or this has tried nothing. */
	ck_assert_int_gt(n_taken, N_MUTATIONS / 20);
	ck_assert_int_lt(n_taken, N_MUTATIONS / 2);
	sw_config_free(in_force);
	free(copy);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("mutation");

	tcase_add_test(tcase, a_mutated_configuration_is_taken_whole_or_not_at_all);
	return suite_run("mutation", tcase);
}

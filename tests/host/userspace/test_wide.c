// SPDX-License-Identifier: GPL-2.0
/* Products and shifts that need more than 64 bits on the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wide.h"

#define ROUNDS 20000

static void products_are_rounded_and_bounded(void **state)
{
	static const struct {
		uint64_t value, factor, divisor, result;
	} cases[] = {
		{ 0, 5, 3, 0 },
		{ 1, 1, 2, 1 },
		{ 1, 1, 3, 0 },
		{ 10, 10, 8, 13 },
		{ 1ULL << 40, 1ULL << 40, 1ULL << 20, 1ULL << 60 },
		{ 18000000000ULL, 1000000000, 2000000000, 9000000000ULL },
		{ 0xfedcba9876543210ULL, 0x123456789abcdefULL, 0x123456789abcdefULL,
		  0xfedcba9876543210ULL },
		{ UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX },
		{ UINT64_MAX - 1, UINT64_MAX, UINT64_MAX, UINT64_MAX - 1 },
		{ UINT64_MAX, UINT64_MAX, UINT64_MAX - 1, UINT64_MAX },
		{ UINT64_MAX, 3, 1, UINT64_MAX },
		{ 1ULL << 63, 2, 1, UINT64_MAX },
		{ UINT64_MAX, 1ULL << 63, UINT64_MAX, 1ULL << 63 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(lt_mul_div(cases[i].value, cases[i].factor, cases[i].divisor),
				 cases[i].result);
}

/* Numbers of all lengths; the seed makes every run the same. */
static uint64_t some_number(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (*seed ^ *seed >> 31) >> (*seed >> 58);
}

/* Against what needs no wider type. */
static void quotients_of_products_come_back(void **state)
{
	uint64_t seed = 88172645463325252ULL;

	(void)state;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		uint64_t value = some_number(&seed), divisor = some_number(&seed) | 1;

		assert_int_equal(lt_mul_div(value, divisor, divisor), value);
		assert_int_equal(lt_mul_div(value, 1, divisor),
				 value / divisor + (value % divisor > divisor / 2));
	}
}

#ifdef __SIZEOF_INT128__
static void the_compiler_agrees(void **state)
{
	uint64_t seed = 2463534242ULL;

	(void)state;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		uint64_t value = some_number(&seed), factor = some_number(&seed);
		uint64_t divisor = some_number(&seed) | 1;
		unsigned __int128 exact = (unsigned __int128)value * factor;

		exact = exact / divisor + (exact % divisor > divisor / 2);
		assert_int_equal(lt_mul_div(value, factor, divisor),
				 exact > UINT64_MAX ? UINT64_MAX : (uint64_t)exact);
	}
}
#endif

static void shifts_are_bounded(void **state)
{
	(void)state;
	assert_int_equal(lt_shift_up(0, 100), 0);
	assert_int_equal(lt_shift_up(5, 0), 5);
	assert_int_equal(lt_shift_up(1, 63), 1ULL << 63);
	assert_int_equal(lt_shift_up(1, 64), UINT64_MAX);
	assert_int_equal(lt_shift_up(1000, 54), 1000ULL << 54);
	assert_int_equal(lt_shift_up(1000, 55), UINT64_MAX);
	assert_int_equal(lt_shift_up(UINT64_MAX, 0), UINT64_MAX);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(products_are_rounded_and_bounded),
		cmocka_unit_test(quotients_of_products_come_back),
#ifdef __SIZEOF_INT128__
		cmocka_unit_test(the_compiler_agrees),
#endif
		cmocka_unit_test(shifts_are_bounded),
	};

	return cmocka_run_group_tests_name("wide", tests, NULL, NULL);
}

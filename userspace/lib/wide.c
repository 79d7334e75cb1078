// SPDX-License-Identifier: GPL-2.0
#include "wide.h"

#include <stdbool.h>

#define LOW_HALF 0xffffffffULL

struct wide {
	uint64_t high;
	uint64_t low;
};

static struct wide add(struct wide sum, uint64_t value)
{
	sum.low += value;
	sum.high += sum.low < value;
	return sum;
}

/* As on paper, with halves of 32 bits for digits. */
static struct wide multiply(uint64_t a, uint64_t b)
{
	uint64_t a_high = a >> 32, a_low = a & LOW_HALF, b_high = b >> 32, b_low = b & LOW_HALF;
	uint64_t lowest = a_low * b_low;
	uint64_t middle = a_high * b_low + (lowest >> 32);
	uint64_t other = a_low * b_high + (middle & LOW_HALF);

	return (struct wide){
		.high = a_high * b_high + (middle >> 32) + (other >> 32),
		.low = other << 32 | (lowest & LOW_HALF),
	};
}

/* Bit by bit; the quotient comes in from below while the dividend goes out above. */
static uint64_t divide(struct wide dividend, uint64_t divisor)
{
	for (int bit = 0; bit < 64; bit++) {
		bool carry = dividend.high >> 63;

		dividend.high = dividend.high << 1 | dividend.low >> 63;
		dividend.low <<= 1;
		if (carry || dividend.high >= divisor) {
			dividend.high -= divisor;
			dividend.low |= 1;
		}
	}
	return dividend.low;
}

uint64_t lt_mul_div(uint64_t value, uint64_t factor, uint64_t divisor)
{
	struct wide product = add(multiply(value, factor), divisor / 2);

	return product.high >= divisor ? UINT64_MAX : divide(product, divisor);
}

uint64_t lt_shift_up(uint64_t value, unsigned int power)
{
	if (!value)
		return 0;
	return power >= 64 || value > UINT64_MAX >> power ? UINT64_MAX : value << power;
}

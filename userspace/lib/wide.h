/* SPDX-License-Identifier: GPL-2.0 */
/* Arithmetic of 64 bits on whose way there are more; 32-bit machines have no wider type. */
#ifndef LT_WIDE_H
#define LT_WIDE_H

#include <stdint.h>

/**
 * lt_mul_div() - @value * @factor / @divisor
 * @divisor: not 0
 *
 * Return: to the nearest whole number, a half upwards; UINT64_MAX where it is more.
 */
uint64_t lt_mul_div(uint64_t value, uint64_t factor, uint64_t divisor);

/**
 * lt_shift_up() - @value times two to the @power
 *
 * Return: the product; UINT64_MAX where it is more.
 */
uint64_t lt_shift_up(uint64_t value, unsigned int power);

#endif /* LT_WIDE_H */

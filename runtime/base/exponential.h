/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * exponential.h: e^x with the same bits in every version of the C library and on every CPU, for
 * what draws random numbers (rng.h says why libm is not used there). x within +-700.
 */
#ifndef INGOT_BASE_EXPONENTIAL_H
#define INGOT_BASE_EXPONENTIAL_H

#include <math.h>

/* With x = n log 2 + r, |r| at most log(2)/2: Taylor's series of r, 14 terms, relative error below
 * 1e-15. */
static inline double ingot_exp(double x) {
    const double n = nearbyint(x * 0x1.71547652b82fep+0);
    const double r = fma(-n, 0x1.abc9e3b39803fp-56, fma(-n, 0x1.62e42fefa39efp-1, x));
    double series = 1.0;
    for (int k = 14; k >= 1; k--) series = fma(series, r / k, 1.0);
    return ldexp(series, (int)n);
}

#endif

/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * check.h: what a generated case of test_vector.lua and the references of check.c share.
 */
#ifndef INGOT_TESTS_KERNELS_CHECK_H
#define INGOT_TESTS_KERNELS_CHECK_H

#include <stdint.h>

typedef float real;

/* Every port any kernel has; a case uses some of them. */
typedef struct ports {
    const real *x, *dy, *y_in, *gamma, *beta, *mean_in, *invstd_in, *residual, *a, *b, *bias;
    real *running_mean, *running_var, *y, *mean, *invstd, *dx, *dgamma, *dbeta, *dresidual;
    uint8_t *index;
} ports;

typedef struct test_case {
    const char *name; /* for messages */
    const char *kind; /* which reference */
    int n, c, h, w;   /* image */
    int kh, kw, sh, sw, ph, pw, oh, ow;
    int m, nn, k;             /* product: y (m, nn) over k */
    int relu, residual, mask; /* mask: 0 none, 1 from y, 2 from x */
    void (*run)(ports *);
} test_case;

extern const test_case cases[];
extern const int case_count, block;

#endif

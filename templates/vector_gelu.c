/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* The tail of the normal distribution beyond |x|, and its density there without 1 / sqrt(2 pi): with
 * z = |x| / sqrt(2) and t = 1 / (1 + 0.38 z), erfc(z) = e^(-z z) t times a polynomial of t (fitted by iterated
 * least squares; relative error 2e-8 before rounding). */
INLINE vec normal_tail(vec x, vec *density) {
    const vec size = (vec)((mask)x & 0x7fffffff);
    const vec t = 1 / (1 + size * (real)0.26870057685088805);
    const vec e = vector_exp(x * x * (real)-0.5);
    vec p = t * (real)0.059048960779482317 + (real)-0.2626957624447707;
    p = p * t + (real)0.36475492294143463;
    p = p * t + (real)-0.16252949356965457;
    p = p * t + (real)0.23080290278466087;
    p = p * t + (real)0.1382996406006282;
    p = p * t + (real)0.20400194389160453;
    p = p * t + (real)0.21390503858890592;
    p = p * t + (real)0.21441186646327903;
    *density = e;
    return (e * (real)0.5) * (t * p);
}

/* x P(X <= x) for a standard normal X, and its slope. */
INLINE vec gelu(vec x) {
    vec density;
    const vec tail = normal_tail(x, &density);
    return x * choose((mask)(x < (vec){0}), tail, 1 - tail);
}

INLINE vec gelu_slope(vec x) {
    vec density;
    const vec tail = normal_tail(x, &density);
    return choose((mask)(x < (vec){0}), tail, 1 - tail) + x * density * (real)0.3989422804014327;
}

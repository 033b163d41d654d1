/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* tanh in float, relative error below 1e-6: (1 - e) / (1 + e) with e = e^(-2 |x|), and up to 0.3 the series
 * x - x^3/3 + 2 x^5/15 - 17 x^7/315 + 62 x^9/2835 - 1382 x^11/155925. */
INLINE vec vector_tanh(vec x) {
    const mask signs = (mask)x & INT32_MIN;
    const vec size = (vec)((mask)x & INT32_MAX), s = x * x, e = vector_exp(size * -2);
    vec p = s * (real)-0.0088632355 + (real)0.0218694885;
    p = p * s + (real)-0.0539682540;
    p = p * s + (real)0.1333333333;
    p = p * s + (real)-0.3333333333;
    const vec large = (vec)((mask)((1 - e) / (1 + e)) | signs);
    return choose((mask)(size < splat((real)0.3)), x + x * (s * p), large);
}

/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* e^x in float: x = n log 2 + r, |r| at most log(2)/2, and a polynomial of r; relative error below 2e-7. Kept
 * within e^-87 and e^88, where floats are normal. No libm: the same bits everywhere. */
INLINE vec vector_exp(vec x) {
    const vec least = splat((real)-87), most = splat((real)88), magic = splat((real)12582912);
    x = choose((mask)(x < least), least, choose((mask)(x > most), most, x));
    const vec n = (x * (real)0x1.715476p+0 + magic) - magic;
    const vec r = (x - n * (real)0x1.62e4p-1) - n * (real)0x1.7f7d1cp-20;
    vec p = r * (real)1.9875691500e-4 + (real)1.3981999507e-3;
    p = p * r + (real)8.3334519073e-3;
    p = p * r + (real)4.1665795894e-2;
    p = p * r + (real)1.6666665459e-1;
    p = p * r + (real)5.0000001201e-1;
    p = (p * r) * r + r + 1;
    return p * (vec)((__builtin_convertvector(n, mask) + 127) << 23);
}

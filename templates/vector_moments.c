/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Takes `count` more positions into mean and sum of squared differences from the mean, of which
 * `seen` positions are known: by chunks of 256 in two passes in real, joined in double as Chan,
 * Golub and LeVeque 1979 do. As good as double, at one pass over memory. */
INLINE void add_moments(const real *x, int count, double seen, wide_vec *mean, wide_vec *squares) {
    for (int from = 0; from < count; from += 256) {
        const int size = count - from < 256 ? count - from : 256;
        const real *const chunk = x + (ptrdiff_t)from * ${B};
        vec a = {0}, b = {0}, c = {0}, d = {0};
        ptrdiff_t i = 0;
        for (; i + 4 <= size; i += 4) {
            a += load(chunk + i * ${B});
            b += load(chunk + i * ${B} + ${B});
            c += load(chunk + i * ${B} + 2 * ${B});
            d += load(chunk + i * ${B} + 3 * ${B});
        }
        for (i = size - size % 4; i < size; i++) a += load(chunk + i * ${B});
        const vec middle = ((a + b) + (c + d)) * ((real)1 / (real)size);
        vec e = {0}, f = {0}; /* what rounding left out of the middle */
        a = b = (vec){0};
        for (i = 0; i + 2 <= size; i += 2) {
            const vec p = load(chunk + i * ${B}) - middle, q = load(chunk + i * ${B} + ${B}) - middle;
            e += p;
            f += q;
            a += p * p;
            b += q * q;
        }
        if (i < size) {
            const vec p = load(chunk + i * ${B}) - middle;
            e += p;
            a += p * p;
        }
        const wide_vec left = widen(e + f) / (double)size;
        const double share = (double)size / (seen + (double)size);
        const wide_vec apart = widen(middle) + left - *mean;
        *mean += apart * share;
        *squares += widen(a + b) - left * left * (double)size + apart * apart * (seen * share);
        seen += (double)size;
    }
}

/* Joins the moments of `more` positions to those of `seen`. */
INLINE void join_moments(double seen, wide_vec *mean, wide_vec *squares, double more,
                         const wide_vec *other_mean, const wide_vec *other_squares) {
    const double share = more / (seen + more);
    const wide_vec apart = *other_mean - *mean;
    *mean += apart * share;
    *squares += *other_squares + apart * apart * (seen * share);
}

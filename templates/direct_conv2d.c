/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Units of up to ${M} pixels of the result. For one, ${KC} blocks of input channels are taken at a time, so that the
 * weights of two blocks of outputs stay in the first cache and the pixels in the second. */
${shift}
${units_begin}
    ptrdiff_t from[${M} + ${R} - 1], to[${M}]; /* where the windows of the pixels begin, where the results go */
    int count = 0;
    ${pixels}
    for (int r = count; r < count + ${R} - 1; r++) from[r] = from[count - 1];
    for (int k = 0; k < ${CB}; k += ${KC}) {
        const int depth = ${CB} - k < ${KC} ? ${CB} - k : ${KC};
        ${pack}
        for (int p = ${first_pair}; p < ${last_pair}; p++) {
            const real *const panel = u + ((ptrdiff_t)p * ${CB} + k) * ${panel};
            ${bias}
            const real *const following = panel + (ptrdiff_t)${CB} * ${panel};
            const int ahead = (depth * ${panel} * (int)sizeof(real) / 64 * ${R} + count - 1) / count;
            for (int t = 0; t < count; t += ${R}) {
                if (p + 1 < ${last_pair}) fetch_lines(following, t / ${R} * ahead, ahead);
                real tile[${R} * 2 * ${B}] __attribute__((aligned(64)));
                ${call}, panel, tile);
                for (int r = 0; r < ${R} && t + r < count; r++) {
                    const ptrdiff_t at = to[t + r] + (ptrdiff_t)p * 2 * ${y_plane};
                    vec v0 = load(tile + 2 * r * ${B}), v1 = load(tile + (2 * r + 1) * ${B});
                    ${finish}
                }
            }
        }
    }
${units_end}

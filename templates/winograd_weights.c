/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

${loop}
for (int p = 0; p < ${P}; p++)
    for (int c = 0; c < ${K}; c++)
        for (int side = 0; side < 2; side++) {
            const real *const from = w + (ptrdiff_t)(p * 2 + side) * ${B} * ${lane_step} + (ptrdiff_t)c * ${channel_step};
            real *const out = u + ((ptrdiff_t)p * ${K} + c) * (2 * ${B}) + side * ${B};
            vec g[9], half[6][3], t[6];
            for (int k = 0; k < 9; k++)
                for (int l = 0; l < ${B}; l++) g[k][l] = from[l * ${lane_step} + ${tap}];
            #pragma GCC unroll 3
            for (int j = 0; j < 3; j++) {
                const vec column[3] = {g[j], g[3 + j], g[6 + j]};
                winograd_weights(column, t);
                #pragma GCC unroll 6
                for (int i = 0; i < 6; i++) half[i][j] = t[i];
            }
            #pragma GCC unroll 6
            for (int i = 0; i < 6; i++) {
                winograd_weights(half[i], t);
                #pragma GCC unroll 6
                for (int j = 0; j < 6; j++) store(out + (ptrdiff_t)(i * 6 + j) * ${u_step}, t[j]);
            }
        }

/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

int begins[${L} + 2], order[${N}];
lstm_order(ids, ${ids_row}, ${N}, ${L}, begins, order);
${loop}
for (int group = 0; group < ${groups}; group++) {
    real dh[${R} * ${H}] __attribute__((aligned(64))), dc[${R} * ${H}], d[${R} * ${G}];
    const int *const members = order + group * ${R};
    const int count = ${N} - group * ${R} < ${R} ? ${N} - group * ${R} : ${R};
    int active = 0;
    memset(dh, 0, sizeof dh);
    memset(dc, 0, sizeof dc);
    memset(d, 0, sizeof d);
    for (int r = 0; r < count; r++) {
        const int n = members[r], steps = ${steps};
        memset(dx + ((ptrdiff_t)n * ${L} + steps) * ${G}, 0, (size_t)(${L} - steps) * ${G} * sizeof(real));
    }
    for (int k = ids[(ptrdiff_t)members[0] * ${ids_row}] - 1; k >= 0; k--) {
        while (active < count && ids[(ptrdiff_t)members[active] * ${ids_row}] > k) active++;
        for (int r = 0; r < active; r++) {
            const int n = members[r], steps = ${steps}, t = ${at};
            (void)steps;
            const ptrdiff_t row = ((ptrdiff_t)n * ${L} + t) * ${H}, before = ((ptrdiff_t)n * ${L} + ${before}) * ${H};
            const real *const gate = gates + row * 4;
            for (int i = 0; i < ${H}; i += ${B}) {
                const int left = ${H} - i;
                const vec in = load_some(gate + i, left), forget = load_some(gate + ${H} + i, left);
                const vec cell = load_some(gate + 2 * ${H} + i, left), out = load_some(gate + 3 * ${H} + i, left);
                const vec squashed = vector_tanh(load_some(cells + row + i, left));
                vec last = {0};
                if (k > 0) last = load_some(cells + before + i, left);
                const vec from_h = load_some(dy + row + i, left) + load_some(dh + r * ${H} + i, left);
                const vec from_c = load_some(dc + r * ${H} + i, left) + from_h * out * (1 - squashed * squashed);
                const vec d0 = from_c * cell * in * (1 - in), d1 = from_c * last * forget * (1 - forget);
                const vec d2 = from_c * in * (1 - cell * cell), d3 = from_h * squashed * out * (1 - out);
                real *const to = d + r * ${G} + i, *const kept = dx + row * 4 + i;
                store_some(to, left, d0);
                store_some(to + ${H}, left, d1);
                store_some(to + 2 * ${H}, left, d2);
                store_some(to + 3 * ${H}, left, d3);
                store_some(kept, left, d0);
                store_some(kept + ${H}, left, d1);
                store_some(kept + 2 * ${H}, left, d2);
                store_some(kept + 3 * ${H}, left, d3);
                store_some(dc + r * ${H} + i, left, from_c * forget);
            }
        }
        if (k == 0) break;
        for (int col = 0; col < ${H}; col += ${T}) {
            const int j = col + ${T} <= ${H} ? col : ${H} - ${T};
            if (active > ${half})
                product_tile(${R}, ${T}, ${G}, ${whole}, ${ahead}, d, ${G}, 1, w + j, ${H}, NULL, 0, 0, dh + j, ${H});
            else
                product_tile(${half}, ${T}, ${G}, ${whole}, ${ahead}, d, ${G}, 1, w + j, ${H}, NULL, 0, 0, dh + j, ${H});
        }
    }
}

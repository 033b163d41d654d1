/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

int begins[${L} + 2], order[${N}];
lstm_order(ids, ${ids_row}, ${N}, ${L}, begins, order);
${loop}
for (int group = 0; group < ${groups}; group++) {
    real h[${R} * ${H}] __attribute__((aligned(64))), c[${R} * ${H}], pre[${R} * ${G}];
    const int *const members = order + group * ${R};
    const int count = ${N} - group * ${R} < ${R} ? ${N} - group * ${R} : ${R};
    int active = count;
    memset(h, 0, sizeof h);
    memset(c, 0, sizeof c);
    for (int k = 0; k < ${L}; k++) {
        while (active > 0 && ids[(ptrdiff_t)members[active - 1] * ${ids_row}] <= k) active--;
        if (active == 0) break;
        /* b + h w for all that go on */
        for (int col = 0; col < ${G}; col += ${T}) {
            const int j = col + ${T} <= ${G} ? col : ${G} - ${T};
            if (active > ${half})
                product_tile(${R}, ${T}, ${H}, ${whole}, ${ahead}, h, ${H}, 1, w + j, ${G}, b + j, 0, 0, pre + j, ${G});
            else
                product_tile(${half}, ${T}, ${H}, ${whole}, ${ahead}, h, ${H}, 1, w + j, ${G}, b + j, 0, 0, pre + j, ${G});
        }
        for (int r = 0; r < active; r++) {
            const int n = members[r], steps = ${steps}, t = ${at};
            (void)steps;
            const ptrdiff_t row = ((ptrdiff_t)n * ${L} + t) * ${H};
            const real *const from = x + row * 4, *const sums = pre + r * ${G};
            for (int i = 0; i < ${H}; i += ${B}) {
                const int left = ${H} - i;
                const vec in = lstm_sigmoid(load_some(from + i, left) + load_some(sums + i, left));
                const vec forget = lstm_sigmoid(load_some(from + ${H} + i, left) + load_some(sums + ${H} + i, left));
                const vec cell = vector_tanh(load_some(from + 2 * ${H} + i, left) + load_some(sums + 2 * ${H} + i, left));
                const vec out = lstm_sigmoid(load_some(from + 3 * ${H} + i, left) + load_some(sums + 3 * ${H} + i, left));
                const vec next = forget * load_some(c + r * ${H} + i, left) + in * cell;
                const vec state = out * vector_tanh(next);
                store_some(c + r * ${H} + i, left, next);
                store_some(h + r * ${H} + i, left, state);
                store_some(y + row + i, left, state);
                ${keep_gates}
            }
        }
    }
    for (int r = 0; r < count; r++) {
        const int n = members[r], steps = ${steps};
        memset(y + ((ptrdiff_t)n * ${L} + steps) * ${H}, 0, (size_t)(${L} - steps) * ${H} * sizeof(real));
    }
}

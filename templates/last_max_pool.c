/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* the first of equal maxima wins; a NaN wins over every number */
${loop}
for (int p = 0; p < ${N} * ${OH}; p++) {
    const bf16 *const image = x + (ptrdiff_t)(p / ${OH}) * ${IH} * ${IW} * ${C};
    const int top = p % ${OH} * ${SH} - ${PH};
    const int kh0 = top < 0 ? -top : 0, kh1 = ${IH} - top < ${KH} ? ${IH} - top : ${KH};
    for (int ow = 0; ow < ${OW}; ow++) {
        const int left = ow * ${SW} - ${PW};
        const int kw0 = left < 0 ? -left : 0, kw1 = ${IW} - left < ${KW} ? ${IW} - left : ${KW};
        for (int c = 0; c < ${C}; c += ${B}) {
            vec best = get(image + ((ptrdiff_t)(top + kh0) * ${IW} + left + kw0) * ${C} + c, ${lanes});
            mask where = (mask){0} + (kh0 * ${KW} + kw0);
            for (int kh = kh0; kh < kh1; kh++) {
                const bf16 *const row = image + ((ptrdiff_t)(top + kh) * ${IW} + left) * ${C} + c;
                for (int kw = kw0; kw < kw1; kw++) {
                    const vec v = get(row + kw * ${C}, ${lanes});
                    const mask wins = (v > best) | (v != v);
                    best = (vec)(((mask)v & wins) | ((mask)best & ~wins));
                    where = (wins & (kh * ${KW} + kw)) | (where & ~wins);
                }
            }
            const ptrdiff_t at = ((ptrdiff_t)p * ${OW} + ow) * ${C} + c;
            put(y + at, ${lanes}, best);
            put_bytes(index + at, ${lanes}, where);
        }
    }
}

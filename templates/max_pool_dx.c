/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

${loop}
for (int p = 0; p < ${P}; p++) {
    real *const image = dx + (ptrdiff_t)p * ${IH} * ${IW} * ${B};
    for (ptrdiff_t i = 0; i < ${IH} * ${IW} * ${B}; i += ${B}) store(image + i, (vec){0});
    for (int oh = 0; oh < ${OH}; oh++) {
        const int top = oh * ${SH} - ${PH};
        const int kh0 = top < 0 ? -top : 0, kh1 = ${IH} - top < ${KH} ? ${IH} - top : ${KH};
        for (int ow = 0; ow < ${OW}; ow++) {
            const int left = ow * ${SW} - ${PW};
            const int kw0 = left < 0 ? -left : 0, kw1 = ${IW} - left < ${KW} ? ${IW} - left : ${KW};
            const ptrdiff_t at = (((ptrdiff_t)p * ${OH} + oh) * ${OW} + ow) * ${B};
            const vec d = load(dy + at);
            const mask where = __builtin_convertvector(*(const byte_vec *)(index + at), mask);
            for (int kh = kh0; kh < kh1; kh++) {
                real *const row = image + ((ptrdiff_t)(top + kh) * ${IW} + left) * ${B};
                for (int kw = kw0; kw < kw1; kw++)
                    store(row + kw * ${B},
                          load(row + kw * ${B}) + keep_where(where == kh * ${KW} + kw, d));
            }
        }
    }
}

/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

${loop}
for (int p = 0; p < ${P}; p++) {
    const real *const image = x + (ptrdiff_t)p * ${IH} * ${IW} * ${B};
    for (int oh = 0; oh < ${OH}; oh++) {
        const int top = oh * ${SH} - ${PH};
        const int kh0 = top < 0 ? -top : 0, kh1 = ${IH} - top < ${KH} ? ${IH} - top : ${KH};
        for (int ow = 0; ow < ${OW}; ow++) {
            const int left = ow * ${SW} - ${PW};
            const int kw0 = left < 0 ? -left : 0, kw1 = ${IW} - left < ${KW} ? ${IW} - left : ${KW};
            vec sum = {0};
            for (int kh = kh0; kh < kh1; kh++) {
                const real *const row = image + ((ptrdiff_t)(top + kh) * ${IW} + left) * ${B};
                for (int kw = kw0; kw < kw1; kw++) sum += load(row + kw * ${B});
            }
            store(y + (((ptrdiff_t)p * ${OH} + oh) * ${OW} + ow) * ${B},
                  sum * ((real)1 / (${KH} * ${KW})));
        }
    }
}

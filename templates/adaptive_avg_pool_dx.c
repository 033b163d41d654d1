/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* windows may overlap: every pixel gathers its share of each window it lies in */
${loop}
for (int p = 0; p < ${P}; p++) {
    real *const image = dx + (ptrdiff_t)p * ${IH} * ${IW} * ${B};
    for (ptrdiff_t i = 0; i < ${IH} * ${IW} * ${B}; i += ${B}) store(image + i, (vec){0});
    for (int oh = 0; oh < ${OH}; oh++) {
        const int top = oh * ${IH} / ${OH}, bottom = ((oh + 1) * ${IH} + ${OH} - 1) / ${OH};
        for (int ow = 0; ow < ${OW}; ow++) {
            const int left = ow * ${IW} / ${OW}, right = ((ow + 1) * ${IW} + ${OW} - 1) / ${OW};
            const vec d = load(dy + (((ptrdiff_t)p * ${OH} + oh) * ${OW} + ow) * ${B}) *
                          ((real)1 / (real)((bottom - top) * (right - left)));
            for (int ih = top; ih < bottom; ih++)
                for (int iw = left; iw < right; iw++) {
                    real *const pixel = image + ((ptrdiff_t)ih * ${IW} + iw) * ${B};
                    store(pixel, load(pixel) + d);
                }
        }
    }
}

/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* row oh of the result is the mean of rows floor(oh IH / OH) up to ceil((oh + 1) IH / OH) */
${loop}
for (int p = 0; p < ${P}; p++) {
    const real *const image = x + (ptrdiff_t)p * ${IH} * ${IW} * ${B};
    for (int oh = 0; oh < ${OH}; oh++) {
        const int top = oh * ${IH} / ${OH}, bottom = ((oh + 1) * ${IH} + ${OH} - 1) / ${OH};
        for (int ow = 0; ow < ${OW}; ow++) {
            const int left = ow * ${IW} / ${OW}, right = ((ow + 1) * ${IW} + ${OW} - 1) / ${OW};
            vec sum = {0};
            for (int ih = top; ih < bottom; ih++)
                for (int iw = left; iw < right; iw++)
                    sum += load(image + ((ptrdiff_t)ih * ${IW} + iw) * ${B});
            store(y + (((ptrdiff_t)p * ${OH} + oh) * ${OW} + ow) * ${B},
                  sum * ((real)1 / (real)((bottom - top) * (right - left))));
        }
    }
}

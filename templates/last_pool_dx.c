/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Every pixel gathers from the windows that hold it, in their order, so that it is rounded once. */
${loop}
for (int p = 0; p < ${N} * ${IH}; p++) {
    const int n = p / ${IH}, down = p % ${IH} + ${PH};
    const int oh0 = down < ${KH} ? 0 : (down - ${KH}) / ${SH} + 1;
    const int oh1 = down / ${SH} + 1 < ${OH} ? down / ${SH} + 1 : ${OH};
    for (int iw = 0; iw < ${IW}; iw++) {
        const int across = iw + ${PW};
        const int ow0 = across < ${KW} ? 0 : (across - ${KW}) / ${SW} + 1;
        const int ow1 = across / ${SW} + 1 < ${OW} ? across / ${SW} + 1 : ${OW};
        for (int c = 0; c < ${C}; c += ${B}) {
            vec sum = {0};
            for (int oh = oh0; oh < oh1; oh++)
                for (int ow = ow0; ow < ow1; ow++) {
                    const ptrdiff_t at = (((ptrdiff_t)n * ${OH} + oh) * ${OW} + ow) * ${C} + c;
                    sum += ${share};
                }
            put(dx + ((ptrdiff_t)p * ${IW} + iw) * ${C} + c, ${lanes}, sum${scale});
        }
    }
}

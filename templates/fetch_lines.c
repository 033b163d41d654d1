/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Asks the second cache for `lines` lines of a panel, the ones before `first` not. */
INLINE void fetch_lines(const real *panel, int first, int lines) {
    for (int i = first; i < first + lines; i++) __builtin_prefetch(panel + i * (64 / (int)sizeof(real)), 0, 2);
}

/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

/* Lane by lane `a` where the condition holds, else `b`. */
INLINE vec choose(mask condition, vec a, vec b) {
    return (vec)(((mask)a & condition) | ((mask)b & ~condition));
}

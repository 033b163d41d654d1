/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
 *
 * test_onednn_v3.c: test_onednn.c for the target x86-64-v3.
 */
/* link: runtime/backends/onednn.c runtime/backends/onednn_conv2d.c
 *     runtime/backends/onednn_linear.c runtime/base/error.c ;
 * libs: dnnl gomp cmocka m */
#define TEST_ISA "x86-64-v3"
#define TEST_BLOCK 8
#define TEST_SUPPORTED (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
#include "test_onednn.c"

-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Gradient of max_pool.

return require("generator.backends.pools").window_op_dx("max_pool", { "index" })

-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Mean of each window; positions in the padding count as zeros.

local op = require("generator.backends.pools").window_op("avg_pool", "Mean of each window, padding counted.")
op.outputs = { "y" }
op.onnx = "AveragePool"
op.reference = "F.avg_pool2d(x, tuple(kernel_size), tuple(stride), tuple(padding))"

return op

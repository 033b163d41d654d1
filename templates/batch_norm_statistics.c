/* Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0 */

const vec rm = load_channels(running_mean + channel, lanes);
const vec rv = load_channels(running_var + channel, lanes);
store_channels(running_mean + channel, lanes,
               narrow(widen(rm) * ${rest} + m * ${momentum}));
store_channels(running_var + channel, lanes,
               narrow(widen(rv) * ${rest} + q * (${momentum} / ((double)${M} - 1))));

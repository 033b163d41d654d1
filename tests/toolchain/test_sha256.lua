-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- SHA-256 in Lua against FIPS 180-4's examples and against sha256sum at every length around a block.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local files = require("generator.base.files")
local sha256 = require("generator.toolchain.sha256")
local shell = require("generator.toolchain.shell")

TestSha256 = {}

function TestSha256.test_published_examples()
  local examples = {
    [""] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq =
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  }
  for text, digest in pairs(examples) do lu.assertEquals(sha256.text(text), digest) end
end

function TestSha256.test_agrees_with_sha256sum_on_names_and_lengths_that_are_hard()
  local folder = assert(shell.temporary_folder("out/.tests"))
  local names, texts = {}, {}
  for length = 0, 130 do
    local bytes = {}
    for i = 1, length do bytes[i] = string.char((i * 37 + length) % 256) end
    local name = length % 2 == 0 and "plain" .. length or "a b'c\"d$" .. length .. "\n.txt"
    names[#names + 1], texts[name] = name, table.concat(bytes)
    assert(files.write(folder .. "/" .. name, texts[name]))
  end
  local digests, why = sha256.files(folder, names)
  shell.remove_folder(folder)
  lu.assertNotNil(digests, why)
  for _, name in ipairs(names) do lu.assertEquals(digests[name], sha256.text(texts[name]), name) end
end

function TestSha256.test_a_file_that_is_not_there()
  local digests, why = sha256.files(".", { "LICENSE", "no/such file" })
  lu.assertNil(digests)
  lu.assertStrContains(why, "no/such file")
end

os.exit(lu.LuaUnit.run())

-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Signatures by OpenSSH and minisign: ours are taken by the tools, those of the tools by us; every refusal
-- by its message. Base 64 and the list of digests are here as well.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local base64 = require("generator.base.base64")
local digests = require("generator.proof.digests")
local files = require("generator.base.files")
local shell = require("generator.toolchain.shell")
local signature = require("generator.proof.signature")
local support = require("tests.proof.support")

assert(shell.make_folder("out/.tests"))
local folder = shell.real_path(assert(shell.temporary_folder("out/.tests")))
local keys = support.keys(folder .. "/keys")
local message = folder .. "/message"

local function run(command)
  local output, status = shell.capture("cd " .. folder .. " && " .. command, true)
  return status, output
end

TestSignature = {}

function TestSignature.setUp()
  run("rm -f message*")
  assert(files.write(message, "what is signed\n"))
end

function TestSignature.test_ssh_keygen_takes_ours()
  local path, kind = signature.sign(message, keys .. "/id")
  lu.assertEquals(path, message .. ".sig")
  lu.assertEquals(kind, "ssh")
  lu.assertEquals(run("printf 'me@x %s\\n' \"$(cut -d' ' -f1,2 keys/id.pub)\" >allowed && "
    .. "ssh-keygen -Y verify -f allowed -I me@x -n ingot -s message.sig <message"), 0)
  local report = signature.check(message, { signers = folder .. "/allowed", require = true })
  lu.assertEquals(report.principal, "me@x")
  lu.assertTrue(report.checked)
  lu.assertStrMatches(report.key, "SHA256:.*")
end

function TestSignature.test_minisign_takes_ours()
  local path, kind = signature.sign(message, keys .. "/mini.key")
  lu.assertEquals(path, message .. ".minisig")
  lu.assertEquals(kind, "minisign")
  lu.assertEquals(run("minisign -V -q -p keys/mini.pub -m message"), 0)
  lu.assertTrue(signature.check(message, { signers = keys .. "/mini.pub" }).checked)
end

function TestSignature.test_we_take_those_of_the_tools()
  lu.assertEquals(run("ssh-keygen -q -Y sign -f keys/id -n ingot message"), 0)
  lu.assertTrue(signature.check(message, { signers = keys .. "/id.pub" }).checked)
  os.remove(message .. ".sig")
  lu.assertEquals(run("minisign -S -s keys/mini.key -m message"), 0)
  lu.assertTrue(signature.check(message, { signers = keys .. "/mini.pub" }).checked)
end

function TestSignature.test_the_same_bytes_every_time()
  for _, key in ipairs { "id", "mini.key" } do
    local first = files.read((signature.sign(message, keys .. "/" .. key)))
    lu.assertEquals(files.read((signature.sign(message, keys .. "/" .. key))), first)
  end
end

function TestSignature.test_a_new_signature_replaces_the_one_of_another_tool()
  signature.sign(message, keys .. "/id")
  signature.sign(message, keys .. "/mini.key")
  lu.assertFalse(files.exists(message .. ".sig"))
end

function TestSignature.test_without_signers_only_the_bytes_are_checked()
  signature.sign(message, keys .. "/id")
  lu.assertFalse(signature.check(message, {}).checked)
  files.write(message, "something else\n")
  local report, why = signature.check(message, {})
  lu.assertNil(report)
  lu.assertStrContains(why, "something was changed after signing")
end

function TestSignature.test_no_signature()
  lu.assertFalse(signature.check(message, {}))
  for _, options in ipairs { { signers = keys .. "/id.pub" }, { require = true } } do
    local report, why = signature.check(message, options)
    lu.assertNil(report)
    lu.assertStrContains(why, "is not signed, and a signature is required")
  end
end

function TestSignature.test_required_but_nobody_named()
  signature.sign(message, keys .. "/id")
  local _, why = signature.check(message, { require = true })
  lu.assertStrContains(why, "nobody is named whose signature counts (--signers FILE)")
end

function TestSignature.test_another_key()
  signature.sign(message, keys .. "/other")
  local _, why = signature.check(message, { signers = keys .. "/id.pub" })
  lu.assertStrContains(why, "which is not among the allowed signers")
  signature.sign(message, keys .. "/mini2.key")
  _, why = signature.check(message, { signers = keys .. "/mini.pub" })
  lu.assertStrMatches(why, "signed with the minisign key %x+, the allowed one is %x+")
  _, why = signature.check(message, { signers = keys .. "/id.pub" })
  lu.assertStrContains(why, "is signed with minisign, the allowed signers are of OpenSSH")
end

function TestSignature.test_a_signer_who_may_sign_other_things_only()
  signature.sign(message, keys .. "/id")
  run("printf 'me namespaces=\"git\" %s\\n' \"$(cut -d' ' -f1,2 keys/id.pub)\" >allowed")
  local report, why = signature.check(message, { signers = folder .. "/allowed" })
  lu.assertNil(report)
  lu.assertStrMatches(why, "signed with the key SHA256:.*")
end

function TestSignature.test_a_damaged_signature()
  for _, case in ipairs { { "id", "id.pub" }, { "mini.key", "mini.pub" } } do
    local path = signature.sign(message, keys .. "/" .. case[1])
    local text = files.read(path)
    files.write(path, text:sub(1, #text // 2) .. (text:sub(#text // 2 + 1, #text // 2 + 1) == "A" and "B" or "A")
      .. text:sub(#text // 2 + 2))
    local report, why = signature.check(message, { signers = keys .. "/" .. case[2] })
    lu.assertNil(report)
    lu.assertStrContains(why, "sign")
    files.write(path, "")
    lu.assertNil((signature.check(message, { signers = keys .. "/" .. case[2] })))
    os.remove(path)
  end
end

function TestSignature.test_what_is_no_key()
  local cases = { { keys .. "/ecdsa", "not an Ed25519 key" }, { keys .. "/ecdsa.pub", "not an Ed25519 key" },
    { keys .. "/mini.pub", "signing needs the secret one" }, { message, "neither an OpenSSH key" },
    { folder .. "/nothing", "No such file" } }
  for _, case in ipairs(cases) do
    local path, why = signature.sign(message, case[1])
    lu.assertNil(path)
    lu.assertStrContains(why, case[2])
    lu.assertFalse(files.exists(message .. ".sig"))
  end
  signature.sign(message, keys .. "/id")
  local _, why = signature.check(message, { signers = message })
  lu.assertStrContains(why, "no list of signers")
end

TestBase64 = {}

function TestBase64.test_vectors_of_rfc_4648()
  local vectors = { [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", foob = "Zm9vYg==", fooba = "Zm9vYmE=",
    foobar = "Zm9vYmFy", ["\0\255\254"] = "AP/+" }
  for plain, coded in pairs(vectors) do
    lu.assertEquals(base64.encode(plain), coded)
    lu.assertEquals(base64.decode(coded), plain)
  end
  lu.assertEquals(base64.decode("Zm9v\nYmFy\n"), "foobar")
  for _, bad in ipairs { "Z", "Zg=", "Z===", "Zm9*", "=Zg=" } do lu.assertNil(base64.decode(bad), bad) end
end

TestDigests = {}

local hex = ("0123456789abcdef"):rep(4)
local head = "# ingot artifact 1\n# name x\n# stamp " .. hex .. "\n"

function TestDigests.test_what_is_written_is_read()
  local list = { name = "x", stamp = hex, members = { ["b c/é"] = hex, a = hex } }
  local text = digests.encode(list)
  lu.assertEquals(text, head .. hex .. "  a\n" .. hex .. "  b c/é\n")
  local read = digests.decode(text)
  lu.assertEquals(read.members, list.members)
  lu.assertEquals(read.count, 2)
end

function TestDigests.test_sha256sum_reads_it()
  local here = folder .. "/sums"
  shell.make_folder(here)
  files.write(here .. "/a", "some bytes")
  local sums = shell.capture("sha256sum " .. here .. "/a"):match("^%x+")
  files.write(here .. "/x.digests", digests.encode { name = "x", stamp = hex, members = { a = sums } })
  local output, status = shell.capture("cd " .. here .. " && sha256sum --check --strict x.digests", true)
  lu.assertEquals(status, 0, output)
  lu.assertEquals(digests.check(here, digests.decode(files.read(here .. "/x.digests"))), {})
end

function TestDigests.test_names_that_leave_the_folder_are_refused()
  for name, why in pairs { ["../x"] = "climbs out", ["a/../../x"] = "climbs out", ["/etc/passwd"] = "no relative path",
    ["a//b"] = "no relative path", ["a\\b"] = "backslash", ["./a"] = "climbs out" } do
    local read, said = digests.decode(head .. hex .. "  " .. name .. "\n")
    lu.assertNil(read, name)
    lu.assertStrContains(said, why)
    lu.assertNil((digests.encode { name = "x", stamp = hex, members = { [name] = hex } }))
  end
end

function TestDigests.test_what_is_damaged_or_newer_is_refused()
  local good = head .. hex .. "  a\n"
  local cases = { [""] = "is damaged", ["# ingot artifact 2\n"] = "a newer one wrote it",
    [good:sub(1, -2)] = "is damaged", [good .. "junk\n"] = "is damaged", [good .. hex .. "  a\n"] = "twice",
    [head .. hex:sub(2) .. "  a\n"] = "digest of 63",
    [head .. hex .. "  b\n" .. hex .. "  a\n"] = "is damaged", [good:upper()] = "is damaged" }
  for text, why in pairs(cases) do
    local read, said = digests.decode(text)
    lu.assertNil(read, text)
    lu.assertStrContains(said, why)
  end
end

local status = lu.LuaUnit.run()
shell.remove_folder(folder)
os.exit(status)

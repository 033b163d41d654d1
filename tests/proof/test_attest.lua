-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- attest and verify on a small executable: what is written is the same every time and is read by the
-- tools of the formats; a flipped bit in any file is found before anything is built; what nobody may
-- sign, and what is not signed, is refused.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local artifacts = require("generator.proof.artifact")
local attest = require("generator.proof.attest")
local deep = require("generator.proof.deep")
local files = require("generator.base.files")
local json = require("generator.base.json")
local sha256 = require("generator.toolchain.sha256")
local shell = require("generator.toolchain.shell")
local support = require("tests.proof.support")

local built = support.build()
local project, base = built.project, built.base
local keys = support.keys(project.folder .. "/keys")
local here = shell.real_path(".")

local function run(arguments, before)
  local output, status, errors = project:run(arguments, before)
  return status, errors, output
end

-- Weights as an executable writes them, as far as their header goes.
local function weights(stamp)
  local header = json.encode { __metadata__ = { data = ("ab"):rep(32), epochs = "3", format = "pt", name = "small",
    stamp = stamp, threads = "2" }, w = { dtype = "F32", shape = json.list { 1 }, data_offsets = json.list { 0, 4 } } }
  return string.pack("<s8", header) .. "\0\0\128\63"
end

project:write("work/" .. base .. "/weights.safetensors", weights(built.stamp))
project:write("work/" .. base .. "/metrics.json", '{"test":{"accuracy":0.5}}\n')

-- A folder with everything, signed; made once, copied for each test.
do
  local status, errors = run("attest out/small --work work --with-toolchain --sign keys/id")
  assert(status == 0, errors)
end

local count = 0
local function fresh()
  count = count + 1
  return support.copy(built, "copy" .. count), "copy" .. count .. "/" .. base
end

TestAttest = {}

function TestAttest.test_everything_is_there_and_listed()
  local folder = fresh()
  local names = {}
  for _, ending in ipairs { "", ".cdx.json", ".intoto.jsonl", ".json", ".provenance.json", ".toolchain.json",
    ".training.json" } do names[#names + 1] = base .. ending end
  local output, status = shell.capture(string.format("cd %s && sha256sum --check --strict %s.digests", folder, base),
    true)
  lu.assertEquals(status, 0, output)
  for _, name in ipairs(names) do lu.assertStrContains(output, name .. ": OK") end
  lu.assertTrue(files.exists(folder .. "/" .. base .. ".digests.sig"))
end

function TestAttest.test_the_tools_of_the_formats_read_it()
  local python = here .. "/.venv-test/bin/python"
  if not files.exists(python) then lu.skip("no .venv-test: scripts/test_peers.sh makes it") end
  local folder = fresh()
  local output, status = shell.capture(shell.command { python, here .. "/tests/proof/check_formats.py",
    folder .. "/" .. base, keys .. "/id.pub" }, true)
  if status == 77 then lu.skip(output) end
  lu.assertEquals(output, "ok\n")
end

function TestAttest.test_the_same_bytes_elsewhere_and_at_another_time()
  local folder, path = fresh()
  local before, names = {}, shell.list_files(folder)
  for _, name in ipairs(names) do before[name] = files.read(folder .. "/" .. name) end
  shell.capture("cd " .. folder .. " && rm -f *.cdx.json *.provenance.json *.training.json *.intoto.jsonl *.digests*")
  local status, errors = run("attest " .. path .. " --work work --with-toolchain --sign keys/id",
    "LC_ALL=C.UTF-8 TZ=Pacific/Auckland HOME=/nowhere USER=another umask 077;")
  lu.assertEquals(status, 0, errors)
  for _, name in ipairs(names) do lu.assertEquals(files.read(folder .. "/" .. name), before[name], name) end
end

function TestAttest.test_components_and_statements_say_what_is_so()
  local folder = fresh()
  local function read(ending) return json.decode(files.read(folder .. "/" .. base .. ending)) end
  local digest = shell.capture("sha256sum " .. folder .. "/" .. base):match("^%x+")
  local bom = read ".cdx.json"
  lu.assertEquals(bom.metadata.component.hashes[1].content, digest)
  local libc
  for _, one in ipairs(bom.components) do
    if one.name == "libc.so.6" then libc = one end
  end
  lu.assertEquals(libc.hashes[1].content, shell.capture("sha256sum /lib/x86_64-linux-gnu/libc.so.6"):match("^%x+"))
  lu.assertStrMatches(libc.purl, "pkg:deb/debian/libc6@.*")
  lu.assertEquals(libc.version, shell.capture("getconf GNU_LIBC_VERSION"):match("(%S+)\n"))
  local build = read ".provenance.json"
  lu.assertEquals(build.subject, { { name = base, digest = { sha256 = digest } } })
  local training = read ".training.json"
  lu.assertEquals(training.subject[1].digest.sha256, sha256.text(weights(built.stamp)))
  lu.assertEquals(training.predicate.runDetails.byproducts[1].name, "metrics.json")
  lu.assertEquals(training.predicate.buildDefinition.externalParameters.threads, 2)
  for _, ending in ipairs { ".provenance.json", ".cdx.json" } do
    lu.assertNil(files.read(folder .. "/" .. base .. ending):find(project.folder, 1, true))
  end
end

function TestAttest.test_without_a_key_and_without_a_training()
  local _, path = fresh()
  local status, errors = run("attest " .. path)
  lu.assertEquals(status, 0, errors)
  for _, ending in ipairs { ".training.json", ".intoto.jsonl", ".toolchain.json", ".digests.sig" } do
    lu.assertFalse(files.exists(project.folder .. "/" .. path .. ending), ending)
  end
end

function TestAttest.test_minisign_keys_sign_and_make_no_envelope()
  local folder, path = fresh()
  local status, errors = run("attest " .. path .. " --sign keys/mini.key")
  lu.assertEquals(status, 0, errors)
  lu.assertFalse(files.exists(folder .. "/" .. base .. ".intoto.jsonl"))
  lu.assertFalse(files.exists(folder .. "/" .. base .. ".digests.sig"))
  local _, passed = shell.capture(string.format("minisign -V -q -p %s/mini.pub -m %s/%s.digests", keys, folder, base))
  lu.assertEquals(passed, 0)
end

function TestAttest.test_what_cannot_be_attested()
  local folder, path = fresh()
  local cases = {
    { "attest nowhere/small", 2, "there is no such executable" },
    { "attest build.lua", 1, "not an executable that Ingot built" },
    { "attest " .. path .. " --sign keys/ecdsa", 2, "not an Ed25519 key" },
    { "attest " .. path .. " --sign keys/nothing", 2, "No such file" },
    { "attest " .. path .. " --work nowhere", 1, "there are no weights: train first" },
  }
  for _, case in ipairs(cases) do
    local status, errors = run(case[1])
    lu.assertEquals(status, case[2], case[1])
    lu.assertStrContains(errors, case[3])
  end
  files.write(folder .. "/" .. base .. ".json", (files.read(folder .. "/" .. base .. ".json"):gsub(
    '"sha256": "%x%x', '"sha256": "zz')))
  local status, errors = run("attest " .. path)
  lu.assertEquals(status, 1)
  lu.assertStrContains(errors, "is not the file that was built")
  shell.capture(string.format("mv %s/%s %s/other", folder, base, folder))
  status, errors = run("attest " .. path:gsub("[^/]+$", "other"))
  lu.assertEquals(status, 1)
  lu.assertStrContains(errors, "it must have that name to be attested")
  project:write("work2/" .. base .. "/weights.safetensors", weights(("0"):rep(64)))
  local _, again = fresh()
  status, errors = run("attest " .. again .. " --work work2")
  lu.assertEquals(status, 1)
  lu.assertStrContains(errors, "are weights of stamp 000000000000, not of")
  project:write("work2/" .. base .. "/weights.safetensors", "short")
  _, errors = run("attest " .. again .. " --work work2")
  lu.assertStrContains(errors, "its header is cut off")
end

function TestAttest.test_libraries_that_are_others_now()
  local artifact = artifacts.open(built.out .. "/" .. base)
  local list, errors = attest.libraries(artifact, { libraries = {
    { name = "libc", version = "2.30", build_id = ("0"):rep(40) } } })
  lu.assertNil(list)
  lu.assertEquals(errors.status, 5)
  lu.assertStrContains(errors[1], "libraries here are not those it was built with")
  lu.assertStrContains(errors[2], "libc.so.6: built with 2.30 (build ID 00000000…), here")
end

TestVerify = {}

function TestVerify.test_an_executable_and_a_folder_that_are_whole()
  local folder, path = fresh()
  local status, errors, output = run("verify " .. path .. " --signers keys/id.pub --require-signature --json")
  lu.assertEquals(status, 0, errors)
  local said = json.decode(output:match("([^\n]*)\n$"))
  lu.assertEquals(said.members, 7)
  lu.assertTrue(said.signature.checked)
  lu.assertStrContains(errors, "signed by SHA256:")
  status, errors = run("verify " .. folder:match("[^/]+$") .. "/ --signers keys/id.pub")
  lu.assertEquals(status, 0, errors)
end

function TestVerify.test_a_flipped_bit_in_any_file_is_found_before_anything_is_built()
  for _, ending in ipairs { "", ".cdx.json", ".intoto.jsonl", ".json", ".provenance.json", ".toolchain.json",
    ".training.json", ".digests", ".digests.sig" } do
    local folder, path = fresh()
    support.flip(folder .. "/" .. base .. ending)
    local status, errors, output = run("verify " .. path)
    lu.assertEquals(status, 1, ending)
    lu.assertStrContains(errors, base .. (ending:find("^%.digests") and ".digests" or ending) .. ": ")
    lu.assertNil(output:find("building", 1, true), ending)
    shell.remove_folder(folder)
  end
end

function TestVerify.test_files_that_are_missing_or_that_nobody_listed()
  local folder = fresh()
  local name = folder:match("[^/]+$")
  os.remove(folder .. "/" .. base .. ".training.json")
  files.write(folder .. "/more", "x")
  local status, errors = run("verify " .. name)
  lu.assertEquals(status, 1)
  lu.assertStrContains(errors, base .. ".training.json: is missing")
  lu.assertStrContains(errors, "more: is not among the digests: nobody vouches for it")
  os.remove(folder .. "/" .. base)
  status, errors = run("verify " .. name)
  lu.assertEquals(status, 1)
  lu.assertStrContains(errors, "the executable " .. base .. " is missing")
end

function TestVerify.test_signatures_that_do_not_count()
  local folder, path = fresh()
  local status, errors, output = run("verify " .. path .. " --signers keys/other.pub")
  lu.assertEquals(status, 1)
  lu.assertStrContains(errors, "which is not among the allowed signers")
  lu.assertNil(output:find("building", 1, true))
  os.remove(folder .. "/" .. base .. ".digests.sig")
  for _, option in ipairs { "--signers keys/id.pub", "--require-signature" } do
    status, errors = run("verify " .. path .. " " .. option)
    lu.assertEquals(status, 1)
    lu.assertStrContains(errors, "is not signed, and a signature is required")
  end
  os.remove(folder .. "/" .. base .. ".digests")
  status, errors = run("verify " .. path .. " --signers keys/id.pub")
  lu.assertEquals(status, 1)
  lu.assertStrContains(errors, "is not signed, and a signature is required")
end

function TestVerify.test_a_list_of_another_artifact_or_of_a_newer_version()
  local folder, path = fresh()
  local list = folder .. "/" .. base .. ".digests"
  local text = files.read(list)
  os.remove(list .. ".sig")
  files.write(list, (text:gsub("# name small", "# name large")))
  local _, errors = run("verify " .. path)
  lu.assertStrContains(errors, "is the list of large-")
  files.write(list, (text:gsub("artifact 1", "artifact 2")))
  _, errors = run("verify " .. path)
  lu.assertStrContains(errors, "a newer one wrote it")
  files.write(list, text .. ("0"):rep(64) .. "  ../../small\n")
  _, errors = run("verify " .. path)
  lu.assertStrContains(errors, "names a member that climbs out of the artifact")
end

function TestVerify.test_folders_without_an_executable()
  project:write("empty/file", "x")
  local status, errors = run("verify empty")
  lu.assertEquals(status, 1)
  lu.assertStrContains(errors, "holds no executable that Ingot built")
end

-- A gcc that says it is another one.
function TestVerify.test_another_toolchain_and_how_to_get_the_right_one()
  local real = shell.capture("command -v gcc"):gsub("\n", "")
  project:write("bin/gcc", '#!/bin/sh\nif [ "$1" = -v ]; then echo "gcc version 99.0 (other)" >&2; exit 0; fi\n'
    .. "exec " .. real .. ' "$@"\n')
  shell.capture("chmod +x " .. shell.quote(project.folder .. "/bin/gcc"))
  local folder, path = fresh()
  local before = 'PATH="$PWD/bin:$PATH"'
  local status, errors = run("verify " .. path, before)
  lu.assertEquals(status, 5)
  lu.assertStrContains(errors, "tool gcc: built with gcc version 12")
  lu.assertStrMatches(errors, ".*to have them again: apt%-get install .*gcc%-12=12.*")
  lu.assertStrContains(errors, "snapshot archive")
  status, errors = run("attest " .. path .. " --with-toolchain", before)
  lu.assertEquals(status, 5)
  lu.assertStrContains(errors, "its toolchain cannot be recorded here")
  shell.capture("rm -f " .. folder .. "/*.toolchain.json " .. folder .. "/*.digests*")
  status, errors = run("verify " .. path, before)
  lu.assertEquals(status, 5)
  lu.assertStrContains(errors, "was not recorded (`attest --with-toolchain` does)")
  files.write(folder .. "/" .. base .. ".toolchain.json", '{"format":1,"packages":[{"package":"a; rm x","provides":[],'
    .. '"version":"1"}]}')
  status, errors = run("verify " .. path, before)
  lu.assertEquals(status, 5)
  lu.assertStrContains(errors, "a package without a proper name and version")
end

TestDeep = {}

function TestDeep.test_what_is_on_record()
  local folder = fresh()
  local recorded = deep.recorded(artifacts.open(folder .. "/" .. base))
  lu.assertEquals(recorded, { sha256 = sha256.text(weights(built.stamp)), threads = 2 })
  files.write(folder .. "/weights.safetensors", weights(built.stamp))
  lu.assertEquals(deep.recorded(artifacts.open(folder)).sha256, recorded.sha256)
  files.write(folder .. "/weights.safetensors", weights(built.stamp) .. "\0")
  local _, why = deep.recorded(artifacts.open(folder))
  lu.assertStrContains(why, "are not the weights of the recorded training")
end

function TestDeep.test_the_training_done_again()
  local folder, path = fresh()
  local again = folder .. "/" .. base .. "-weights" -- what this executable takes for a training
  files.write(again, weights(built.stamp))
  local status, errors, output = run("verify " .. path .. " --deep --json")
  lu.assertEquals(status, 0, errors)
  lu.assertEquals(json.decode(output:match("([^\n]*)\n$")).weights, sha256.text(weights(built.stamp)))
  files.write(again, weights(built.stamp) .. "other")
  status, errors = run("verify " .. path .. " --deep --work again")
  lu.assertEquals(status, 1)
  lu.assertStrContains(errors, "trained again, the weights are others: SHA-256")
  lu.assertTrue(files.exists(project.folder .. "/again/" .. base .. "/weights.safetensors"))
  os.remove(again)
  status, errors = run("verify " .. path .. " --deep")
  lu.assertEquals(status, 4)
  lu.assertStrContains(errors, "could not train again:\n  there is no data")
end

function TestDeep.test_nothing_on_record()
  local _, path = fresh()
  assert(run("attest " .. path) == 0)
  local status, errors, output = run("verify " .. path .. " --deep")
  lu.assertEquals(status, 1)
  lu.assertStrContains(errors, "no training of it is on record (`attest --work DIR` records one)")
  lu.assertNil(output:find("building", 1, true))
end

local status = lu.LuaUnit.run()
project:remove()
os.exit(status)

-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Archived artifacts prove themselves: signed when they are stored, checked when they are restored (by the
-- archive's own tool, without a checkout) and when they are verified; with a bundle that runs where there
-- is nothing else; refused where the signature is missing, of another key, or of other files.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local artifacts = require("generator.proof.artifact")
local e2e = require("tests.support.e2e")
local json = require("generator.base.json")
local shell = require("generator.toolchain.shell")
local support = require("tests.proof.support")

local bench = e2e.new()
bench:images("images", 30, 12, 8, 3)
bench:write("small.lua", e2e.image_spec())
bench:write("other.lua", e2e.image_spec())
local small, other = bench:build("small.lua"), bench:build("other.lua")
local keys = support.keys(bench:path("keys"))
local base = small.path:match("[^/]+$")

local function good(ran)
  lu.assertEquals(ran.status, 0, ran.err .. ran.out)
  return ran.last
end

local function refused(ran, status, part)
  lu.assertEquals(ran.status, status, ran.err .. ran.out)
  lu.assertStrContains(ran.err, part)
end

good(bench:exec(small, "run --json --quiet"))
good(bench:build_lua("archive " .. small.path .. " --with-weights --bundle --with-toolchain --sign keys/id --json"))
good(bench:build_lua("archive " .. other.path .. " --json"))

local function restore(arguments)
  return bench:shell("env -i PATH=/usr/bin:/bin archive/bin/ingot-archive restore " .. arguments)
end

TestSigned = {}

function TestSigned.test_restored_only_where_a_signer_signed()
  local ran = restore("small --to got --signers keys/id.pub --require-signature --json")
  lu.assertEquals(good(ran).signature, "good")
  lu.assertEquals(good(restore("small --to plain --json")).signature, "not checked")
  lu.assertStrContains(restore("small --to said").out, "signed, and by whom is not checked")
  lu.assertEquals(good(restore("small --only executable --to part --signers keys/id.pub --json")).signature, "good")
  bench:shell("printf 'ada@x namespaces=\"ingot\" %s\\n' \"$(cut -d' ' -f1,2 keys/id.pub)\" >allowed; "
    .. "printf 'ada@x namespaces=\"git\" %s\\n' \"$(cut -d' ' -f1,2 keys/id.pub)\" >wrong")
  lu.assertEquals(good(restore("small --to list --signers allowed --json")).signature, "good")
  refused(restore("small --to no --signers wrong"), 1, "signature")
  refused(restore("small --to no --signers keys/other.pub"), 1, "is not signed by any of the allowed signers")
  refused(restore("small --to no --signers keys/mini.pub"), 1, "is not signed with minisign")
  refused(restore("small --to no --require-signature"), 2, "whose signature counts? (--signers FILE)")
  refused(restore("small --to no --signers nothing"), 1, "nothing")
  refused(restore("other --to no --signers keys/id.pub"), 1, "the artifact is not signed, and a signature is required")
  refused(bench:shell("ln -sf $(command -v ingot-none) none; mkdir -p nowhere && env -i PATH=$PWD/nowhere "
    .. "archive/bin/ingot-archive restore small --to no --signers keys/id.pub"), 5, "ssh-keygen is not installed")
  lu.assertFalse(bench:exists("no"))
end

function TestSigned.test_what_is_restored_is_whole_by_its_own_list()
  good(restore("small --to whole"))
  local checked, lines = artifacts.check(artifacts.open(bench:path("whole")), { signers = keys .. "/id.pub" })
  lu.assertNotNil(checked, lines and lines[1])
  lu.assertTrue(checked.signature.checked)
  for _, name in ipairs { "results/metrics.json", "specs/small.lua", "bundle/lib/libc.so.6", base } do
    support.flip(bench:path("whole/" .. name))
    checked, lines = artifacts.check(artifacts.open(bench:path("whole")), {})
    lu.assertNil(checked)
    lu.assertStrContains(lines[1], name .. ": is not what was recorded")
    support.flip(bench:path("whole/" .. name))
  end
  local python = shell.real_path(".venv-test/bin/python")
  local ran = bench:shell(python .. " " .. shell.real_path("tests/proof/check_formats.py") .. " whole/" .. base
    .. " keys/id.pub")
  if ran.status ~= 77 and python then lu.assertEquals(ran.out, "ok\n", ran.err) end
end

function TestSigned.test_members_that_were_signed_as_others()
  -- an artifact whose list of digests is that of another one, or of other bytes
  local function store(change)
    local members = { name = "forged", stamp = ("ab"):rep(32), facts = { metrics = {}, size = 1 },
      members = json.list {} }
    for _, name in ipairs(bench:list("whole2")) do
      members.members[#members.members + 1] = { path = name, role = "other", file = bench:path("whole2/" .. name) }
    end
    change(members.members)
    bench:write("members.json", json.encode(members))
    bench:shell("rm -rf archive2")
    good(bench:shell("archive/bin/ingot-archive archive --archive archive2 --members members.json --json"))
    return bench:shell("archive/bin/ingot-archive restore forged --archive archive2 --to no --signers keys/id.pub")
  end
  good(restore("small --to whole2"))
  bench:write("evil", "other bytes")
  refused(store(function(list)
    for _, one in ipairs(list) do
      if one.path == base then one.file = bench:path("evil") end
    end
  end), 1, "`" .. base .. "` is not the file that is listed")
  refused(store(function(list)
    list[#list + 1] = { path = "zzz", role = "other", file = bench:path("evil") }
  end), 1, "1 members of the artifact are not in it")
  refused(store(function(list)
    for i, one in ipairs(list) do
      if one.path == "manifest.json" then table.remove(list, i) break end
    end
  end), 1, "names `manifest.json`, which is no other member of the artifact")
  refused(store(function(list)
    bench:write("changed.digests", bench:read("whole2/" .. base .. ".digests") .. "# more\n")
    for _, one in ipairs(list) do
      if one.path == base .. ".digests" then one.file = bench:path("changed.digests") end
    end
  end), 1, "the signature is not good")
  lu.assertFalse(bench:exists("no"))
end

TestBundle = {}

function TestBundle.test_it_runs_from_the_archive_in_an_empty_root()
  if shell.capture("id -u") ~= "0\n" then lu.skip("chroot needs root") end
  good(restore("small --to root/artifact --only bundle --signers keys/id.pub"))
  local ran = bench:shell("cp -r images root/ && exec chroot root /artifact/bundle/small run --data /images "
    .. "--work /work --json --quiet")
  lu.assertEquals(good(ran).weights.sha256, bench:sha256("work/" .. base .. "/weights.safetensors"))
end

function TestBundle.test_libraries_are_stored_once()
  local ran = good(bench:build_lua("archive " .. other.path .. " --bundle --json"))
  lu.assertTrue(ran.written < 6 << 20, "wrote " .. ran.written)
end

TestReference = {}

function TestReference.test_diff_of_what_an_archive_has()
  local said = good(bench:build_lua("diff small other --json"))
  lu.assertEquals(said.a.stamp, small.stamp)
  lu.assertEquals(said.spec, { { name = "name", a = "small", b = "other" } })
  good(bench:build_lua(string.format("diff %s %s --archive archive --json", small.stamp:sub(1, 12), other.path)))
end

function TestReference.test_what_is_refused_before_anything_is_built()
  local ran = bench:build_lua("verify other --signers keys/id.pub")
  refused(ran, 1, "is not signed, and a signature is required")
  lu.assertNil(ran.out:find("building", 1, true))
  refused(bench:build_lua("verify nobody --archive archive"), 1, "nobody: no artifact has that stamp, tag or name")
  refused(bench:build_lua("verify small --archive nowhere"), 1, "nowhere")
  refused(bench:build_lua("archive " .. small.path .. " --sign keys/ecdsa"), 1, "not an Ed25519 key")
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)

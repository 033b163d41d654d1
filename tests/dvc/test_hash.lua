-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- DVC's MD5 of files and folders, against what dvc-data 3 computes (its file_md5 for "md5" and "md5-dos2unix").

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local lfs = require("lfs")
local files = require("generator.base.files")
local hash = require("generator.dvc.hash")
local runtime = require("generator.toolchain.runtime")
local shell = require("generator.toolchain.shell")

local built, problem = runtime.ensure(runtime.isa_here("x86-64-v4"), { root = ".", out = shell.absolute("out"),
  jobs = shell.processors(), say = function() end })
local options = { scanner = built and built.scan }
local old = { scanner = built and built.scan, legacy = true }
local folder

TestDvcHash = {}

function TestDvcHash:setUp()
  assert(built, problem and problem[1])
  folder = assert(shell.temporary_folder("out/.tests"))
end

function TestDvcHash:tearDown()
  shell.remove_folder(folder)
end

local function write(name, text)
  assert(shell.make_folder((folder .. "/" .. name):match("^(.*)/")))
  assert(files.write(folder .. "/" .. name, text))
end

function TestDvcHash:test_two_files_that_hold_their_names()
  write("d/foo", "foo")
  write("d/bar", "bar")
  local of = assert(hash.of(folder .. "/d", options))
  lu.assertEquals(of.md5, "5ea40360f5b4ec688df672a4db9c17d1.dir")
  lu.assertEquals({ of.size, of.nfiles }, { 6, 2 })
  lu.assertEquals(of.manifest, '[{"md5": "37b51d194a7513e45b56f6524f2d51f2", "relpath": "bar"}, '
    .. '{"md5": "acbd18db4cc2f85cedef654fccc4a4d8", "relpath": "foo"}]')
  lu.assertEquals(assert(hash.of(folder .. "/d/foo", options)), { md5 = "acbd18db4cc2f85cedef654fccc4a4d8", size = 3 })
end

-- { content, md5, md5 of DVC before 3 }
local cases = {
  { "a\r\nb\r\n\r\r\nc\r",
    "51c839465211b938003420886ba4780d", "5a9a7f820c365a43a593b90073b7e1f7" },
  { "a\r\nb\0c\r\n",
    "4074c6bf95bedb453c6775500c44163e", "4074c6bf95bedb453c6775500c44163e" },
  { "\x80\x80\x80\r\n12345",
    "e96e867b78ab5c590dce9daa6f292a5a", "e27cf7c98efdcd5f76138b819122d24b" },
  { "\x80\x80\x80\x80\r\n1234",
    "e41c389e05789dc624d2f8c8e933f4d1", "e41c389e05789dc624d2f8c8e933f4d1" },
  { "",
    "d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e" },
  { ("x"):rep((1 << 20) - 1) .. "\r\n" .. ("y\r\n"):rep(10),
    "5796ba9b21a0818f7aa2047884cbc977", "bc1c0fcaf93ada2505d382922c56a829" },
  { ("\0"):rep(1 << 20) .. ("y\r\n"):rep(10),
    "16348b9d871460de6efdb68f3911cdf4", "4961b527c6cebb2e3fff99c418380e8a" },
}

function TestDvcHash:test_files_as_they_are_and_as_text()
  local names = {}
  for i, case in ipairs(cases) do
    names[i] = tostring(i)
    write(names[i], case[1])
  end
  local plain, text = assert(hash.files(folder, names, options)), assert(hash.files(folder, names, old))
  for i, case in ipairs(cases) do
    lu.assertEquals({ plain[i].md5, text[i].md5 }, { case[2], case[3] }, names[i])
    lu.assertEquals({ plain[i].size, text[i].size, plain[i].relpath }, { #case[1], #case[1], names[i] })
  end
end

function TestDvcHash:test_a_manifest_is_python_s_json()
  local list = { { md5 = ("0"):rep(32), relpath = "a/é😀\"\\\t\b\f\1\127.txt" }, { md5 = "1", relpath = "a.txt" },
    { md5 = "2", relpath = "Z" } }
  lu.assertEquals(hash.manifest(list), '[{"md5": "2", "relpath": "Z"}, {"md5": "1", "relpath": "a.txt"}, {"md5": "'
    .. ("0"):rep(32) .. [=[", "relpath": "a/\u00e9\ud83d\ude00\"\\\t\b\f\u0001\u007f.txt"}]]=])
  lu.assertEquals(hash.manifest {}, "[]")
  local back = assert(hash.parse_manifest(hash.manifest { list[1] }, "m"))
  lu.assertEquals(back[1].relpath, list[1].relpath)
end

function TestDvcHash:test_which_files_are_taken()
  for _, name in ipairs { "d/b/x", "d/a", "d/.git/HEAD", "d/.hidden", "away/y" } do write(name, name) end
  lfs.mkdir(folder .. "/d/empty")
  lfs.link("a", folder .. "/d/link", true)
  lfs.link("../away", folder .. "/d/elsewhere", true)
  lu.assertEquals(hash.list(folder .. "/d"), { ".hidden", "a", "b/x", "link" })
end

function TestDvcHash:test_what_cannot_be_digested()
  local function refused(what, made, why)
    lu.assertNil(made)
    lu.assertStrContains(why, what)
  end
  refused("gone: is not there", hash.of(folder .. "/gone", options))
  refused("gone: cannot open: No such file", hash.files(folder, { "gone" }, options))
  write("d/\xff", "x")
  refused("the file's name is not UTF-8", hash.of(folder .. "/d", options))
end

function TestDvcHash:test_manifests_that_are_none()
  local function refused(what, text)
    local list, why = hash.parse_manifest(text, "m")
    lu.assertNil(list)
    lu.assertStrContains(why, what)
  end
  local function entry(path) return '{"md5": "' .. ("0"):rep(32) .. '", "relpath": "' .. path .. '"}' end
  refused("m: is not JSON", "[")
  refused("m: is not JSON: not a list", "7")
  refused("m: entry 1 is not a file's md5 and relpath", '[{"md5": "x", "relpath": "y"}]')
  refused("m: entry 1 is not a file's md5 and relpath", "[7]")
  refused("m: entry 1 has the path '../x'", "[" .. entry("../x") .. "]")
  refused("m: entry 1 has the path '/x'", "[" .. entry("/x") .. "]")
  refused("m: entry 2 has the path 'x'", "[" .. entry("x") .. "," .. entry("x") .. "]")
end

os.exit(lu.LuaUnit.run())

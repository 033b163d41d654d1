-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Data that DVC versions: a lock is made of what DVC recorded and nothing else, data comes out of DVC's cache, and
-- what `lua build.lua dvc add` writes is what DVC writes. The second half is against the real DVC (from PyPI,
-- .venv-test).

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")
local files = require("generator.base.files")
local json = require("generator.base.json")
local shell = require("generator.toolchain.shell")

local dvc = assert(shell.real_path(".")) .. "/.venv-test/bin/dvc"
local bench = e2e.new()

local function table_of(from)
  local list = { "weight,kind" }
  for i = from, from + 59 do
    local kind = i % 2 == 0 and "apple" or "pear"
    list[#list + 1] = ("%d,%s"):format(kind == "apple" and 80 + i % 11 or 160 + i % 13, kind)
  end
  return table.concat(list, "\n") .. "\n"
end

-- A project of DVC's in folder `name`, with data in it and a spec of that data.
local function project(name, dvc_file)
  bench:write(name .. "/data/fruit/a.csv", table_of(0))
  bench:write(name .. "/data/fruit/sub/é.csv", table_of(7))
  bench:write(name .. ".lua", ([[
return experiment {
  data = csv { path = "%s/data/fruit", dvc = "%s/%s", files = { "a.csv", "sub/é.csv" }, target = "kind",
    split = by_fraction { validation = 0.2, test = 0.2 } },
  features = tabular {},
  model = sequential { flatten {}, linear { outputs = 2 } },
  train = { optimizer = adam {}, epochs = 1, batch_size = 8 },
  target = { isa = "%s", backends = { "c" } },
}
]]):format(name, name, dvc_file or "data/fruit.dvc", e2e.isa))
end

local function add(path)
  local ran = bench:build_lua("dvc add --json " .. path)
  lu.assertEquals(ran.status, 0, ran.err)
  return ran.last
end

-- Puts what a .dvc file was written for into a cache, as DVC would.
local function into_cache(name, of, legacy)
  bench:shell(("mkdir -p %s/.dvc"):format(name))
  local list, folder = {}, name .. "/.dvc/cache/" .. (legacy and "" or "files/md5/")
  for _, path in ipairs { "a.csv", "sub/é.csv" } do
    local from = name .. "/data/fruit/" .. path
    local md5 = bench:shell("md5sum <" .. from).out:match("^%x+")
    list[#list + 1] = ('{"md5": "%s", "relpath": "%s"}'):format(md5, (path:gsub("é", "\\u00e9")))
    bench:write(folder .. md5:sub(1, 2) .. "/" .. md5:sub(3), bench:read(from))
  end
  bench:write(folder .. of.md5:sub(1, 2) .. "/" .. of.md5:sub(3), "[" .. table.concat(list, ", ") .. "]")
end

local function locked(name)
  local ran = bench:build_lua("lock --json " .. name .. ".lua")
  lu.assertEquals(ran.status, 0, ran.err)
  return assert(json.decode(bench:read(name .. ".lock"))), ran
end

local function refused(name, status, ...)
  local ran = bench:build_lua("lock --json " .. name .. ".lua")
  lu.assertEquals(ran.status, status, ran.err .. ran.out)
  for _, part in ipairs { ... } do lu.assertStrContains(ran.err, part) end
  lu.assertEquals(ran.last.status, status == 4 and "lock_mismatch" or "failed")
  lu.assertFalse(bench:exists(name .. ".lock"))
end

TestDvc = {}

function TestDvc.test_what_is_recorded_is_locked_and_nothing_else()
  project("p")
  local of = add("p/data/fruit/")
  lu.assertEquals({ of.file, of.nfiles, of.changed }, { "p/data/fruit.dvc", 2, true })
  lu.assertFalse(add("p/data/fruit").changed)
  local lock = locked("p")
  lu.assertEquals(lock.data.dvc, { file = "p/data/fruit.dvc", md5 = of.md5, path = "p/data/fruit" })
  os.remove(bench:path("p.lock"))
  -- without a cache only that it differs is known
  bench:write("p/data/fruit/a.csv", table_of(1))
  refused("p", 4, "p/data/fruit: is not the data of p/data/fruit.dvc: its MD5 is ", ", DVC's is " .. of.md5,
    "which files differ cannot be said")
  -- with it, the files
  bench:write("p/data/fruit/a.csv", table_of(0))
  into_cache("p", of)
  bench:write("p/data/fruit/a.csv", table_of(1))
  bench:write("p/data/fruit/new", "new")
  bench:shell("rm p/data/fruit/sub/é.csv")
  bench:write("p/.dvcignore", "# nothing\n\n*.tmp\n")
  refused("p", 4, "  a.csv: has MD5 ", "  new: is not among DVC's files", "  sub/é.csv: is missing",
    "/p/.dvcignore has patterns, which are not followed here", "`dvc checkout` brings back the data")
end

function TestDvc.test_data_comes_out_of_the_cache()
  project("c")
  local of = add("c/data/fruit")
  into_cache("c", of)
  bench:shell("chmod -R a-w c/.dvc/cache; rm -r c/data/fruit")
  local _, ran = locked("c")
  lu.assertStrContains(ran.err, "c/data/fruit: copied from DVC's cache")
  lu.assertEquals(bench:list("c/data"), { "fruit.dvc", "fruit/a.csv", "fruit/sub/é.csv" })
  lu.assertEquals(bench:read("c/data/fruit/sub/é.csv"), table_of(7))
  bench:write("c/data/fruit/a.csv", "ours to write") -- no link into the cache
  -- a build without a lock fetches it as well
  bench:shell("rm -r c/data/fruit c.lock")
  lu.assertEquals(bench:build_lua("c.lua").status, 0)
  -- from a cache elsewhere, and what is damaged or lacks something is not taken
  bench:shell("rm -r c/data/fruit c.lock; chmod -R u+w c/.dvc/cache; mv c/.dvc/cache c/elsewhere")
  refused("c", 1, "c/data/fruit: is not there, nor is it in DVC's cache; `dvc pull` fetches it")
  bench:write("c/.dvc/config", "[core]\n    dir = no\n[cache]\n    dir = ../elsewhere\n")
  locked("c")
  local md5 = bench:shell("md5sum <c/data/fruit/a.csv").out:match("^%x+")
  local object = "c/elsewhere/files/md5/" .. md5:sub(1, 2) .. "/" .. md5:sub(3)
  bench:shell("rm -r c/data/fruit c.lock")
  bench:write(object, "other")
  refused("c", 1, "is damaged: its MD5 is")
  os.remove(bench:path(object))
  refused("c", 1, "c/data/fruit: is not there, nor is its file a.csv in DVC's cache")
  bench:write("c/elsewhere/files/md5/" .. of.md5:sub(1, 2) .. "/" .. of.md5:sub(3), "[]")
  refused("c", 1, "is damaged: its MD5 is d751713988987e9331980363e24189ce")
  lu.assertEquals(bench:list("c/data"), { "fruit.dvc" })
end

function TestDvc.test_files_of_dvc_before_3()
  project("old")
  bench:write("old/data/fruit/a.csv", (table_of(0):gsub("\n", "\r\n")))
  local unix = bench:shell("tr -d '\\r' <old/data/fruit/a.csv | md5sum").out:match("^%x+")
  local other = bench:shell("md5sum <old/data/fruit/sub/é.csv").out:match("^%x+")
  local manifest = ('[{"md5": "%s", "relpath": "a.csv"}, {"md5": "%s", "relpath": "sub/\\u00e9.csv"}]'):format(unix,
    other)
  bench:write("manifest", manifest)
  local md5 = bench:shell("md5sum <manifest").out:match("^%x+") .. ".dir"
  bench:write("old/data/fruit.dvc", ("outs:\n- md5: %s\n  path: fruit\n"):format(md5))
  lu.assertEquals(locked("old").data.dvc.md5, md5)
  local folder = "old/.dvc/cache/"
  bench:write(folder .. md5:sub(1, 2) .. "/" .. md5:sub(3), manifest)
  bench:write(folder .. unix:sub(1, 2) .. "/" .. unix:sub(3), bench:read("old/data/fruit/a.csv"))
  bench:write(folder .. other:sub(1, 2) .. "/" .. other:sub(3), table_of(7))
  bench:shell("rm -r old/data/fruit old.lock")
  locked("old")
  lu.assertStrContains(bench:read("old/data/fruit/a.csv"), "\r\n")
  bench:write("old/data/fruit.dvc", ("outs:\n- md5: %s\n  hash: md5\n  path: fruit\n"):format(md5))
  os.remove(bench:path("old.lock"))
  refused("old", 4, "is not the data of")
end

function TestDvc.test_outputs_of_stages()
  project("s", "dvc.lock")
  local of = add("s/data/fruit")
  local function stages(out, wdir)
    bench:write("s/dvc.lock", ("schema: '2.0'\nstages:\n  a:\n    cmd: x\n    outs:\n    - path: data/other\n"
      .. "      hash: md5\n      md5: %s\n  b@1:\n    cmd: y\n    outs:\n    - path: %s\n      hash: md5\n"
      .. "      md5: %s\n"):format(("0"):rep(32), out, of.md5))
    bench:write("s/dvc.yaml", ("stages:\n  a:\n    cmd: x\n  b:\n    foreach: [1]\n    do:\n      cmd: y\n"
      .. "      wdir: %s\n"):format(wdir))
  end
  stages("data/fruit", ".")
  lu.assertEquals(locked("s").data.dvc, { file = "s/dvc.lock", md5 = of.md5, path = "s/data/fruit" })
  stages("fruit", "data")
  locked("s")
  os.remove(bench:path("s.lock"))
  stages("data/fruits", ".")
  refused("s", 1, "s/dvc.lock: none of its outs is or holds s/data/fruit; it has s/data/other, s/data/fruits")
  stages("fruit", "${dir}")
  refused("s", 1, "s/dvc.yaml: stage 'b@1': its wdir has a variable")
end

function TestDvc.test_files_that_are_none()
  project("bad")
  refused("bad", 1, "data.dvc: bad/data/fruit.dvc: is not there")
  for text, message in pairs {
    ["outs: ["] = "bad/data/fruit.dvc:2: did not find expected node content",
    [""] = "bad/data/fruit.dvc: is empty",
    ["a: &x 1\n"] = "bad/data/fruit.dvc:1: an anchor, which is not read here",
    ["a: 1\nb: *x\n"] = "bad/data/fruit.dvc:2: an alias, which is not read here",
    ["a: !t 1\n"] = "bad/data/fruit.dvc:1: a tag, which is not read here",
    ["a: 1\na: 2\n"] = "bad/data/fruit.dvc:2: a key that is there already",
    ["[1]: 2\n"] = "bad/data/fruit.dvc:1: a key that is not text",
    ["a: 1\n---\nb: 2\n"] = "bad/data/fruit.dvc:3: a second document",
    [("["):rep(40)] = "bad/data/fruit.dvc:1: nested too deeply",
    ["7\n"] = "bad/data/fruit.dvc: is no file of DVC's",
    ["deps: []\n"] = "bad/data/fruit.dvc: has no outs; a .dvc file or a dvc.lock is needed",
    ["outs:\n- md5: x\n"] = "bad/data/fruit.dvc: outs[1] has no path",
    ["outs:\n- path: fruit\n"] = "outs[1] (fruit): has no md5; `dvc commit` writes it",
    ["outs:\n- path: fruit\n  files: []\n"] = "data that is versioned in a cloud is not read here",
    ["outs:\n- path: fruit\n  md5: 12\n"] = "md5 is 12; 32 hex digits are needed",
    ["outs:\n- path: fruit\n  hash: etag\n  md5: " .. ("0"):rep(32) .. "\n"] = 'hash is "etag"; md5 is needed',
    ["outs:\n- path: other\n- path: more\n"] = "is or holds bad/data/fruit; it has bad/data/other, bad/data/more",
  } do
    bench:write("bad/data/fruit.dvc", text)
    refused("bad", 1, message)
  end
end

function TestDvc.test_what_add_refuses()
  project("r")
  local function fails(path, message)
    local ran = bench:build_lua("dvc add " .. path)
    lu.assertEquals(ran.status, 1, ran.err)
    lu.assertStrContains(ran.err, message)
  end
  fails("r/none", "r/none: is not there")
  fails("r/..", "r/..: is no name of a file or folder")
  bench:write("r/data/fruit.dvc", "outs:\n- md5: x\n  desc: mine\n  path: fruit\n")
  fails("r/data/fruit", "r/data/fruit.dvc: has `desc`, which would be lost; `dvc add` keeps it")
  bench:write("r/data/more/.dvcignore", "x\n")
  fails("r/data/more", "DVC takes no .dvcignore in its data")
  bench:shell("mkdir r/.dvc")
  bench:write("r/.dvcignore", "*.tmp\n")
  fails("r/data/fruit/a.csv", "/r/.dvcignore: has patterns, which are not followed here; use `dvc add`")
  lu.assertEquals(bench:build_lua("dvc add").status, 2)
end

-- ------------------------------------------------------------------ the real DVC

TestRealDvc = {}

local function real(command)
  local ran = bench:shell(("export DVC_NO_ANALYTICS=1; cd real && %s"):format(command:gsub("DVC", shell.quote(dvc))))
  lu.assertEquals(ran.status, 0, ran.err .. ran.out)
  return ran.out
end

function TestRealDvc:setUp()
  if not files.exists(dvc) then lu.skip("no dvc in .venv-test (scripts/test_peers.sh installs it)") end
  bench:shell("rm -rf real real.lock; mkdir real")
  project("real")
  real("DVC init -q --no-scm")
end

function TestRealDvc.test_both_write_the_same()
  local names = { "fruit", "a b", "1", "1a", "true", "x: y", "#x", "é", "-x", "it's", "0x1f", "a#b", "1e5",
    "2020-01-02", "😀", "a,b", "[x", ".5" }
  for i = 2, #names do bench:write("real/data/" .. names[i], "file " .. i) end
  local quoted, ours = {}, {}
  for i, name in ipairs(names) do
    quoted[i] = shell.quote("data/" .. name)
    add(shell.quote("real/data/" .. name))
    ours[i] = bench:read("real/data/" .. name .. ".dvc")
  end
  bench:shell("rm real/data/*.dvc")
  real("DVC add -q " .. table.concat(quoted, " "))
  for i, name in ipairs(names) do lu.assertEquals(bench:read("real/data/" .. name .. ".dvc"), ours[i], name) end
end

function TestRealDvc.test_dvc_takes_ours_and_we_take_dvc_s()
  local of = add("real/data/fruit")
  real("DVC commit -q -f data/fruit.dvc")
  lu.assertStrContains(real("DVC status"), "up to date")
  lu.assertEquals(locked("real").data.dvc.md5, of.md5)
  bench:shell("rm -r real/data/fruit real.lock")
  locked("real")
  lu.assertStrContains(real("DVC status"), "up to date")
  bench:shell("rm real.lock; echo 90,apple >>real/data/fruit/a.csv")
  refused("real", 4, "  a.csv: has MD5 ")
  real("DVC add -q data/fruit")
  lu.assertNotEquals(locked("real").data.dvc.md5, of.md5)
end

function TestRealDvc.test_a_stage_s_output()
  bench:shell("mv real/data/fruit real/from")
  bench:write("real/dvc.yaml", "stages:\n  make:\n    wdir: data\n    cmd: cp -r ../from fruit\n    outs: [fruit]\n")
  real("DVC repro -q")
  bench:write("real.lua", (bench:read("real.lua"):gsub("data/fruit%.dvc", "dvc.lock")))
  lu.assertEquals(locked("real").data.dvc.path, "real/data/fruit")
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)

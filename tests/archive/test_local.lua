-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- An archive in a folder, through build.lua and through the tool that the archive itself holds: what is
-- stored comes back to the bit, is found again, gets tags and stages, and what is damaged is never run.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local e2e = require("tests.support.e2e")
local json = require("generator.base.json")
local shell = require("generator.toolchain.shell")
local sorted = require("generator.base.sorted")

local bench = e2e.new()
bench:images("images", 30, 12, 8, 3)
bench:write("small.lua", (e2e.image_spec():gsub("target =", 'gate = { accuracy = ">= 0.5" }, target =')))
bench:write("hard.lua", (e2e.image_spec():gsub("target =", 'gate = { accuracy = "> 1.5" }, target =')))
local small = bench:build("small.lua")
local slow = bench:build("small.lua", "--set train.epochs=4")
local hard = bench:build("hard.lua")

local function good(ran)
  lu.assertEquals(ran.status, 0, ran.err .. ran.out)
  return ran.last
end

local function refused(ran, status, part)
  lu.assertEquals(ran.status, status, ran.err .. ran.out)
  lu.assertStrContains(ran.err, part)
  lu.assertNotStrContains(ran.err, "stack traceback")
end

for _, one in ipairs { small, slow } do good(bench:exec(one, "run --json")) end
lu.assertEquals(bench:exec(hard, "run --json").status, 3)

-- The tool as an archive holds it, in the bench's folder.
local function tool(arguments, environment)
  return bench:shell((environment or "") .. " archive/bin/ingot-archive " .. arguments)
end

local by = " --by ada --note 'as the test wants'"

good(bench:build_lua("archive " .. small.path .. " --with-weights --tag first --json --by ada"))
good(bench:build_lua("archive " .. slow.path .. " " .. hard.path .. " --with-weights --json"))

-- A copy of the archive under another name.
local function fresh(name)
  bench:shell("rm -rf " .. name .. " && cp -a archive " .. name)
  return name
end

-- The tool on such a copy.
local function copy(name)
  fresh(name)
  return function(arguments) return tool(arguments .. " --archive " .. name) end
end

TestWords = {}

function TestWords.test_restored_to_the_bit_without_a_checkout()
  good(bench:shell("mkdir elsewhere && cp -r archive elsewhere/kept && cd elsewhere && env -i PATH=/usr/bin:/bin "
    .. "kept/bin/ingot-archive restore first --to got --archive kept"))
  for _, suffix in ipairs { "", ".json", ".src/program.c" } do
    lu.assertEquals(bench:sha256("elsewhere/got/" .. small.folder .. suffix),
      bench:sha256("out/" .. small.folder .. suffix))
  end
  lu.assertEquals(bench:sha256("elsewhere/got/results/weights.safetensors"),
    bench:sha256("work/" .. small.folder .. "/weights.safetensors"))
  lu.assertEquals(bench:read("elsewhere/got/specs/small.lua"), bench:read("small.lua"))
  -- it runs, and nothing else may be run
  local ran = bench:shell("cd elsewhere/got && ./" .. small.folder .. " info --json && find . -type f -perm /111")
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertStrContains(ran.out, "\n./" .. small.folder .. "\n")
  lu.assertNotStrContains(ran.out, "program.c")
  refused(tool("restore first --to elsewhere"), 1, "elsewhere: is there and not empty")
  good(tool("restore first --to only --only executable --only spec"))
  lu.assertEquals(bench:list("only"), { small.folder, "specs/small.lua" })
end

function TestWords.test_by_hand()
  local record = good(tool("show first --json")).artifact.record
  local ran = bench:shell("r=" .. record .. "; zstd -dc archive/objects/${r%${r#??}}/$r.zst >record.json; "
    .. "for c in $(tr '{' '\\n' <record.json | grep '\"role\":\"executable\"' | grep -o '[0-9a-f]\\{64\\}\",[0-9]' "
    .. "| cut -c1-64); "
    .. "do zstd -dc archive/objects/${c%${c#??}}/$c.zst; done >by-hand")
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertEquals(bench:sha256("by-hand"), bench:sha256("out/" .. small.folder))
end

function TestWords.test_list_and_show()
  local known = good(bench:build_lua("archive " .. slow.path .. " --with-weights --json"))
  lu.assertTrue(known.known)
  lu.assertEquals(known.written, 0)
  local all = good(bench:build_lua("list --archive archive --json")).artifacts
  lu.assertEquals(#all, 3)
  lu.assertEquals(all[3].tags, { "first" })
  lu.assertEquals(all[1].facts.gate, "not met")
  local function stamps(options)
    local list = {}
    for i, one in ipairs(good(tool("list --json " .. options)).artifacts) do list[i] = one.stamp end
    return list
  end
  lu.assertEquals(stamps("--tag 'fir*'"), { small.stamp })
  lu.assertEquals(stamps("--name 'hard'"), { hard.stamp })
  lu.assertEquals(stamps("--name 'sm*' --limit 1"), { slow.stamp })
  lu.assertEquals(#stamps("--where 'accuracy >= 0' --where 'test.accuracy <= 1'"), 3)
  lu.assertEquals(#stamps("--where 'accuracy > 1'"), 0)
  lu.assertEquals(#stamps("--since 2020-01-01 --until 2199"), 3)
  lu.assertEquals(#stamps("--until 2020"), 0)
  lu.assertEquals(#stamps("--stage none"), 3)
  refused(tool("list --where 'acuracy > 1'"), 2, "no artifact has a metric `acuracy`; there are: ")
  refused(tool("list --where 'accuracy is 1'"), 2, "`accuracy is 1` is no condition")
  refused(tool("list --since yesterday"), 2, "--since: `yesterday` is no date")
  local shown = good(bench:build_lua("show small --json")).artifact -- the newest of the name
  lu.assertEquals(shown.stamp, slow.stamp)
  refused(tool("show nothing"), 1, "nothing: no artifact has that stamp, tag or name")
  lu.assertStrContains(tool("show " .. small.stamp:sub(1, 8)).out, "executable")
  lu.assertEquals(good(tool("show " .. small.folder .. " --json")).artifact.stamp, small.stamp)
end

function TestWords.test_tags()
  local tool = copy("tags") -- luacheck: ignore tool
  refused(tool("tag hard first"), 1, "tag first names " .. small.stamp:sub(1, 12))
  good(tool("tag hard second --json"))
  good(tool("tag small second --move --json"))
  lu.assertEquals(good(tool("show second --json")).artifact.stamp, slow.stamp)
  good(tool("untag second --json"))
  refused(tool("untag second"), 1, "there is no tag `second`")
  refused(tool("tag hard 'a b'"), 2, "`a b` is no tag")
  refused(tool("tag hard abcdef01"), 2, "not what looks like a stamp")
end

function TestWords.test_stages()
  local tool = copy("stages") -- luacheck: ignore tool
  refused(tool("promote first production"), 2, "--by NAME and --note TEXT are wanted")
  refused(tool("promote first live" .. by), 2, "`live` is no stage")
  good(tool("promote first production --json" .. by))
  lu.assertEquals(good(tool("promote small production --json" .. by)).before, small.stamp)
  lu.assertEquals(good(tool("list --stage archived --json")).artifacts[1].stamp, small.stamp)
  lu.assertEquals(good(tool("show small@production --json")).artifact.stamp, slow.stamp)
  lu.assertEquals(good(tool("rollback small --json" .. by)).stamp, small.stamp)
  refused(tool("rollback small" .. by), 1, "nothing to go back to")
  refused(tool("show hard@production"), 1, "nothing of that name is in that stage")
  local history = good(tool("history small --json")).history
  local events = {}
  for i, entry in ipairs(history) do events[i] = entry.event .. (entry.rollback and " back" or "") end
  lu.assertStrContains(table.concat(events, ","), "promoted,promoted,promoted back")
  lu.assertEquals(history[#history].by, "ada")
  lu.assertEquals(history[#history].note, "as the test wants")
end

function TestWords.test_a_gate_that_is_required()
  local tool = copy("gated") -- luacheck: ignore tool
  good(tool("policy --require-gate production --json --by ada"))
  refused(tool("promote hard production" .. by), 3, "accuracy is ")
  good(tool("promote hard staging --json" .. by))
  refused(tool("promote hard staging --gate" .. by), 3, "requires a passed gate")
  good(tool("promote small production --json" .. by))
  -- without the weights that passed nobody could use them
  local bare = bench:build("small.lua", "--set train.epochs=3")
  good(bench:exec(bare, "run --json"))
  good(bench:build_lua("archive " .. bare.path .. " --json --archive gated"))
  refused(tool("promote " .. bare.stamp .. " production" .. by), 3, "holds no weights")
  -- results of another run
  bench:shell("sed -i 's/\"met\": false/\"met\": true/' work/" .. hard.folder .. "/gate.json")
  good(bench:build_lua("archive " .. hard.path .. " --with-weights --json --archive gated"))
  refused(tool("promote hard production" .. by), 3, "accuracy is ")
  good(tool("policy --require-gate none --json"))
  good(tool("promote hard production --json" .. by))
end

function TestWords.test_concurrent_promotions()
  local tool = copy("raced") -- luacheck: ignore tool
  for _ = 1, 3 do
    good(tool("promote first none --json" .. by))
    good(tool("promote " .. slow.stamp .. " none --json" .. by))
    bench:shell("for i in 1 2 3 4; do for s in first " .. slow.stamp .. "; do archive/bin/ingot-archive promote $s "
      .. "production --archive raced --by w$i --note x >p.$i.$s.out 2>p.$i.$s.err & done; done; wait; "
      .. "cat p.*.err >told")
    for line in bench:read("told"):gmatch("[^\n]+") do
      lu.assertStrContains(line, "another promotion of small came first: entry ")
    end
    good(tool("check"))
  end
end

function TestWords.test_many_archive_at_once()
  local front = shell.quote(shell.real_path("build.lua"))
  local ran = bench:shell("for i in 1 2 3 4 5 6; do lua5.4 " .. front
    .. " archive " .. small.path .. " " .. hard.path .. " --archive many --json >m.$i & done; wait; cat m.*")
  for line in ran.out:gmatch("[^\n]+") do lu.assertEquals(json.decode(line).exit_code, 0, line) end
  lu.assertEquals(#good(tool("list --json --archive many")).artifacts, 2)
  good(tool("check --archive many"))
end

-- ------------------------------------------------------------------ what is damaged

TestDamage = {}

-- An object of the executable of `first`, as a path.
local function an_object(name)
  local members = good(tool("show first --json --archive " .. name)).artifact.members
  local chunk = members[1].chunks[2][1]
  return string.format("%s/objects/%s/%s.zst", name, chunk:sub(1, 2), chunk)
end

local function nothing_restored(name, part)
  refused(tool("restore first --to got-" .. name .. " --archive " .. name), 1, part)
  lu.assertEquals(bench:shell("ls -d got-" .. name .. "*").out, "")
  lu.assertEquals(tool("check --archive " .. name).status, 1)
end

function TestDamage.test_a_flipped_bit()
  local name = fresh("flipped")
  local object = an_object(name)
  local bytes = bench:read(object)
  for _, place in ipairs { 1, 5, #bytes // 2, #bytes - 5, #bytes } do
    bench:write(object, bytes:sub(1, place - 1) .. string.char(bytes:byte(place) ~ 4) .. bytes:sub(place + 1))
    nothing_restored(name, "damaged")
  end
end

function TestDamage.test_another_content_under_the_name()
  local name = fresh("swapped")
  bench:shell("echo other >plain && zstd -q -f plain -o " .. an_object(name))
  nothing_restored(name, "its bytes have another SHA-256 than its name")
end

function TestDamage.test_truncated_and_missing()
  local name = fresh("short")
  local object = an_object(name)
  local bytes = bench:read(object)
  bench:write(object, bytes:sub(1, #bytes // 2))
  nothing_restored(name, "damaged")
  bench:write(object, "")
  nothing_restored(name, "no zstd frame")
  bench:shell("rm " .. object)
  nothing_restored(name, "is missing")
end

function TestDamage.test_a_damaged_log()
  local name = fresh("log")
  bench:shell("sed -i 's/\"ada\"/\"eve\"/' " .. name .. "/log/000000000002.json")
  refused(tool("list --archive " .. name), 1, "does not follow on entry 2")
  name = fresh("gap")
  bench:shell("rm " .. name .. "/log/000000000002.json")
  refused(tool("list --archive " .. name), 1, "000000000002.json: is missing, and later entries are there")
  name = fresh("cut")
  bench:shell("truncate -s 40 " .. name .. "/log/000000000002.json")
  refused(tool("list --archive " .. name), 1, "log entry 2")
end

function TestDamage.test_a_newer_version()
  local name = fresh("newer")
  bench:write(name .. "/ingot-archive.json", '{"format": 2, "append": "exclusive"}')
  refused(tool("list --archive " .. name), 1, "made by a newer version")
end

-- A log of one entry that refers to a record of these members.
local function forged(name, members, format)
  local stamp = ("ab"):rep(32)
  bench:shell("rm -rf " .. name)
  local empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
  local record = json.encode { format = format or 1, name = "x", stamp = stamp, variant = json.null,
    members = json.list(members(empty)) }
  bench:write(name .. "/record", record)
  local digest = bench:sha256(name .. "/record")
  bench:shell(string.format("cd %s && mkdir -p log objects/%s && zstd -q record -o objects/%s/%s.zst && rm record",
    name, digest:sub(1, 2), digest:sub(1, 2), digest))
  bench:write(name .. "/ingot-archive.json", '{"format": 1, "append": "exclusive"}')
  bench:write(name .. "/log/000000000001.json", json.encode { format = 1, number = 1, previous = "", by = "eve",
    time = "2026-01-01T00:00:00Z", event = "archived", record = digest, name = "x", stamp = stamp })
end

function TestDamage.test_paths_that_climb_out()
  for path, part in sorted.pairs { ["../evil"] = "climbs out", ["a/../../evil"] = "climbs out",
    ["/etc/evil"] = "begins with /", ["a//b"] = "an empty name", ["./a"] = "the name .",
    ["a\nb"] = "a control character", [""] = "is empty" } do
    forged("forged", function(empty)
      return { { path = path, role = "file", size = 0, sha256 = empty, chunks = json.list {} } }
    end)
    refused(tool("restore x --to forged-out --archive forged"), 1, part)
    lu.assertFalse(bench:exists("forged-out"))
    lu.assertFalse(bench:exists("evil"))
  end
  forged("forged", function(empty)
    return { { path = "a", role = "file", size = 0, sha256 = empty, chunks = json.list {} },
      { path = "a/b", role = "file", size = 0, sha256 = empty, chunks = json.list {} } }
  end)
  refused(tool("restore x --to forged-out --archive forged"), 1, "`a` is a file, and `a/b` wants a folder")
  forged("forged", function() return {} end, 7)
  refused(tool("restore x --to forged-out --archive forged"), 1, "made by a newer version")
end

-- ------------------------------------------------------------------ places that do not take it

TestPlaces = {}

function TestPlaces.test_no_archive_there()
  refused(tool("list --archive nowhere"), 1, "nowhere: there is no archive")
  refused(tool("list --archive out"), 1, "out: there is no archive (no ingot-archive.json)")
  refused(bench:build_lua("archive " .. small.path .. " --archive out"), 1, "an archive wants a folder of its own")
  refused(tool("list --archive gs://bucket"), 2, "no place for an archive")
  refused(bench:build_lua("archive out/none"), 1, "out/none: there is no such executable")
  refused(bench:build_lua("archive small.lua"), 1, "no record beside it")
  bench:shell("cp " .. small.path .. " out/changed && cp " .. small.path .. ".json out/changed.json && "
    .. "echo >>out/changed")
  refused(bench:build_lua("archive out/changed"), 1, "changed after it was built")
  refused(bench:build_lua("archive " .. small.path .. " --work none --with-weights"), 1, "there are no weights of ")
end

function TestPlaces.test_full_and_read_only()
  if bench:shell("mkdir -p full && mount -t tmpfs -o size=1m tmpfs full").status ~= 0 then
    lu.skip("no right to mount a file system")
  end
  refused(bench:build_lua("archive " .. small.path .. " --archive full"), 1, "No space left on device")
  lu.assertEquals(good(tool("list --archive full --json")).artifacts, {})
  refused(tool("restore first --to full/got"), 1, "No space left on device")
  lu.assertEquals(bench:shell("ls full | grep ^got").out, "")
  good(bench:shell("mount -o remount,size=100m full"))
  good(bench:build_lua("archive " .. small.path .. " --archive full --json")) -- what is there is not written again
  good(bench:shell("mount -o remount,ro full"))
  refused(bench:build_lua("archive " .. slow.path .. " --archive full"), 1, "Read-only file system")
  refused(tool("promote small production --archive full" .. by), 1, "Read-only file system")
  good(tool("restore small --to from-read-only --archive full"))
  refused(tool("restore small --to full/got --archive full"), 1, "Read-only file system")
  good(bench:shell("umount full"))
end

function TestPlaces.test_killed_at_any_time()
  for i = 1, 12 do
    bench:shell(string.format("timeout -s KILL 0.%02d archive/bin/ingot-archive archive --archive killed "
      .. "--members members.json", i * 2))
    if bench:exists("killed/ingot-archive.json") then
      local list = good(tool("list --archive killed --json")).artifacts
      if #list > 0 then good(tool("restore small --to killed-" .. i .. " --archive killed")) end
    end
  end
  good(tool("archive --archive killed --members members.json --json"))
  good(tool("check --archive killed"))
  good(tool("gc --archive killed --grace 0 --yes"))
  good(tool("check --archive killed"))
  lu.assertEquals(bench:shell("find killed -name '*.tmp-*' -o -name '*.new-*'").out, "")
end

do -- a list of members for the tool, as build.lua would write it
  local list = json.list { { path = "x", role = "executable", run = true, file = small.path } }
  bench:shell("head -c 6000000 /dev/urandom >random")
  list[2] = { path = "random", role = "file", file = "random" }
  bench:write("members.json", json.encode { name = "small", stamp = small.stamp, members = list })
end

function TestPlaces.test_gc()
  fresh("collected")
  refused(tool("gc --archive collected --keep x"), 2, "--keep: `x` is no number")
  local before = #bench:list("collected/objects")
  local said = good(tool("gc --archive collected --grace 0 --keep 0 --json"))
  lu.assertTrue(said.dry_run)
  lu.assertTrue(said.objects > 0)
  lu.assertEquals(#bench:list("collected/objects"), before)
  lu.assertEquals(good(tool("gc --archive collected --keep 0 --json --yes")).objects, 0) -- all are young
  fresh("collected")
  said = good(tool("gc --archive collected --grace 0 --keep 0 --yes --json"))
  lu.assertTrue(#bench:list("collected/objects") < before)
  lu.assertTrue(said.bytes > 0)
  good(tool("check --archive collected"))
  good(tool("restore first --to kept-by-its-tag --archive collected"))
  -- a record that cannot be read: nothing is removed
  fresh("unreadable")
  local record = good(tool("show first --json --archive unreadable")).artifact.record
  bench:shell("rm unreadable/objects/" .. record:sub(1, 2) .. "/" .. record .. ".zst")
  before = #bench:list("unreadable/objects")
  refused(tool("gc --archive unreadable --grace 0 --yes"), 1, "is missing")
  lu.assertEquals(#bench:list("unreadable/objects"), before)
end

function TestPlaces.test_names()
  for _, name in ipairs { "mein modell", "modell-ü", "模型" } do
    bench:write("named.json", json.encode { name = name, stamp = ("cd"):rep(32),
      members = json.list { { path = name .. "/" .. name .. ".bin", role = "file", file = "small.lua" } } })
    good(tool("archive --archive named --members named.json --json"))
    lu.assertEquals(good(tool("show '" .. name .. "' --archive named --json")).artifact.name, name)
    good(tool("restore '" .. name .. "' --to 'named out " .. name .. "' --archive named"))
    lu.assertEquals(bench:read("named out " .. name .. "/" .. name .. "/" .. name .. ".bin"), bench:read("small.lua"))
  end
  for _, name in ipairs { "a/b", "a@production", "" } do
    bench:write("named.json", json.encode { name = name, stamp = ("cd"):rep(32),
      members = json.list { { path = "x", role = "file", file = "small.lua" } } })
    refused(tool("archive --archive named --members named.json"), 1, "its name is missing or no name")
  end
end

-- What changed since something was archived: against the artifact that was archived last under the name.
function TestPlaces.test_changed()
  local function changed(words)
    return good(bench:build_lua("changed small.lua --json --archive " .. words)).experiments[1]
  end
  local one = changed(fresh("since"))
  lu.assertEquals(one.state, "changed")
  lu.assertEquals(one.before, slow.stamp)
  lu.assertEquals(one.reasons[1].component, "overrides")
  good(bench:build_lua("archive " .. small.path .. " --archive other --json"))
  bench:write("hard.lua", (bench:read("hard.lua"):gsub("> 1.5", "> 2.5")))
  one = good(bench:build_lua("changed hard.lua --json --archive since")).experiments[1]
  lu.assertStrContains(json.encode(one.reasons), "gate")
  one = good(bench:build_lua("changed hard.lua --json --archive other")).experiments[1]
  lu.assertEquals(one.state, "new")
  refused(bench:build_lua("changed small.lua --archive nowhere"), 2, "--archive: nowhere: there is no archive")
  refused(bench:build_lua("changed small.lua --archive since --since HEAD"), 2,
    "--since and --archive: one of them says what to compare with")
end

function TestPlaces.test_what_is_typed()
  refused(tool("lst"), 2, "there is no word `lst`")
  refused(tool("list --bogus"), 2, "there is no option --bogus")
  refused(tool("list --to x"), 2, "--to means nothing to list")
  refused(tool("restore"), 2, "--to DIR is missing")
  refused(tool("list x"), 2, "wanted: no arguments; 1 given")
  lu.assertStrContains(tool("gc --help").out, "--grace HOURS")
  lu.assertStrContains(tool("--help").out, "restore REF --to DIR")
  local failed = tool("show none --json")
  lu.assertEquals(failed.last.status, "failed")
  lu.assertStrContains(failed.last.error, "none: no artifact")
end

local status = lu.LuaUnit.run()
bench:shell("umount full 2>/dev/null")
bench:remove()
os.exit(status)

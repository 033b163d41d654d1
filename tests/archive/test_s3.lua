-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- An archive in a bucket of a real S3 service that checks signatures (OpenStack Swift, scripts/test_services.sh),
-- also through a proxy that goes wrong in one way: nothing is lost, nothing is there by half, and each failure
-- is one line that says what it is.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local command = require("generator.archive.command")
local e2e = require("tests.support.e2e")
local json = require("generator.base.json")
local shell = require("generator.toolchain.shell")

local function there(...)
  for _, name in ipairs { ... } do
    if select(2, shell.capture("command -v " .. name)) ~= 0 then return false end
  end
  return true
end

TestS3 = {}

if not there("swift-proxy-server", "swift-object-server", "memcached", "faketime") then
  function TestS3.test_all() lu.skip("there is no S3 service here (scripts/test_services.sh installs one)") end
  os.exit(lu.LuaUnit.run())
end

local bench = e2e.new()
local support = shell.real_path("tests/support")
local tool = assert(command.tool(shell.real_path(".")))

-- A server in the background that ends when this process does; waits until `ready` is there.
local pipes = {}
local function serve(script, arguments, ready)
  local pipe = assert(io.popen(string.format("cd %s && exec python3 %s/%s %s 2>%s.err", bench.folder, support, script,
    arguments, ready), "w"))
  for _ = 1, 600 do
    if bench:exists(ready) then
      pipes[#pipes + 1] = pipe
      return bench:read(ready)
    end
    shell.capture("sleep 0.2")
  end
  error(script .. " does not start: " .. (bench:read(ready .. ".err") or ""))
end

bench:shell("mkdir swift")
local server = assert(json.decode(serve("s3_server.py", "swift", "swift/ready")))

-- Variables for the tool; `changes` replaces some.
local function environment(changes)
  local all = { AWS_ACCESS_KEY_ID = server.key, AWS_SECRET_ACCESS_KEY = server.secret,
    AWS_ENDPOINT_URL = server.endpoint, HOME = bench.folder, PATH = os.getenv("PATH"), AWS_MAX_ATTEMPTS = "4" }
  for name, value in next, changes or {} do all[name] = value or nil end
  local words = { "env", "-i" }
  for name, value in next, all do
    if value then words[#words + 1] = name .. "=" .. value end
  end
  return shell.command(words)
end

local function keep(arguments, changes, before)
  return bench:shell(environment(changes) .. " " .. (before or "") .. " " .. tool .. " " .. arguments)
end

local function good(ran)
  lu.assertEquals(ran.status, 0, ran.err .. ran.out)
  return ran.last
end

local function refused(ran, status, part)
  lu.assertEquals(ran.status, status, ran.err .. ran.out)
  lu.assertStrContains(ran.err, part)
end

local proxies = 0
local function proxy(mode, number)
  proxies = proxies + 1
  local file = "proxy" .. proxies
  return "http://127.0.0.1:" .. serve("s3_proxy.py", string.format("%s %s %s %d %s %s", server.endpoint, file, mode,
    number or 0, server.storage, server.token), file)
end

-- What is stored: random bytes, so that sizes on the way are known.
local function members(file, name, sizes)
  local list = json.list {}
  for i, size in ipairs(sizes) do
    bench:shell(string.format("head -c %d /dev/urandom >%s.%d", size, name, i))
    list[i] = { path = string.format("%d", i), role = i == 1 and "executable" or "file", run = i == 1,
      file = name .. "." .. i }
  end
  bench:write(file, json.encode { name = name, stamp = bench:sha256(name .. ".1"), members = list,
    facts = { metrics = { ["test.accuracy"] = 0.5 } } })
end
members("a.json", "one", { 300000, 2000 })
members("b.json", "one", { 300000, 2000 })

local by = " --by ada --note why"
local place = " --archive s3://bucket/shared"
good(keep("archive --members a.json --tag first --json" .. place))

local function same(folder, name)
  for i = 1, 2 do
    lu.assertEquals(bench:sha256(folder .. "/" .. i), bench:sha256(name .. "." .. i))
  end
end

function TestS3.test_the_words_are_those_of_a_folder()
  local at = " --archive 's3://bucket/my archive/größe/'"
  good(keep("archive --members a.json --tag first --json" .. at))
  local again = good(keep("archive --members a.json --json" .. at))
  lu.assertEquals({ again.known, again.written }, { true, 0 })
  good(keep("archive --members b.json --json" .. at))
  good(keep("restore first --to got" .. at))
  same("got", "one")
  lu.assertEquals(bench:shell("find got -type f -perm /111").out, "got/1\n")
  local list = good(keep("list --json --where 'accuracy < 1'" .. at)).artifacts
  lu.assertEquals({ #list, list[2].tags }, { 2, { "first" } })
  good(keep("promote first production" .. by .. at))
  good(keep("promote one production" .. by .. at))
  lu.assertEquals(good(keep("rollback one --json" .. by .. at)).stamp, list[2].stamp)
  lu.assertEquals(#good(keep("history one --json" .. at)).history, 6)
  lu.assertEquals(good(keep("gc --grace 0 --keep 0 --yes --json" .. at)).artifacts, { list[1].stamp })
  lu.assertEquals(good(keep("check --json" .. at)).artifacts, 1)
  -- elsewhere in the bucket nobody sees it
  refused(keep("list --archive s3://bucket/my"), 1, "s3://bucket/my: there is no archive")
end

function TestS3.test_from_files()
  bench:write(".aws/credentials", "[default]\naws_access_key_id = nobody\naws_secret_access_key = nothing\n"
    .. "[team]\naws_access_key_id = " .. server.key .. "\naws_secret_access_key = " .. server.secret .. "\n")
  bench:write(".aws/config", "# ours\n[profile team]\nregion = us-east-1\nservices = here\n\n[services here]\ns3 =\n"
    .. "  endpoint_url = " .. server.endpoint .. "/\n")
  local none = { AWS_ACCESS_KEY_ID = false, AWS_SECRET_ACCESS_KEY = false, AWS_ENDPOINT_URL = false }
  none.AWS_PROFILE = "team"
  good(keep("list --json" .. place, none))
  none.AWS_PROFILE, none.AWS_ENDPOINT_URL_S3 = nil, server.endpoint
  refused(keep("list" .. place, none), 1, "the service refuses the credentials `nobody` (from profile `default`)")
  none.AWS_PROFILE = "nowhere"
  refused(keep("list" .. place, none), 1, "no credentials: set AWS_ACCESS_KEY_ID")
  bench:write(".aws/config", "no section here\n")
  none.AWS_PROFILE = "team"
  refused(keep("list" .. place, none), 1, ".aws/config:1: neither [section] nor name = value")
  bench:shell("rm -r .aws")
end

function TestS3.test_credentials()
  refused(keep("list" .. place, { AWS_SECRET_ACCESS_KEY = "wrong" }), 1,
    "the service refuses the credentials `ingot:tester` (from AWS_ACCESS_KEY_ID)")
  refused(keep("list" .. place, { AWS_SECRET_ACCESS_KEY = false }), 1, "only the first is set")
  refused(keep("list --archive s3://missing/x"), 1, "has no bucket `missing`")
  refused(keep("archive --members a.json --archive s3://missing/x"), 1, "has no bucket `missing`")
  refused(keep("list --archive s3://x"), 2, "the name of a bucket has 3 to 63 letters")
  refused(keep("list" .. place, { AWS_ENDPOINT_URL = "ftp://x" }), 1, "does not begin with http:// or https://")
end

function TestS3.test_nobody_there()
  refused(keep("list" .. place, { AWS_ENDPOINT_URL = "http://127.0.0.1:1" }), 1, "(after 4 attempts)")
  refused(keep("list" .. place, { AWS_ENDPOINT_URL = "http://no.such.host.invalid", AWS_MAX_ATTEMPTS = "1" }), 1,
    "Could not resolve host")
end

function TestS3.test_clocks_apart()
  for shift, word in next, { ["+3h"] = "3.0 hours ahead of", ["-40min"] = "40 minutes behind" } do
    local ran = keep("list --json" .. place, nil, "faketime -f '" .. shift:gsub("min", "m") .. "'")
    lu.assertEquals(#good(ran).artifacts, 1)
    lu.assertStrContains(ran.err, "this machine's clock is " .. word)
  end
  refused(keep("list" .. place, { AWS_ENDPOINT_URL = proxy("late", 7200) }), 1,
    "refuses the time of the request: this machine's clock is 2.0 hours ahead of its own")
end

function TestS3.test_connections_that_break()
  members("cut.json", "cut", { 4000000, 100 })
  local at = " --archive s3://bucket/cut"
  local function through(mode) return { AWS_ENDPOINT_URL = proxy(mode, 10000), AWS_MAX_ATTEMPTS = "9" } end
  good(keep("archive --members cut.json --json" .. at, through("cut")))
  good(keep("restore cut --to cut.got" .. at, through("answers")))
  same("cut.got", "cut")
  good(keep("list --json" .. at, { AWS_ENDPOINT_URL = proxy("busy", 3) }))
  refused(keep("list" .. at, { AWS_ENDPOINT_URL = proxy("busy", 1000) }), 1, "the service answers 503 SlowDown")
end

function TestS3.test_a_store_that_is_lost_in_the_middle()
  members("lost.json", "lost", { 3000000, 100 })
  local at = " --archive s3://bucket/lost"
  good(keep("archive --members a.json --json" .. at))
  local dying = { AWS_ENDPOINT_URL = proxy("die", 1500000), AWS_MAX_ATTEMPTS = "2" }
  refused(keep("archive --members lost.json" .. at, dying), 1, "(after 2 attempts)")
  lu.assertEquals(#good(keep("list --json" .. at)).artifacts, 1)
  good(keep("check" .. at))
  -- what had arrived is not sent again
  local said = good(keep("archive --members lost.json --json" .. at))
  lu.assertTrue(said.new_chunks < said.chunks, said.new_chunks)
  lu.assertTrue(said.new_chunks > 0)
  good(keep("restore lost --to lost.got" .. at))
  same("lost.got", "lost")
end

function TestS3.test_damage_is_found()
  local at = " --archive s3://bucket/shared"
  local member = good(keep("show first --json" .. at)).artifact.members[1]
  local chunk = member.chunks[1][1]
  local url = string.format("%s/bucket/shared/objects/%s/%s.zst", server.storage, chunk:sub(1, 2), chunk)
  local curl = "python3 -c 'import sys,urllib.request as u; r=u.Request(sys.argv[1],method=sys.argv[2],headers={"
    .. "\"X-Auth-Token\":sys.argv[3]},data=open(sys.argv[4],\"rb\").read() if len(sys.argv)>4 else None); "
    .. "sys.stdout.buffer.write(u.urlopen(r).read())' " .. url
  bench:shell(curl .. " GET " .. server.token .. " >object")
  local bytes = bench:read("object")
  bench:write("object.bad", bytes:sub(1, 1000) .. string.char(bytes:byte(1001) ~ 1) .. bytes:sub(1002))
  good(bench:shell(curl .. " PUT " .. server.token .. " object.bad"))
  refused(keep("restore first --to damaged.got" .. at), 1, "damaged")
  lu.assertFalse(bench:exists("damaged.got"))
  refused(keep("check" .. at), 1, "1 of its objects are damaged or missing")
  good(bench:shell(curl .. " PUT " .. server.token .. " object"))
  good(keep("check" .. at))
end

-- Writers that promote at once: those that are told so changed nothing, and the log says what the others did.
local function race(at, changes)
  bench:shell("rm -f race.*")
  local words = {}
  for i = 1, 6 do
    words[i] = string.format("{ %s %s promote %s production --by w%d --note x %s >race.%d 2>&1; "
      .. "echo $? >>race.%d; } &", environment(changes), tool, i % 2 == 0 and "first" or "one", i, at, i, i)
  end
  bench:shell(table.concat(words, " ") .. " wait")
  local changed = 0
  for i = 1, 6 do
    local text = bench:read("race." .. i)
    if text:find("\n0\n$") then
      if text:find("promoted to production", 1, true) then changed = changed + 1 end
    else
      lu.assertStrContains(text, "another promotion of one came first: entry ")
    end
  end
  local promotions = 0
  for _, entry in ipairs(good(keep("history --json" .. at, changes)).history) do
    if entry.event == "promoted" then promotions = promotions + 1 end
  end
  lu.assertEquals(promotions, changed)
  lu.assertTrue(changed >= 1)
end

function TestS3.test_concurrent_promotions_by_agreement()
  local at = " --archive s3://bucket/agreed"
  good(keep("archive --members a.json --tag first --json" .. at))
  good(keep("archive --members b.json --json" .. at))
  race(at)
end

function TestS3.test_concurrent_promotions_by_conditional_writes()
  local at, changes = " --archive s3://bucket/conditional", { AWS_ENDPOINT_URL = proxy("conditional") }
  good(keep("archive --members a.json --tag first --json" .. at, changes))
  good(keep("archive --members b.json --json" .. at, changes))
  race(at, changes)
  -- a service that once refused a taken name and now does not is found out
  refused(keep("tag one second" .. at), 1, "the service answers 501 to a conditional PUT, which it once took")
end

function TestS3.test_two_that_archive_at_once()
  local at = " --archive s3://bucket/both"
  local words = {}
  for i, file in ipairs { "a", "b", "a", "b" } do
    words[i] = string.format("%s %s archive --json --members %s.json %s >both.%d &", environment(), tool, file, at, i)
  end
  bench:shell(table.concat(words, " ") .. " wait")
  for i = 1, 4 do lu.assertEquals(json.decode(bench:read("both." .. i)).exit_code, 0, bench:read("both." .. i)) end
  lu.assertEquals(#good(keep("list --json" .. at)).artifacts, 2)
  good(keep("check" .. at))
end

function TestS3.test_large_objects_in_parts()
  bench:write("parts.config", "[default]\ns3 =\n  multipart_chunksize = 64KB\n")
  members("large.json", "large", { 20000000, 100 }) -- chunks of 512 KiB and more
  local at, small = " --archive s3://bucket/large", { AWS_CONFIG_FILE = "parts.config" }
  local broken = keep("archive --members large.json" .. at,
    { AWS_CONFIG_FILE = "parts.config", AWS_ENDPOINT_URL = proxy("die", 6000000), AWS_MAX_ATTEMPTS = "1" })
  lu.assertEquals(broken.status, 1, broken.out)
  lu.assertTrue(good(keep("gc --grace 0 --json" .. at)).broken_off > 0)
  local said = good(keep("archive --members large.json --json" .. at, small))
  lu.assertTrue(said.new_chunks < said.chunks)
  good(keep("restore large --to large.got" .. at))
  same("large.got", "large")
  good(keep("gc --grace 0 --yes" .. at))
  lu.assertEquals(good(keep("gc --grace 0 --json" .. at)).broken_off, 0)
  good(keep("check" .. at))
end

local status = lu.LuaUnit.run()
for i = #pipes, 1, -1 do pipes[i]:close() end
bench:remove()
os.exit(status)

-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Bundles of real executables: trained in an empty root and under two releases of Debian they write the
-- weights that the executable itself writes. What they open at run time comes along. The training done
-- again, and the difference of two builds, are here as well, because they want real executables.
--
-- Systems are cached in out/.roots (scripts/debian_root.sh).

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local artifacts = require("generator.proof.artifact")
local deep = require("generator.proof.deep")
local e2e = require("tests.support.e2e")
local shell = require("generator.toolchain.shell")

local root = shell.real_path(".")
local bench = e2e.new()
bench:images("images", 30, 12, 8, 3)
bench:write("specs/small.lua", e2e.image_spec { model = "flatten {}, linear { outputs = 16 }, relu {}, "
  .. "linear { outputs = 3 }", backends = '{ "onednn", "openblas", "c" }' })
assert(bench:build_lua("lock specs/small.lua").status == 0)
local built = bench:build("specs/small.lua")
assert(bench:exec(built, "run --quiet").status == 0)
local base = built.path:match("[^/]+$")
local weights = bench:sha256("work/" .. base .. "/weights.safetensors")
local bundled = bench:build_lua("bundle out/small --to bundle")
assert(bundled.status == 0, bundled.err)

local function need_root()
  if shell.capture("id -u") ~= "0\n" then lu.skip("chroot needs root") end
end

-- Trains the bundle in a system and compares; nothing of it stays there.
local function train_in(system)
  local inside = system .. "/ingot-test"
  local ran = bench:shell(string.format("mkdir %s && cp -r bundle images %s/ && exec chroot "
    .. "%s /ingot-test/bundle/small run --data /ingot-test/images "
    .. "--work /ingot-test/work --json --quiet", inside, inside, system))
  bench:shell("rm -rf " .. inside)
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertEquals(ran.last.weights.sha256, weights)
end

TestBundle = {}

function TestBundle.test_an_empty_root()
  need_root()
  assert(shell.make_folder(bench:path("empty")))
  train_in(bench:path("empty"))
end

local function other_debian(release)
  need_root()
  local system = root .. "/out/.roots/" .. release
  local output, status = shell.capture(root .. "/scripts/debian_root.sh " .. release .. " " .. system, true)
  if status ~= 0 then lu.skip(release .. ": " .. output) end
  train_in(system)
  -- it is the bundle that does it: this system has not even the libraries
  bench:shell("cp " .. built.path .. " " .. system .. "/ingot-plain")
  local ran = bench:shell("chroot " .. system .. " /ingot-plain info")
  os.remove(system .. "/ingot-plain")
  lu.assertEquals(ran.status, 127)
  lu.assertStrContains(ran.err, "error while loading shared libraries")
end

function TestBundle.test_bookworm()
  other_debian("bookworm")
end

function TestBundle.test_trixie()
  other_debian("trixie")
end

function TestBundle.test_the_restart_is_the_bundle_again()
  local ran = bench:shell("bundle/small bench --seconds 0.01 --repeats 1 --json --quiet", "unset GOMP_SPINCOUNT "
    .. "OMP_WAIT_POLICY; export OPENBLAS_CORETYPE=Nehalem")
  lu.assertEquals(ran.status, 0, ran.err)
  lu.assertEquals(ran.last.name, "small")
end

local server = [[
import http.server, os, ssl
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.send_response(500)
        self.send_header("Content-Length", "0")
        self.end_headers()
    do_GET = do_POST
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("tls.crt", "tls.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
open("tls.port.new", "w").write(str(server.server_address[1]))
os.rename("tls.port.new", "tls.port")
server.serve_forever()
]]

function TestBundle.test_libcurl_comes_along_and_trusts_whom_it_is_told_to()
  need_root()
  bench:write("tls.py", server)
  local ran = bench:shell("openssl req -x509 -newkey ed25519 -nodes -keyout tls.key -out tls.crt -days 2 -subj /CN=x "
    .. "-addext subjectAltName=IP:127.0.0.1 && { python3 tls.py & echo $! >tls.pid; } && "
    .. "soon '[ -e tls.port ]'; mkdir web && "
    .. "cp -r bundle images tls.crt web/")
  lu.assertEquals(ran.status, 0, ran.err)
  local url = "https://127.0.0.1:" .. bench:read("tls.port")
  local function sync(environment)
    return bench:shell("exec chroot web /bundle/small sync --work /work --track mlflow=" .. url, environment)
  end
  lu.assertEquals(bench:shell("chroot web /bundle/small run --quiet --data /images --work /work").status, 0)
  local unknown, known = sync("unset SSL_CERT_FILE"), sync("export SSL_CERT_FILE=/tls.crt")
  bench:shell("kill $(cat tls.pid)")
  lu.assertStrContains(unknown.err, "certificate")
  lu.assertNil(known.err:find("certificate", 1, true))
  lu.assertStrContains(known.err, "500")
end

TestDeep = {}

function TestDeep.test_the_same_weights_again_and_data_that_changed()
  local attested = bench:build_lua("attest out/small --work work")
  lu.assertEquals(attested.status, 0, attested.err)
  local artifact = artifacts.open(bench:path("out/small"))
  local recorded = deep.recorded(artifact)
  lu.assertEquals(recorded, { sha256 = weights, threads = 2 })
  local said = {}
  local options = { data = bench:path("images"), say = function(line) said[#said + 1] = line end }
  lu.assertEquals(deep.train(artifact, recorded, options), weights)
  lu.assertEquals(said, { "training again" })
  bench:shell("cp -r images other && printf x >>other/train-images-idx3-ubyte")
  options.data = bench:path("other")
  local digest, errors = deep.train(artifact, recorded, options)
  lu.assertNil(digest)
  lu.assertEquals(errors.status, 4)
  lu.assertStrContains(errors[2], "train-images-idx3-ubyte")
end

TestDiff = {}

function TestDiff.test_spec_kernels_and_metrics_of_two_builds()
  local other = bench:build("specs/small.lua", "--set train.seed=8 --set 'target.backends={\"openblas\",\"c\"}'")
  lu.assertEquals(bench:exec(other, "run --quiet").status, 0)
  local ran = bench:build_lua(string.format("diff %s %s --work work --json", built.path, other.path))
  lu.assertEquals(ran.status, 0, ran.err)
  local by_name = {}
  for _, one in ipairs(ran.last.spec) do by_name[one.name] = one end
  lu.assertEquals(by_name["train.seed"], { name = "train.seed", a = "7", b = "8" })
  lu.assertTrue(#ran.last.metrics > 0)
  lu.assertEquals(ran.last.files, { added = {}, removed = {}, changed = {}, moved = {} })
  lu.assertEquals(ran.last.code, {})
end

local status = lu.LuaUnit.run()
bench:remove()
os.exit(status)

-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- ELF files read, libraries found, and bundles of a small executable: the same bytes every time, started
-- from anywhere, in an empty root, with every file vouched for. tests/e2e/test_bundle.lua does it with
-- real executables under other releases of Debian.

package.path = "./?.lua;./?/init.lua;" .. package.path

local lu = require("luaunit")
local closure = require("generator.proof.closure")
local elf = require("generator.toolchain.needed")
local files = require("generator.base.files")
local json = require("generator.base.json")
local shell = require("generator.toolchain.shell")
local support = require("tests.proof.support")

local built = support.build()
local project, base = built.project, built.base
support.keys(project.folder .. "/keys")
local program = built.out .. "/" .. base

local function run(arguments, before)
  local output, status, errors = project:run(arguments, before)
  return status, errors, output
end

do
  local status, errors = run("bundle out/small --to bundle --sign keys/id")
  assert(status == 0, errors)
end

TestElf = {}

function TestElf.test_an_executable_and_a_library()
  local read = elf.read(program)
  lu.assertEquals(read.interpreter, "/lib64/ld-linux-x86-64.so.2")
  lu.assertItemsEquals(read.needed, { "libc.so.6" })
  lu.assertEquals(elf.read("/lib/x86_64-linux-gnu/libc.so.6").soname, "libc.so.6")
end

function TestElf.test_files_that_are_damaged()
  local bytes, path = files.read(program), project.folder .. "/damaged"
  local function with(change)
    files.write(path, change)
    local read, why = elf.read(path)
    return read == nil and why or "read"
  end
  lu.assertStrContains(with(""), "no ELF file")
  lu.assertStrContains(with("#!/bin/sh\n" .. ("x"):rep(100)), "no ELF file")
  lu.assertStrContains(with("\127ELF\1\1" .. ("\0"):rep(100)), "no 64-bit little-endian ELF file")
  lu.assertStrContains(with(bytes:sub(1, 100)), "program headers lie outside it")
  lu.assertStrContains(with(bytes:sub(1, 1000)), "lies outside it")
  lu.assertStrContains(with(bytes:sub(1, 32) .. ("\255"):rep(8) .. bytes:sub(41)), "program headers lie outside it")
  -- no byte of the headers may bring it down
  for at = 17, 700, 7 do
    local changed = bytes:sub(1, at - 1) .. string.char(bytes:byte(at) ~ 0xff) .. bytes:sub(at + 1)
    lu.assertString(with(changed), tostring(at))
  end
end

TestClosure = {}

function TestClosure.test_it_is_what_the_loader_says()
  local list, found = closure.of("/usr/bin/gcc"), {}
  for _, one in ipairs(list) do
    if one.how == "linked" and one.soname ~= "ld-linux-x86-64.so.2" then found[#found + 1] = one.soname end
  end
  local said = {}
  for name in shell.capture("ldd /usr/bin/gcc"):gmatch("\n?%s*(%S+) => ") do said[#said + 1] = name end
  lu.assertItemsEquals(found, said)
end

function TestClosure.test_libraries_that_are_not_here()
  local output, status = shell.capture(string.format("cd %s && mkdir -p l && echo 'int x(void){return 1;}' >x.c && "
    .. "gcc -shared -Wl,-soname,libnowhere.so.9 -o l/libnowhere.so x.c && "
    .. "echo 'int x(void);int main(void){return x();}' >m.c && gcc -o needs m.c -Ll -lnowhere && "
    .. "gcc -static -o static -x c /dev/null -nostdlib -Wl,-e,0", project.folder), true)
  lu.assertEquals(status, 0, output)
  local list, why = closure.of(project.folder .. "/needs")
  lu.assertNil(list)
  lu.assertStrContains(why, "the library libnowhere.so.9, which it needs, is not here")
  list, why = closure.of(project.folder .. "/static")
  lu.assertNil(list)
  lu.assertStrContains(why, "not an executable for x86-64 with a loader")
end

TestBundle = {}

local function start(command)
  local output, status = shell.capture(command, true)
  return output, status
end

function TestBundle.test_it_starts_from_anywhere_and_hands_arguments_on()
  local plain = shell.capture(program)
  lu.assertEquals(start(project.folder .. "/bundle/small"), plain)
  lu.assertEquals(start("cd " .. project.folder .. "/bundle && ./small"), plain)
  lu.assertEquals(start(string.format("cd %s && ln -sf bundle/small link && cd / && %s/link", project.folder,
    project.folder)), plain)
  lu.assertEquals(start("PATH=" .. project.folder .. "/bundle:$PATH small manifest"),
    shell.capture(program .. " manifest"))
end

function TestBundle.test_it_takes_the_libraries_of_the_bundle_only()
  local output = start(string.format("cd %s/bundle && $PWD/lib/ld-linux-x86-64.so.2 --inhibit-cache "
    .. "--library-path $PWD/lib --list bin/%s", project.folder, base))
  for path in output:gmatch("=> (%S+)") do lu.assertStrContains(path, "/bundle/lib/") end
  local libraries = json.decode(project:read("bundle/bundle.json")).libraries
  lu.assertEquals(libraries[1].soname, "ld-linux-x86-64.so.2")
  for _, one in ipairs(libraries) do lu.assertTrue(files.exists(project.folder .. "/bundle/lib/" .. one.soname)) end
  lu.assertTrue(files.exists(project.folder .. "/bundle/share/licences/libc6"))
end

function TestBundle.test_an_empty_root()
  if shell.capture("id -u") ~= "0\n" then lu.skip("chroot needs root") end
  local root = project.folder .. "/root"
  lu.assertEquals(select(2, start(string.format("mkdir %s && cp -r %s/bundle %s/b && ln -s b/small %s/link", root,
    project.folder, root, root))), 0)
  local plain = shell.capture(program)
  lu.assertEquals(start("chroot " .. root .. " /b/small"), plain)
  lu.assertEquals(start("chroot " .. root .. " /link"), plain) -- no /proc: the link is followed by its name
  start("rm " .. root .. "/b/lib/ld-linux-x86-64.so.2")
  local output, status = start("chroot " .. root .. " /b/small")
  lu.assertEquals(status, 5)
  lu.assertStrContains(output, "small: cannot be started: there is no loader /b/lib/ld-linux-x86-64.so.2")
end

function TestBundle.test_the_same_bytes_every_time()
  local status, errors = run("bundle out/small --to one.tar.zst")
  lu.assertEquals(status, 0, errors)
  status, errors = run("bundle out/small --to two.tar.zst", "umask 077; LC_ALL=C.UTF-8 TZ=Asia/Tokyo USER=x")
  lu.assertEquals(status, 0, errors)
  lu.assertEquals(project:read("one.tar.zst"), project:read("two.tar.zst"))
  local names = shell.capture("tar --zstd -tf " .. project.folder .. "/one.tar.zst")
  lu.assertStrContains(names, base .. "/bin/" .. base .. "\n")
end

function TestBundle.test_every_file_is_vouched_for()
  local status, errors = run("verify bundle --signers keys/id.pub")
  lu.assertEquals(status, 0, errors)
  for _, name in ipairs { "small", "bin/" .. base, "lib/libc.so.6", "bundle.json" } do
    start(string.format("cd %s && rm -rf changed && cp -r bundle changed", project.folder))
    support.flip(project.folder .. "/changed/" .. name)
    status, errors = run("verify changed --signers keys/id.pub")
    lu.assertEquals(status, 1)
    lu.assertStrContains(errors, name .. ": is not what was recorded")
  end
end

function TestBundle.test_what_cannot_be_bundled()
  local cases = { { "bundle out/nothing", 2, "there is no such executable" },
    { "bundle build.lua", 1, "not an executable that Ingot built" },
    { "bundle out/small --to bundle", 2, "is there already; a bundle gets a folder of its own" },
    { "bundle out/small --to /proc/nowhere/x", 1, "/proc" },
    { "bundle out/small --to b2 --sign keys/ecdsa", 1, "not an Ed25519 key" } }
  for _, case in ipairs(cases) do
    local status, errors = run(case[1])
    lu.assertEquals(status, case[2], case[1])
    lu.assertStrContains(errors, case[3])
  end
  lu.assertFalse(files.exists(project.folder .. "/b2"))
end

function TestBundle.test_a_full_disk_leaves_nothing()
  if shell.capture("id -u") ~= "0\n" then lu.skip("mounting needs root") end
  local folder = project.folder .. "/tiny"
  shell.make_folder(folder)
  local _, mounted = start("mount -t tmpfs -o size=2m none " .. folder)
  if mounted ~= 0 then lu.skip("no mount here") end
  local status, errors = run("bundle out/small --to tiny/b.tar.zst")
  local left = files.list(folder)
  start("umount " .. folder)
  lu.assertEquals(status, 1)
  lu.assertStrContains(errors, "No space left on device")
  lu.assertEquals(left, {})
end

local status = lu.LuaUnit.run()
project:remove()
os.exit(status)

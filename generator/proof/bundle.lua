-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- An executable with everything that it needs from a system but the kernel:
--
--   <base>/<name>             starts it (templates/launcher.c, static, without a C library)
--   <base>/bin/<base>         the executable, to the byte
--   <base>/lib/               its shared libraries as this machine has them, and their loader
--   <base>/share/licences/    of each library's package the file copyright
--   <base>/bundle.json        what is in it: names, versions, digests
--   <base>/<base>.digests     every file by digest, what a signature is over (digests.lua)
--
-- The same executable and libraries give the same bytes. Nothing is linked anew: what runs is what was
-- built and can be proven.

local artifacts = require("generator.proof.artifact")
local attest = require("generator.proof.attest")
local digests = require("generator.proof.digests")
local files = require("generator.base.files")
local json = require("generator.base.json")
local render = require("generator.base.render")
local sha256 = require("generator.toolchain.sha256")
local shell = require("generator.toolchain.shell")
local signature = require("generator.proof.signature")

local M = { format = 1, ending = ".bundle.tar.zst" }

local TAR = "tar --create --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --mtime=@0 "
  .. "--no-xattrs --no-acls --no-selinux"

local launcher_flags = { "-O2", "-std=gnu11", "-ffreestanding", "-fno-builtin", "-fno-stack-protector", "-fno-pie",
  "-fno-asynchronous-unwind-tables", "-fno-tree-loop-distribute-patterns", "-fcf-protection=none",
  "-frandom-seed=launcher", "-no-pie", "-static", "-nostdlib", "-fuse-ld=mold", "-Wl,--build-id=none",
  "-Wl,-z,noexecstack" }

local function fail(status, lines)
  local errors = { status = status }
  for i, line in ipairs(type(lines) == "table" and lines or { lines }) do errors[i] = line end
  return nil, errors
end

local function build_launcher(folder, values, root)
  local template, why = files.read(root .. "/templates/launcher.c")
  if not template then return nil, why end
  local source = folder .. "/launcher.c"
  local literals = {}
  for name, value in pairs(values) do literals[name] = render.string(value):sub(2, -2) end
  assert(files.write(source, render.render(template, literals)))
  local words = table.move(launcher_flags, 1, #launcher_flags, 2, { "gcc" })
  for _, word in ipairs { "-o", "launcher", "launcher.c" } do words[#words + 1] = word end
  local output, status = shell.capture("cd " .. shell.quote(folder) .. " && " .. shell.command(words)
    .. " && strip launcher", true)
  if status ~= 0 then return nil, "the launcher does not compile: " .. output end
  return folder .. "/launcher"
end

-- The files of packages' licences: { [package] = path }, and packages that have none.
local function licence_files(list)
  local found = {}
  for _, one in ipairs(list) do
    local path = one.package and "/usr/share/doc/" .. one.package.package .. "/copyright"
    if path and files.exists(path) then found[one.package.package] = path end
  end
  return found
end

local function describe(artifact, manifest, list, digest)
  local libraries = json.list {}
  for i, one in ipairs(list) do
    libraries[i] = { soname = one.soname, version = one.version, sha256 = one.sha256, licence = one.licence,
      build_id = one.build_id, how = one.how, package = one.package and one.package.package,
      package_version = one.package and one.package.version }
  end
  return json.encode({ format = M.format, name = manifest.name, stamp = manifest.stamp,
    executable = { name = artifact.base, sha256 = digest }, loader = list.interpreter:match("[^/]+$"),
    libraries = libraries }, true) .. "\n"
end

-- The commands that put files in place, as a shell script: { from, to, mode }.
local function copy(moves, folder)
  local lines = {}
  for _, move in ipairs(moves) do
    lines[#lines + 1] = shell.command { "install", "-D", "-m", move[3], "-T", "--", move[1], folder .. "/" .. move[2] }
  end
  local output, status = shell.capture("set -e\n" .. table.concat(lines, "\n"), true)
  if status ~= 0 then return nil, (output:match("[^\n]+") or "cannot copy") end
  return true
end

--- Fills `folder`, which is empty, with the bundle of the executable at `path`. `options`: root, sign (a key).
--- Returns { base, name, stamp, libraries, bytes, members }, or nil and { status, lines … }.
function M.fill(path, folder, options)
  local artifact, why, status = artifacts.open(path)
  if not artifact then return fail(status or 1, why) end
  local carried
  carried, why = artifacts.carried(artifact)
  if not carried then return fail(1, why) end
  local manifest = carried.decoded
  local list, lines = attest.libraries(artifact, manifest)
  if not list then return nil, lines end
  if #list.absent > 0 then
    return fail(5, string.format("%s: would lack %s, which is not installed here", path,
      table.concat(list.absent, ", ")))
  end
  local scratch
  scratch, why = shell.temporary_folder(os.getenv("TMPDIR") or "/tmp")
  if not scratch then return fail(1, why) end
  local launcher
  launcher, why = build_launcher(scratch, { name = manifest.name, base = artifact.base,
    loader = list.interpreter:match("[^/]+$") }, options.root)
  local ok
  if launcher then
    local moves = { { launcher, manifest.name, "755" }, { artifact.executable, "bin/" .. artifact.base, "755" },
      { options.root .. "/LICENSE", "share/licences/ingot", "644" } }
    for _, one in ipairs(list) do moves[#moves + 1] = { one.real, "lib/" .. one.soname, "755" } end
    for package, licence in pairs(licence_files(list)) do
      moves[#moves + 1] = { licence, "share/licences/" .. package, "644" }
    end
    ok, why = copy(moves, folder)
  end
  shell.remove_folder(scratch)
  if not ok then return fail(1, why) end
  local digest = assert(sha256.files(folder, { "bin/" .. artifact.base }))["bin/" .. artifact.base]
  ok, why = files.write(folder .. "/bundle.json", describe(artifact, manifest, list, digest))
  if not ok then return fail(1, why) end
  local members = shell.list_files(folder)
  local hex
  hex, why = sha256.files(folder, members)
  if not hex then return fail(1, why) end
  for _, one in ipairs(list) do
    if hex["lib/" .. one.soname] ~= one.sha256 then
      return fail(1, one.path .. ": was changed while it was copied")
    end
  end
  local text = assert(digests.encode { name = manifest.name, stamp = manifest.stamp, members = hex })
  local to = folder .. "/" .. artifact.base .. digests.ending
  ok, why = files.write(to, text)
  if not ok then return fail(1, why) end
  if options.sign then
    ok, why = signature.sign(to, options.sign)
    if not ok then return fail(1, why) end
  end
  return { base = artifact.base, name = manifest.name, stamp = manifest.stamp, libraries = list, members = #members }
end

local function pack(folder, base, to)
  local temporary = to .. ".tmp"
  local output, status = shell.capture(string.format("set -e; cd %s; %s %s >bundle.tar; "
    .. "zstd -q -f --single-thread -10 bundle.tar -o %s", shell.quote(folder), TAR, shell.quote(base),
    shell.quote(shell.absolute(temporary))), true)
  if status == 0 then
    local moved, why = os.rename(temporary, to)
    if moved then return true end
    output = why
  end
  os.remove(temporary)
  return nil, to .. ": cannot be written: " .. (output:match("[^\n]+") or "")
end

--- Writes the bundle of the executable at `path` to `to`: a folder that is not there yet, or an archive where the
--- name ends in .tar.zst; by default DIR/<base>.bundle.tar.zst beside the executable. Returns what M.fill does and
--- `path`, or nil and { status, lines … }.
function M.write(path, to, options)
  local artifact, why, status = artifacts.open(path)
  if not artifact then return fail(status or 1, why) end
  to = to or artifact.folder .. "/" .. artifact.base .. M.ending
  local archive = to:find("%.tar%.zst$") ~= nil
  if not archive and files.exists(to) then
    return fail(2, to .. ": is there already; a bundle gets a folder of its own")
  end
  local parent = (to:match("^(.*)/[^/]+/*$") or "."):gsub("^$", "/")
  local folder
  folder, why = shell.temporary_folder(parent)
  if not folder then return fail(1, why) end
  assert(shell.make_folder(folder .. "/" .. artifact.base))
  local result, errors = M.fill(path, folder .. "/" .. artifact.base, options)
  local ok = result ~= nil
  if ok and archive then
    ok, why = pack(folder, artifact.base, to)
  elseif ok then
    shell.capture("chmod 755 " .. shell.quote(folder .. "/" .. artifact.base))
    ok, why = os.rename(folder .. "/" .. artifact.base, to)
  end
  shell.remove_folder(folder)
  if not result then return nil, errors end
  if not ok then return fail(1, why) end
  result.path = to
  return result
end

return M

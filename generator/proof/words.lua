-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- The words of build.lua that prove things: attest, bundle, diff, verify. What they share with the other
-- words (how errors and results are printed) they get from generator/cli.lua.

local shell = require("generator.toolchain.shell")

local M = {}

local function signers_of(parser)
  parser:option("--signers", "Whose signature counts: allowed_signers of OpenSSH, or a public key of OpenSSH or "
    .. "minisign. Without it a signature is only compared with what it signs."):argname("FILE")
  parser:flag("--require-signature", "Refuse what is not signed by one of the signers.")
end

local function archive_of(parser)
  parser:option("--archive", "The archive, where a stamp, tag or name is given (default: archive)."):argname("PLACE")
end

-- `act` with the paths of what `names` mean, which are given back whatever happens.
local function with_artifacts(names, options, act)
  local open, paths = {}, {}
  for i, name in ipairs(names) do
    local one, errors = require("generator.proof.reference").open(name, options)
    if not one then
      for _, before in ipairs(open) do before.remove() end
      return nil, errors
    end
    open[i], paths[i] = one, one.path
  end
  local result, errors = act(table.unpack(paths))
  for _, one in ipairs(open) do one.remove() end
  return result, errors
end

local function signature_line(signature)
  if not signature then return nil end
  local by = signature.principal and signature.principal .. ", " .. signature.key or signature.key
  return signature.checked and "signed by " .. by
    or string.format("signed with %s; whether to trust that key is not checked (--signers FILE)", by)
end

-- Verifies one artifact and says so: what is printed of it as JSON, or nil and errors.
local function verified(arguments, name, root, say, objects)
  local report, errors = with_artifacts({ name }, { archive = arguments.archive, root = root }, function(path)
    return require("generator.proof.verify").artifact(path, { jobs = arguments.jobs, say = say, objects = objects,
      deep = arguments.deep, data = arguments.data, work = arguments.work, signers = arguments.signers,
      require = arguments.require_signature })
  end)
  if not report then return nil, errors end
  local line = signature_line(report.signature)
  if line then say(line) end
  say(string.format("%s: verified, all %d bytes are the same; stamp %s", name, report.size, report.stamp))
  if report.weights then say("trained again, the weights are the same: SHA-256 " .. report.weights) end
  return { file = name, stamp = report.stamp, sha256 = report.sha256, size = report.size, members = report.members,
    signature = report.signature or nil, weights = report.weights }
end

--- The words, given { exit, printer, finish, complain, whole } of generator/cli.lua.
function M.make(shared)
  local exit, printer, finish, complain = shared.exit, shared.printer, shared.finish, shared.complain
  local words = {}

  words.attest = {
    summary = "Writes beside an executable what proves it: components (CycloneDX), provenance of build and training "
      .. "(in-toto, SLSA), the digests of it all, and a signature over them.",
    options = function(parser)
      parser:argument("file", "The executable.")
      parser:option("--work", "Folder of runs: the training whose weights lie there is stated as well."):argname("DIR")
      parser:option("--sign", "Sign with this Ed25519 key, of OpenSSH (ssh-keygen) or minisign."):argname("KEY")
      parser:flag("--with-toolchain", "Record the Debian packages that the build needs.")
      parser:flag("--json", "Print one JSON object as the last line.")
    end,
    run = function(arguments)
      local done, errors = require("generator.proof.attest").write(arguments.file, { work = arguments.work,
        sign = arguments.sign, with_toolchain = arguments.with_toolchain })
      if not done then return complain(arguments, errors) end
      local say = printer(arguments)
      say(string.format("%s: %d libraries, stamp %s", arguments.file, #done.libraries, done.stamp))
      for _, name in ipairs(done.members) do say("  " .. done.folder .. "/" .. name) end
      if #done.libraries.absent > 0 then
        say("not installed here, and needed only where they are used: " .. table.concat(done.libraries.absent, ", "))
      end
      if done.signature then say("signed: " .. done.signature.path) end
      return finish(arguments, exit.good, { base = done.base, stamp = done.stamp, sha256 = done.sha256,
        members = shared.list(done.members), libraries = #done.libraries, training = done.training,
        signature = done.signature and done.signature.path or nil })
    end,
  }

  words.bundle = {
    summary = "Packs an executable with its shared libraries, their loader and a launcher: it then needs nothing of "
      .. "a system but the kernel.",
    options = function(parser)
      parser:argument("file", "The executable.")
      parser:option("--to", "A folder that is not there yet, or an archive FILE.tar.zst; beside the executable "
        .. "otherwise."):argname("PATH")
      parser:option("--sign", "Sign with this Ed25519 key, of OpenSSH (ssh-keygen) or minisign."):argname("KEY")
      parser:flag("--json", "Print one JSON object as the last line.")
    end,
    run = function(arguments, root)
      local done, errors = require("generator.proof.bundle").write(arguments.file, arguments.to, { root = root,
        sign = arguments.sign })
      if not done then return complain(arguments, errors) end
      local say, names, bytes = printer(arguments), {}, 0
      for i, one in ipairs(done.libraries) do
        names[i], bytes = one.soname, bytes + one.size
      end
      say(string.format("%s: with %d libraries of %.1f MiB", done.path, #done.libraries, bytes / (1 << 20)))
      say(done.path:find("%.tar%.zst$") and string.format("unpacked, %s/%s starts it", done.base, done.name)
        or string.format("%s/%s starts it", done.path, done.name))
      return finish(arguments, exit.good, { path = done.path, base = done.base, name = done.name, stamp = done.stamp,
        members = done.members, libraries = shared.list(names) })
    end,
  }

  words.diff = {
    summary = "Explains what is different between two executables (or restored folders): spec, data, code, kernels, "
      .. "libraries, toolchain, metrics.",
    options = function(parser)
      parser:argument("a", "An executable, a folder with one that was restored, or a stamp, tag or name of the "
        .. "archive.")
      parser:argument("b", "The other.")
      archive_of(parser)
      parser:option("--work", "Folder of runs: the metrics of both are compared as well."):argname("DIR")
      signers_of(parser)
      parser:flag("--json", "Print one JSON object as the last line.")
    end,
    run = function(arguments, root)
      local report, errors = with_artifacts({ arguments.a, arguments.b }, { archive = arguments.archive, root = root },
        function(a, b)
          return require("generator.proof.diff").compare(a, b, { work = arguments.work, signers = arguments.signers,
            require = arguments.require_signature })
        end)
      if not report then return complain(arguments, errors) end
      local say = printer(arguments)
      for _, line in ipairs(require("generator.proof.diff_text").lines(report)) do say(line) end
      return finish(arguments, exit.good, report)
    end,
  }

  words.verify = {
    summary = "Builds an executable again from what it carries, and compares every byte. This runs the "
      .. "generator that the file carries: verify what you would also run.",
    options = function(parser)
      parser:argument("file", "The executable, a folder with one that was restored, or a stamp, tag or name of the "
        .. "archive; what several of them compile alike is compiled once."):args("+")
      archive_of(parser)
      parser:option("--jobs", "Compilations at once."):argname("N"):convert(shared.whole)
      parser:flag("--deep", "Also train again, and compare the weights with those recorded.")
      parser:option("--data", "The data for --deep, where it is not where the spec says."):argname("DIR")
      parser:option("--work", "Folder for --deep to train in; a temporary one otherwise."):argname("DIR")
      signers_of(parser)
      parser:flag("--json", "Print one JSON object as the last line.")
    end,
    run = function(arguments, root)
      local say = printer(arguments)
      if #arguments.file == 1 then
        local result, errors = verified(arguments, arguments.file[1], root, say)
        if not result then return complain(arguments, errors) end
        return finish(arguments, exit.good, result)
      end
      local objects, why = shell.temporary_folder(os.getenv("TMPDIR") or "/tmp")
      if not objects then return complain(arguments, { status = exit.failed, why }) end
      local results, status = shared.list {}, exit.good
      for i, name in ipairs(arguments.file) do
        local result, errors = verified(arguments, name, root, say, shell.real_path(objects))
        for _, line in ipairs(errors or {}) do io.stderr:write(line, "\n") end
        results[i] = result or { file = name, errors = shared.list(table.move(errors, 1, #errors, 1, {})),
          exit_code = errors.status }
        if status == exit.good and not result then status = errors.status end
      end
      shell.remove_folder(objects)
      return finish(arguments, status, { artifacts = results })
    end,
  }

  return words
end

return M

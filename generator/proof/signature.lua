-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Signatures with a user's own Ed25519 key, made and checked by the tool the key belongs to:
--   OpenSSH   ssh-keygen -Y sign, namespace "ingot"; FILE.sig (PROTOCOL.sshsig). The key may be
--             encrypted, or a public key whose private half is in an agent.
--   minisign  minisign -S; FILE.minisig. The trusted comment is fixed: no time, no file name.
-- Ed25519 signs the same bytes the same way, so a signature is as reproducible as what it is over.
--
-- Who may sign is a file: OpenSSH's allowed_signers (ssh-keygen(1)), an OpenSSH public key, or a
-- minisign public key; which of them, its first lines tell.

local base64 = require("generator.base.base64")
local files = require("generator.base.files")
local shell = require("generator.toolchain.shell")

local M = { namespace = "ingot" }

M.endings = { ssh = ".sig", minisign = ".minisig" }

local COMMENT = "ingot artifact"

local CHANGED = "the signature is not of these bytes: something was changed after signing"

-- Packages that bring the tools.
local tools = { ssh = { "ssh-keygen", "openssh-client" }, minisign = { "minisign", "minisign" } }

local function need(kind)
  local _, status = shell.capture("command -v " .. tools[kind][1])
  if status == 0 then return true end
  return nil, string.format("%s is not installed (package %s)", tools[kind][1], tools[kind][2])
end

-- Runs a tool that may ask for a pass phrase: on the terminal, which capture would not give it.
local function run(words, input)
  local errors = os.tmpname()
  local command = string.format("{ %s %s %s >/dev/null; } 2>%s", "LC_ALL=C", shell.command(words), input or "",
    shell.quote(errors))
  local _, _, status = os.execute(command)
  local said = (files.read(errors) or ""):gsub("\n+$", "")
  os.remove(errors)
  return status == 0, said:match("([^\n]*)$")
end

-- OpenSSH tells the type of a private key only by its public half.
local function is_ed25519(path)
  local output, status = shell.capture("ssh-keygen -l -f " .. shell.quote(path), true)
  if status ~= 0 then return nil, path .. ": not a key that ssh-keygen reads" end
  if not output:find("ED25519", 1, true) then return nil, path .. ": not an Ed25519 key" end
  return true
end

--- "ssh" or "minisign" for a file that holds a private key (or an OpenSSH public key, whose private half
--- an agent has), or nil and why.
function M.kind_of_key(path)
  local text, why = files.read(path)
  if not text then return nil, why end
  -- a secret key is 158 bytes, a public one 42
  local coded = text:match("^untrusted comment:[^\n]*\n(RW%S+)")
  if coded and #coded > 150 then return "minisign" end
  if coded then return nil, path .. ": a public key of minisign: signing needs the secret one" end
  if text:find("-----BEGIN OPENSSH PRIVATE KEY-----", 1, true) or text:find("^ssh%-ed25519 ")
    or text:find("^sk%-ssh%-ed25519@openssh.com ") then
    local ok
    ok, why = need "ssh"
    if ok then ok, why = is_ed25519(path) end
    if not ok then return nil, why end
    return "ssh"
  end
  if text:find("^ssh%-") or text:find("^ecdsa%-") then return nil, path .. ": not an Ed25519 key" end
  return nil, path .. ": neither an OpenSSH key (ssh-keygen -t ed25519) nor a minisign key (minisign -G)"
end

--- Signs the file at `path` with the key at `key`; the signature lies beside it. Returns its path and kind,
--- or nil and why.
function M.sign(path, key)
  local kind, why = M.kind_of_key(key)
  if not kind then return nil, why end
  local ok
  ok, why = need(kind)
  if not ok then return nil, why end
  local to = path .. M.endings[kind]
  for _, ending in pairs(M.endings) do os.remove(path .. ending) end
  local said
  if kind == "ssh" then
    ok, said = run { "ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", M.namespace, path }
  else
    ok, said = run { "minisign", "-S", "-s", key, "-m", path, "-x", to, "-t", COMMENT, "-c", COMMENT }
  end
  if not ok or not files.exists(to) then
    os.remove(to)
    return nil, string.format("%s: could not sign: %s", key, said ~= "" and said or tools[kind][1] .. " says nothing")
  end
  return to, kind
end

-- A file of signers as { kind, path } with `temporary` where a list was made of a plain public key.
local function signers_of(path)
  local text, why = files.read(path)
  if not text then return nil, why end
  if text:find("^untrusted comment:[^\n]*\nRW") then return { kind = "minisign", path = path } end
  if text:find("^%s*ssh%-ed25519 ") or text:find("^%s*sk%-ssh%-ed25519@openssh.com ") then
    local temporary, lines = os.tmpname(), {}
    for line in text:gmatch("[^\n]+") do lines[#lines + 1] = "* " .. line end
    assert(files.write(temporary, table.concat(lines, "\n") .. "\n"))
    return { kind = "ssh", path = temporary, temporary = true }
  end
  for line in text:gmatch("[^\n]+") do
    if line:find("^[^#%s]+%s.*ssh%-ed25519") then return { kind = "ssh", path = path } end
  end
  return nil, path .. ": no list of signers: neither allowed_signers nor a public key of OpenSSH or minisign"
end

local function check_ssh(path, signature, signers)
  local input = "<" .. shell.quote(path)
  local output, status = shell.capture(string.format("ssh-keygen -Y check-novalidate -n %s -s %s %s", M.namespace,
    shell.quote(signature), input), true)
  local key = output:match("key (SHA256:%S+)")
  if status ~= 0 or not key then return nil, CHANGED end
  local report = { kind = "ssh", key = key, checked = false }
  if not signers then return report end
  output, status = shell.capture(string.format("ssh-keygen -Y find-principals -f %s -s %s", shell.quote(signers.path),
    shell.quote(signature)))
  local principal = output:match("[^\n]+")
  if status ~= 0 or not principal then
    return nil, "signed with the key " .. key .. ", which is not among the allowed signers"
  end
  -- allowed_signers may bind a principal to a namespace or a time: verify knows
  local said
  said, status = shell.capture(string.format("ssh-keygen -Y verify -f %s -I %s -n %s -s %s %s",
    shell.quote(signers.path), shell.quote(principal), M.namespace, shell.quote(signature), input), true)
  if status ~= 0 then
    return nil, string.format("signed with the key %s, which the list of signers does not allow to sign this (%s)", key,
      said:match("[^\n]+") or "")
  end
  report.checked, report.principal = true, not signers.temporary and principal or nil
  return report
end

-- The number of the key of a signature or public key, as minisign prints it: bytes 3 to 10, the last first.
local function key_number(text)
  local coded = text and text:match("^[^\n]*\n(%S+)")
  local bytes = coded and base64.decode(coded)
  return bytes and #bytes >= 10 and string.format("%016X", (string.unpack("<I8", bytes, 3))) or nil
end

local function check_minisign(path, signature, signers)
  local number = key_number(files.read(signature))
  local key = "minisign key " .. (number or "?")
  if not signers then return { kind = "minisign", key = key, checked = false } end
  local _, status = shell.capture(string.format("minisign -V -q -p %s -m %s -x %s", shell.quote(signers.path),
    shell.quote(path), shell.quote(signature)), true)
  if status == 0 then return { kind = "minisign", key = key, checked = true } end
  local allowed = key_number(files.read(signers.path))
  if number and allowed and number ~= allowed then
    return nil, string.format("signed with the %s, the allowed one is %s", key, allowed)
  end
  return nil, CHANGED
end

--- The signature that lies beside `path`, or nil: its path and kind.
function M.find(path)
  for _, kind in ipairs { "ssh", "minisign" } do
    if files.exists(path .. M.endings[kind]) then return path .. M.endings[kind], kind end
  end
end

--- Checks the signature beside `path`. `options`: signers (path of a file), require. Returns
--- { kind, key, checked (against signers), principal }, or false where there is none and none is asked for, or
--- nil and why.
function M.check(path, options)
  local found, kind = M.find(path)
  if not found then
    if options.require or options.signers then return nil, "is not signed, and a signature is required" end
    return false
  end
  if options.require and not options.signers then
    return nil, "a signature is required, but nobody is named whose signature counts (--signers FILE)"
  end
  local ok, why = need(kind)
  if not ok then return nil, why end
  local signers
  if options.signers then
    signers, why = signers_of(options.signers)
    if not signers then return nil, why end
  end
  local report
  if signers and signers.kind ~= kind then
    why = string.format("is signed with %s, the allowed signers are of %s", kind == "ssh" and "OpenSSH" or "minisign",
      signers.kind == "ssh" and "OpenSSH" or "minisign")
  else
    report, why = (kind == "ssh" and check_ssh or check_minisign)(path, found, signers)
  end
  if signers and signers.temporary then os.remove(signers.path) end
  return report, why
end

return M

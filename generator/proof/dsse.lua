-- Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
--
-- Signatures of statements in DSSE v1 envelopes, for tools that know in-toto and nothing of Ingot: plain
-- Ed25519 (RFC 8032) over the pre-authentication encoding. Neither ssh-keygen nor minisign makes such a
-- signature, so the private key is read here, from an OpenSSH file (PROTOCOL.key) without a pass phrase,
-- and handed to OpenSSL through a pipe: it is in no file and on no command line. Keys of other kinds
-- (with a pass phrase, in an agent, minisign's) make no envelope; their signature over the list of
-- digests covers the statements.

local base64 = require("generator.base.base64")
local files = require("generator.base.files")
local provenance = require("generator.proof.provenance")
local sha256 = require("generator.toolchain.sha256")
local shell = require("generator.toolchain.shell")

local M = {}

-- RFC 8410, section 7: PKCS #8 of an Ed25519 key, up to its 32 bytes.
local PKCS8 = "\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"

-- { seed, public (the blob that fingerprints are of) } of an OpenSSH private key, or nil.
local function read_key(text)
  local body = text:match("%-%-%-%-%-BEGIN OPENSSH PRIVATE KEY%-%-%-%-%-\n(.-)%-%-%-%-%-END")
  local blob = body and base64.decode(body)
  if not blob or blob:sub(1, 15) ~= "openssh-key-v1\0" then return nil end
  local ok, seed, public = pcall(function()
    local cipher, _, _, count, public, private = string.unpack(">s4s4s4I4s4s4", blob, 16)
    if cipher ~= "none" or count ~= 1 then return nil end
    local check, again, kind, _, secret = string.unpack(">I4I4s4s4s4", private)
    if check ~= again or kind ~= "ssh-ed25519" or #secret ~= 64 then return nil end
    return secret:sub(1, 32), public
  end)
  return ok and seed and { seed = seed, public = public } or nil
end

local function fingerprint(public)
  local bytes = sha256.text(public):gsub("%x%x", function(h) return string.char(tonumber(h, 16)) end)
  return "SHA256:" .. base64.encode(bytes):gsub("=", "")
end

--- The envelope of a payload signed with the OpenSSH key at `path`; false where that key cannot make one; nil and
--- why where it should have.
function M.sign(payload, path)
  local key = read_key(files.read(path) or "")
  if not key then return false end
  local folder, why = shell.temporary_folder(os.getenv("TMPDIR") or "/tmp")
  if not folder then return nil, why end
  assert(files.write(folder .. "/in", provenance.to_sign(payload)))
  local pipe = assert(io.popen(string.format("openssl pkeyutl -sign -rawin -inkey /dev/stdin -in %s -out %s 2>%s",
    shell.quote(folder .. "/in"), shell.quote(folder .. "/out"), shell.quote(folder .. "/errors")), "w"))
  pipe:write("-----BEGIN PRIVATE KEY-----\n", base64.encode(PKCS8 .. key.seed), "\n-----END PRIVATE KEY-----\n")
  local _, _, status = pipe:close()
  local signature, said = files.read(folder .. "/out"), files.read(folder .. "/errors") or ""
  shell.remove_folder(folder)
  if status ~= 0 or not signature or #signature ~= 64 then
    return nil, "openssl could not sign the statement (package openssl): " .. (said:match("[^\n]+") or "")
  end
  return provenance.envelope(payload, fingerprint(key.public), signature)
end

return M

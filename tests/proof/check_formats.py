# Copyright 2026 The Ingot authors. SPDX-License-Identifier: Apache-2.0
"""Reads what `attest` wrote with the tools of the formats' own projects.

check_formats.py BASE PUBLIC_KEY: BASE.cdx.json against CycloneDX's schema, BASE.provenance.json and
BASE.training.json (where it is there) as in-toto statements with SLSA provenance, and the envelopes of
BASE.intoto.jsonl (where it is there) against the OpenSSH public key. Prints "ok", or what is wrong;
exit code 77 where a module is missing.
"""
import json
import os
import sys

try:
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator
    from google.protobuf import json_format
    from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
    from in_toto_attestation.v1 import statement_pb2
    from in_toto_attestation.v1.statement import Statement
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import SSlibKey
except ImportError as missing:
    print(missing)
    sys.exit(77)

base, public = sys.argv[1:3]

with open(base + ".cdx.json", encoding="utf-8") as file:
    wrong = JsonStrictValidator(SchemaVersion.V1_5).validate_str(file.read())
if wrong:
    sys.exit(f"components: {wrong}")


def check_statement(value):
    statement = json_format.ParseDict(value, statement_pb2.Statement())
    Statement.copy_from_pb(statement).validate()
    json_format.ParseDict(value["predicate"], provenance_pb2.Provenance())


statements = []
for kind in ("provenance", "training"):
    if os.path.exists(f"{base}.{kind}.json"):
        with open(f"{base}.{kind}.json", encoding="utf-8") as file:
            statements.append(file.read())
        check_statement(json.loads(statements[-1]))

if os.path.exists(base + ".intoto.jsonl"):
    with open(public, "rb") as file:
        raw = load_ssh_public_key(file.read()).public_bytes_raw()
    with open(base + ".intoto.jsonl", encoding="utf-8") as file:
        lines = file.read().splitlines()
    if len(lines) != len(statements):
        sys.exit(f"{len(lines)} envelopes of {len(statements)} statements")
    for line, text in zip(lines, statements):
        value = json.loads(line)
        keyid = value["signatures"][0]["keyid"]
        envelope = Envelope.from_dict(value)
        if envelope.payload.decode() != text:
            sys.exit("an envelope holds another statement than the one beside it")
        envelope.verify([SSlibKey(keyid, "ed25519", "ed25519", {"public": raw.hex()})], 1)
print("ok")

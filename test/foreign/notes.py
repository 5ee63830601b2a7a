"""A verifier of signed notes that shares no code with Heartwood: Python's standard library and python3-cryptography.

    notes.py NOTE-FILE VKEY...

Every key given must have signed, and rightly: type 1 (Ed25519 over the text) or 4 (cosignature/v1 with a time), as
c2sp.org/signed-note and c2sp.org/tlog-cosignature say. It says REFUSED and why, or who signed.
"""
import base64
import hashlib
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Refused(Exception):
    pass


def parse_key(vkey):
    name, key_id, encoded = vkey.split("+", 2)
    key = base64.b64decode(encoded, validate=True)
    if len(key) != 33 or key[0] not in (1, 4):
        raise Refused(f"{name} has no key of type 1 or 4")
    digest = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    if digest.hex() != key_id:
        raise Refused(f"{name} has another key id")
    return name, digest, key[0], key[1:]


def parse_note(note):
    text, found, lines = note.rpartition("\n\n")
    if not found or not lines.endswith("\n"):
        raise Refused("no blank line before the signatures")
    signatures = []
    for line in lines[:-1].split("\n"):
        dash, name, encoded = line.split(" ")
        raw = base64.b64decode(encoded, validate=True)
        if dash != "\u2014" or base64.b64encode(raw).decode() != encoded:
            raise Refused("a line that is no signature")
        signatures.append((name, raw[:4], raw[4:]))
    return text + "\n", signatures


def verify(text, signatures, key):
    name, key_id, kind, public = key
    ours = [raw for other, other_id, raw in signatures if other == name and other_id == key_id]
    if not ours:
        raise Refused(f"{name} has not signed")
    for raw in ours:
        message = text.encode()
        if kind == 4:
            message = b"cosignature/v1\ntime %d\n" % int.from_bytes(raw[:8], "big") + message
            raw = raw[8:]
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(raw, message)
        except InvalidSignature:
            raise Refused(f"the signature of {name} is wrong") from None


def main(path, vkeys):
    with open(path, "rb") as file:
        text, signatures = parse_note(file.read().decode("utf-8", "strict"))
    for vkey in vkeys:
        verify(text, signatures, parse_key(vkey))
    return f"accepted: {len(vkeys)} signatures"


if __name__ == "__main__":
    try:
        print(main(sys.argv[1], sys.argv[2:]))
    except (Refused, ValueError) as refused:
        print(f"REFUSED: {refused}")
        sys.exit(1)

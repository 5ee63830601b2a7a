"""A verifier of logs that shares no code with Heartwood: Python's standard library and python3-cryptography.

    log.py FOLDER LOG-VKEY VKEY...

FOLDER/log is the log as files (c2sp.org/tlog-tiles), FOLDER/proofs/N.tlog-proof are proofs of single entries. Keys of
type 1 are hubs', one of which must have signed each entry; keys of type 4 are witnesses', which must all have cosigned.
Every tile is derived again from the entries, by RFC 6962 as it is written. It says REFUSED and why, or what it checked.
"""
import base64
import hashlib
import os
import re
import sys

from notes import Refused, parse_key, parse_note, verify


def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of(hashes):
    """MTH of RFC 6962 section 2.1, over leaf hashes."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return node_hash(root_of(hashes[:split]), root_of(hashes[split:]))


def read(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


def open_checkpoint(note, keys):
    text, signatures = parse_note(note)
    for key in keys:
        verify(text, signatures, key)
    lines = text.split("\n")
    if len(lines) != 4 or lines[0] != keys[0][0] or not re.fullmatch("0|[1-9][0-9]*", lines[1]):
        raise Refused("checkpoint: not the three lines of this log")
    return int(lines[1]), base64.b64decode(lines[2], validate=True)


def tile_path(level, number, width):
    text = f"{number % 1000:03}"
    while number >= 1000:
        number //= 1000
        text = f"x{number % 1000:03}/{text}"
    return f"tile/{level}/{text}" + (f".p/{width}" if width < 256 else "")


def read_entries(log, size):
    for number in range((size + 255) // 256):
        width = min(256, size - number * 256)
        path = tile_path("entries", number, width)
        bundle = read(log, path)
        for _ in range(width):
            length = int.from_bytes(bundle[:2], "big")
            if len(bundle) < 2 + length or length == 0:
                raise Refused(f"{path} ends within its entry")
            yield bundle[2 : 2 + length]
            bundle = bundle[2 + length :]
        if bundle:
            raise Refused(f"{path} has more than {width} entries")


def check_tiles(log, hashes):
    checked, level = 0, 0
    while hashes:
        for number in range((len(hashes) + 255) // 256):
            tile = hashes[number * 256 : number * 256 + 256]
            path = tile_path(level, number, len(tile))
            if read(log, path) != b"".join(tile):
                raise Refused(f"{path} is not what the entries give")
            checked += 1
        full = len(hashes) // 256
        hashes = [root_of(hashes[n * 256 : n * 256 + 256]) for n in range(full)]
        level += 1
    return checked


def check_inclusion(leaf, index, size, path):
    """The root that a path leads to, RFC 9162 section 2.1.3.2."""
    last = size - 1
    root = leaf
    for sibling in path:
        if last == 0:
            raise Refused("the path is too long")
        if index & 1 or index == last:
            root = node_hash(sibling, root)
            while not index & 1 and index:
                index >>= 1
                last >>= 1
        else:
            root = node_hash(root, sibling)
        index >>= 1
        last >>= 1
    if last:
        raise Refused("the path is too short")
    return root


def check_proof(text, hashes, keys):
    head, found, note = text.partition("\n\n")
    lines = head.split("\n")
    if not found or lines[0] != "c2sp.org/tlog-proof@v1" or not lines[1].startswith("index "):
        raise Refused("not a tlog-proof")
    index = int(lines[1][6:])
    size, root = open_checkpoint(note, keys)
    path = [base64.b64decode(line, validate=True) for line in lines[2:]]
    if index >= size or check_inclusion(hashes[index], index, size, path) != root:
        raise Refused("the path does not lead to the root")


def main(folder, log_key, others):
    log = os.path.join(folder, "log")
    keys = [parse_key(vkey) for vkey in others]
    hubs = [key for key in keys if key[2] == 1]
    signers = [parse_key(log_key)] + [key for key in keys if key[2] == 4]
    size, root = open_checkpoint(read(log, "checkpoint").decode("utf-8", "strict"), signers)
    hashes = []
    for number, entry in enumerate(read_entries(log, size)):
        text, signatures = parse_note(entry.decode("utf-8", "strict"))
        signed = [hub for hub in hubs if any(hub[:2] == line[:2] for line in signatures)]
        if not signed:
            raise Refused(f"entry {number}: no hub has signed")
        for hub in signed:
            verify(text, signatures, hub)
        hashes.append(leaf_hash(entry))
    if root_of(hashes) != root:
        raise Refused("the entries do not have the root that the checkpoint signs")
    tiles = check_tiles(log, hashes)
    proofs = sorted(os.listdir(os.path.join(folder, "proofs")))
    for name in proofs:
        try:
            check_proof(read(folder, "proofs", name).decode("utf-8", "strict"), hashes, signers)
        except Refused as refused:
            raise Refused(f"{name}: {refused}") from None
    return f"accepted: {size} entries, {tiles} tiles, {len(proofs)} proofs"


if __name__ == "__main__":
    try:
        print(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
    except (Refused, ValueError) as refused:
        print(f"REFUSED: {refused}")
        sys.exit(1)

"""Reads .ots files with python3-opentimestamps, which shares no code with Heartwood.

timestamps.py read FILE...   for each file a line of JSON: its digest, whether it is written again byte for byte, and what
                             attests it: pending calendars, and Bitcoin blocks with the Merkle root that they must have.
timestamps.py header FILE HEADER   whether the Bitcoin attestation holds by an 80-byte header: its time in seconds.
timestamps.py make FOLDER    writes a dozen files of its own making, named by their digest.
"""

import hashlib
import json
import sys

from bitcoin.core import CBlockHeader
from opentimestamps.core.notary import BitcoinBlockHeaderAttestation, PendingAttestation
from opentimestamps.core.op import OpAppend, OpPrepend, OpSHA256
from opentimestamps.core.serialize import (
    BytesDeserializationContext,
    BytesSerializationContext,
)
from opentimestamps.core.timestamp import DetachedTimestampFile, Timestamp, cat_sha256, make_merkle_tree


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    return data, DetachedTimestampFile.deserialize(BytesDeserializationContext(data))


def written(detached):
    context = BytesSerializationContext()
    detached.serialize(context)
    return context.getbytes()


def describe(path):
    data, detached = read(path)
    attested = list(detached.timestamp.all_attestations())
    return {
        "digest": detached.file_digest.hex(),
        "same": written(detached) == data,
        "pending": sorted(a.uri for _, a in attested if isinstance(a, PendingAttestation)),
        "bitcoin": sorted([a.height, m.hex()] for m, a in attested if isinstance(a, BitcoinBlockHeaderAttestation)),
    }


def check_header(path, header_path):
    _, detached = read(path)
    with open(header_path, "rb") as file:
        header = CBlockHeader.deserialize(file.read())
    return [
        a.verify_against_blockheader(m, header)
        for m, a in detached.timestamp.all_attestations()
        if isinstance(a, BitcoinBlockHeaderAttestation)
    ]


def make(folder):
    for n in range(12):
        digest = hashlib.sha256(b"made %d" % n).digest()
        stamp = Timestamp(digest)
        left = stamp.ops.add(OpAppend(bytes([n]) * (n + 1))).ops.add(OpSHA256())
        right = stamp.ops.add(OpPrepend(b"\x00" * (n + 1)))
        left.attestations.add(PendingAttestation("https://a.example/%d" % n))
        left.attestations.add(PendingAttestation("https://b.example"))
        if n % 2:
            tip = make_merkle_tree([right] + [Timestamp(hashlib.sha256(b"%d" % i).digest()) for i in range(n)])
            root = tip.ops.add(OpSHA256())
            root.attestations.add(BitcoinBlockHeaderAttestation(800000 + n))
            root.attestations.add(BitcoinBlockHeaderAttestation(2 * n))
        else:
            cat_sha256(right, Timestamp(b"x" * 200)).attestations.add(PendingAttestation("https://c.example"))
        with open("%s/%s.ots" % (folder, digest.hex()), "wb") as file:
            file.write(written(DetachedTimestampFile(OpSHA256(), stamp)))


try:
    if sys.argv[1] == "make":
        make(sys.argv[2])
    elif sys.argv[1] == "header":
        print(json.dumps(check_header(sys.argv[2], sys.argv[3])))
    else:
        for name in sys.argv[2:]:
            print(json.dumps(describe(name)))
except Exception as error:
    print("REFUSED: %s: %s" % (type(error).__name__, error))
    sys.exit(1)

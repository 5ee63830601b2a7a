// SenML packs in CBOR (RFC 8428 section 6), written by hand: numbers as doubles, labels as its table 6 numbers them.

export type SenmlPack = readonly Readonly<Record<string, string | number>>[];

const LABELS: Readonly<Record<string, number>> = { bn: -2, bt: -3, n: 0, u: 1, v: 2, vs: 3, t: 6 };

/** The pack's bytes. @throws for a label that it does not know */
export function senmlCbor(pack: SenmlPack): Uint8Array {
  return Buffer.concat([head(4, pack.length), ...pack.map(record)]);
}

function record(fields: SenmlPack[number]): Buffer {
  const entries = Object.entries(fields);
  const written = entries.map(([label, value]) => {
    const number = LABELS[label];
    if (number === undefined) throw new Error(`no label ${label}`);
    return Buffer.concat([number < 0 ? head(1, -1 - number) : head(0, number), item(value)]);
  });
  return Buffer.concat([head(5, entries.length), ...written]);
}

function item(value: string | number): Buffer {
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return Buffer.concat([head(3, text.length), text]);
  }
  const double = Buffer.alloc(9, 0xfb);
  double.writeDoubleBE(value, 1);
  return double;
}

/** Major type and a count of up to 255 (RFC 8949 section 3). */
function head(major: number, count: number): Buffer {
  return count < 24 ? Buffer.of((major << 5) | count) : Buffer.of((major << 5) | 24, count);
}

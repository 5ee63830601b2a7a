// Looking for what must not be there: every way in which a name or a number could stand readable in a file, and the
// places where one does. Needles are at least five bytes long, or chance alone would find them in ciphertext.

export type Needle = { readonly what: string; readonly bytes: Buffer };

const NEEDLE_LEAST_BYTES = 5;

const needle = (what: string, bytes: Uint8Array | string): Needle => {
  const held = Buffer.from(bytes as Uint8Array);
  if (held.length < NEEDLE_LEAST_BYTES) throw new Error(`${what} is too short to be looked for`);
  return { what, bytes: held };
};

/** A text in UTF-8, UTF-16 of both orders, hex, base64 at each of its three offsets, in JSON's escapes, and reversed. */
export function textNeedles(text: string): Needle[] {
  const utf8 = Buffer.from(text, 'utf8');
  const utf16 = Buffer.from(text, 'utf16le');
  const escaped = [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
  const base64 = [0, 1, 2].map((offset) => {
    const whole = Buffer.concat([Buffer.alloc(offset), utf8]).toString('base64');
    // The letters at both ends share bits with their neighbours.
    return whole.slice(offset === 0 ? 0 : offset + 1, -4);
  });
  return [
    needle(`"${text}"`, utf8),
    needle(`"${text}" in UTF-16LE`, utf16),
    needle(`"${text}" in UTF-16BE`, Buffer.from(utf16).swap16()),
    needle(`"${text}" in hex`, utf8.toString('hex')),
    needle(`"${text}" in JSON escapes`, escaped),
    needle(`"${text}" reversed`, Buffer.from(utf8).reverse()),
    ...base64.flatMap((letters, offset) =>
      letters.length < NEEDLE_LEAST_BYTES ? [] : needle(`"${text}" in base64 at offset ${offset}`, letters),
    ),
  ];
}

/** A number in decimals, as a double, as an integer of 64 bits, and as CBOR and SQLite write it. */
export function numberNeedles(value: number): Needle[] {
  const bytes = Buffer.alloc(16);
  const of = (what: string, length: number): Needle => needle(`${value} ${what}`, bytes.subarray(0, length));
  const found: Needle[] = [];
  // Five digits stand in a log by chance.
  if (String(value).length > 5) found.push(...textNeedles(String(value)).slice(0, 3));
  bytes.writeDoubleBE(value);
  found.push(of('as a double', 8));
  bytes.writeDoubleLE(value);
  found.push(of('as a double, little end first', 8));
  if (!Number.isSafeInteger(value)) return found;
  bytes.writeBigInt64BE(BigInt(value));
  found.push(of('as 64 bits', 8));
  bytes.writeBigInt64LE(BigInt(value));
  found.push(of('as 64 bits, little end first', 8));
  if (value > 0xffff && value <= 0xffff_ffff) {
    bytes[0] = 0x1a;
    bytes.writeUInt32BE(value, 1);
    found.push(of('in CBOR', 5));
  }
  return found;
}

/** A run of samples: 16 and 32 bits in both orders, decimals, and the differences from one to the next. */
export function sampleNeedles(samples: readonly number[]): Needle[] {
  const steps = samples.slice(1).map((sample, i) => sample - (samples[i] as number));
  return [['samples', samples] as const, ['differences of samples', steps] as const].flatMap(
    ([what, list]) => [
      needle(`${what} of 16 bits`, Buffer.from(Int16Array.from(list).buffer)),
      needle(`${what} of 16 bits, big end first`, Buffer.from(Int16Array.from(list).buffer).swap16()),
      needle(`${what} of 32 bits`, Buffer.from(Int32Array.from(list).buffer)),
      needle(`${what} of 32 bits, big end first`, Buffer.from(Int32Array.from(list).buffer).swap32()),
      needle(`${what} as text`, list.join(',')),
    ],
  );
}

/** What was found, and where. */
export function findNeedles(needles: readonly Needle[], places: ReadonlyMap<string, Uint8Array>): string[] {
  return [...places].flatMap(([place, bytes]) => {
    const hay = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return needles.filter((one) => hay.includes(one.bytes)).map(({ what }) => `${what} in ${place}`);
  });
}

/** Which of these hashes of 32 bytes stand anywhere: as bytes, in hex, or in base64, at whatever offset. */
export function findHashes(hashes: readonly Uint8Array[], places: ReadonlyMap<string, Uint8Array>): string[] {
  // Six bytes of each are looked up at every offset; what fits is compared whole.
  const byStart = new Map<number, Buffer[]>();
  for (const hash of hashes) {
    const held = Buffer.from(hash);
    const start = held.readUIntBE(0, 6);
    byStart.set(start, [...(byStart.get(start) ?? []), held]);
  }
  const found: string[] = [];
  const look = (bytes: Buffer, place: string): void => {
    for (let at = 0; at + 32 <= bytes.length; at++) {
      for (const hash of byStart.get(bytes.readUIntBE(at, 6)) ?? []) {
        if (hash.equals(bytes.subarray(at, at + 32))) found.push(`${hash.toString('hex')} in ${place}`);
      }
    }
  };
  for (const [place, bytes] of places) {
    const hay = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    look(hay, place);
    for (const [run] of hay.toString('latin1').matchAll(/[A-Za-z0-9+/]{43,}/g)) {
      for (let offset = 0; offset < 4; offset++)
        look(Buffer.from(run.slice(offset), 'base64'), `${place} (base64)`);
      for (let offset = 0; offset < 2; offset++)
        look(Buffer.from(run.slice(offset), 'hex'), `${place} (hex)`);
    }
  }
  return found;
}

// Hostile message bodies, by generator: each takes chance from one seed and makes one body as a broken or wicked device
// would send it. Cheap on purpose: a million of them take seconds.

import type { Random } from '@heartwood/device-sim';
import { encodeMessageCbor, encodeMessageJson, KIND_NAMES, type Message } from '@heartwood/vitals';

export type Body = { readonly body: Uint8Array; readonly contentType?: string };
export type BodyGenerator = (random: Random, seq: number) => Body;

const pick = <T>(random: Random, all: readonly T[]): T => all[random.below(all.length)] as T;
const text = (value: string, contentType?: string): Body => ({
  body: Buffer.from(value),
  ...(contentType !== undefined && { contentType }),
});

const NOW_MS = Date.UTC(2026, 10, 21, 13);

function valid(random: Random, seq: number): Message {
  const at = NOW_MS - random.below(10_000);
  const value = 40 + random.below(1000) / 10;
  const spo2 = { at, measurement: { kind: 'spo2', value: 80 + random.below(20) } } as const;
  const heart = { at, measurement: { kind: 'heart-rate', value } } as const;
  return { seq, readings: random.chance(0.5) ? [heart] : [heart, spo2] };
}

const SENML: readonly string[] = [
  '[{"n":"seq","v":SEQ},{"n":"heart-rate","u":"beat/min","v":72}]',
  '[{"bn":"urn:dev:x:","n":"seq","v":SEQ},{"n":"spo2","u":"%","v":97,"t":-1},{"n":"body-temperature","u":"Cel","v":36.6}]',
  '[{"bt":1795262400,"n":"seq","v":SEQ},{"n":"blood-pressure/systolic","u":"kPa","v":16},{"n":"blood-pressure/diastolic","u":"kPa","v":10}]',
];

/** A few bytes changed, come or gone, a part doubled, or the end cut off. */
export function mutate(random: Random, body: Uint8Array): Uint8Array {
  const bytes = Array.from(body);
  for (let edits = 1 + random.below(4); edits > 0; edits--) {
    const at = random.below(bytes.length + 1);
    switch (random.below(6)) {
      case 0:
        bytes[at] = random.below(256);
        break;
      case 1:
        bytes.splice(at, 0, random.below(256));
        break;
      case 2:
        bytes.splice(at, 1 + random.below(3));
        break;
      case 3:
        bytes.splice(at, 0, ...bytes.slice(at, at + random.below(40)));
        break;
      case 4:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
        break;
      default:
        if (random.chance(0.2)) bytes.length = at;
        else bytes[at] = pick(random, [0, 0x22, 0x2c, 0x5b, 0x7b, 0x7f, 0x80, 0xc0, 0xf4, 0xff]);
    }
  }
  return Uint8Array.from(bytes, (byte) => byte ?? 0);
}

const NUMBERS: readonly string[] = [
  '0',
  '-0',
  '1e308',
  '1e309',
  '-1e400',
  '5e-324',
  '9007199254740991',
  '9007199254740993',
  '-9007199254740992',
  '18446744073709551616',
  '0.1',
  '72.00000000000001',
  '1E+2',
  '72.5',
  '299.9',
  '300',
  '300.1',
  '-1',
  'NaN',
  'Infinity',
  '0x48',
  '072',
  '.5',
  '5.',
  '"72"',
  'null',
  'true',
  '[]',
  '{}',
  '[72]',
  `1${'0'.repeat(400)}`,
  `0.${'9'.repeat(400)}`,
];
const UNITS: readonly string[] = [
  '/min',
  'beat/min',
  '%',
  'Cel',
  '[degF]',
  'degF',
  'kPa',
  'mm[Hg]',
  'mmol/L',
  'mg/dL',
  'kg',
  '[lb_av]',
  'm',
  '',
  ' ',
  'K',
  'hertz',
  'constructor',
  '__proto__',
  '%%',
  'CEL',
  'Mm[Hg]',
  '\u2103',
  '10*3',
  'a'.repeat(5000),
];
const CLOCKS: readonly number[] = [
  0,
  -1,
  1,
  86_400_000,
  NOW_MS,
  NOW_MS + 1,
  NOW_MS + 300_000,
  NOW_MS + 300_001,
  NOW_MS + 10 * 365 * 86_400_000,
  NOW_MS - 401 * 86_400_000,
  253_402_300_799_999,
  253_402_300_800_000,
  2 ** 53 - 1,
  2 ** 53,
  8.64e15,
  8.64e15 + 1,
  1_795_262_400,
  1.5,
  -62_135_596_800_000,
];
const TEXTS: readonly Buffer[] = [
  Buffer.from([0xff]),
  Buffer.from([0xc0, 0x80]),
  Buffer.from([0xed, 0xa0, 0x80]),
  Buffer.from([0xf4, 0x90, 0x80, 0x80]),
  Buffer.from([0xe2, 0x82]),
  Buffer.from([0xef, 0xbb, 0xbf]),
  Buffer.from('\u202e'),
  Buffer.from('\u0000'),
  Buffer.from('\\u0000'),
  Buffer.from('\\ud800'),
  Buffer.from('\\'),
  Buffer.from('"'),
  Buffer.from('\u2028'),
  Buffer.from('\u{1f4a9}'.repeat(50)),
  Buffer.from('__proto__'),
  Buffer.from('a\u0300'.repeat(100)),
];

/** CBOR items that claim more than they hold, nest without end, or never end. */
const CBOR_HEADS: readonly (readonly number[])[] = [
  [0xbf],
  [0x9f],
  [0x7f],
  [0x5f],
  [0xbb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x9b, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x5b, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff],
  [0x7a, 0xff, 0xff, 0xff, 0xff],
  [0xba, 0, 1, 0, 0],
  [0x9a, 0x7f, 0xff, 0xff, 0xff],
  [0xa1, 0x01, 0xfb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0],
  [0xd8, 0x2a],
  [0xc1],
  [0xf8, 0x18],
  [0xfc],
  [0xff],
  [0x1c],
  [0xa1, 0x63, 0x73, 0x65, 0x71],
  [0xf9, 0x7e, 0],
  [0xc2, 0x58, 0xff],
];

export const BODIES: Readonly<Record<string, BodyGenerator>> = {
  valid: (random, seq) => ({
    body: (random.chance(0.5) ? encodeMessageJson : encodeMessageCbor)(valid(random, seq)),
  }),
  'sent-again': (random, seq) => ({
    body: encodeMessageJson({
      seq: Math.max(0, seq - random.below(3000)),
      readings: [{ at: NOW_MS, measurement: { kind: 'heart-rate', value: 60 + random.below(3) } }],
    }),
  }),
  'mutated-json': (random, seq) => ({ body: mutate(random, encodeMessageJson(valid(random, seq))) }),
  'mutated-cbor': (random, seq) => ({ body: mutate(random, encodeMessageCbor(valid(random, seq))) }),
  'mutated-senml': (random, seq) => ({
    body: mutate(random, Buffer.from(pick(random, SENML).replace('SEQ', String(seq)))),
    ...(random.chance(0.3) && { contentType: 'application/senml+json' }),
  }),
  'mutated-type': (random, seq) => ({
    body: encodeMessageJson(valid(random, seq)),
    contentType: Buffer.from(mutate(random, Buffer.from('application/json; charset=utf-8'))).toString(
      'latin1',
    ),
  }),
  'json-bomb': (random, seq) => {
    const deep = 1 + random.below(random.chance(0.01) ? 100_000 : 500);
    const open = pick(random, ['[', '{"a":', '[{"readings":', '{"readings":[', '[[],']);
    const bombs = [
      () => open.repeat(Math.min(deep, Math.floor(200_000 / open.length))),
      () => `{"seq":${seq},"readings":${'['.repeat(deep)}${']'.repeat(deep)}}`,
      () =>
        `{"seq":${seq},"readings":[${'{"kind":"heart-rate","value":72},'.repeat(random.below(2000))}{"kind":"spo2","value":97}]}`,
      () => `{${'"seq":1,'.repeat(deep)}"seq":${seq}}`,
      () => `{"seq":${seq},"${'k'.repeat(deep * 20)}":1,"readings":[]}`,
      () =>
        `{"seq":${seq},"readings":[{"kind":"ecg","rateHz":500,"gain":1,"baseline":0,"samples":[${'1,'.repeat(deep)}1]}]}`,
    ];
    return text(pick(random, bombs)().slice(0, 250_000));
  },
  'cbor-bomb': (random) => {
    const parts: number[] = [];
    for (let n = 1 + random.below(12); n > 0; n--) parts.push(...pick(random, CBOR_HEADS));
    if (random.chance(0.1))
      parts.unshift(
        ...Array<number>(1 + random.below(2000)).fill(pick(random, [0x81, 0x9f, 0xa1, 0xbf, 0xc1])),
      );
    return {
      body: Uint8Array.from(parts),
      ...(random.chance(0.5) && {
        contentType: pick(random, ['application/cbor', 'application/senml+cbor']),
      }),
    };
  },
  'hostile-text': (random, seq) => {
    const [before, after] = pick(random, [
      [`{"seq":${seq},"readings":[{"kind":"`, '","value":72}]}'],
      [`{"seq":${seq},"readings":[{"kind":"heart-rate","value":72,"quality":"`, '"}]}'],
      [`{"seq":${seq},"`, '":1,"readings":[{"kind":"heart-rate","value":72}]}'],
      ['', `{"seq":${seq},"readings":[{"kind":"heart-rate","value":72}]}`],
    ] as const);
    return { body: Buffer.concat([Buffer.from(before), pick(random, TEXTS), Buffer.from(after)]) };
  },
  'edge-number': (random, seq) => {
    const number = pick(random, NUMBERS);
    const place = pick(random, [
      () => `{"seq":${number},"readings":[{"kind":"heart-rate","value":72}]}`,
      () => `{"seq":${seq},"readings":[{"kind":"${pick(random, KIND_NAMES)}","value":${number}}]}`,
      () => `{"seq":${seq},"boot":${number},"readings":[{"kind":"spo2","value":97}]}`,
      () => `{"seq":${seq},"readings":[{"kind":"blood-pressure","systolic":${number},"diastolic":80}]}`,
      () =>
        `{"seq":${seq},"readings":[{"kind":"ecg","rateHz":${number},"gain":200,"baseline":0,"samples":[1,2]}]}`,
    ]);
    return text(place());
  },
  'wrong-unit': (random, seq) =>
    text(
      `{"seq":${seq},"readings":[{"kind":"${pick(random, KIND_NAMES)}","value":${40 + random.below(60)},"unit":${JSON.stringify(pick(random, UNITS))}}]}`,
    ),
  clock: (random, seq) => {
    const [at, own] = [pick(random, CLOCKS), pick(random, CLOCKS)];
    const inner = random.chance(0.5) ? `,"at":${own}` : '';
    return text(`{"seq":${seq},"at":${at},"readings":[{"kind":"heart-rate","value":72${inner}}]}`);
  },
  'random-bytes': (random) => ({
    body: Uint8Array.from({ length: random.below(300) }, () => random.below(256)),
  }),
};

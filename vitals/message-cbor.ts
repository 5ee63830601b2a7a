// CBOR in: bytes to the same tree that JSON gives. Our maps may use text keys or the integer keys of
// docs/spec/message.md; a reading may be the pair [kind, value]; samples may be an RFC 8746 typed array.
//
// cborg decodes. Measured in its source and by test: it allocates what the bytes hold and never what a length
// claims, but it recurses as deep as the input nests and takes any key twice unless told, so both are bounded here.

import { type DecodeOptions, decode, type TagDecoder, Tokenizer, Type } from 'cborg';
import { ABSENT_CODES, KIND_CODES, QUALITY_CODES } from './code.ts';
import { NESTING_MAX } from './limit.ts';
import { type Place, pathOf } from './message-tree.ts';
import { Refused, refuse } from './refusal.ts';

/** Integer keys of each map, by place: MESSAGE_KEYS[0] is key 0. */
const MESSAGE_KEYS = ['seq', 'boot', 'at', 'readings'] as const;
const READING_KEYS = [
  'kind',
  'value',
  'systolic',
  'diastolic',
  'mean',
  'absent',
  'waveform',
  'quality',
  'unit',
  'at',
] as const;
const WAVEFORM_KEYS = ['lead', 'rateHz', 'gain', 'baseline', 'samples'] as const;

/** A decoded map with its keys named: only names of the tables, so that no key of a stranger becomes a property. */
type Named = { [name: string]: unknown };
type KeyNames = ReadonlyMap<unknown, string>;

const MESSAGE_NAMES = namesOf(MESSAGE_KEYS);
const READING_NAMES = namesOf(READING_KEYS);
const WAVEFORM_NAMES = namesOf(WAVEFORM_KEYS);

function namesOf(keys: readonly string[]): KeyNames {
  return new Map<unknown, string>([
    ...keys.map((name, key) => [key, name] as const),
    ...keys.map((name) => [name, name] as const),
  ]);
}

/** Decodes one CBOR item to maps, arrays and plain values; throws `Refused`. */
export function decodeCbor(body: Uint8Array): unknown {
  try {
    return decode(body, { ...OPTIONS, tokenizer: new BoundedTokenizer(body, OPTIONS) });
  } catch (error) {
    if (error instanceof Refused) throw error;
    if (error instanceof Error && error.message.includes('repeat map key')) {
      return refuse('duplicate-field', 'a CBOR map has the same key twice');
    }
    return refuse(
      'not-cbor',
      'the body is not one well-formed CBOR item (RFC 8949) of maps, arrays, text and numbers',
    );
  }
}

/** Gives every key of a CBOR message its name, the shorthand its long form and every code its word. Throws `Refused`. */
export function nameMessage(item: unknown): unknown {
  if (!(item instanceof Map)) return item;
  const message = nameKeys(item, MESSAGE_NAMES, 'the message');
  const readings = message['readings'];
  if (Array.isArray(readings)) {
    for (let index = 0; index < readings.length; index += 1) {
      readings[index] = nameReading(readings[index], { list: 'readings', index });
    }
  }
  return message;
}

function nameReading(item: unknown, place: Place): unknown {
  const reading = Array.isArray(item) ? spreadPair(item, place) : item;
  if (!(reading instanceof Map)) return item;
  const named = nameKeys(reading, READING_NAMES, pathOf(place));
  named['kind'] = wordOf(KIND_CODES.wordOf, named['kind']);
  if (named['absent'] !== undefined) named['absent'] = wordOf(ABSENT_CODES.wordOf, named['absent']);
  if (named['quality'] !== undefined) named['quality'] = wordOf(QUALITY_CODES.wordOf, named['quality']);
  const waveform = named['waveform'];
  if (waveform instanceof Map)
    named['waveform'] = nameKeys(waveform, WAVEFORM_NAMES, pathOf(place, 'waveform'));
  return named;
}

/** `[kind, value]`, or `[kind, [systolic, diastolic, mean]]` with null for a part that was not measured. */
function spreadPair(pair: readonly unknown[], place: Place): Map<string, unknown> {
  if (pair.length !== 2)
    refuse('wrong-type', `${pathOf(place)} as an array must be the pair of kind and value`);
  const [kind, value] = pair;
  if (!Array.isArray(value))
    return new Map([
      ['kind', kind],
      ['value', value],
    ]);
  if (value.length !== 3) {
    refuse(
      'wrong-type',
      `${pathOf(place)} as a pair of arrays must have the three parts systolic, diastolic, mean`,
    );
  }
  const parts = new Map<string, unknown>([['kind', kind]]);
  const names = ['systolic', 'diastolic', 'mean'] as const;
  for (const [part, name] of names.entries()) if (value[part] !== null) parts.set(name, value[part]);
  return parts;
}

function nameKeys(map: ReadonlyMap<unknown, unknown>, names: KeyNames, place: string): Named {
  const named: Named = {};
  for (const [key, value] of map) {
    const name = names.get(key);
    if (name === undefined) return refuse('unknown-field', `${place} has a key that its table does not list`);
    if (named[name] !== undefined)
      return refuse('duplicate-field', `${place} has ${name} twice, by name and by number`);
    named[name] = value;
  }
  return named;
}

function wordOf(words: ReadonlyMap<number, string>, said: unknown): unknown {
  return typeof said === 'number' ? (words.get(said) ?? said) : said;
}

type SampleReader = { readonly bytes: number; readonly read: (view: DataView, at: number) => number };

/** RFC 8746 section 2.1: the typed arrays of integers whose every value fits 32 bits, signed. */
const SAMPLE_READERS: Readonly<Record<number, SampleReader>> = {
  64: { bytes: 1, read: (view, at) => view.getUint8(at) },
  65: { bytes: 2, read: (view, at) => view.getUint16(at, false) },
  69: { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  72: { bytes: 1, read: (view, at) => view.getInt8(at) },
  73: { bytes: 2, read: (view, at) => view.getInt16(at, false) },
  74: { bytes: 4, read: (view, at) => view.getInt32(at, false) },
  77: { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  78: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
};

function sampleTag({ bytes, read }: SampleReader): TagDecoder {
  return (content) => {
    const data: unknown = content();
    if (!(data instanceof Uint8Array) || data.length % bytes !== 0) {
      return refuse('bad-waveform', 'a typed array of samples must hold a byte string of whole samples');
    }
    const count = data.length / bytes;
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const samples = new Int32Array(count);
    for (let index = 0; index < count; index += 1) samples[index] = read(view, index * bytes);
    return samples;
  };
}

/**
 * What a device's encoder may do and ours need not: lengths longer than need be and indefinite arrays are taken;
 * undefined, NaN, infinities and integers that a double cannot hold are not.
 */
const OPTIONS: DecodeOptions = {
  useMaps: true,
  rejectDuplicateMapKeys: true,
  allowUndefined: false,
  allowNaN: false,
  allowInfinity: false,
  allowBigInt: false,
  tags: Object.fromEntries(Object.entries(SAMPLE_READERS).map(([tag, reader]) => [tag, sampleTag(reader)])),
};

/** Items due in a map without a length: even, and more than a body can hold. */
const INDEFINITE_MAP = 2 ** 52;

/** cborg takes a break for a map's value; that would close in our count what stays open in its recursion. */
function closeIndefinite(due: number[]): void {
  const last = due.pop();
  if (last !== undefined && last !== Infinity && last % 2 !== 0) {
    refuse('not-cbor', 'the body has a CBOR break where a value is due');
  }
}

/** Counts open maps, arrays and tags as they come, and refuses to go deeper than NESTING_MAX. */
class BoundedTokenizer extends Tokenizer {
  /** Items that each open container still waits for, outermost first. */
  readonly #due: number[] = [];

  override next(): ReturnType<Tokenizer['next']> {
    const token = super.next();
    const due = this.#due;
    if (token.type === Type.break) closeIndefinite(due);
    else if (due.length > 0) due[due.length - 1]! -= 1;
    if (token.type === Type.array) due.push(token.value);
    else if (token.type === Type.map) due.push(token.value === Infinity ? INDEFINITE_MAP : token.value * 2);
    else if (token.type === Type.tag) due.push(1);
    if (due.length > NESTING_MAX) refuse('too-deep', `the body nests deeper than ${NESTING_MAX} levels`);
    while (due.length > 0 && due[due.length - 1] === 0) due.pop();
    return token;
  }
}

// CBOR in: bytes to the same tree that JSON gives. Our maps may use text keys or the integer keys of
// docs/spec/message.md; a reading may be the pair [kind, value]; samples may be an RFC 8746 typed array.
//
// cborg decodes. Measured in its source and by test: it allocates what the bytes hold and never what a length
// claims, but it recurses as deep as the input nests and takes any key twice unless told, so both are bounded here. So is
// the number of items: 256 KiB of empty maps would hold the hub for 30 ms before anybody could see that they are no message.

import { type DecodeOptions, type TagDecoder, Tokenizer, Type, tokensToObject } from 'cborg';
import { ABSENT_CODES, KIND_CODES, QUALITY_CODES } from './code.ts';
import { CONTAINERS_MAX, ITEMS_MAX, NESTING_MAX } from './limit.ts';
import { type Place, pathOf, type ReadingTree } from './message-tree.ts';
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
  'source',
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

const NOT_CBOR = 'the body is not one well-formed CBOR item (RFC 8949) of maps, arrays, text and numbers';

/** Decodes one CBOR item to maps, arrays and plain values; throws `Refused`. */
export function decodeCbor(body: Uint8Array): unknown {
  try {
    const tokenizer = new BoundedTokenizer(body, OPTIONS);
    const item: unknown = tokensToObject(tokenizer, OPTIONS);
    // cborg's marks for a body of nothing or of a break alone are symbols.
    if (tokenizer.done() && typeof item !== 'symbol') return item;
    return refuse('not-cbor', NOT_CBOR);
  } catch (error) {
    if (error instanceof Refused) throw error;
    if (error instanceof Error && error.message.includes('repeat map key')) {
      return refuse('duplicate-field', 'a CBOR map has the same key twice');
    }
    return refuse('not-cbor', NOT_CBOR);
  }
}

/** Gives every key of a CBOR message its name, the shorthand its long form and every code its word. Throws `Refused`. */
export function nameMessage(item: unknown): unknown {
  if (!(item instanceof Map)) return item;
  const message = nameKeys(item, MESSAGE_NAMES);
  const readings = message['readings'];
  if (Array.isArray(readings)) {
    for (let index = 0; index < readings.length; index += 1) {
      readings[index] = nameReading(readings[index], { list: 'readings', index });
    }
  }
  return message;
}

function nameReading(item: unknown, place: Place): unknown {
  if (Array.isArray(item)) return spreadPair(item, place);
  if (!(item instanceof Map)) return item;
  const named: ReadingTree = nameKeys(item, READING_NAMES, place);
  named.kind = wordOf(KIND_CODES.wordOf, named.kind);
  if (named.absent !== undefined) named.absent = wordOf(ABSENT_CODES.wordOf, named.absent);
  if (named.quality !== undefined) named.quality = wordOf(QUALITY_CODES.wordOf, named.quality);
  if (named.waveform instanceof Map) {
    named.waveform = nameKeys(named.waveform, WAVEFORM_NAMES, place, 'waveform');
  }
  return named;
}

/** `[kind, value]`, or `[kind, [systolic, diastolic, mean]]` with null for a part that was not measured. */
function spreadPair(pair: readonly unknown[], place: Place): ReadingTree {
  if (pair.length !== 2) {
    refuse('wrong-type', `${pathOf(place)} as an array must be the pair of kind and value`);
  }
  const kind = wordOf(KIND_CODES.wordOf, pair[0]);
  const value = pair[1];
  if (!Array.isArray(value)) return { kind, value };
  if (value.length !== 3) {
    refuse('wrong-type', `${pathOf(place)} as a pair needs its three parts: systolic, diastolic, mean`);
  }
  const [systolic, diastolic, mean] = value.map((part: unknown) => (part === null ? undefined : part));
  return { kind, systolic, diastolic, mean };
}

function nameKeys(map: ReadonlyMap<unknown, unknown>, names: KeyNames, place?: Place, field?: string): Named {
  const named: Named = {};
  for (const [key, value] of map) {
    const name = names.get(key);
    if (name === undefined) return refuse('unknown-field', `${where(place, field)} has a key of no table`);
    if (named[name] !== undefined) {
      return refuse('duplicate-field', `${where(place, field)} has ${name} twice, by name and by number`);
    }
    named[name] = value;
  }
  return named;
}

function where(place: Place | undefined, field: string | undefined): string {
  return place === undefined ? 'the message' : pathOf(place, field);
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
  strict: false,
  allowIndefinite: true,
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

/** Counts items, and open maps, arrays and tags, as they come; refuses more than a message can have. */
class BoundedTokenizer extends Tokenizer {
  /** Items that each open container still waits for, outermost first. */
  readonly #due: number[] = [];
  #items = 0;
  #containers = 0;

  override next(): ReturnType<Tokenizer['next']> {
    const token = super.next();
    const due = this.#due;
    const before = due.length;
    if (token.type === Type.break) closeIndefinite(due);
    else if (due.length > 0) due[due.length - 1]! -= 1;
    if (token.type === Type.array) due.push(token.value);
    else if (token.type === Type.map) due.push(token.value === Infinity ? INDEFINITE_MAP : token.value * 2);
    else if (token.type === Type.tag) due.push(1);
    this.#items += 1;
    if (due.length > before) this.#containers += 1;
    if (this.#items > ITEMS_MAX || this.#containers > CONTAINERS_MAX)
      refuse('too-large', 'the body holds more CBOR items than any message needs: split it');
    if (due.length > NESTING_MAX) refuse('too-deep', `the body nests deeper than ${NESTING_MAX} levels`);
    while (due.length > 0 && due[due.length - 1] === 0) due.pop();
    return token;
  }
}

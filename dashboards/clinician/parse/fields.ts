// The fields of one JSON object, read by name and type: what every file of this folder parses with. A field that is
// not as it must be makes the whole message malformed; the fault names the field and never quotes a value.

const LIST_MAX = 10_000;
const TIME_MAX = 8.64e15;

export const HEX: RegExp = /^[0-9a-f]{1,64}$/;

export class Malformed extends Error {}

/** The fields of one JSON object, read by name and type. Own properties only: `__proto__` in a message is nothing. */
export class Fields {
  readonly #object: Record<string, unknown>;
  readonly #what: string;

  constructor(json: unknown, what: string) {
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      throw new Malformed(`${what} is not an object`);
    this.#object = json as Record<string, unknown>;
    this.#what = what;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#object, name);
  }

  get(name: string): unknown {
    return this.has(name) ? this.#object[name] : undefined;
  }

  names(): readonly string[] {
    return Object.keys(this.#object);
  }

  text(name: string, charsMax: number): string {
    const value = this.get(name);
    if (typeof value !== 'string' || value.length > charsMax) throw this.#fault(name, 'is not a short text');
    return value;
  }

  match(name: string, pattern: RegExp): string {
    const value = this.text(name, 256);
    if (!pattern.test(value)) throw this.#fault(name, 'has another form');
    return value;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T {
    const value = this.get(name);
    const found = allowed.find((each) => each === value);
    if (found === undefined) throw this.#fault(name, 'is none of the allowed words');
    return found;
  }

  number(name: string): number {
    const value = this.get(name);
    // JSON.parse makes Infinity of 1e999.
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.#fault(name, 'is not a number');
    return value;
  }

  count(name: string): number {
    const value = this.number(name);
    if (!Number.isSafeInteger(value) || value < 0) throw this.#fault(name, 'is not a count');
    return value;
  }

  time(name: string): number {
    const value = this.number(name);
    if (value < 0 || value > TIME_MAX) throw this.#fault(name, 'is not a time');
    return value;
  }

  list<T>(name: string, parse: (item: unknown) => T): T[] {
    const value = this.get(name);
    if (!Array.isArray(value) || value.length > LIST_MAX) throw this.#fault(name, 'is not a list');
    return value.map((item) => parse(item));
  }

  #fault(name: string, fault: string): Malformed {
    return new Malformed(`${this.#what}.${name} ${fault}`);
  }
}

// Whom a verifier trusts: a policy file of c2sp.org/tlog-policy (untagged; commit 5ba5ee8) and one line more, `hub <vkey>`,
// for the keys that may sign statements. Each file is a person's decision, so an error names its line.

import { hexOf, textOf } from './bytes.ts';
import { AnchorError } from './error.ts';
import { KEY_TYPES, type KeyType, parseVerifierKey, type VerifierKey } from './key.ts';

/** A rule over witnesses: one witness, or at least `need` of its members. */
export type Quorum =
  | { readonly kind: 'none' }
  | { readonly kind: 'witness'; readonly name: string; readonly key: VerifierKey }
  | {
      readonly kind: 'group';
      readonly name: string;
      readonly need: number;
      readonly members: readonly Quorum[];
    };

export type Policy = {
  /** Keys of hubs that may sign statements; ours, not C2SP's. */
  readonly hubs: readonly VerifierKey[];
  readonly logs: readonly { readonly key: VerifierKey; readonly url?: string }[];
  /** `name` is the file's own word for the witness; the key has a name of its own. */
  readonly witnesses: readonly { readonly name: string; readonly key: VerifierKey; readonly url?: string }[];
  readonly quorum: Quorum;
};

/** Most lines of each sort; the spec recommends 32 at least. */
const LINES_MAX = 256;

/** Parses a policy file. Throws `bad-policy` with the number of the line and what to write there. */
export function parsePolicy(file: string | Uint8Array): Policy {
  const text = typeof file === 'string' ? file : textOf(file);
  if (text === undefined) throw new AnchorError('bad-policy', 'the policy is not UTF-8');
  const reader = new PolicyReader();
  text.split('\n').forEach((line, i) => {
    reader.read(line, i + 1);
  });
  return reader.done();
}

/**
 * The logs of a file of which only the `log` lines matter, as a witness reads it: any policy will do, and so does a list
 * of `log` lines without a quorum. Throws `bad-policy` like `parsePolicy`.
 */
export function parseLogList(text: string): Policy['logs'] {
  const reader = new PolicyReader();
  text.split('\n').forEach((line, i) => {
    reader.read(line, i + 1);
  });
  return reader.logs;
}

/** Whether the witnesses that cosigned are enough. `cosigned` holds keys of `policy.witnesses`, the same objects. */
export function isQuorum(quorum: Quorum, cosigned: ReadonlySet<VerifierKey>): boolean {
  if (quorum.kind === 'none') return true;
  if (quorum.kind === 'witness') return cosigned.has(quorum.key);
  return quorum.members.filter((member) => isQuorum(member, cosigned)).length >= quorum.need;
}

/** The rule in words, e.g. `2 of (alice, bob, any of (c, d))`. */
export function describeQuorum(quorum: Quorum): string {
  if (quorum.kind === 'none') return 'none';
  if (quorum.kind === 'witness') return quorum.name;
  const { need, members } = quorum;
  const names = members.map(describeQuorum).join(', ');
  if (members.length === 1) return names;
  return `${need === 1 ? 'any' : need === members.length ? 'all' : need} of (${names})`;
}

class PolicyReader {
  readonly #hubs: VerifierKey[] = [];
  readonly #logs: Policy['logs'][number][] = [];
  readonly #witnesses: Policy['witnesses'][number][] = [];
  readonly #named = new Map<string, Quorum>();
  readonly #members = new Set<string>();
  /** By sort of line and public key: a key twice under two names would count twice. */
  readonly #keyLines = new Map<string, number>();
  #quorum: Quorum | undefined;
  #line = 0;

  read(line: string, number: number): void {
    this.#line = number;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
    if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(line)) {
      throw this.#refused('it has a control character (a line may end in \\n only, not in \\r\\n)');
    }
    const [word, ...rest] = line.split(/[ \t]+/).filter((part) => part !== '');
    if (word === undefined || word.startsWith('#')) return;
    if (this.#keyLines.size + this.#named.size > 4 * LINES_MAX) throw this.#refused('the policy is too long');
    if (word === 'hub') this.#hub(rest);
    else if (word === 'log') this.#log(rest);
    else if (word === 'witness') this.#witness(rest);
    else if (word === 'group') this.#group(rest);
    else if (word === 'quorum') this.#setQuorum(rest);
    else throw this.#refused(`"${word}" is not one of hub, log, witness, group, quorum`);
  }

  get logs(): Policy['logs'] {
    return this.#logs;
  }

  done(): Policy {
    if (!this.#quorum) {
      throw new AnchorError('bad-policy', 'the policy needs a line "quorum <name>", or "quorum none"');
    }
    return { hubs: this.#hubs, logs: this.#logs, witnesses: this.#witnesses, quorum: this.#quorum };
  }

  #hub([vkey, ...more]: readonly string[]): void {
    if (vkey === undefined || more.length > 0) throw this.#refused('a hub line reads: hub <vkey>');
    this.#hubs.push(this.#key('hub', vkey, [KEY_TYPES.ed25519]));
  }

  #log([vkey, url, ...more]: readonly string[]): void {
    if (vkey === undefined || more.length > 0) throw this.#refused('a log line reads: log <vkey> [<url>]');
    const key = this.#key('log', vkey, [KEY_TYPES.ed25519, KEY_TYPES.cosignatureMlDsa44]);
    this.#logs.push(url === undefined ? { key } : { key, url });
  }

  #witness([name, vkey, url, ...more]: readonly string[]): void {
    if (name === undefined || vkey === undefined || more.length > 0) {
      throw this.#refused('a witness line reads: witness <name> <vkey> [<url>]');
    }
    const key = this.#key('witness', vkey, [KEY_TYPES.cosignatureEd25519, KEY_TYPES.cosignatureMlDsa44]);
    this.#define(name, { kind: 'witness', name, key });
    this.#witnesses.push(url === undefined ? { name, key } : { name, key, url });
  }

  #group([name, rule, ...names]: readonly string[]): void {
    if (name === undefined || rule === undefined || names.length === 0) {
      throw this.#refused('a group line reads: group <name> any|all|<number> <member> ...');
    }
    const members = names.map((member) => {
      const quorum = this.#lookUp(member);
      if (this.#members.has(member)) throw this.#refused(`"${member}" is a member already`);
      this.#members.add(member);
      return quorum;
    });
    const need = rule === 'any' ? 1 : rule === 'all' ? members.length : Number(rule);
    if (!/^(?:any|all|[1-9][0-9]*)$/.test(rule) || need > members.length) {
      throw this.#refused(`"${rule}" must be any, all, or a number from 1 to ${members.length}`);
    }
    this.#define(name, { kind: 'group', name, need, members });
  }

  #setQuorum([name, ...more]: readonly string[]): void {
    if (name === undefined || more.length > 0) throw this.#refused('a quorum line reads: quorum <name|none>');
    if (this.#quorum) throw this.#refused('there is a quorum line already');
    this.#quorum = name === 'none' ? { kind: 'none' } : this.#lookUp(name);
  }

  #define(name: string, quorum: Quorum): void {
    if (name === 'none') throw this.#refused('"none" cannot be the name of a witness or group');
    if (this.#named.has(name)) throw this.#refused(`"${name}" is defined already`);
    this.#named.set(name, quorum);
  }

  #lookUp(name: string): Quorum {
    const quorum = this.#named.get(name);
    if (!quorum) throw this.#refused(`"${name}" is no witness or group defined on a line above`);
    return quorum;
  }

  #key(sort: 'hub' | 'log' | 'witness', vkey: string, types: readonly KeyType[]): VerifierKey {
    let key: VerifierKey;
    try {
      key = parseVerifierKey(vkey);
    } catch (cause) {
      throw this.#refused(cause instanceof Error ? cause.message : 'its key cannot be read', cause);
    }
    if (!types.includes(key.type)) {
      throw this.#refused(
        `the key of a ${sort} is of type ${types.join(' or ')}, this one of type ${key.type}`,
      );
    }
    const id = `${sort} ${hexOf(key.publicKey)}`;
    const line = this.#keyLines.get(id);
    if (line !== undefined) throw this.#refused(`this ${sort}'s key is on line ${line} already`);
    this.#keyLines.set(id, this.#line);
    return key;
  }

  #refused(why: string, cause?: unknown): AnchorError {
    return new AnchorError('bad-policy', `policy line ${this.#line}: ${why}`, { cause });
  }
}

import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { masterKey, type PassphraseSalt, writeOnce } from './master-key.ts';

const KEY = 'ab'.repeat(32);
let folder: string;
let kept: PassphraseSalt | undefined;
const salts = {
  load: () => kept,
  // As cheap as Argon2 allows: what is tested is that it gives the same key again.
  save: (salt: PassphraseSalt) => {
    kept = { ...salt, memoryKib: 8, passes: 1 };
  },
};
const at = (name: string): string => join(folder, name);
const secret = (name: string, text: string, mode = 0o600): string => {
  writeFileSync(at(name), text, { mode });
  return at(name);
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heartwood-key-'));
  kept = undefined;
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a master key file', () => {
  it('is made once, private, and read again', () => {
    const made = masterKey({ keyFile: at('deep/er/key') }, true, salts);
    expect(made).toHaveLength(32);
    expect(statSync(at('deep/er/key')).mode & 0o777).toBe(0o600);
    expect(masterKey({ keyFile: at('deep/er/key') }, true, salts)).toEqual(made);
    expect(masterKey({ keyFile: at('deep/er/key') }, false, salts)).toEqual(made);
    expect(readFileSync(at('deep/er/key'), 'utf8')).toBe(`${Buffer.from(made).toString('hex')}\n`);
    expect(existsSync(at('deep/er/key.new'))).toBe(false);
  });

  it('is never written over, and a half-written one of a power cut is no key', () => {
    secret('key', 'precious');
    expect(writeOnce(at('key'), 'other')).toBe(false);
    expect(readFileSync(at('key'), 'utf8')).toBe('precious');
    writeFileSync(at('cut.new'), 'abab');
    expect(masterKey({ keyFile: at('cut') }, true, salts)).toHaveLength(32);
  });

  it('is refused when missing, malformed, or open to others', () => {
    const from = (keyFile: string) => () => masterKey({ keyFile }, false, salts);
    expect(from(at('none'))).toThrow(
      expect.objectContaining({ code: 'no-key', message: expect.stringContaining('--master-key-file') }),
    );
    for (const text of ['', 'ab', KEY.toUpperCase(), `${KEY}00`, `${KEY.slice(1)}g`])
      expect(from(secret('bad', text))).toThrow(expect.objectContaining({ code: 'no-key' }));
    const open = secret('open', KEY);
    for (const mode of [0o604, 0o640, 0o644, 0o620]) {
      chmodSync(open, mode);
      expect(from(open)).toThrow(expect.objectContaining({ code: 'key-exposed' }));
    }
    chmodSync(open, 0o400);
    expect(from(open)()).toEqual(Buffer.from(KEY, 'hex'));
  });

  it('gives way to a credential of systemd, whose modes say nothing', () => {
    secret('heartwood-master-key', `${KEY}\n`, 0o644);
    const source = { keyFile: at('none'), credentialsDirectory: folder };
    expect(masterKey(source, false, salts)).toEqual(Buffer.from(KEY, 'hex'));
    secret('heartwood-master-key', 'no key');
    expect(() => masterKey(source, false, salts)).toThrow(expect.objectContaining({ code: 'no-key' }));
    expect(() => masterKey({ ...source, credentialsDirectory: at('none') }, false, salts)).toThrow('not at');
  });
});

describe('a passphrase', () => {
  const from = (text: string, create = false): Uint8Array =>
    masterKey({ keyFile: at('none'), passphraseFile: secret('words', text) }, create, salts);

  it('gives the same key again, whatever stands after its first line', () => {
    const made = from('five words are much better\n', true);
    expect(made).toHaveLength(32);
    kept = kept && { ...kept };
    const again = from('five words are much better\n');
    expect(from('five words are much better')).toEqual(again);
    expect(from('five words are much better\r\nand more')).toEqual(again);
    expect(from('five words are much better!')).not.toEqual(again);
    // NFKC: the same letters typed on another keyboard.
    expect(from('f\u00fcnf W\u00f6rter sind besser')).toEqual(from('fu\u0308nf Wo\u0308rter sind besser'));
    expect(existsSync(at('none'))).toBe(false);
  });

  it('is refused when short, in a file of others, or where none was used before', () => {
    expect(() => from('elevenchars', true)).toThrow('too short');
    expect(() => from('\nlong enough but in line two', true)).toThrow('too short');
    expect(() => from('long enough indeed')).toThrow('not made with a passphrase');
    chmodSync(at('words'), 0o644);
    const source = { keyFile: at('none'), passphraseFile: at('words') };
    expect(() => masterKey(source, true, salts)).toThrow(expect.objectContaining({ code: 'key-exposed' }));
    expect(() => masterKey({ ...source, passphraseFile: at('lost') }, true, salts)).toThrow(
      'no passphrase file',
    );
  });
});

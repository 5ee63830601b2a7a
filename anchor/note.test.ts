import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinBytes } from './bytes.ts';
import { cosignatureTimeS, cosignerFromSeed, cosignerOf, verifyCosignatures } from './cosignature.ts';
import { formatSigningKey, formatVerifierKey, parseSigningKey, parseVerifierKey, signerOf } from './key.ts';
import { nodeCosigner, nodeSigner, nodeVerifyEd25519 } from './node-primitive.ts';
import {
  cosignatureMessage,
  formatNote,
  parseNote,
  parseSignatureLine,
  signNote,
  verifyNote,
} from './note.ts';
import { verifyEd25519 } from './primitive.ts';

const seed = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const alice = nodeSigner('example.com/alice', seed(1));
const bob = nodeSigner('example.com/bob', seed(2));
const TEXT = 'This is an example message.\n';
// The vector of github.com/C2SP/C2SP signed-note as the facts page of this project gives it.
const VKEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const LINE =
  '— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=';
const NOTE = `${TEXT}\n${LINE}\n`;

describe('signed note', () => {
  it.each([
    ['@noble', verifyEd25519],
    ['node:crypto', nodeVerifyEd25519],
  ] as const)('verifies the published example with %s', (_, verify) => {
    const key = parseVerifierKey(VKEY);
    expect(formatVerifierKey(key)).toBe(VKEY);
    expect(verifyNote(NOTE, [key], verify)).toMatchObject({ text: TEXT, strangers: [] });
    expect(() => verifyNote(NOTE.replace('example message', 'exemple message'), [key], verify)).toThrow(
      /does not belong to this text/,
    );
  });

  it('is printed as it was read, byte for byte', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom(...'ab \n—ü+') })), (parts) => {
        const text = `${parts.join('\n')}\n`;
        const note = signNote(text, [alice, bob]);
        expect(parseNote(note).text).toBe(text);
        expect(formatNote(parseNote(note))).toBe(note);
        expect(verifyNote(new TextEncoder().encode(note), [bob]).strangers).toHaveLength(1);
      }),
      { numRuns: 30 },
    );
  });

  it('splits at the last blank line', () => {
    const text = 'first\n\n— not a signature\n\nlast\n';
    expect(parseNote(signNote(text, [alice])).text).toBe(text);
  });

  it.each([
    ['no signature', TEXT],
    ['a blank line and no signature', `${TEXT}\n`],
    ['no final newline', NOTE.slice(0, -1)],
    ['a carriage return', NOTE.replace('\n', '\r\n')],
    ['a tab', NOTE.replace(' is', '\tis')],
    ['a hyphen for the dash', NOTE.replace('—', '-')],
    ['two spaces', NOTE.replace('— ', '—  ')],
    ['a space that is not ASCII in the name', NOTE.replace('com/foo', 'com\u00a0foo')],
    ['a plus in the name', NOTE.replace('com/foo', 'com+foo')],
    ['no name', NOTE.replace('example.com/foo ', ' ')],
    ['something after the signature', NOTE.replace(/=\n$/, '= \n')],
    ['padding bits', NOTE.replace('aQM=', 'aQN=')],
    ['a short signature', `${TEXT}\n— example.com/foo Uw2QOg==\n`],
    ['a lone surrogate', NOTE.replace('This', 'Th\ud800s')],
    ['101 signatures', `${TEXT}\n${`${LINE}\n`.repeat(101)}`],
  ])('refuses %s', (_, note) => {
    expect(() => parseNote(note)).toThrow(/not a signed note/);
  });

  it('refuses bytes that are not UTF-8, and keeps a byte order mark', () => {
    expect(() => parseNote(new Uint8Array([0xff, ...new TextEncoder().encode(NOTE)]))).toThrow(/not UTF-8/);
    const marked = new TextEncoder().encode(`\ufeff${NOTE}`);
    expect(parseNote(marked).text).toBe(`\ufeff${TEXT}`);
  });

  it('ignores strangers, even with the name or the id of a known key', () => {
    const [known, namesake] = [alice, nodeSigner(alice.name, seed(9))];
    const sameId = { ...bob, keyId: alice.keyId };
    const verified = verifyNote(signNote(TEXT, [namesake, known, sameId]), [known]);
    expect(verified.verified.map(({ key }) => key)).toEqual([known]);
    expect(verified.strangers.map(({ name }) => name)).toEqual([namesake.name, bob.name]);
    expect(() => verifyNote(signNote(TEXT, [namesake]), [known])).toThrow(/no key that is trusted/);
  });

  it('refuses the whole note for one wrong line of a known key, also after a right one', () => {
    const wrong = { ...bob, sign: () => alice.sign(new TextEncoder().encode(TEXT)) };
    expect(() => verifyNote(signNote(TEXT, [alice, wrong]), [alice, bob])).toThrow(
      /signature of "example.com\/bob"/,
    );
    const twice = { ...alice, sign: () => new Uint8Array(64) };
    expect(() => verifyNote(signNote(TEXT, [alice, twice]), [alice])).toThrow(/does not belong/);
    const short = { ...alice, sign: () => new Uint8Array(63) };
    expect(() => verifyNote(signNote(TEXT, [short]), [alice])).toThrow(/does not belong/);
  });

  it('takes the hundred signatures it allows, and counts a key once', () => {
    const many = signNote(
      TEXT,
      Array.from({ length: 99 }, (_, i) => ({ ...bob, keyId: i })).concat({ ...alice }),
    );
    expect(verifyNote(many, [alice]).strangers).toHaveLength(99);
    expect(verifyNote(signNote(TEXT, [alice, alice]), [alice]).verified).toHaveLength(1);
  });

  it('will not choose between two trusted keys of one name and id', () => {
    const twin = { ...bob, name: alice.name, keyId: alice.keyId };
    expect(() => verifyNote(signNote(TEXT, [alice]), [alice, twin])).toThrow(/share an id/);
  });

  it('will not sign what a note cannot carry', () => {
    for (const text of ['', 'no newline', 'a\tb\n', 'a\r\n', '\ud800\n']) {
      expect(() => signNote(text, [alice])).toThrow(/not a signed note/);
    }
  });
});

describe('keys', () => {
  it('travel as words and come back', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.constantFrom('a', 'ü.example/x', 'b'),
        (secret, name) => {
          const signer = nodeSigner(name, secret);
          const { sign: _sign, ...key } = signer;
          expect(parseVerifierKey(formatVerifierKey(signer))).toEqual(key);
          expect(parseSigningKey(formatSigningKey(name, secret))).toEqual({ name, seed: secret });
        },
      ),
      { numRuns: 10 },
    );
  });

  it.each([
    VKEY.replace('530d903a', '530d903b'),
    VKEY.replace('530d903a', '530D903A'),
    VKEY.replace('example.com/foo', 'example.com/fop'),
    VKEY.replace('AekyeRrm56hApGFk', 'BekyeRrm56hApGFk'),
    VKEY.slice(0, -4),
    `${VKEY} `,
    VKEY.replaceAll('+', ' '),
    '',
  ])('refuses the vkey %j', (vkey) => {
    expect(() => parseVerifierKey(vkey)).toThrow();
  });

  it('never shows a secret in an error', () => {
    const skey = formatSigningKey('example.com/a', seed(7));
    const broken = skey.replace('example.com/a', 'example.com/b');
    expect(() => parseSigningKey(broken)).toThrow(/not that of its key/);
    try {
      parseSigningKey(broken);
    } catch (error) {
      expect(String(error)).not.toContain(skey.slice(-20));
    }
  });

  it('sign the same in pure JavaScript and in node:crypto', () => {
    expect(signNote(TEXT, [signerOf('example.com/alice', seed(1))])).toBe(signNote(TEXT, [alice]));
    const pure = cosignerFromSeed('w', seed(3), () => 5);
    expect(signNote(TEXT, [pure])).toBe(signNote(TEXT, [nodeCosigner('w', seed(3), () => 5)]));
  });
});

describe('cosignature', () => {
  const witness = nodeCosigner('witness.example/w1', seed(4), () => 1_795_262_400);

  it('says when, and is bound to the time and the text', () => {
    const note = parseNote(signNote(TEXT, [alice, witness]));
    expect(verifyCosignatures(note, [witness])).toEqual([{ key: witness, timeS: 1_795_262_400 }]);
    const { signature } = note.signatures[1]!;
    expect(cosignatureTimeS(signature)).toBe(1_795_262_400);
    signature[7]! ^= 1;
    expect(() => verifyCosignatures(note, [witness])).toThrow(/does not belong/);
  });

  it('is not a plain signature of the same key, nor the other way round', () => {
    const plain = { ...witness, sign: nodeSigner('x', seed(4)).sign };
    expect(() => verifyCosignatures(parseNote(signNote(TEXT, [plain])), [witness])).toThrow(
      /does not belong/,
    );
    expect(verifyCosignatures(parseNote(signNote(TEXT, [alice])), [witness])).toEqual([]);
  });

  it('has the message of c2sp.org/tlog-cosignature', () => {
    let signed = '';
    const spy = cosignerOf(
      'w',
      alice.publicKey,
      (m) => {
        signed = new TextDecoder().decode(m);
        return new Uint8Array(64);
      },
      () => 1_679_315_147,
    );
    const line = parseSignatureLine(signNote('o\n1\nx\n', [spy]).split('\n').at(-2)!);
    expect(signed).toBe('cosignature/v1\ntime 1679315147\no\n1\nx\n');
    expect([...line.signature.subarray(0, 8)]).toEqual([0, 0, 0, 0, 0x64, 0x18, 0x50, 0xcb]);
  });

  it('refuses a time of 2^63 and a clock that gives none', () => {
    const signedAt = (timeS: bigint): string => {
      const time = new Uint8Array(8);
      new DataView(time.buffer).setBigUint64(0, timeS);
      const { sign } = nodeSigner('x', seed(4));
      return signNote(TEXT, [
        { ...witness, sign: (text) => joinBytes(time, sign(cosignatureMessage(timeS, text))) },
      ]);
    };
    expect(verifyNote(signedAt(2n ** 63n - 1n), [witness]).verified).toHaveLength(1);
    expect(() => verifyNote(signedAt(2n ** 63n), [witness])).toThrow(/does not belong/);
    expect(() => verifyCosignatures(parseNote(signedAt(2n ** 63n - 1n)), [witness])).toThrow(
      /beyond every calendar/,
    );
    expect(() => signNote(TEXT, [nodeCosigner('w', seed(4), () => 1.5)])).toThrow(/no time/);
  });
});

import { describe, expect, it } from 'vitest';
import { hexOf } from './bytes.ts';
import { formatCheckpoint, parseCheckpoint } from './checkpoint.ts';
import {
  OTHER_HUB,
  SAMPLE_END_MS,
  SAMPLE_HUB,
  SAMPLE_LOG,
  sampleChain,
  sampleSeed,
} from './ledger-sample.ts';
import { nodeSigner } from './node-primitive.ts';
import { formatSignatureLine, parseNote, signNote } from './note.ts';
import {
  checkChain,
  FIRST_PREVIOUS,
  firstSequenceOf,
  formatStatement,
  parseStatement,
  readStatementNote,
  SEQUENCE_MAX,
  type Statement,
  signStatement,
  statementHash,
  verifyStatementNote,
} from './statement.ts';
import { formatTlogProof, parseTlogProof } from './tlog-proof.ts';

const first: Statement = {
  origin: SAMPLE_HUB.name,
  sequence: 57,
  endMs: SAMPLE_END_MS,
  batchRoot: sampleSeed(1),
  previous: sampleSeed(2),
};
const TEXT = `heartwood/hub/3f2a9c0d11aa22bb
000000000057
2026-11-21T13:10:00.000Z
AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=
AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=
`;

describe('statement', () => {
  it('is five lines, the same length at every time and number', () => {
    expect(formatStatement(first)).toBe(TEXT);
    expect(parseStatement(TEXT)).toEqual(first);
    const other = { ...first, sequence: SEQUENCE_MAX, endMs: 0, batchRoot: sampleSeed(255) };
    expect(formatStatement(other)).toHaveLength(TEXT.length);
    expect(parseStatement(formatStatement(other))).toEqual(other);
  });

  it.each([
    ['a sequence of 11 digits', TEXT.replace('000000000057', '00000000057')],
    ['a sequence that begins with no zero', TEXT.replace('000000000057', '100000000057')],
    ['a time without milliseconds', TEXT.replace('.000Z', 'Z')],
    ['a time in another zone', TEXT.replace('.000Z', '.000+01:00')],
    ['the 31st of November', TEXT.replace('11-21', '11-31')],
    ['midnight as 24:00', TEXT.replace('T13:10', 'T24:00')],
    ['a short root', TEXT.replace('AQEBAQEBAQEB', 'AQEBAQEB')],
    ['padding bits', TEXT.replace('AQE=', 'AQF=')],
    ['a sixth line', `${TEXT}more\n`],
    ['an empty line', `${TEXT}\n`],
    ['four lines', TEXT.split('\n').slice(0, 4).join('\n')],
    ['no final newline', TEXT.slice(0, -1)],
    ['no origin', TEXT.slice(TEXT.indexOf('\n'))],
  ])('refuses %s', (_, text) => {
    expect(() => parseStatement(text)).toThrow(/not a statement/);
  });

  it.each([
    { sequence: -1 },
    { sequence: SEQUENCE_MAX + 1 },
    { sequence: 1.5 },
    { endMs: Number.NaN },
    { endMs: 0.5 },
    { endMs: 8e15 },
    { origin: '' },
    { origin: 'a\nb' },
    { batchRoot: new Uint8Array(31) },
  ])('will not print %j', (change) => {
    expect(() => formatStatement({ ...first, ...change })).toThrow(/not a statement/);
  });

  it('is never a checkpoint, nor a checkpoint a statement', () => {
    for (const sequence of [0, 1, 10, SEQUENCE_MAX]) {
      expect(() => parseCheckpoint(formatStatement({ ...first, sequence }))).toThrow(/not a checkpoint/);
    }
    const checkpoint = {
      origin: 'o',
      size: 12,
      root: sampleSeed(1),
      extensions: ['2026-11-21T13:10:00.000Z', 'x'],
    };
    expect(() => parseStatement(formatCheckpoint(checkpoint))).toThrow(/not a statement/);
  });

  it('is signed by its own hub alone, on one line', () => {
    const note = signStatement(first, SAMPLE_HUB);
    expect(verifyStatementNote(note, [SAMPLE_HUB, OTHER_HUB])).toEqual(first);
    expect(() => signStatement(first, OTHER_HUB)).toThrow(/cannot sign for/);
    expect(() => readStatementNote(signNote(TEXT, [OTHER_HUB]))).toThrow(/cannot sign for/);
    expect(() => readStatementNote(signNote(TEXT, [SAMPLE_HUB, OTHER_HUB]))).toThrow(/exactly one/);
    expect(() => verifyStatementNote(note, [OTHER_HUB])).toThrow(/no key that is trusted/);
    const resigned = { ...SAMPLE_HUB, sign: SAMPLE_LOG.sign };
    expect(() => verifyStatementNote(signStatement(first, resigned), [SAMPLE_HUB])).toThrow(
      /does not belong/,
    );
  });
});

describe('chain of statements', () => {
  const [zero, one, two] = sampleChain(3) as [string, string, string];

  it('continues from the first to the last', () => {
    expect(parseStatement(parseNote(zero).text).previous).toEqual(FIRST_PREVIOUS);
    expect(hexOf(parseStatement(parseNote(one).text).previous)).toBe(hexOf(statementHash(zero)));
    expect(checkChain(undefined, zero)).toEqual({ kind: 'continues' });
    expect(checkChain(zero, one)).toEqual({ kind: 'continues' });
    expect(checkChain(one, two)).toEqual({ kind: 'continues' });
  });

  it('says how it breaks', () => {
    expect(checkChain(zero, two)).toEqual({ kind: 'out-of-sequence', expected: 1 });
    expect(checkChain(undefined, one)).toEqual({ kind: 'out-of-sequence', expected: 0 });
    expect(checkChain(zero, sampleChain(2, { hub: OTHER_HUB })[1]!)).toEqual({ kind: 'other-origin' });
    const rewritten = sampleChain(1, {
      change: (statement) => ({ ...statement, batchRoot: sampleSeed(7) }),
    })[0]!;
    expect(checkChain(rewritten, one)).toEqual({ kind: 'other-previous' });
    const line = formatSignatureLine({ name: 'x', keyId: 1, signature: Uint8Array.of(1) });
    expect(() => checkChain(zero + line, one)).toThrow(/exactly one/);
    const back = sampleChain(1, { after: [zero], change: (s) => ({ ...s, endMs: SAMPLE_END_MS }) })[0]!;
    expect(checkChain(zero, back)).toEqual({ kind: 'time-backwards' });
  });

  it('begins where the name of its key says, and nowhere else', () => {
    expect(firstSequenceOf(SAMPLE_HUB.name)).toBe(0);
    expect(firstSequenceOf('heartwood/hub/0000000000000002')).toBe(0);
    expect(firstSequenceOf('heartwood/hub/9d0e55aa00112233/000000433000')).toBe(433_000);
    expect(firstSequenceOf('heartwood/hub/000000433000/9d0e55aa00112233')).toBe(0);
    const later = nodeSigner('heartwood/hub/9d0e55aa00112233/000000433000', sampleSeed(8));
    const begin = (sequence: number, previous: Uint8Array): string =>
      signStatement({ ...first, origin: later.name, sequence, previous }, later);
    const note = begin(433_000, statementHash(two));
    expect(checkChain(undefined, note)).toEqual({ kind: 'continues' });
    expect(checkChain(undefined, begin(433_000, FIRST_PREVIOUS))).toEqual({ kind: 'continues' });
    for (const sequence of [0, 1, 432_999, 433_001]) {
      const other = begin(sequence, statementHash(two));
      expect(checkChain(undefined, other)).toEqual({ kind: 'out-of-sequence', expected: 433_000 });
    }
    expect(checkChain(two, note)).toEqual({ kind: 'other-origin' });
    expect(
      checkChain(undefined, signStatement({ ...first, sequence: 0, previous: sampleSeed(9) }, SAMPLE_HUB)),
    ).toEqual({
      kind: 'other-previous',
    });
  });
});

describe('checkpoint', () => {
  const text = `${SAMPLE_LOG.name}\n20852163\nAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n`;

  it('is printed as it was read', () => {
    expect(parseCheckpoint(text)).toEqual({
      origin: SAMPLE_LOG.name,
      size: 20852163,
      root: sampleSeed(1),
      extensions: [],
    });
    expect(formatCheckpoint(parseCheckpoint(text))).toBe(text);
    const extended = `${text}an extension\nand another\n`;
    expect(formatCheckpoint(parseCheckpoint(extended))).toBe(extended);
    expect(parseCheckpoint(text.replace('20852163', '0')).size).toBe(0);
  });

  it.each([
    text.replace('20852163', '020852163'),
    text.replace('20852163', '-1'),
    text.replace('20852163', '1e3'),
    text.replace('20852163', '9007199254740992'),
    text.replace('20852163', ''),
    text.replace('AQE=', 'AQF='),
    text.replace('AQEBAQEBAQEBAQEB', 'AQEBAQEB'),
    `${text}\n`,
    text.slice(0, -1),
    text.slice(text.indexOf('\n')),
    '',
  ])('refuses %j', (wrong) => {
    expect(() => parseCheckpoint(wrong)).toThrow(/not a checkpoint/);
  });
});

describe('.tlog-proof', () => {
  const proof = { index: 7, path: [sampleSeed(1), sampleSeed(2)], checkpoint: 'origin\n8\nroot\n\n— a b\n' };
  const text = formatTlogProof(proof);

  it('is printed as it was read, with and without extra', () => {
    expect(parseTlogProof(text)).toEqual(proof);
    for (const extra of [new Uint8Array(), sampleSeed(3)]) {
      expect(parseTlogProof(formatTlogProof({ ...proof, extra }))).toEqual({ ...proof, extra });
    }
    expect(parseTlogProof(formatTlogProof({ ...proof, path: [] })).path).toEqual([]);
  });

  it.each([
    text.replace('@v1', '@v2'),
    text.replace('index 7', 'index 07'),
    text.replace('index 7', 'index'),
    text.replace('index 7\n', ''),
    text.replace('index', 'extra !\nindex'),
    text.replace('AQE=', 'AQF='),
    text.replace('AQEB', ''),
    text.replace('\n\n', '\n'),
    text.replace('index 7\n', `index 7\n${'AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n'.repeat(62)}`),
  ])('refuses what is none', (wrong) => {
    expect(() => parseTlogProof(wrong)).toThrow();
  });
});

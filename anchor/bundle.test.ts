import { describe, expect, it } from 'vitest';
import { formatBundle, parseBundle } from './bundle.ts';
import { sampleProof } from './proof-sample.ts';

const bundle = sampleProof();
const text = formatBundle(bundle);

describe('proof bundle', () => {
  it('is printed as it was read', () => {
    expect(parseBundle(text)).toEqual(bundle);
    expect(parseBundle(new TextEncoder().encode(text))).toEqual(bundle);
    expect(formatBundle(parseBundle(text))).toBe(text);
    const alone = sampleProof({ entries: [bundle.entry], index: 0 });
    expect(parseBundle(formatBundle(alone))).toEqual(alone);
  });

  it.each([
    ['nothing', ''],
    ['null', 'null\n'],
    ['a list', '[]\n'],
    ['half a file', text.slice(0, text.length / 2)],
    ['no final newline', text.slice(0, -1)],
    ['a second newline', `${text}\n`],
    ['a byte order mark', `\ufeff${text}`],
    ['other spaces', text.replace('  "entry"', '   "entry"')],
    ['tabs', text.replaceAll('  ', '\t')],
    ['one line', JSON.stringify(JSON.parse(text))],
    [
      'an escape that is not needed',
      text.replace('"entry": "B', '"entry": "\\u0042').replace('"entry": "D', '"entry": "\\u0044'),
    ],
    ['a number written otherwise', text.replace('"index": 14', '"index": 14.0')],
    ['a number with an exponent', text.replace('"index": 14', '"index": 1.4e1')],
    ['minus zero', formatBundle(sampleProof({ index: 0 })).replace('"index": 0', '"index": -0')],
    ['a fraction', text.replace('"index": 14', '"index": 14.5')],
    ['a number as text', text.replace('"index": 14', '"index": "14"')],
    ['a number beyond 2^53', text.replace('"size": 20', '"size": 9007199254740993')],
    ['a key twice', text.replace('"index": 14,', '"index": 13,\n    "index": 14,')],
    ['an unknown key', text.replace('"index": 14,', '"index": 14,\n    "note": 1,')],
    ['__proto__', text.replace('"index": 14,', '"index": 14,\n    "__proto__": 1,')],
    ['a missing key', text.replace('    "index": 14,\n', '')],
    ['another order', text.replace('"index": 14,\n    "size": 20,', '"size": 20,\n    "index": 14,')],
    ['another version', text.replace('proof/v1', 'proof/v2')],
    [
      'a line with a newline',
      text.replace('"000000000057",\n    ', '"000000000057\\n').replace('\\n"', '\\n'),
    ],
    ['a statement as one text', text.replace(/"statement": \[[^\]]*\]/, '"statement": "x"')],
    ['a statement without lines', text.replace(/"statement": \[[^\]]*\]/, '"statement": []')],
    ['a short hash', text.replace(/("path": \[\s*")[^"]*/, '$1AAAA')],
    [
      'a path of 64',
      text.replace(
        /("path": \[\s*)("[^"]*")/,
        (_, head, hash) => head + Array(60).fill(hash).join(',\n      '),
      ),
    ],
    ['base64 with padding bits', text.replace(/("path": \[\s*"[^"]*)[^"]=/, '$1B=')],
    ['a lone surrogate', text.replace('heartwood-proof', 'heartwood\ud800proof')],
    ['a huge file', `${text.slice(0, -2)}${' '.repeat(1_000_000)}}\n`],
  ])('refuses %s', (_, wrong) => {
    expect(wrong).not.toBe(text);
    expect(() => parseBundle(wrong)).toThrow(/not a proof bundle/);
  });

  it('will not print what it could not read', () => {
    const { segment } = bundle;
    expect(() => formatBundle({ ...bundle, statement: 'no newline' })).toThrow(/end in a newline/);
    expect(() => formatBundle({ ...bundle, segment: { ...segment, index: -1 } })).toThrow(/whole number/);
    expect(() => formatBundle({ ...bundle, segment: { ...segment, path: [new Uint8Array(31)] } })).toThrow(
      /32 bytes/,
    );
  });
});

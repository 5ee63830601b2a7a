import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64, encodeBase64 } from './base64.ts';

describe('base64', () => {
  it('gives the texts of RFC 4648 section 10', () => {
    const texts = ['', 'f', 'fo', 'foo', 'foob', 'fooba', 'foobar'];
    const encoded = ['', 'Zg==', 'Zm8=', 'Zm9v', 'Zm9vYg==', 'Zm9vYmE=', 'Zm9vYmFy'];
    expect(texts.map((text) => encodeBase64(new TextEncoder().encode(text)))).toEqual(encoded);
    expect(encoded.map((text) => new TextDecoder().decode(decodeBase64(text)))).toEqual(texts);
  });

  it.each([
    'Zg',
    'Zg=',
    'Zh==',
    'Zm9=',
    'Zm8=\n',
    ' Zm8',
    'Zm9v=',
    'Z===',
    '====',
    '=',
    'Zm_v',
    'Zm-v',
    'Zg==Zg==',
    'Zmé=',
  ])('refuses %j', (text) => {
    expect(() => decodeBase64(text)).toThrow(/not canonical base64/);
  });

  it('agrees with Buffer on what it writes, and reads only what it would write', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = encodeBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString('base64'));
        expect(decodeBase64(text)).toEqual(bytes);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'AQgwZ/+9=='), maxLength: 9 }), (text) => {
        let decoded: Uint8Array | undefined;
        try {
          decoded = decodeBase64(text);
        } catch {}
        if (decoded) expect(encodeBase64(decoded)).toBe(text);
      }),
    );
  });
});

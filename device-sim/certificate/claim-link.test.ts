import { describe, expect, it } from 'vitest';
import { parseClaimLink } from './claim-link.ts';

const sha256 = Buffer.alloc(32, 7).toString('base64url');

describe('a claim’s link', () => {
  it('names hosts, port, code and whom to trust', () => {
    const link = `https://hub.local:8420/enroll#code=7KQ2-M0XR-94TB&sha256=${sha256}&at=hub,192.168.1.7`;
    expect(parseClaimLink(link)).toEqual({
      hosts: ['hub.local', 'hub', '192.168.1.7'],
      port: 8420,
      code: '7KQ2-M0XR-94TB',
      sha256: Buffer.alloc(32, 7),
    });
    expect(parseClaimLink(`https://hub.local/enroll#sha256=${sha256}&code=A`)).toMatchObject({
      hosts: ['hub.local'],
      port: 443,
    });
  });

  it.each([
    'x',
    `http://hub.local/enroll#code=A&sha256=${sha256}`,
    `https://hub.local/other#code=A&sha256=${sha256}`,
    `https://hub.local/enroll#sha256=${sha256}`,
    'https://hub.local/enroll#code=A',
    'https://hub.local/enroll#code=A&sha256=AAAA',
  ])('is not %s', (text) => {
    expect(() => parseClaimLink(text)).toThrow(RangeError);
  });
});

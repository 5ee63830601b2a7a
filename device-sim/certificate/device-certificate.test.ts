import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newRequest } from './device-certificate.ts';

describe('a request for a certificate', () => {
  it.each(['p-256', 'ed25519'] as const)('has nothing of the private %s key in it', async (kind) => {
    const { key, csr } = await newRequest(kind);
    const jwk = createPrivateKey(key).export({ format: 'jwk' });
    const der = Buffer.from(csr.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
    expect(der.includes(Buffer.from(jwk.x as string, 'base64url'))).toBe(true);
    expect(der.includes(Buffer.from(jwk.d as string, 'base64url'))).toBe(false);
    expect(() => new X509Certificate(csr)).toThrow();
  });
});

import { describe, expect, it } from 'vitest';
import { Authority } from '../certificate/authority.ts';
import { Home } from '../testing.ts';
import { HostNames } from './host-names.ts';

describe('a host name', () => {
  it('without a certificate is this machine’s own, an address, or one that the owner gave', () => {
    const names = new HostNames(undefined, ['Hub.Example.org']);
    for (const host of [
      'localhost',
      'localhost:8080',
      'LOCALHOST',
      '127.0.0.1:1',
      '[::1]:8080',
      '192.168.1.5',
      'hub.example.org',
      'hub.example.org.:443',
    ])
      expect(names.answersTo(host), host).toBe(true);
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'a b',
      '',
      'x@localhost:y',
    ])
      expect(names.answersTo(host), host).toBe(false);
    expect(names.answersTo(undefined)).toBe(true);
  });

  it('with a certificate is also one that it vouches for, as long as it is shown', async () => {
    const home = new Home();
    try {
      const { hub } = await home.start();
      const { db, keyring } = hub.vault;
      const authority = await Authority.open(db, keyring, 'heartwood/hub/0011223344556677', home.nowMs);
      const certOf = async (name: string): Promise<string> =>
        (await authority.issueServer([name], home.nowMs)).cert;
      const names = new HostNames(await certOf('heartwood.local'));
      expect(names.answersTo('heartwood.local:8443')).toBe(true);
      expect(names.answersTo('other.local')).toBe(false);
      names.renew(await certOf('other.local'));
      expect(names.answersTo('other.local')).toBe(true);
      expect(names.answersTo('heartwood.local')).toBe(false);
    } finally {
      home.remove();
    }
  });
});

// `heartwood ledger` and `heartwood monitor` as they run: a real server on loopback, a hub that sends statements to it,
// and a monitor that watches both.

import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatVerifierKey, parseNote } from '@heartwood/anchor';
import { afterAll, describe, expect, it } from 'vitest';
import { chain, folder, HUB, read, remote, run, startLedger } from './ledger-sample.ts';

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('heartwood ledger', () => {
  it('takes statements, publishes files, is watched, and goes on after a restart', async () => {
    const [data, files] = [join(folder, 'one'), join(folder, 'www')];
    const ledger = await startLedger(data, '--publish', files);
    const notes = chain(30);
    expect((await remote(ledger).append(notes.slice(0, 29)))[28]).toMatchObject({
      kind: 'appended',
      index: 28,
    });
    expect(statSync(join(data, 'ledger.key')).mode & 0o777).toBe(0o600);

    const policy = join(folder, 'policy.txt');
    writeFileSync(policy, `log ${ledger.vkey} ${ledger.url}\nhub ${formatVerifierKey(HUB)}\nquorum none\n`);
    const watch = [
      'monitor',
      ledger.url,
      '--policy',
      policy,
      '--state',
      join(folder, 'state.json'),
      '--once',
    ];
    expect(await run(watch)).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^Read 29 new.*\nAll is well/),
    });

    await ledger.stop();
    const published = join(files, 'checkpoint');
    expect(read(published)).toMatch(/\n29\n/);
    expect(existsSync(join(files, 'tile/entries/000.p/29'))).toBe(true);
    // The mark has the Ed25519 line, what is published the ML-DSA-44 line too.
    const [signed, shown] = [read(`${data}.mark`)!, read(published)!];
    expect(shown.slice(0, signed.length)).toBe(signed);
    expect(parseNote(shown).signatures.map(({ signature }) => signature.length)).toEqual([64, 2428]);
    expect(await run(watch)).toMatchObject({ status: 3, err: expect.stringMatching(/does not answer/) });

    const again = await startLedger(data);
    expect((await remote(again).append(notes.slice(28)))[1]).toMatchObject({ kind: 'appended', index: 29 });
    const moved = watch.with(1, again.url);
    expect(await run(moved)).toMatchObject({ status: 0, out: expect.stringMatching(/^Read 1 new/) });
    expect(await run([...moved, '--silence-after', '1s'])).toMatchObject({
      status: 1,
      out: expect.stringMatching(/^ALARM silence: .* has made no statement for/m),
    });
    await again.stop();

    // The same key over another history, as after a disk that was put back and a hub that went on.
    const forkData = join(folder, 'fork');
    const fork = await startLedger(forkData);
    await fork.stop();
    writeFileSync(join(forkData, 'ledger.key'), readFileSync(join(data, 'ledger.key')));
    rmSync(join(forkData, 'ledger.key'));
    await expect(startLedger(forkData)).rejects.toThrow(/its key .* is not\. Put the key back/);
    writeFileSync(join(forkData, 'ledger.key'), readFileSync(join(data, 'ledger.key')));
    rmSync(join(forkData, 'ledger.db'));
    const mark = ['--mark-file', join(folder, 'other.mark')];
    const forked = await startLedger(forkData, ...mark);
    await remote(forked).append(chain(31, 8));
    expect(await run(watch.with(1, forked.url))).toMatchObject({
      status: 1,
      out: expect.stringMatching(/^ALARM fork: .* signed two histories(.|\n)*\n {4}30\n(.|\n)*\n {4}31\n/m),
    });
    await forked.stop();
    await expect(startLedger(forkData, '--mark-file', `${data}.mark`)).rejects.toThrow(
      /two ledgers have signed with one key/,
    );
  });

  it.each([
    [[], 2, /Give --hubs FILE with one line `hub <vkey>`/],
    [['--hubs', 'nowhere.txt'], 2, /nowhere\.txt is not there/],
    [['--hubs', 'empty.txt'], 2, /names no hub/],
    [['--hubs', 'odd.txt'], 2, /policy line 1/],
    [['--hubs', 'good.txt', '--http-host', '0.0.0.0'], 2, /Add --http-tls-cert/],
    [['--hubs', 'good.txt', '--data', 'good.txt/nowhere'], 3, /cannot be opened/],
  ] as const)('refuses %j with a sentence', async (args, status, text) => {
    writeFileSync(join(folder, 'empty.txt'), 'quorum none\n');
    writeFileSync(join(folder, 'odd.txt'), 'hub x\n');
    writeFileSync(join(folder, 'good.txt'), `hub ${formatVerifierKey(HUB)}\nquorum none\n`);
    expect(await run(['ledger', '--log', 'silent', ...args])).toMatchObject({
      status,
      err: expect.stringMatching(text),
    });
  });

  it.each([
    [['monitor', 'http://127.0.0.1:9', '--policy', 'nowhere.txt'], 2, /is not there/],
    [['monitor', 'http://127.0.0.1:9', '--policy', 'none.txt'], 2, /names 0 logs/],
    [['monitor', 'ftp://x', '--policy', 'log.txt'], 2, /no address of a ledger/],
    [['monitor', 'http://127.0.0.1:9', '--policy', 'log.txt', '--every', '5'], 2, /--every must be/],
    [['monitor', 'http://127.0.0.1:9', '--policy', 'log.txt', '--state', 'odd.json'], 3, /Move it away/],
  ] as const)('%j is refused', async (args, status, text) => {
    writeFileSync(join(folder, 'none.txt'), 'quorum none\n');
    writeFileSync(join(folder, 'log.txt'), `log ${formatVerifierKey(HUB)}\nquorum none\n`);
    writeFileSync(join(folder, 'odd.json'), '{');
    expect(await run(args)).toMatchObject({ status, err: expect.stringMatching(text) });
  });
});

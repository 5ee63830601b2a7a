// `heartwood new-epoch` at a terminal: what it asks, and what the answer does; and what `fsck` says of the old ledger.

import { copyFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { earlierLedgerPath, HubThread, ledgerPath } from '@heartwood/gateway';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../exit-status.ts';
import { type Ended, runHeartwood } from '../test-frame.ts';

const folder = mkdtempSync(join(tmpdir(), 'heartwood-cli-epoch-'));
const data = join(folder, 'data');
const mark = `${data}.mark`;
afterAll(() => rmSync(folder, { recursive: true }));

const because = ['--because', 'the card died'];
const run = (command: string, ...args: string[]): Promise<Ended> =>
  runHeartwood([command, '--data', data, ...args]);
/** Answers at a terminal; `asked` keeps what was asked. */
const answering = async (answer: string, ...args: string[]): Promise<Ended & { asked: string[] }> => {
  const asked: string[] = [];
  const ended = await runHeartwood(['new-epoch', '--data', data, ...because, ...args], {
    ask: async (question) => {
      asked.push(question);
      return answer;
    },
  });
  return { ...ended, asked };
};

/** Runs a hub that closes a few batches. */
async function live(): Promise<void> {
  const closed = Promise.withResolvers<void>();
  let batches = 0;
  const hub = await HubThread.start(
    {
      directory: data,
      keySource: { keyFile: `${data}.key` },
      originPrefix: 'heartwood',
      intervalMs: 200,
      quarantineRowsMax: 100,
      quarantineBytesMax: 1_000_000,
      markFile: mark,
      withoutQuorum: 'publish-with-alarm',
    },
    {
      readings: () => undefined,
      alarms: () => undefined,
      batch: () => {
        if (++batches === 3) closed.resolve();
      },
      scores: () => undefined,
      registry: () => undefined,
      refused: () => undefined,
      log: () => undefined,
      failed: closed.reject,
    },
  );
  await closed.promise;
  await hub.stop();
}

/** A data folder that was put back: its mark knows more. */
beforeEach(async () => {
  for (const path of [data, mark, `${data}.key`]) rmSync(path, { recursive: true, force: true });
  await live();
  cpSync(data, join(folder, 'copy'), { recursive: true });
  await live();
  rmSync(data, { recursive: true });
  cpSync(join(folder, 'copy'), data, { recursive: true });
  rmSync(join(folder, 'copy'), { recursive: true });
}, 60_000);

describe('a new epoch', () => {
  it('is explained and asked for; any other answer than the word changes nothing', async () => {
    const before = readFileSync(join(data, 'hub.db'));
    const { status, out, err, asked } = await answering('yes');
    expect(status).toBe(EXIT.no);
    expect(out).toMatch(/By the mark .* had signed \d+ statements/);
    expect(out).toMatch(/go on at batch \d+, above every number/);
    expect(out).toContain('Readings that only the lost copy had stay lost');
    expect(asked).toEqual([expect.stringContaining('"new epoch"')]);
    expect(err).toContain('Nothing was changed');
    expect(readFileSync(join(data, 'hub.db')).equals(before)).toBe(true);
    expect(existsSync(ledgerPath(data))).toBe(true);
    const begun = await answering(' New Epoch\n', '--seen-batch', '70000');
    expect(begun.status).toBe(EXIT.ok);
    expect(Number(/first batch is (\d+)/.exec(begun.out)?.[1])).toBeGreaterThan(100_070_000);
    expect(begun.out.match(/^ {4}(hub|log) \S+$/gm)).toHaveLength(3);
  }, 60_000);

  it('has its old ledger checked by fsck for ever: one that was changed shows', async () => {
    expect((await run('new-epoch', '--yes', ...because)).status).toBe(EXIT.ok);
    const sound = await run('fsck');
    expect(sound.status, sound.out).toBe(EXIT.ok);
    expect(sound.out).toMatch(/Ledger of epoch 1 \d+ statements/);
    expect(sound.out).toContain('Ledger of epoch 2: none yet');
    const file = readFileSync(earlierLedgerPath(data, 1));
    file.write('000000000009', file.indexOf('\n000000000001\n') + 1);
    writeFileSync(earlierLedgerPath(data, 1), file);
    const harmed = await run('fsck');
    expect(harmed.status).toBe(EXIT.no);
    expect(harmed.out).toMatch(/WRONG the ledger of epoch 1, entry 1/);
    rmSync(earlierLedgerPath(data, 1));
    expect((await run('fsck')).out).toMatch(/WRONG the ledger of epoch 1: there is no ledger/);
  }, 60_000);

  it('is not begun where only the ledger’s file was lost, and says what to do instead', async () => {
    expect((await run('new-epoch', '--yes', ...because)).status).toBe(EXIT.ok);
    await live();
    rmSync(join(data, 'ledger'), { recursive: true });
    const { status, err } = await run('new-epoch', '--yes', ...because);
    expect(status).toBe(EXIT.no);
    expect(err).toMatch(/No new epoch is needed\. No batch was lost/);
    expect((await run('doctor')).out).toContain('No batch was lost');
    copyFileSync(mark, `${mark}.kept`);
    rmSync(mark);
    await live();
    expect((await run('fsck')).status).toBe(EXIT.ok);
  }, 60_000);

  it('refuses what says nothing, and a number that is none', async () => {
    for (const args of [[], ['--because', '  '], ['--because', 'a\nb'], [...because, '--seen-batch', '-1']])
      expect((await run('new-epoch', '--yes', ...args)).status).toBe(EXIT.usage);
    expect((await run('new-epoch', ...because)).err).toContain('no terminal');
  });
});

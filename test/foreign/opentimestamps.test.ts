// Our OpenTimestamps files are read by python3-opentimestamps, which shares no code with us, and its files by us: digest,
// operations, attestations, and the same bytes written again. A real anchor goes through all of it, up to a block header.

import { spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkOpenTimestamps, formatOtsFile, parseOtsEvidence, parseOtsFile } from '@heartwood/anchor';
import { openTimestamps } from '@heartwood/anchor/node';
import { SampleCalendar } from '@heartwood/anchor/opentimestamps-sample';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const python = ['/usr/bin/python3', 'python3'].find(
  (name) => spawnSync(name, ['-c', 'import opentimestamps.core.timestamp, bitcoin.core']).status === 0,
);
const pythonIs = python ? '' : ' (skipped: apt-get install python3-opentimestamps)';
const SCRIPT = fileURLToPath(new URL('timestamps.py', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'heartwood-ots-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (...args: readonly string[]): { status: number | null; out: string } => {
  const { status, stdout } = spawnSync(python!, [SCRIPT, ...args], { encoding: 'utf8' });
  return { status, out: stdout };
};
type Described = { digest: string; same: boolean; pending: string[]; bitcoin: [number, string][] };
const described = (...paths: readonly string[]): Described[] => {
  const { status, out } = run('read', ...paths);
  if (status !== 0) throw new Error(out);
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Described);
};
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const save = (name: string, bytes: Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

/** An anchor at three calendars: promised, half in Bitcoin, and in Bitcoin. */
async function anchored() {
  const calendars = ['a', 'b', 'c'].map((name) => new SampleCalendar(`https://${name}.calendar.example`));
  const anchor = openTimestamps({
    calendars: calendars.map(({ uri }) => uri),
    needed: 2,
    random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    fetch: async (url, { method, body }) => {
      const calendar = calendars.find(({ uri }) => url.startsWith(`${uri}/`))!;
      const answer = calendar.answer(method, new URL(url).pathname, body);
      const said = typeof answer.body === 'string' ? answer.body : new Uint8Array(answer.body);
      return new Response(said, { status: answer.status });
    },
  });
  const digest = new Uint8Array(hash('sha256', 'a checkpoint', 'buffer'));
  const files: Uint8Array[] = [];
  const keep = (said: Awaited<ReturnType<typeof anchor.submit>>): string => {
    if (said.state === 'lost') throw new Error(said.why);
    files.push(formatOtsFile(parseOtsEvidence(said.evidence).stamp));
    return said.evidence;
  };
  const promised = keep(await anchor.submit(digest));
  calendars[0]!.confirm(930_000, 1_795_000_000);
  const half = keep(await anchor.advance(digest, promised));
  const header = calendars[1]!.confirm(930_001, 1_795_000_600);
  const confirmed = keep(await anchor.advance(digest, half));
  return { digest, files, header, confirmed };
}

describe.skipIf(!python)(`python3-opentimestamps${pythonIs}`, () => {
  let one: Awaited<ReturnType<typeof anchored>>;
  let paths: string[];
  beforeAll(async () => {
    one = await anchored();
    paths = one.files.map((bytes, n) => save(`${n}.ots`, bytes));
  });

  it('reads what we write: our digest, its attestations, the same bytes again', () => {
    const [promised, half, confirmed] = described(...paths) as [Described, Described, Described];
    for (const { digest, same } of [promised, half, confirmed]) {
      expect([digest, same]).toEqual([hex(one.digest), true]);
    }
    expect(promised).toMatchObject({
      pending: ['a', 'b', 'c'].map((name) => `https://${name}.calendar.example`),
      bitcoin: [],
    });
    expect([half.pending.length, half.bitcoin.length]).toEqual([2, 1]);
    expect(confirmed.pending).toEqual([]);
    expect(confirmed.bitcoin.map(([height]) => height)).toEqual([930_000, 930_001]);
  });

  it('finds the Merkle roots that we find', () => {
    const [{ bitcoin } = { bitcoin: [] }] = described(paths[2]!);
    const { text } = checkOpenTimestamps(one.confirmed, one.digest);
    for (const [height, root] of bitcoin) {
      const asPrinted = hex(Buffer.from(root, 'hex').reverse());
      expect(text).toContain(`Bitcoin block ${height} must have the Merkle root ${asPrinted}`);
    }
    expect(bitcoin).toHaveLength(2);
  });

  it('takes the header that we take, and refuses the one that we refuse', () => {
    const headers = new Map([[930_001, one.header]]);
    expect(checkOpenTimestamps(one.confirmed, one.digest, { headers }).proves).toContain(
      '2026-11-18T11:16:40.000Z',
    );
    const alone = parseOtsEvidence(one.confirmed).stamp;
    const only = alone.branches.find(({ stamp }) => JSON.stringify(stamp).includes('930001'))!;
    const path = save('one.ots', formatOtsFile({ ...alone, branches: [only] }));
    expect(run('header', path, save('header', one.header))).toEqual({ status: 0, out: '[1795000600]\n' });
    const { status, out } = run('header', paths[2]!, save('header', one.header));
    expect([status, out]).toEqual([1, 'REFUSED: VerificationError: Digest does not match merkleroot\n']);
  });

  it('makes files that we read, and write again byte for byte', () => {
    const made = join(folder, 'made');
    mkdirSync(made);
    expect(run('make', made).status).toBe(0);
    const names = readdirSync(made).toSorted();
    expect(names).toHaveLength(12);
    const theirs = described(...names.map((name) => join(made, name)));
    for (const [n, name] of names.entries()) {
      const bytes = new Uint8Array(readFileSync(join(made, name)));
      const stamp = parseOtsFile(bytes);
      expect(`${hex(stamp.message)}.ots`).toBe(name);
      expect(formatOtsFile(stamp)).toEqual(bytes);
      expect(theirs[n]).toMatchObject({ digest: hex(stamp.message), same: true });
    }
  });

  it('takes each changed file that we take, and reads the same in it', () => {
    const whole = one.files[0]!;
    let both = 0;
    // One process reads a file each; every seventh byte is enough to meet each part of it.
    for (let at = 0; at < whole.length; at += 7) {
      const changed = whole.with(at, whole[at]! ^ 0x41);
      const path = save('changed.ots', changed);
      const { status, out } = run('read', path);
      let ours: Uint8Array | undefined;
      try {
        ours = parseOtsFile(changed).message;
      } catch {
        ours = undefined;
      }
      // We refuse more: other operations, other order, longer numbers. What we take, it takes, and reads likewise.
      if (ours === undefined) continue;
      both += 1;
      expect([status, (JSON.parse(out) as Described).digest], `byte ${at}`).toEqual([0, hex(ours)]);
      expect((JSON.parse(out) as Described).same, `byte ${at}`).toBe(true);
    }
    expect(both).toBeGreaterThan(5);
  });
});

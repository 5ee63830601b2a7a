// What could keep a hub from working well, each finding with what to do about it. Only looks, but for a page written to
// the disk and taken away again.

import { existsSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AnchorError, frontierRoot, readFrontier } from '@heartwood/anchor';
import { nodeSha256, openLedgerReader, openMarkFile, settleMark } from '@heartwood/anchor/node';
import { HeartwoodError } from '../error.ts';
import { FULL_BYTES, isLow, isReadOnly } from '../hub/disk-watch.ts';
import type { MasterKeySource } from '../keys/master-key.ts';
import { databaseExists } from '../store/database.ts';
import { Vault } from '../vault.ts';
import { diskTrial } from './disk-trial.ts';
import { equivocations, history } from './doctor-history.ts';
import { advice, type Finding, trouble, well } from './finding.ts';

/** Before this date no Heartwood existed: the machine's clock was never set. */
const CLOCK_LEAST_MS = Date.UTC(2026, 0, 1);
const SILENCE_MS = 120_000;

export type Examined = {
  readonly directory: string;
  readonly keySource: MasterKeySource;
  readonly clock: () => number;
  readonly markFile: string;
};

/** @returns findings in the order in which a person should read them */
export async function examine(options: Examined): Promise<Finding[]> {
  const findings = [...clock(options), ...disk(options)];
  if (isLedgerAlone(options.directory)) return [...findings, ...ledgerAlone(options)];
  findings.push(...key(options));
  try {
    const vault = Vault.open(options, 'read');
    try {
      findings.push(...record(vault));
      for await (const one of history(vault, options.markFile)) findings.push(one);
      findings.push(...people(vault), ...quarantine(vault));
    } finally {
      vault.close();
    }
  } catch (error) {
    if (!(error instanceof HeartwoodError)) throw error;
    findings.push({ level: 'trouble', about: 'data', what: error.message });
  }
  return findings;
}

function* clock({ clock: now }: Examined): Generator<Finding> {
  const nowMs = now();
  if (nowMs < CLOCK_LEAST_MS) {
    const said = new Date(nowMs).toISOString().slice(0, 10);
    yield trouble(
      'clock',
      `It says ${said}: it was never set. Connect the machine to the network, or set it with: date -s`,
    );
  } else yield well('clock', new Date(nowMs).toISOString());
}

function* disk({ directory }: Examined): Generator<Finding> {
  const at = existsSync(directory) ? directory : dirname(directory);
  if (!existsSync(at)) return;
  const { bavail, bsize, blocks } = statfsSync(at);
  const free = bavail * bsize;
  const said = free < 1e9 ? `${Math.floor(free / 1e6)} MB free` : `${(free / 1e9).toFixed(1)} GB free`;
  if (isReadOnly(at)) {
    yield trouble(
      'disk',
      'It takes no writes (read-only): the hub acknowledges nothing, and devices keep what they measure. A card that ' +
        'wears out ends so: copy the data, put it on another, and keep this one as it is.',
    );
  } else if (free < FULL_BYTES) {
    yield trouble(
      'disk',
      `It is full (${said}): the hub acknowledges nothing, and devices keep what they measure. Make room; the hub goes on by itself.`,
    );
  } else {
    const failed = diskTrial(at);
    if (failed !== undefined)
      yield trouble(
        'disk',
        `A page written to it did not stay (${failed}): the hub acknowledges nothing while that is so, and devices keep what ` +
          'they measure. Look at the cable and the power; then copy the data, and put it on another disk.',
      );
    yield isLow({ free, size: blocks * bsize })
      ? trouble('disk', `${said}: make room before the hub has to stop acknowledging.`)
      : well('disk', said);
  }
}

function* key({ directory, keySource }: Examined): Generator<Finding> {
  if (keySource.passphraseFile !== undefined || !existsSync(keySource.keyFile) || !existsSync(directory))
    return;
  if (statSync(keySource.keyFile).dev === statSync(directory).dev) {
    yield advice(
      'master key',
      `${keySource.keyFile} lies on the disk that it protects: whoever takes the disk has both. Keep it on a USB stick, in a systemd credential, or use a passphrase.`,
    );
  } else yield well('master key', 'it lies apart from the data');
}

function* record(vault: Vault): Generator<Finding> {
  const last = vault.store.lastBatch();
  if (last === undefined) {
    yield advice('record', 'No batch was closed yet: the hub has not run for a whole interval.');
    return;
  }
  const ageMs = vault.clock() - last.end_ms;
  const said = `batch ${last.sequence} was closed at ${new Date(last.end_ms).toISOString()}`;
  if (ageMs < -SILENCE_MS) yield trouble('record', `${said}: in the future. The clock was turned back.`);
  else if (ageMs > SILENCE_MS) yield advice('record', `${said}: no hub seems to run here.`);
  else yield well('record', said);
}

function* people(vault: Vault): Generator<Finding> {
  const devices = vault.registry.devices().filter((device) => !device.revoked);
  if (devices.length === 0) yield advice('devices', 'None is enrolled: heartwood enroll admits one.');
  else yield well('devices', `${devices.length} for ${vault.registry.patients().length} people`);
}

function* quarantine(vault: Vault): Generator<Finding> {
  const reasons = new Map<string, number>();
  const rows = vault.db.prepare('SELECT reason, count(*) AS n FROM quarantine GROUP BY reason').all() as {
    reason: string;
    n: number;
  }[];
  for (const { reason, n } of rows) reasons.set(reason, n);
  if (reasons.size === 0) yield well('quarantine', 'empty: every message was understood');
  else {
    const listed = [...reasons].map(([reason, n]) => `${n} ${reason}`).join(', ');
    yield advice(
      'quarantine',
      `${listed}. These messages were refused and kept: \`heartwood quarantine\` lists them, docs/spec/message.md says what each reason means.`,
    );
  }
}

const ledgerAlonePath = (directory: string): string => join(directory, 'ledger.db');

/** The folder of `heartwood ledger`. */
const isLedgerAlone = (directory: string): boolean =>
  !databaseExists(directory) && existsSync(ledgerAlonePath(directory));

function* ledgerAlone({ directory, markFile }: Examined): Generator<Finding> {
  const path = ledgerAlonePath(directory);
  try {
    const reader = openLedgerReader(path);
    try {
      const { size, checkpoint } = reader.latest();
      const rootAt = (at: number): Uint8Array =>
        frontierRoot(
          readFrontier((level, index) => reader.node(level, index), at),
          nodeSha256,
        );
      // Compared as at a start, and not moved.
      const mark = { ...openMarkFile(markFile), replace: () => undefined };
      settleMark(mark, reader.key, { size, note: checkpoint, rootAt });
      yield well('ledger', `${reader.key.name} has ${size} statements, and its mark knows no more`);
    } finally {
      reader.close();
    }
  } catch (error) {
    if (!(error instanceof AnchorError)) throw error;
    yield trouble('ledger', `${error.message}.`);
  }
  yield* equivocations(path);
}

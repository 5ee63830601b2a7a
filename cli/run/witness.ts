// `heartwood witness`. Its folder holds two files that belong together: `witness.key`, and `witness.db`, what it cosigned
// last. A key without that memory must never sign again, so the memory is made with new keys only: the key is written
// beside its place, then the memory is made, then the key moves into place. What a crash left before that never signed.

import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AnchorError, formatVerifierKey, KEY_TYPES, parseLogList, type VerifierKey } from '@heartwood/anchor';
import {
  createWitnessKeys,
  formatWitnessKeys,
  makeFolder,
  openWitness,
  parseWitnessKeys,
  startWitnessServer,
  syncFolder,
  type Witness,
  type WitnessServer,
} from '@heartwood/anchor/node';
import { EXIT, type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { type Log, openLog } from '../log.ts';
import type { SettingsOf, WitnessKeyChoice } from '../settings.ts';

export type WitnessArguments = SettingsOf<'witness'> & {
  /** The operator's word that the clock is right. */
  readonly trustClock: boolean;
};

const KEY_TYPES_OF: Readonly<Record<WitnessKeyChoice, readonly (4 | 6)[]>> = {
  ed25519: [KEY_TYPES.cosignatureEd25519],
  'ml-dsa-44': [KEY_TYPES.cosignatureMlDsa44],
  both: [KEY_TYPES.cosignatureEd25519, KEY_TYPES.cosignatureMlDsa44],
};

/** @throws Refusal */
export async function runWitness(settings: WitnessArguments, frame: Frame): Promise<ExitStatus> {
  const logs = logsOf(settings, frame);
  const stop = frame.stopSignal();
  const witness = refusing(() => open(settings, logs));
  try {
    const server = await serve(settings, witness, openLog(settings.log));
    frame.write(`${introduction(witness, server, settings, logs).join('\n')}\n`);
    if (!stop.aborted)
      await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }));
    await server.close();
    frame.write('Stopped.\n');
    return EXIT.ok;
  } finally {
    witness.close();
  }
}

function logsOf({ witnessLogs }: WitnessArguments, frame: Frame): VerifierKey[] {
  if (witnessLogs === undefined) {
    throw new Refusal(
      'usage',
      'witness-logs is needed: a file with a line "log <vkey>" for each ledger. Add --witness-logs FILE.',
    );
  }
  const file = frame.readText(witnessLogs);
  if (file === undefined) throw new Refusal('usage', `witness-logs: ${witnessLogs} is not there.`);
  let logs: VerifierKey[];
  try {
    logs = parseLogList(file).map(({ key }) => key);
  } catch (cause) {
    if (!(cause instanceof AnchorError)) throw cause;
    throw new Refusal('usage', `witness-logs: ${witnessLogs}: ${cause.message}.`, { cause });
  }
  if (logs.length === 0) {
    throw new Refusal(
      'usage',
      `witness-logs: ${witnessLogs} has no line "log <vkey>", so there is nothing to witness.`,
    );
  }
  return logs;
}

function open(settings: WitnessArguments, logs: readonly VerifierKey[]): Witness {
  const { data, witnessKeys, trustClock } = settings;
  makeFolder(data);
  const [keyPath, path] = [join(data, 'witness.key'), join(data, 'witness.db')];
  const nowS = (): number => Math.floor(Date.now() / 1000);
  if (existsSync(keyPath)) {
    if ((statSync(keyPath).mode & 0o077) !== 0) {
      throw new Refusal(
        'cannot-run',
        `Others can read ${keyPath}. Make it yours alone: chmod 600 ${keyPath}`,
      );
    }
    const keys = parseWitnessKeys(readFileSync(keyPath, 'utf8'));
    return openWitness({ path, create: false, keys, logs, nowS, trustClock });
  }
  const draft = `${keyPath}.new`;
  if (existsSync(draft)) {
    for (const left of [path, `${path}-wal`, `${path}-shm`, draft]) rmSync(left, { force: true });
  }
  if (existsSync(path)) {
    throw new Refusal(
      'cannot-run',
      `${path} is there, but its key ${keyPath} is not. Put the key back, or begin a new witness in another folder.`,
    );
  }
  const name = settings.witnessName ?? `heartwood/witness/${randomBytes(8).toString('hex')}`;
  const keys = createWitnessKeys(name, KEY_TYPES_OF[witnessKeys]);
  writeFileSync(draft, formatWitnessKeys(keys), { mode: 0o600, flush: true });
  chmodSync(draft, 0o600);
  const witness = openWitness({ path, create: true, keys, logs, nowS, trustClock });
  renameSync(draft, keyPath);
  // What it cosigns is nothing without its key.
  syncFolder(data);
  return witness;
}

async function serve(settings: WitnessArguments, witness: Witness, log: Log): Promise<WitnessServer> {
  const { httpHost: host, httpPort: port, httpTlsCert, httpTlsKey } = settings;
  const tls =
    httpTlsCert === undefined || httpTlsKey === undefined
      ? undefined
      : { cert: pem('http-tls-cert', httpTlsCert), key: pem('http-tls-key', httpTlsKey) };
  const levels = { cosigned: 'debug', refused: 'info', contradiction: 'error', failed: 'error' } as const;
  try {
    return await startWitnessServer({
      witness,
      host,
      port,
      tls,
      log: ({ event, ...facts }) => log(levels[event], event, facts),
    });
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause)) throw cause;
    const why = cause.code === 'EADDRINUSE' ? `port ${port} is taken by another program` : cause.message;
    throw new Refusal('cannot-run', `The witness cannot listen on ${host}: ${why}.`, { cause });
  }
}

function introduction(
  witness: Witness,
  { url }: WitnessServer,
  { data }: WitnessArguments,
  logs: readonly VerifierKey[],
): string[] {
  const names = { 1: '', 4: 'ed25519', 6: 'ml-dsa-44' } as const;
  return [
    `Witness   ${witness.keys[0]!.name}`,
    `Address   ${url}`,
    ...[...new Set(logs.map(({ name }) => name))].map((name) => `Ledger    ${name}`),
    `Memory    ${data}: never restore it from a backup; an older memory with the same keys could cosign a second history.`,
    'For a policy, with a word of your own for it and the address as others reach it:',
    ...witness.keys.map((key) => `witness WORD-${names[key.type]} ${formatVerifierKey(key)} ${url}`),
  ];
}

function pem(setting: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Refusal('cannot-run', `${setting}: ${path} cannot be read.`, { cause });
  }
}

/** What a person can put right is told in a line. */
function refusing<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof AnchorError)
      throw new Refusal('cannot-run', `${sentence(cause.message)}.`, { cause });
    if (
      cause instanceof Error &&
      'code' in cause &&
      ['EACCES', 'EPERM', 'EROFS', 'ENOSPC'].includes(String(cause.code))
    ) {
      throw new Refusal('cannot-run', `The witness cannot keep its files: ${cause.message}.`, { cause });
    }
    throw cause;
  }
}

const sentence = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

// `heartwood ledger`: key, policy, mark and file put together behind a server. In this order:
//   1. the settings are read; nothing is made before they are right;
//   2. the witnesses say how far they have seen this ledger come: what they know cannot be put back by restoring this machine;
//   3. the ledger is opened against its mark and what they know;
//   4. it serves, and publishes once a second until it is told to stop.

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AnchorError,
  describeQuorum,
  formatSigningKey,
  formatVerifierKey,
  hexOf,
  KEEPS_ALL,
  parseSigningKey,
  type Signer,
  type VerifierKey,
} from '@heartwood/anchor';
import {
  closeWitnessCircle,
  type EmbeddedLedger,
  knownByWitnesses,
  LedgerPublisher,
  LedgerQueue,
  type LedgerServer,
  makeFolder,
  nodeSigner,
  openEmbeddedLedger,
  openMarkFile,
  postQuantumSigner,
  proofWithPostQuantum,
  type RetentionRule,
  startLedgerServer,
  stepRetention,
  type WitnessCircle,
} from '@heartwood/anchor/node';
import { EXIT, type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { type Log, openLog } from '../log.ts';
import type { SettingsOf } from '../settings.ts';
import { hubsWatcher, readHubs } from './ledger-hubs.ts';
import { openCircle, publishUntilStopped } from './ledger-publishing.ts';

export type LedgerArguments = SettingsOf<'ledger'>;

const DAY_MS = 86_400_000;

export async function runLedger(settings: LedgerArguments, frame: Frame): Promise<ExitStatus> {
  const stop = frame.stopSignal();
  const log = openLog(settings.log);
  const hubKeys = readHubs(settings.hubs, frame);
  const circle = openCircle(settings, frame);
  try {
    return await runWith(settings, { hubKeys, circle, log, stop, frame });
  } finally {
    if (circle) await closeWitnessCircle(circle);
  }
}

type Parts = {
  readonly hubKeys: readonly VerifierKey[];
  readonly circle: WitnessCircle | undefined;
  readonly log: Log;
  readonly stop: AbortSignal;
  readonly frame: Frame;
};

async function runWith(settings: LedgerArguments, parts: Parts): Promise<ExitStatus> {
  const { hubKeys, circle, log, stop, frame } = parts;
  const keys = refusing(settings, () => ledgerKeys(settings));
  const known = circle && (await knownByWitnesses(circle, keys.signer));
  if (known && known.answered < known.asked) {
    log('warn', 'witnesses-not-asked', { asked: known.asked, answered: known.answered });
  }
  const ledger = refusing(settings, () =>
    openEmbeddedLedger({
      path: join(settings.data, 'ledger.db'),
      signer: keys.signer,
      hubKeys,
      known: known?.newest,
      mark: openMarkFile(settings.markFile),
    }),
  );
  try {
    const retention = retentionOf(settings);
    refusing(settings, () => stepRetention(ledger, retention, Date.now(), ledger.latest().size));
    const { postQuantum } = keys;
    const publisher = new LedgerPublisher({
      ledger,
      circle,
      postQuantum,
      folder: settings.publish,
      retention,
      nowMs: Date.now,
    });
    const server = await serve(settings, ledger, publisher, postQuantum, log);
    frame.write(
      `${whereToLook(settings, ledger, [keys.signer, postQuantum], parts, server.url).join('\n')}\n`,
    );
    const also = hubsWatcher(settings.hubs ?? '', frame, log, (hubs) => ledger.setHubs(hubs));
    // A witness that has seen a second history ends it, and the server with it.
    const close = (): Promise<void> => server.close();
    await publishUntilStopped({ publisher, data: settings.data, log, also, stop, close });
    frame.write('Stopped. Every statement that was answered is on disk.\n');
    return EXIT.ok;
  } finally {
    // What is still being asked of witnesses must not touch a ledger that is closed.
    if (circle) await closeWitnessCircle(circle);
    ledger.close();
  }
}

function retentionOf({ retainDays, minimumIndex, noticeDays }: LedgerArguments): RetentionRule {
  return {
    keepDays: retainDays,
    minimumIndex: minimumIndex === 0 ? undefined : minimumIndex,
    noticeMs: noticeDays * DAY_MS,
  };
}

/** What a person can put right is told in a line. */
function refusing<T>({ data }: LedgerArguments, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof AnchorError || isSystemError(cause)) {
      throw new Refusal('cannot-run', `The ledger in ${data} cannot be opened: ${cause.message}.`, { cause });
    }
    throw cause;
  }
}

type LedgerKeys = { readonly signer: Signer; readonly postQuantum: Signer };

/** The ledger's own keys, both of one seed, made at the first start. Whoever has the file can sign as this ledger. */
function ledgerKeys({ data, origin }: LedgerArguments): LedgerKeys {
  makeFolder(data);
  const [path, ledgerPath] = [join(data, 'ledger.key'), join(data, 'ledger.db')];
  if (!existsSync(path)) {
    if (existsSync(ledgerPath)) {
      throw new Refusal(
        'cannot-run',
        `${ledgerPath} is there, but its key ${path} is not. Put the key back: no other can sign for this ledger.`,
      );
    }
    const name = `${origin}/ledger/${hexOf(randomBytes(8))}`;
    writeFileSync(path, `${formatSigningKey(name, randomBytes(32))}\n`, {
      mode: 0o600,
      flag: 'wx',
      flush: true,
    });
  }
  const { name, seed } = parseSigningKey(readFileSync(path, 'utf8').trim());
  return { signer: nodeSigner(name, seed), postQuantum: postQuantumSigner(name, seed) };
}

async function serve(
  settings: LedgerArguments,
  ledger: EmbeddedLedger,
  publisher: LedgerPublisher,
  postQuantum: Signer,
  log: Log,
): Promise<LedgerServer> {
  const { httpHost: host, httpPort: port, httpTlsCert, httpTlsKey } = settings;
  const queue = new LedgerQueue(publisher, setImmediate);
  try {
    const tls =
      httpTlsCert === undefined || httpTlsKey === undefined
        ? undefined
        : { cert: readFileSync(httpTlsCert, 'utf8'), key: readFileSync(httpTlsKey, 'utf8') };
    return await startLedgerServer({
      host,
      port,
      tls,
      reader: ledger.reader,
      published: () => publisher.published(),
      proofOf: (place) => publisher.proofOf(place),
      postQuantum: (proof) => proofWithPostQuantum(proof, ledger.key, postQuantum),
      submit: async (notes) => {
        const began = performance.now();
        const outcomes = await queue.submit(notes);
        const taken = outcomes.filter(({ kind }) => kind === 'appended').length;
        const equivocations = outcomes.filter(({ kind }) => kind === 'equivocation').length;
        const ms = Math.round(performance.now() - began);
        log(equivocations > 0 ? 'error' : 'debug', 'statements', {
          offered: notes.length,
          taken,
          equivocations,
          ms,
        });
        return outcomes;
      },
      onFault: (error) => log('error', 'request-failed', { why: messageOf(error) }),
    });
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw new Refusal('cannot-run', `It cannot serve on ${host}:${port}: ${cause.message}.`, { cause });
  }
}

function whereToLook(
  settings: LedgerArguments,
  ledger: EmbeddedLedger,
  keys: readonly VerifierKey[],
  { hubKeys, circle }: Pick<Parts, 'hubKeys' | 'circle'>,
  url: string,
): string[] {
  const { minimumIndex, keepDays, next } = ledger.reader.retention() ?? KEEPS_ALL;
  const gone = minimumIndex === 0 ? '' : `, from entry ${minimumIndex} on`;
  const goes =
    next &&
    `; up to entry ${next.minimumIndex} goes on ${new Date(next.notBeforeMs).toISOString().slice(0, 10)}`;
  return [
    `Ledger    ${ledger.key.name}, ${ledger.latest().size} statements`,
    `Serves    ${url}/checkpoint, for ${hubKeys.length} ${hubKeys.length === 1 ? 'hub' : 'hubs'}`,
    ...keys.map((key, i) => `${i === 0 ? 'Policy   ' : '         '} log ${formatVerifierKey(key)} ${url}`),
    '          (the lines by which others check this ledger: Ed25519, and ML-DSA-44; either will do)',
    ...(circle
      ? [`Witnesses ${describeQuorum(circle.policy.quorum)}; without them: ${circle.withoutQuorum}`]
      : []),
    `Keeps     ${keepDays === undefined ? 'all entries' : `entries for ${keepDays} days`}${gone}${goes ?? ''}`,
    `Data      ${settings.data}, its mark ${settings.markFile}`,
    ...(settings.publish === undefined ? [] : [`Files     ${settings.publish}`]),
    'Ctrl-C stops it.',
  ];
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

// `heartwood ledger`: key, policy, mark and file put together behind a server.

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  AnchorError,
  formatSigningKey,
  formatVerifierKey,
  hexOf,
  parsePolicy,
  parseSigningKey,
  type Signer,
  type VerifierKey,
} from '@heartwood/anchor';
import {
  type EmbeddedLedger,
  exportLog,
  LedgerQueue,
  type LedgerServer,
  nodeSigner,
  openEmbeddedLedger,
  openMarkFile,
  startLedgerServer,
} from '@heartwood/anchor/node';
import { EXIT, type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { type Log, openLog } from '../log.ts';
import type { SettingsOf } from '../settings.ts';

export type LedgerArguments = SettingsOf<'ledger'>;

/** How often the published files are brought up to what was signed. */
const PUBLISH_MS = 1000;

export async function runLedger(settings: LedgerArguments, frame: Frame): Promise<ExitStatus> {
  const stop = frame.stopSignal();
  const log = openLog(settings.log);
  const hubKeys = hubsOf(settings.hubs, frame);
  const ledger = openLedger(settings, hubKeys);
  try {
    const publish = publisher(settings, ledger, log);
    publish();
    const server = await serve(settings, ledger, log);
    frame.write(`${whereToLook(settings, ledger, hubKeys, server.url).join('\n')}\n`);
    const timer = setInterval(publish, PUBLISH_MS);
    await new Promise<void>((resolve) => {
      if (stop.aborted) resolve();
      else stop.addEventListener('abort', () => resolve(), { once: true });
    });
    clearInterval(timer);
    await server.close();
    publish();
    frame.write('Stopped. Every statement that was answered is on disk.\n');
    return EXIT.ok;
  } finally {
    ledger.close();
  }
}

function hubsOf(path: string | undefined, frame: Frame): readonly VerifierKey[] {
  const lines =
    'one line `hub <vkey>` for each hub (it stands in the hub’s own policy.txt), and `quorum none`';
  if (path === undefined) {
    throw new Refusal('usage', `Whose statements shall it take? Give --hubs FILE with ${lines}.`);
  }
  const text = frame.readText(path);
  if (text === undefined) throw new Refusal('usage', `The file ${path} is not there. It holds ${lines}.`);
  try {
    const { hubs } = parsePolicy(text);
    if (hubs.length > 0) return hubs;
  } catch (cause) {
    if (!(cause instanceof AnchorError)) throw cause;
    throw new Refusal('usage', `${path}: ${cause.message}.`, { cause });
  }
  throw new Refusal('usage', `${path} names no hub: this ledger would take nothing. It needs ${lines}.`);
}

function openLedger(
  { data, origin, markFile }: LedgerArguments,
  hubKeys: readonly VerifierKey[],
): EmbeddedLedger {
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 });
    const path = join(data, 'ledger.db');
    const signer = ledgerSigner(join(data, 'ledger.key'), path, origin);
    return openEmbeddedLedger({ path, signer, hubKeys, mark: openMarkFile(markFile) });
  } catch (cause) {
    if (cause instanceof AnchorError || isSystemError(cause)) {
      throw new Refusal('cannot-run', `The ledger in ${data} cannot be opened: ${cause.message}.`, { cause });
    }
    throw cause;
  }
}

/** The ledger's own key, made at the first start. Whoever has the file can sign as this ledger. */
function ledgerSigner(path: string, ledgerPath: string, origin: string): Signer {
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
  return nodeSigner(name, seed);
}

async function serve(settings: LedgerArguments, ledger: EmbeddedLedger, log: Log): Promise<LedgerServer> {
  const { httpHost: host, httpPort: port, httpTlsCert, httpTlsKey, minimumIndex } = settings;
  const queue = new LedgerQueue(ledger, setImmediate);
  try {
    const tls =
      httpTlsCert === undefined || httpTlsKey === undefined
        ? undefined
        : { cert: readFileSync(httpTlsCert, 'utf8'), key: readFileSync(httpTlsKey, 'utf8') };
    return await startLedgerServer({
      host,
      port,
      tls,
      minimumIndex,
      reader: ledger.reader,
      published: () => ledger.latest().checkpoint,
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

/** Brings the files up to the newest checkpoint; a fault there stops no signature, and is told once for each checkpoint. */
function publisher(
  { publish: folder, minimumIndex }: LedgerArguments,
  ledger: EmbeddedLedger,
  log: Log,
): () => void {
  let tried = -1;
  return () => {
    if (folder === undefined) return;
    const { size, checkpoint } = ledger.latest();
    if (size === tried) return;
    tried = size;
    try {
      const { written, removed } = exportLog({ reader: ledger.reader, folder, checkpoint, minimumIndex });
      log('debug', 'published', { size, written, removed });
    } catch (error) {
      log('error', 'not-published', { size, why: messageOf(error) });
    }
  };
}

function whereToLook(
  settings: LedgerArguments,
  ledger: EmbeddedLedger,
  hubKeys: readonly VerifierKey[],
  url: string,
): string[] {
  return [
    `Ledger    ${ledger.key.name}, ${ledger.latest().size} statements`,
    `Serves    ${url}/checkpoint, for ${hubKeys.length} ${hubKeys.length === 1 ? 'hub' : 'hubs'}`,
    `Policy    log ${formatVerifierKey(ledger.key)} ${url}`,
    '          (the line by which others check this ledger)',
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

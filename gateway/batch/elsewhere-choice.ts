// The owner's choice of a ledger elsewhere: a tlog-policy file with its `log` line and address, and the witnesses that
// proofs must show. It is kept, sealed, beside the identity, so that `prove`, `fsck` and `doctor` need not be told again.

import { isIP } from 'node:net';
import { AnchorError, KEY_TYPES, parsePolicy, type VerifierKey } from '@heartwood/anchor';
import { HeartwoodError } from '../error.ts';
import { getMeta, putMeta } from '../store/meta.ts';
import type { Vault } from '../vault.ts';

export type LedgerChoice = {
  readonly url: string;
  /** Its Ed25519 key; its name is the ledger's origin. */
  readonly key: VerifierKey;
  /** The `log`, `witness`, `group` and `quorum` lines, as they go into this hub's own policy file. */
  readonly lines: readonly string[];
};

const NAME = 'ledger-elsewhere';

/** @throws HeartwoodError bad-setting */
export function readLedgerChoice(text: string): LedgerChoice {
  const lines = text.split('\n').filter((line) => /^\s*(log|witness|group|quorum)\s/.test(line));
  try {
    // The whole file: a mistyped line is named, and not passed over.
    const withUrl = parsePolicy(text).logs.filter(({ url }) => url !== undefined);
    // A ledger has a key of each kind under one name: whichever of the two lines were given, or both.
    const log = withUrl.find(({ key }) => key.type === KEY_TYPES.ed25519);
    const one = withUrl.every(({ key, url }) => key.name === log?.key.name && url === log?.url);
    if (!one || log?.url === undefined) {
      throw new HeartwoodError(
        'bad-setting',
        `ledger-policy names ${new Set(withUrl.map(({ key }) => key.name)).size} ledgers with an address: it needs one, by a line like log VKEY https://… with its Ed25519 key (whoever runs the ledger sees it when it starts; its ML-DSA-44 line may stand beside it).`,
      );
    }
    if (!isSafe(log.url)) {
      throw new HeartwoodError(
        'bad-setting',
        `ledger-policy: ${log.url} does not begin with https://, and is not on this machine: others could cut this hub off from its ledger unseen.`,
      );
    }
    return { url: log.url, key: log.key, lines };
  } catch (cause) {
    if (!(cause instanceof AnchorError)) throw cause;
    throw new HeartwoodError('bad-setting', `ledger-policy: ${cause.message}`, { cause });
  }
}

/** TLS, but on this machine. */
function isSafe(address: string): boolean {
  const url = URL.parse(address);
  if (url?.protocol === 'https:') return true;
  const { hostname = '' } = url ?? {};
  const loopback = hostname === 'localhost' || hostname === '[::1]';
  return url?.protocol === 'http:' && (loopback || (isIP(hostname) === 4 && hostname.startsWith('127.')));
}

/** Keeps the choice that this start was given; undefined: there is none any more. */
export function keepLedgerChoice(vault: Vault, choice: LedgerChoice | undefined): void {
  putMeta(vault, NAME, choice?.lines.join('\n'));
}

/** The choice of the last start. */
export function keptLedgerChoice(vault: Vault): LedgerChoice | undefined {
  const text = getMeta(vault, NAME);
  return text === undefined ? undefined : readLedgerChoice(text);
}

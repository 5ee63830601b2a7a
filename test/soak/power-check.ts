// A home as a power cut left it, held to what the hub had told before: opened, gone on with, stopped, and looked at again.

import { existsSync, readFileSync } from 'node:fs';
import { verifyBundle } from '@heartwood/anchor';
import { NODE_PRIMITIVES, openLedgerReader } from '@heartwood/anchor/node';
import {
  checkPassword,
  exportReadings,
  fsck,
  HubThread,
  ledgerPath,
  openProofSource,
  parseReadingId,
  policyPath,
  proveReading,
  Vault,
} from '@heartwood/gateway';
import { encodeMessageCbor } from '@heartwood/vitals';
import { DEVICES, messageOf, placesIn, resentAfter, type Told } from './power-life.ts';

export type PowerCheck = {
  readonly home: string;
  readonly told: Told;
  /** What the hub was called, and the statements of its ledger, in the life that was cut short. */
  readonly origin: string;
  readonly notes: readonly string[];
  /** Messages that each device has offered, and sends again. */
  readonly offered: ReadonlyMap<string, number>;
  readonly random: () => number;
};

export type PowerFound = {
  /** Messages that were acknowledged before the cut: all there. */
  readonly acknowledged: number;
  /** A hub was there already. */
  readonly known: boolean;
  readonly proofs: number;
};

const HOUR_MS = 3_600_000;
const PROOFS = 2;

/** @throws what is not as it must be */
export async function checkHome(check: PowerCheck): Promise<PowerFound> {
  const { home, told, origin, notes, offered } = check;
  const { data, key, mark } = placesIn(home);
  const settings = {
    directory: data,
    keySource: { keyFile: key },
    originPrefix: 'heartwood',
    // Its end is the stop's.
    intervalMs: HOUR_MS,
    quarantineRowsMax: 1_000,
    quarantineBytesMax: 1_000_000,
    markFile: mark,
    withoutQuorum: 'publish-with-alarm' as const,
  };
  const failures: Error[] = [];
  const ignore = (): void => undefined;
  const hub = await HubThread.start(settings, {
    ...{
      readings: ignore,
      batch: ignore,
      alarms: ignore,
      registry: ignore,
      refused: ignore,
      disk: ignore,
      scores: ignore,
    },
    log: (level, event, detail) => {
      if (level === 'error') failures.push(new Error(`${event} ${JSON.stringify(detail)}`));
    },
    failed: (error) => void failures.push(error),
  });
  const { started } = hub;
  try {
    if (told.ready && started.created) throw new Error('the hub is gone: another was made');
    if (told.ready && started.origin !== origin) throw new Error(`the hub is ${started.origin} now`);
    compare(check, 'after the cut', 'acknowledged');
    // Devices send again what they hold: what was stored is known, the rest is taken.
    await Promise.all(
      DEVICES.map(async ({ id }) => {
        if (!registered(data, key, id)) return;
        for (let seq = resentAfter(told, id) + 1; seq <= (offered.get(id) ?? 0); seq++) {
          const outcome = hub.accept({
            device: id,
            received: Date.now(),
            body: Buffer.from(encodeMessageCbor(messageOf(seq))),
            contentType: 'application/cbor',
          });
          if (seq % 50 === 0) await outcome;
          else outcome.catch((error: Error) => void failures.push(error));
        }
      }),
    );
  } finally {
    await hub.stop();
  }
  if (failures.length > 0) throw failures[0];
  compare(check, 'after it went on', 'offered');
  const reader = openLedgerReader(ledgerPath(data));
  try {
    for (let index = 0; index < told.marked; index++) {
      if (reader.entry({ index })?.note !== notes[index])
        throw new Error(`statement ${index} was told otherwise`);
    }
  } finally {
    reader.close();
  }
  const acknowledged = [...told.acknowledged.values()].reduce((sum, { size }) => sum + size, 0);
  return { acknowledged, known: !started.created, proofs: await prove(check) };
}

/** What is on disk: every message from the first on, whole, once, in order; fsck finds nothing. */
function compare({ home, told, offered }: PowerCheck, when: string, least: 'acknowledged' | 'offered'): void {
  const vault = openVault(home);
  try {
    const next = new Map(DEVICES.map(({ id }) => [id, { seq: 1, index: 0 }]));
    for (const { device, seq, kind, value, at, id } of exportReadings(vault)) {
      const due = next.get(device);
      const wanted = due && messageOf(due.seq).readings[due.index];
      if (
        due === undefined ||
        wanted === undefined ||
        due.seq !== seq ||
        wanted.at !== at ||
        wanted.measurement.kind !== kind ||
        (wanted.measurement as { value?: number }).value !== value
      ) {
        throw new Error(`${when}: ${device} has ${kind} of ${seq} as ${id}, due was ${JSON.stringify(due)}`);
      }
      next.set(device, due.index === 0 ? { seq, index: 1 } : { seq: seq + 1, index: 0 });
    }
    for (const { id } of DEVICES) {
      const due = next.get(id)!;
      if (due.index !== 0) throw new Error(`${when}: message ${due.seq} of ${id} is torn`);
      const newest = Math.max(0, ...(told.acknowledged.get(id) ?? []));
      const isKnown = vault.registry.device(id) !== undefined;
      const wanted = least === 'acknowledged' ? newest : isKnown ? (offered.get(id) ?? 0) : 0;
      if (wanted >= due.seq) throw new Error(`${when}: ${id} has ${due.seq - 1} messages, not ${wanted}`);
      const password = told.passwords.get(id);
      if (password !== undefined && !isKnown) throw new Error(`${when}: ${id} is not enrolled`);
    }
    for (const { reason } of vault.store.quarantined()) {
      // Sent again more than thirty batches after it was stored: kept, since the hub no longer knows its content by heart.
      if (reason !== 'sequence-reused') throw new Error(`${when}: a message was refused: ${reason}`);
    }
    const reader = openLedgerReader(ledgerPath(vault.directory));
    try {
      const { origin } = vault.identity;
      const { problems } = fsck(vault, (sequence) => reader.entry({ origin, sequence })?.note);
      if (problems.length > 0) throw new Error(`${when}: ${JSON.stringify(problems)}`);
    } finally {
      reader.close();
    }
  } finally {
    vault.close();
  }
}

function registered(directory: string, keyFile: string, id: string): boolean {
  const vault = Vault.open({ directory, keySource: { keyFile }, clock: Date.now }, 'read');
  try {
    return vault.registry.device(id) !== undefined;
  } finally {
    vault.close();
  }
}

function openVault(home: string): Vault {
  const { data: directory, key: keyFile } = placesIn(home);
  return Vault.open({ directory, keySource: { keyFile }, clock: Date.now }, 'read');
}

/** Passwords that were shown open the door still; some readings are proved, by the policy that lies beside them. */
async function prove({ home, told, random }: PowerCheck): Promise<number> {
  const { data, mark } = placesIn(home);
  const vault = openVault(home);
  const proofs = openProofSource(vault, mark);
  try {
    for (const [id, password] of told.passwords) {
      const credential = vault.registry.device(id)?.credential;
      if (credential === undefined || !(await checkPassword(Buffer.from(password), credential)))
        throw new Error(`the password of ${id} is forgotten`);
      break;
    }
    const ids = [...exportReadings(vault)].map(({ id }) => id);
    if (!existsSync(policyPath(data))) throw new Error('the policy is gone');
    const policy = readFileSync(policyPath(data), 'utf8');
    const some = ids.length === 0 ? 0 : PROOFS;
    for (let n = 0; n < some; n++) {
      const id = ids[Math.floor(random() * ids.length)]!;
      const bundle = await proveReading(vault, proofs.source, parseReadingId(id)!);
      const verdict = verifyBundle(bundle, policy, NODE_PRIMITIVES);
      if (!verdict.ok) throw new Error(`the proof of ${id}: ${verdict.summary}`);
    }
    return some;
  } finally {
    await proofs.close();
    vault.close();
  }
}

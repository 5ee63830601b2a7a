// The hub itself: what it is, its batches, its disk, and what Bluetooth lacks and asks.

import type { Batch, Disk, DiskState, Hub, Radio } from '../feed.ts';
import { Fields } from './fields.ts';

export function parseHub(json: unknown): Hub {
  const o = new Fields(json, 'hub');
  return { origin: o.text('origin', 256), startedAt: o.time('startedAt'), intervalMs: o.count('intervalMs') };
}

export function parseBatch(json: unknown): Batch {
  const o = new Fields(json, 'batch');
  return {
    sequence: o.count('sequence'),
    end: o.time('end'),
    entries: o.get('entries') === null ? null : o.count('entries'),
    ledgerSize: o.count('ledgerSize'),
  };
}

const DISK_STATES: readonly DiskState[] = ['well', 'low', 'full', 'read-only', 'failed'];

export function parseDisk(json: unknown): Disk {
  const o = new Fields(json, 'disk');
  return { state: o.oneOf('state', DISK_STATES), since: o.time('since'), freeBytes: o.count('freeBytes') };
}

const QUESTIONS = ['show-passkey', 'confirm-passkey', 'enter-passkey', 'renew-bond'] as const;
const TROUBLES = ['no-bluetooth', 'adapter-hangs', 'adapter-gone'] as const;
const DIGITS = /^\d{1,16}$/;

export function parseRadio(json: unknown): Radio {
  const radio = new Fields(json, 'radio');
  return {
    troubles: radio.list('troubles', (one) => {
      const o = new Fields(one, 'trouble');
      return {
        kind: o.oneOf('kind', TROUBLES),
        adapter: o.has('adapter') ? o.text('adapter', 64) : undefined,
        since: o.time('since'),
      };
    }),
    questions: radio.list('questions', (one) => {
      const o = new Fields(one, 'question');
      return {
        id: o.count('id'),
        kind: o.oneOf('kind', QUESTIONS),
        device: o.text('device', 64),
        passkey: o.has('passkey') ? o.match('passkey', DIGITS) : undefined,
      };
    }),
  };
}

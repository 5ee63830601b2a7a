// What passes between the benchmark and its load generator: plain data.

import type { Summary } from './histogram.ts';

export type DeviceLogin = { readonly id: string; readonly password: string };

export type Load =
  /** Each device keeps so many messages in flight. */
  | { readonly kind: 'closed'; readonly window: number }
  /** So many messages a second from all devices together, come what may. */
  | { readonly kind: 'open'; readonly perSecond: number };

export type Run = { readonly load: Load; readonly warmMs: number; readonly ms: number };

export type RunResult = {
  /** Acknowledged messages a second while it was measured. */
  readonly perSecond: number;
  /** When it was measured, ms since 1970. */
  readonly from: number;
  readonly to: number;
  /** Messages acknowledged until `to`, with those of the warm-up. */
  readonly acknowledged: number;
  /** PUBLISH written to PUBACK read, ms. */
  readonly latency: Summary;
  /** How late the generator was against its own timetable (open loop), ms. */
  readonly lateness: Summary;
  /** Messages that were due and not sent, because 256 of the device were unanswered. */
  readonly heldBack: number;
  /** Messages without PUBACK ten seconds after the end. */
  readonly unanswered: number;
  /** Processor time of the generator, in cores. */
  readonly coresUsed: number;
};

export type ToGenerator =
  /** `runs`: how often these devices connected before; a sequence number is never used twice. */
  | {
      readonly type: 'connect';
      readonly port: number;
      readonly devices: readonly DeviceLogin[];
      readonly runs: number;
    }
  | { readonly type: 'run'; readonly run: Run };

export type FromGenerator =
  | { readonly type: 'connected' }
  | { readonly type: 'result'; readonly result: RunResult }
  | { readonly type: 'failed'; readonly why: string };

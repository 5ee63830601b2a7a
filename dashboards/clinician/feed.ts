// What the feed tells a page, as types: readings, patients, batches, and the messages that carry them
// (docs/spec/feed.md). `parse/` makes them of what comes over the wire, and nothing else does.

import type { Kind, Measurement, Origin } from '@heartwood/vitals';
import type { Alarm } from './alarm.ts';
import type { Care, Rule } from './care.ts';
import type { Score } from './score.ts';

/** A committed reading. Its id `<batch>.<slot>.<index>` names it for ever, also before its batch is sealed. */
export type FeedReading = {
  readonly id: string;
  /** The patient's pseudonym, hex. */
  readonly patient: string;
  readonly device: string;
  readonly seq: number;
  /** Device time, ms since 1970; undefined where the device has no clock. */
  readonly at: number | undefined;
  /** The hub's clock at arrival, ms since 1970. */
  readonly received: number;
  /** The hub takes it to be of the present, however old its device says that it is. */
  readonly present?: true;
  readonly origin: Origin;
  readonly measurement: Measurement;
};

export type Link = 'online' | 'offline' | 'unknown';

export type Device = {
  readonly id: string;
  readonly label: string;
  readonly origin: Origin;
  readonly link: Link;
  /** The hub's clock when it last heard of the device, ms since 1970; null if it never did. */
  readonly lastReceived: number | null;
};

/** Recent readings of one kind each, as the hub sent them. */
export type Recent = Readonly<Partial<Record<Kind, readonly FeedReading[]>>>;

export type Patient = {
  readonly id: string;
  readonly name: string;
  readonly slot: number;
  readonly devices: readonly Device[];
  /** Those that are not off. */
  readonly alarms: readonly Alarm[];
  /** Undefined where the hub tells none. */
  readonly score: Score | undefined;
  /** What people set and saw; of nobody where the hub tells none. */
  readonly care: Care;
  readonly recent: Recent;
};

export type Batch = {
  readonly sequence: number;
  /** End of the batch's interval, ms since 1970. */
  readonly end: number;
  /** Null for those who may not know how much the whole home measures. */
  readonly entries: number | null;
  readonly ledgerSize: number;
};

export type Hub = { readonly origin: string; readonly startedAt: number; readonly intervalMs: number };

export type DiskState = 'well' | 'low' | 'full' | 'read-only' | 'failed';
/** What the hub knows of its disk: while it fails, nothing is stored and no alarm is raised. */
export type Disk = { readonly state: DiskState; readonly since: number; readonly freeBytes: number };

/** What Bluetooth lacks and asks; told to whoever runs the hub. */
export type RadioQuestion = {
  readonly id: number;
  readonly kind: 'show-passkey' | 'confirm-passkey' | 'enter-passkey' | 'renew-bond';
  readonly device: string;
  readonly passkey: string | undefined;
};
export type RadioTrouble = {
  readonly kind: 'no-bluetooth' | 'adapter-hangs' | 'adapter-gone';
  readonly adapter: string | undefined;
  readonly since: number;
};
export type Radio = {
  readonly troubles: readonly RadioTrouble[];
  readonly questions: readonly RadioQuestion[];
};

export type Numbered = { readonly feed: number; readonly now: number };
export type FeedMessage = Numbered &
  (
    | {
        readonly type: 'snapshot';
        /** The stream that this begins, for coming back to it; undefined where the hub knows no way back. */
        readonly session: string | undefined;
        readonly hub: Hub;
        readonly batch: Batch | null;
        /** Null while there is nothing to tell. */
        readonly disk: Disk | null;
        readonly radio: Radio | null;
        /** What holds for everybody; none from a hub that tells none. */
        readonly limits: readonly Rule[];
        readonly patients: readonly Patient[];
      }
    | { readonly type: 'readings'; readonly readings: readonly FeedReading[] }
    | { readonly type: 'batch'; readonly batch: Batch }
    | { readonly type: 'link'; readonly device: string; readonly link: Link }
    | { readonly type: 'patients'; readonly patients: readonly Patient[] }
    | { readonly type: 'alarms'; readonly patient: string; readonly alarms: readonly Alarm[] }
    | { readonly type: 'care'; readonly patient: string; readonly care: Care }
    | { readonly type: 'disk'; readonly disk: Disk }
    | { readonly type: 'radio'; readonly radio: Radio }
    | {
        readonly type: 'scores';
        readonly scores: readonly { readonly patient: string; readonly score: Score }[];
      }
    | { readonly type: 'tick' }
    /** The hub goes on behind the message of this count: what was missed comes now. */
    | { readonly type: 'resumed' }
    /** A type that this page does not know: counted, otherwise ignored. */
    | { readonly type: 'other' }
  );

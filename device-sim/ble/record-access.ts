// The Record Access Control Point (2A52) of a device: what it makes of a request, and how an upload runs. Records follow
// each other over the air one by one, and a link that is lost in between leaves the rest where it was.

import {
  decodeRecordRequest,
  encodeRecordAnswer,
  type RecordAnswer,
  type RecordBits,
  type RecordFilter,
  type RecordMark,
  type RecordProcedure,
  type RecordResponse,
} from '@heartwood/vitals/gatt';
import { ATT, AttError } from './error.ts';
import type { Characteristic, Host } from './peripheral.ts';
import type { RecordMemory, StoredRecord } from './record-memory.ts';

export type RecordAccess = {
  readonly controlPoint: Characteristic;
  /** To be called when the link ends: what was under way is over, and the next session is a new one. */
  linkEnded(): void;
};

export type RecordAccessOptions = {
  readonly bits: RecordBits;
  readonly secured: boolean;
  readonly memory: RecordMemory;
  /** What its filters count: the record's number by default. */
  readonly markOf?: (record: StoredRecord) => number;
  /** For filters by user-facing time: what the device's clock showed. Absent: it knows no such filters. */
  readonly wallOf?: (record: StoredRecord) => number | undefined;
  /** Through which records are told; a request before somebody listens to it is refused. */
  readonly told: Characteristic;
  /** How many leave in one go; 1 by default. */
  readonly together?: number;
  /** Sends these records. */
  readonly tell: (records: readonly StoredRecord[]) => void;
};

/** Simulated time between two records of an upload. */
const GAP_MS = 25;
const ABORT = 3;

export function createRecordAccess(host: Host, options: RecordAccessOptions): RecordAccess {
  const { memory, bits, markOf = ({ number }) => number, together = 1 } = options;
  /** Rises with every upload that ends: what is left of an old one is not sent. */
  let upload = 0;
  let busy = false;
  let firstOfSession = true;
  let lastTold: StoredRecord | undefined;

  const answer = (said: RecordAnswer): void => {
    host.say(controlPoint, encodeRecordAnswer(said, bits));
  };
  const response = (to: RecordProcedure | 'abort' | 'other', said: RecordResponse): RecordAnswer => ({
    kind: 'response',
    to,
    response: said,
  });

  const chosen = (filter: RecordFilter): readonly StoredRecord[] | undefined => {
    const all = memory.records();
    const place = (mark: RecordMark) => {
      if (mark.by === 'number') return { of: markOf, is: mark.number };
      const { year, month, day, hour, minute, second } = mark.time;
      const { wallOf } = options;
      return wallOf && { of: wallOf, is: Date.UTC(year, month - 1, day, hour, minute, second) };
    };
    const between = (low: RecordMark | undefined, high: RecordMark | undefined) => {
      const from = low === undefined ? undefined : place(low);
      const to = high === undefined ? undefined : place(high);
      if ((low !== undefined && from === undefined) || (high !== undefined && to === undefined))
        return undefined;
      return all.filter(
        (record) =>
          (from === undefined || (from.of(record) ?? 0) >= from.is) &&
          (to === undefined || (to.of(record) ?? 0) <= to.is),
      );
    };
    switch (filter.which) {
      case 'all':
        return all;
      case 'first':
        return all.slice(0, 1);
      case 'last':
        return all.slice(-1);
      case 'from':
        return between(filter.mark, undefined);
      case 'up-to':
        return between(undefined, filter.mark);
      case 'range':
        return between(filter.low, filter.high);
    }
  };

  const report = (records: readonly StoredRecord[], procedure: RecordProcedure): void => {
    const own = ++upload;
    busy = true;
    let sent = 0;
    const next = (): void => {
      if (own !== upload) return;
      const group = records.slice(sent, sent + together);
      if (group.length === 0) {
        busy = false;
        if (procedure === 'combined-report') answer({ kind: 'combined-report', records: sent });
        else answer(response(procedure, 'success'));
        return;
      }
      options.tell(group);
      sent += group.length;
      lastTold = group.at(-1);
      const { losesLinkAfterRecords } = host.trouble;
      if (losesLinkAfterRecords !== undefined && sent >= losesLinkAfterRecords) {
        host.trouble.losesLinkAfterRecords = undefined;
        host.hangUp();
        return;
      }
      host.after(GAP_MS, next);
    };
    host.after(GAP_MS, next);
  };

  // What it answers at once; undefined where records come first.
  const carryOut = (procedure: RecordProcedure, filter: RecordFilter): RecordAnswer | undefined => {
    if (procedure === 'combined-report' && bits === 16) return response(procedure, 'operation-unsupported');
    if (host.trouble.knowsOnlyAll && filter.which !== 'all')
      return response(procedure, 'operator-unsupported');
    const found = chosen(filter);
    if (found === undefined) return response(procedure, 'operand-unsupported');
    if (procedure === 'count') return { kind: 'count', records: found.length };
    const again =
      host.trouble.repeatsLastRecord && firstOfSession && procedure !== 'delete' ? lastTold : undefined;
    firstOfSession = false;
    const wanted = again === undefined || found.includes(again) ? found : [again, ...found];
    if (wanted.length === 0) return response(procedure, 'no-records');
    if (procedure === 'delete') {
      memory.delete(new Set(wanted.map(({ number }) => number)));
      return response(procedure, 'success');
    }
    report(wanted, procedure);
    return undefined;
  };
  const act = (value: Uint8Array): RecordAnswer | undefined => {
    const request = decodeRecordRequest(value);
    if (request.kind === 'refused') return response('other', refusalOf(value));
    if (request.value.procedure !== 'abort') return carryOut(request.value.procedure, request.value.filter);
    upload++;
    busy = false;
    host.trouble.requestInFlight = false;
    return response('abort', 'success');
  };

  const controlPoint: Characteristic = {
    uuid: '2A52',
    flags: ['write', 'indicate'],
    secured: options.secured,
    write: (value) => {
      if (!host.subscribed(controlPoint) || !host.subscribed(options.told)) {
        throw new AttError(ATT.cccdImproperlyConfigured);
      }
      if ((busy || host.trouble.requestInFlight) && value[0] !== ABORT)
        throw new AttError(ATT.procedureInProgress);
      // The answer to the write itself goes first.
      host.after(GAP_MS, () => {
        const said = act(value);
        if (said !== undefined) answer(said);
      });
    },
  };
  return {
    controlPoint,
    linkEnded: () => {
      upload++;
      busy = false;
      host.trouble.requestInFlight = false;
      firstOfSession = true;
    },
  };
}

// Which of the response codes an unreadable request deserves.
function refusalOf(value: Uint8Array): RecordResponse {
  const [operation = 0, operator = 0] = value;
  if (operation < 1 || operation > 7 || operation === 5 || operation === 6) return 'operation-unsupported';
  if (operator > 6) return 'operator-unsupported';
  if (operator === 0 || operation === 3) return 'bad-operator';
  return 'bad-operand';
}

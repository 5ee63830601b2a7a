// For tests: a page as the rules of docs/spec/feed.md want one, on a line that can be slow, be cut, and lose what was on it.

import { unpackSamples } from '@heartwood/vitals';
import type { Viewer } from '../people/permission.ts';
import type { ModelHub, Seen } from './feed-model.ts';

type Json = Record<string, unknown>;
type Reading = { id: string; wave?: { samples?: number[]; packed?: number } };
type OnPage = { id: string; link: string; score: number; readings: string[] };

const textOf = ({ id, wave }: Reading, samples = wave?.samples): string => `${id} ${samples?.join() ?? ''}`;

export class ModelPage {
  readonly #hub: ModelHub;
  viewer: Viewer;
  /** On the line: sent by the hub, not yet read by the page. */
  #line: (string | Uint8Array)[] = [];
  #end: (() => void) | undefined;
  #batch: number | undefined;
  #patients: OnPage[] = [];
  #session: string | undefined;
  #feed = -1;
  /** What cannot be: a gap, or a reading that was there already. */
  readonly wrong: string[] = [];
  resumed = 0;
  snapshots = 0;
  /** The most that was ever on the line, bytes, and the longest message. */
  most = 0;
  longest = 0;

  constructor(hub: ModelHub, viewer: Viewer) {
    this.#hub = hub;
    this.viewer = viewer;
  }

  get #unread(): number {
    return this.#line.reduce((sum, one) => sum + one.length, 0);
  }

  get linked(): boolean {
    return this.#end !== undefined;
  }

  connect(): void {
    if (this.#end !== undefined) return;
    const line: (string | Uint8Array)[] = [];
    this.#line = line;
    const page = this;
    const socket = {
      send: (data: string | Uint8Array) => {
        line.push(data);
        page.most = Math.max(page.most, page.#unread);
        page.longest = Math.max(page.longest, data.length);
      },
      get bufferedAmount(): number {
        return page.#unread;
      },
    };
    const resume = this.#session === undefined ? undefined : { session: this.#session, after: this.#feed };
    this.#end = this.#hub.feed.open(socket, this.viewer, { version: 2, resume });
  }

  /** The link breaks: what is on the line is lost. */
  cut(): void {
    this.#end?.();
    this.#end = undefined;
    this.#line = [];
  }

  /** May see others from now on: the hub ends the connection, and the page forgets. */
  change(viewer: Viewer): void {
    this.cut();
    this.viewer = viewer;
    this.#session = undefined;
    this.#patients = [];
    this.#batch = undefined;
  }

  /** Reads some of what is on the line. @returns whether there was any */
  read(count: number): boolean {
    const some = this.#line.splice(0, count);
    for (const data of some) if (!this.#take(data)) break;
    return some.length > 0;
  }

  seen(): Seen {
    return { batch: this.#batch, patients: this.#patients };
  }

  #take(data: string | Uint8Array): boolean {
    const [json, samples] = typeof data === 'string' ? [data, new Uint8Array()] : partsOf(data);
    const message = JSON.parse(json) as Json & { type: string; feed: number };
    const { type, feed } = message;
    if (type === 'resumed') {
      this.resumed++;
      if (feed !== this.#feed) this.wrong.push(`resumed at ${feed}, not ${this.#feed}`);
      return true;
    }
    if (type !== 'snapshot' && feed !== this.#feed + 1) {
      this.wrong.push(`${type} ${feed} after ${this.#feed}`);
      return false;
    }
    this.#feed = feed;
    if (type === 'snapshot') {
      this.snapshots++;
      this.#session = message['session'] as string;
      this.#batch = (message['batch'] as { sequence: number } | null)?.sequence;
      this.#list(message['patients'] as Json[]);
    } else if (type === 'patients') this.#list(message['patients'] as Json[]);
    else if (type === 'batch') this.#batch = (message['batch'] as { sequence: number }).sequence;
    else if (type === 'link') {
      for (const one of this.#patients)
        if (message['device'] === `watch-${one.id}`) one.link = message['link'] as string;
    } else if (type === 'scores') {
      for (const { patient, score } of message['scores'] as { patient: string; score: { score: number } }[])
        this.#of(patient).score = score.score;
    } else if (type === 'readings') this.#readings(message['readings'] as (Reading & Json)[], samples);
    return true;
  }

  #readings(readings: readonly (Reading & Json)[], bytes: Uint8Array): void {
    let at = 0;
    for (const reading of readings) {
      let samples: number[] | undefined;
      if (reading.wave?.packed !== undefined) {
        const unpacked = unpackSamples(bytes, at, reading.wave.packed);
        at = unpacked?.end ?? Number.NaN;
        samples = [...(unpacked?.samples ?? [])];
      }
      const one = textOf(reading, samples);
      const { readings: there } = this.#of(String(reading['patient']));
      if (there.includes(one)) this.wrong.push(`${one} twice`);
      there.push(one);
    }
    if (at !== bytes.length) this.wrong.push('samples are left over');
  }

  #of(id: string): OnPage {
    const found = this.#patients.find((one) => one.id === id);
    if (found === undefined) throw new Error(`the page was told of ${id}, whom it was not shown`);
    return found;
  }

  #list(patients: readonly Json[]): void {
    this.#patients = patients.map(({ id, devices, score, recent }) => ({
      id: id as string,
      link: (devices as { link: string }[])[0]?.link ?? '',
      score: (score as { score: number }).score,
      readings: ((recent as { all: Reading[] }).all ?? []).map((one) => textOf(one)),
    }));
  }
}

function partsOf(frame: Uint8Array): [string, Uint8Array] {
  const length = new DataView(frame.buffer, frame.byteOffset).getUint32(4, true);
  return [new TextDecoder().decode(frame.subarray(8, 8 + length)), frame.subarray(8 + length)];
}

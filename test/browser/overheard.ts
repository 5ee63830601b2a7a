// What a hub says on a page's feed, as the browser's own network panel would show it: every frame, on every socket.

import type { Page } from 'playwright-core';

type Json = Record<string, unknown>;
export type Frame = Json & { readonly type: string; readonly feed: number };

export class Overheard {
  /** Addresses of the sockets, in order. */
  readonly sockets: string[] = [];
  /** Of every socket, in order. */
  readonly frames: Frame[] = [];
  /** What the page said itself. */
  readonly sent: string[] = [];
  /** Everything as it came, for words that must not be in it. */
  text = '';

  constructor(page: Page) {
    page.on('websocket', (socket) => {
      this.sockets.push(socket.url());
      socket.on('framesent', ({ payload }) => void this.sent.push(String(payload)));
      socket.on('framereceived', ({ payload }) => {
        const text = typeof payload === 'string' ? payload : jsonOf(payload);
        this.text += text;
        this.frames.push(JSON.parse(text) as Frame);
      });
    });
  }

  count(type: string): number {
    return this.frames.filter((frame) => frame.type === type).length;
  }

  /** Ids of the readings that were told one by one, in order. */
  told(): string[] {
    return this.frames
      .filter(({ type }) => type === 'readings')
      .flatMap(({ readings }) => (readings as { id: string }[]).map(({ id }) => id));
  }

  /** The same of one patient. */
  toldOf(patient: string): string[] {
    return this.frames
      .filter(({ type }) => type === 'readings')
      .flatMap(({ readings }) => readings as { id: string; patient: string }[])
      .filter((reading) => reading.patient === patient)
      .map(({ id }) => id);
  }

  /** Points of each input that counts, of each score that was told of one patient, in order. */
  scores(patient: string): Readonly<Record<string, number>>[] {
    type Told = { patient: string; score: { inputs: Record<string, { points?: number }> } };
    return this.frames
      .filter(({ type }) => type === 'scores')
      .flatMap(({ scores }) => scores as Told[])
      .filter((told) => told.patient === patient)
      .map(({ score: { inputs } }) =>
        Object.fromEntries(
          Object.entries(inputs).flatMap(([input, { points }]) =>
            points === undefined ? [] : [[input, points]],
          ),
        ),
      );
  }

  /** What was said of each alarm of one patient, in snapshots as well, in order. */
  alarmsOf(patient: string): { condition: string; presence: string; episode: number }[] {
    return this.frames.flatMap((frame) => {
      const of =
        frame.type === 'snapshot' ? (frame['patients'] as Json[]) : [{ ...frame, id: frame['patient'] }];
      return of
        .filter(({ id, alarms }) => id === patient && Array.isArray(alarms))
        .flatMap(({ alarms }) => alarms as { condition: string; presence: string; episode: number }[]);
    });
  }

  /** Conditions in the order in which they were first told of, of one patient. */
  alarms(patient: string): string[] {
    const conditions = this.frames
      .filter((frame) => frame.type === 'alarms' && frame['patient'] === patient)
      .flatMap(({ alarms }) => (alarms as { condition: string }[]).map(({ condition }) => condition));
    return [...new Set(conditions)];
  }
}

/** The text of a binary frame (docs/spec/feed.md). */
function jsonOf(frame: Buffer): string {
  return frame.toString('utf8', 8, 8 + frame.readUInt32LE(4));
}

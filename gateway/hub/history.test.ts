// Whatever befalls a hub (kills, copies of its folder put back, with the mark or without, clocks set back, statements that
// nobody got, new epochs), nobody ever sees two statements of one name and number, nor two checkpoints of one ledger that
// contradict each other; and no id names two readings. Where a copy is put back without its mark and no witness is asked,
// nothing can know (promise 6): such a step is followed by a new epoch here, as a person would who does it knowingly.

import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  checkConsistency,
  parseCheckpoint,
  parseNote,
  parseStatement,
  statementHash,
} from '@heartwood/anchor';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { HeartwoodError } from '../error.ts';
import { exportReadings } from '../inspect/export.ts';
import { fsck } from '../inspect/fsck.ts';
import { Home, heartRate } from '../testing.ts';
import { openNewEpoch } from './new-epoch.ts';

type Step =
  | { readonly kind: 'read'; readonly value: number }
  | { readonly kind: 'close'; readonly anchored: boolean }
  | { readonly kind: 'kill' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'copy' }
  | { readonly kind: 'put-back'; readonly mark: 'kept' | 'put back' | 'lost' }
  | { readonly kind: 'clock'; readonly byMs: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('read'), value: fc.integer({ min: 40, max: 180 }) }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('close'), anchored: fc.boolean() }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'kill' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'stop' } as const) },
  { weight: 2, arbitrary: fc.constant({ kind: 'copy' } as const) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('put-back'),
      mark: fc.constantFrom('kept', 'put back', 'lost'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('clock'),
      byMs: fc.integer({ min: -86_400_000, max: 86_400_000 }),
    }),
  },
) as fc.Arbitrary<Step>;

/** A hub, and everybody who ever saw anything of it. */
class World {
  readonly home = new Home();
  /** Statements by name and number. */
  readonly statements = new Map<string, string>();
  /** Checkpoints by ledger and size. */
  readonly checkpoints = new Map<string, string>();
  /** Readings that were proved or shown from a closed batch, by id. */
  readonly readings = new Map<string, string>();
  /** The highest number that anybody saw. */
  highest = -1;
  seq = 0;
  epochs = 0;
  refusals = 0;
  copied = false;

  async start(): Promise<void> {
    try {
      await this.home.start();
    } catch (error) {
      this.home.running = undefined;
      if (!(error instanceof HeartwoodError) || !/^(ledger-|bad-setting|data-damaged)/.test(error.code))
        throw error;
      this.refusals += 1;
      await this.newEpoch();
      await this.home.start();
    }
    this.look();
  }

  async newEpoch(): Promise<void> {
    const epoch = await openNewEpoch({
      ...this.home.settings,
      clock: () => this.home.nowMs,
      seenBatch: this.highest,
    });
    epoch.begin('chance');
    epoch.close();
    this.epochs += 1;
  }

  /** Everything that can be seen now agrees with everything that was ever seen. */
  look(): void {
    const { ledger, vault } = this.home.hub;
    const { reader } = this.home.running?.ledger ?? expect.unreachable('it runs');
    const { size, checkpoint } = reader.latest();
    const origin = ledger.key.name;
    for (let index = 0; index < size; index++) {
      const note = reader.entry({ index })?.note ?? '';
      const { origin: by, sequence } = parseStatement(parseNote(note).text);
      const name = `${by} ${sequence}`;
      expect(this.statements.get(name) ?? note, name).toBe(note);
      this.statements.set(name, note);
      this.highest = Math.max(this.highest, sequence);
    }
    const text = parseNote(checkpoint).text;
    expect(this.checkpoints.get(`${origin} ${size}`) ?? text).toBe(text);
    this.checkpoints.set(`${origin} ${size}`, text);
    for (const [name, older] of this.checkpoints) {
      const seen = parseCheckpoint(older);
      if (!name.startsWith(`${origin} `) || seen.size === 0) continue;
      expect(seen.size, 'no ledger is behind what it signed').toBeLessThanOrEqual(size);
      const path = reader.consistency(seen.size, size);
      expect(checkConsistency(seen.size, size, path, seen.root, parseCheckpoint(text).root), name).toBe(true);
    }
    const open = vault.nextSequence();
    for (const { id, value, device, seq } of exportReadings(vault)) {
      if (Number(id.split('.')[0]) === open) continue;
      const reading = `${device} ${seq} ${value}`;
      expect(this.readings.get(id) ?? reading, id).toBe(reading);
      this.readings.set(id, reading);
    }
  }

  async take(step: Step): Promise<void> {
    const { home } = this;
    switch (step.kind) {
      case 'read':
        home.send('strap-1', heartRate(++this.seq, step.value));
        return;
      case 'close':
        home.nowMs += 10_000;
        home.hub.closeBatch();
        if (step.anchored) {
          await home.hub.anchor();
          this.look();
        }
        return;
      case 'kill':
        await home.running?.release();
        return this.start();
      case 'stop':
        home.nowMs += 1_000;
        await home.hub.stop();
        this.look();
        await home.running?.release();
        return this.start();
      case 'copy':
        await home.running?.release();
        rmSync(this.#copy, { recursive: true, force: true });
        cpSync(home.settings.directory, join(this.#copy, 'data'), { recursive: true });
        cpSync(home.settings.markFile, join(this.#copy, 'mark'));
        this.copied = true;
        return this.start();
      case 'put-back':
        return this.#putBack(step.mark);
      case 'clock':
        home.nowMs += step.byMs;
    }
  }

  async #putBack(mark: 'kept' | 'put back' | 'lost'): Promise<void> {
    if (!this.copied) return;
    const { directory, markFile } = this.home.settings;
    await this.home.running?.release();
    this.home.running = undefined;
    rmSync(directory, { recursive: true });
    cpSync(join(this.#copy, 'data'), directory, { recursive: true });
    if (mark !== 'kept') rmSync(markFile);
    if (mark === 'put back') cpSync(join(this.#copy, 'mark'), markFile);
    if (mark !== 'kept') await this.newEpoch();
    await this.start();
  }

  get #copy(): string {
    return join(this.home.folder, 'copy');
  }
}

const worlds: World[] = [];
afterEach(async () => {
  for (const { home } of worlds.splice(0)) {
    await home.running?.release();
    home.running = undefined;
    home.remove();
  }
});

describe('the history of a hub', () => {
  it('is one, whatever befalls it', async () => {
    let [epochs, refusals, statements] = [0, 0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
        const world = new World();
        worlds.push(world);
        await world.start();
        await world.home.enroll('Ada Lovelace', 'strap-1');
        for (const one of steps) await world.take(one);
        await world.take({ kind: 'close', anchored: true });
        const { vault, ledger } = world.home.hub;
        const { origin } = vault.identity;
        const held = world.home.running?.ledger.reader;
        const report = fsck(vault, (sequence) => held?.entry({ origin, sequence })?.note);
        expect(report.problems).toEqual([]);
        expect((await ledger.latest()).size).toBeGreaterThan(0);
        // No two of all that anybody ever saw are the same by chance.
        const hashes = new Set(
          [...world.statements.values()].map((note) => Buffer.from(statementHash(note)).toString('hex')),
        );
        expect(hashes.size).toBe(world.statements.size);
        epochs += world.epochs;
        refusals += world.refusals;
        statements += world.statements.size;
        await world.home.running?.release();
        world.home.running = undefined;
        rmSync(world.home.folder, { recursive: true });
        worlds.pop();
        expect(existsSync(world.home.folder)).toBe(false);
      }),
      { numRuns: 20 },
    );
    // A test of histories that saw none forked would show nothing.
    expect(Math.min(epochs, refusals, statements - 50)).toBeGreaterThan(0);
  }, 120_000);
});

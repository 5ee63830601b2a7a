// The watch over all patients: takes committed readings in, looks at every condition twice a second, and says what
// happened once it is on disk, as an event of the hub and in the alarm's own row, in one commit. Whoever is told of an
// alarm is told of one that a restart will still know, and that a stranger can be shown.

import { HUB_SLOT } from '@heartwood/anchor';
import { FRESHNESS } from '@heartwood/vitals';
import type { KeptReading } from '../store/segment-codec.ts';
import type { FeedReading } from '../stream/feed-reading.ts';
import type { Vault } from '../vault.ts';
import { AlarmStore } from './alarm-store.ts';
import { AnchorWatch } from './anchor-watch.ts';
import { CareBook } from './care.ts';
import type { Observed } from './condition.ts';
import { type Alarm, AlarmEngine, type AlarmNotice } from './engine.ts';
import type { Acknowledgement } from './episode.ts';
import { type FeedScore, sameScore, toFeedScore } from './feed-score.ts';
import { Flow, type Past, type SequencesBefore } from './flow.ts';
import { HeartWatch } from './heart-watch.ts';
import { observeLimits } from './limits.ts';
import { Picture } from './picture.ts';
import { RadioWatch } from './radio.ts';
import { observeScore, type Scored, scoreOf } from './score.ts';
import { observeTechnical, type WatchedDevice } from './technical.ts';

export type Link = WatchedDevice['link'];

export class Watch {
  readonly #vault: Vault;
  readonly #store: AlarmStore;
  readonly #pictures = new Map<number, Picture>();
  readonly #links = new Map<string, Link>();
  readonly #hearts = new HeartWatch();
  /** What the radio says, since this start. */
  readonly radio: RadioWatch = new RadioWatch();
  /** What the ledger elsewhere and the witnesses say, since this start. */
  readonly anchor: AnchorWatch = new AnchorWatch();
  readonly #flow = new Flow();
  readonly #past: Past;
  /** What people set and saw of the patients. */
  readonly care: CareBook;
  /** What pages were told of the scores. */
  readonly #told = new Map<number, FeedScore>();
  /** When a device that is its patient's from ever, as a new one is, was first looked at; by its number. */
  readonly #cameMs = new Map<number, number>();
  /** By device: when it was last heard before this start. */
  readonly #heardBefore = new Map<string, number>();
  #engine: AlarmEngine;

  /**
   * Takes up what was kept.
   * @param past where hours before this start are read; nowhere, unless given
   * @throws SealBroken when a row of alarms or of care was altered
   */
  constructor(vault: Vault, past: Past = () => []) {
    this.#vault = vault;
    this.#past = past;
    this.#store = new AlarmStore(vault.db, vault.keyring);
    this.#engine = new AlarmEngine(this.#store.load());
    this.care = new CareBook(vault);
  }

  /** What was last measured of a patient before this start. */
  restore(slot: number, readings: readonly FeedReading[]): void {
    for (const reading of readings) {
      const number = this.#vault.registry.device(reading.device)?.number;
      this.#picture(slot).restore(reading, number);
      const before = this.#heardBefore.get(reading.device) ?? 0;
      this.#heardBefore.set(reading.device, Math.max(before, reading.received));
      if (number !== undefined) this.#picture(slot).restoreLag(number, reading);
    }
  }

  /** Which numbers of messages had come before this start. */
  restoreSequences(before: SequencesBefore): void {
    const { registry } = this.#vault;
    const alarmOf = (number: number): Alarm | undefined => {
      const id = registry.deviceByNumber(number)?.id;
      return registry
        .patients()
        .flatMap(({ slot }) => this.of(slot))
        .find(({ condition }) => condition === `gap:${id}`);
    };
    this.#flow.restoreSequences(before, alarmOf, this.#vault.clock());
  }

  /**
   * Takes in committed readings of one patient.
   * @returns those that are of the present though their device says that it measured them earlier than a live number may be:
   * its clock is slow, or nobody knows better. Pages call a number live by this, as the score counts it by this.
   */
  take(slot: number, readings: readonly KeptReading[]): ReadonlySet<KeptReading> {
    const picture = this.#picture(slot);
    const present = new Set<KeptReading>();
    for (const kept of readings) {
      const isPresent = picture.take(kept);
      if (isPresent && saysItIsOld(kept)) present.add(kept);
      if (isPresent) this.#hearts.take(slot, kept);
      this.#flow.take(slot, kept, isPresent);
    }
    return present;
  }

  /** What the broker says of a device's connection. */
  link(device: string, link: Link): void {
    this.#links.set(device, link);
  }

  /**
   * Looks at everything once: at patients, and at what the hub sees of itself. What it gives is on disk.
   * @throws what SQLite throws when it cannot write; nothing has happened then, and the next look finds it again
   */
  look(hub: Iterable<Observed> = []): readonly AlarmNotice[] {
    const nowMs = this.#vault.clock();
    const patients = this.#vault.registry.patients();
    this.#flow.recall(
      patients.map(({ slot }) => slot),
      this.#past,
      nowMs,
    );
    const devices = this.#watchedDevices(nowMs);
    return this.#durably((engine) => [
      ...engine.observe(HUB_SLOT, [...hub, ...this.radio.ofHub(), ...this.anchor.observe()], nowMs),
      ...patients.flatMap(({ slot }) =>
        engine.observe(slot, this.#checked(slot, devices.get(slot) ?? [], nowMs), nowMs),
      ),
    ]);
  }

  /**
   * Somebody knows of an alarm, or of several that say the same: of all of them or, where one is refused, of none. On disk
   * when this returns; nothing of those that there are not.
   * @throws RangeError for a high alarm without an end within an hour; for telling again without an end
   */
  acknowledge(
    slot: number,
    conditions: string | readonly string[],
    by: Acknowledgement,
  ): readonly AlarmNotice[] {
    return this.#durably((engine) =>
      [conditions].flat().flatMap((condition) => engine.acknowledge(slot, condition, by)),
    );
  }

  /** Alarms of a patient that are not off, the highest first. */
  of(slot: number): readonly Alarm[] {
    return this.#engine.of(slot);
  }

  /** The early-warning score of a patient at this moment. */
  scoreOf(slot: number): Scored {
    return scoreOf(this.#picture(slot), this.care.of(slot).charted, this.#vault.clock());
  }

  /** What every page was told of a patient's score: a page that comes now is told the same. */
  toldScore(slot: number): FeedScore {
    const told = this.#told.get(slot) ?? this.#feedScore(slot);
    this.#told.set(slot, told);
    return told;
  }

  /** Scores that are not what was told any more; from now on they are. */
  *newScores(): Generator<readonly [slot: number, score: FeedScore]> {
    for (const { slot } of this.#vault.registry.patients()) {
      const score = this.#feedScore(slot);
      const told = this.#told.get(slot);
      if (told !== undefined && sameScore(told, score)) continue;
      this.#told.set(slot, score);
      yield [slot, score];
    }
  }

  #feedScore(slot: number): FeedScore {
    return toFeedScore(this.scoreOf(slot), this.#vault.clock());
  }

  /** All that is seen, less what the heart's own signals speak against. */
  #checked(slot: number, devices: readonly WatchedDevice[], nowMs: number): readonly Observed[] {
    const { limits } = this.care.of(slot);
    return this.#hearts.check(slot, this.#seen(slot, devices, nowMs), limits, nowMs);
  }

  *#seen(slot: number, devices: readonly WatchedDevice[], nowMs: number): Generator<Observed> {
    const picture = this.#picture(slot);
    const { limits, charted } = this.care.of(slot);
    const ofLimits = [...observeLimits(picture, limits, nowMs)];
    yield* ofLimits;
    yield* observeScore(scoreOf(picture, charted, nowMs));
    yield* observeTechnical(picture, devices, ofLimits, nowMs);
    yield* this.#flow.observe(slot, devices, charted.scale2 === undefined ? 1 : 2, nowMs);
    yield* this.radio.of(devices.map(({ id }) => id));
  }

  /** Whose devices are which now, by slot: once for all patients of a look. */
  #watchedDevices(nowMs: number): Map<number, WatchedDevice[]> {
    const { registry } = this.#vault;
    const bySlot = new Map<number, WatchedDevice[]>();
    for (const device of registry.devices()) {
      // A chart is written when somebody writes it: it is never silent.
      if (device.revoked || device.origin === 'person') continue;
      const { id, number } = device;
      const held = registry.assignments(device).findLast(({ fromMs }) => fromMs <= nowMs);
      if (held === undefined || held.untilMs !== undefined) continue;
      const { slot, fromMs } = held;
      const sinceMs = fromMs === 0 ? this.#sinceOf(slot, device, nowMs) : fromMs;
      const link = this.#links.get(id) ?? 'unknown';
      const watched = { id, number, sinceMs, link, heardBeforeMs: this.#heardBefore.get(id) };
      const others = bySlot.get(slot);
      if (others === undefined) bySlot.set(slot, [watched]);
      else others.push(watched);
    }
    return bySlot;
  }

  /** From when on a device that was never heard can be missed: this run's first look, unless it is missed already. */
  #sinceOf(slot: number, { id, number }: { id: string; number: number }, nowMs: number): number {
    // Heard before this start, or in what waited then for its batch: missed from that moment on.
    if (this.#heardBefore.has(id) || this.#picture(slot).heard(number) !== undefined) return 0;
    const missed = (): boolean => this.of(slot).some(({ condition }) => condition === `silent:${id}`);
    const cameMs = this.#cameMs.get(number) ?? (missed() ? 0 : nowMs);
    this.#cameMs.set(number, cameMs);
    return cameMs;
  }

  /** Either everything that happened is on disk and in memory, or nothing has. */
  #durably(work: (engine: AlarmEngine) => readonly AlarmNotice[]): readonly AlarmNotice[] {
    const engine = this.#engine.draft();
    const notices = work(engine);
    const heldBack = [...this.#hearts.heldBack()];
    if (notices.length > 0 || heldBack.length > 0) {
      this.#vault.store.transaction(() => {
        for (const [slot, { condition, priority, facts }] of heldBack)
          this.#vault.recordEvent('alarm-held-back', { slot, condition, priority, ...facts });
        for (const notice of notices) this.#record(notice);
        for (const slot of new Set(notices.map((notice) => notice.slot)))
          this.#store.put(slot, engine.kept(slot));
      });
    }
    this.#engine = engine;
    this.#hearts.keep();
    return notices;
  }

  #record({ change, slot, condition, priority, episode, facts, acknowledgement, was }: AlarmNotice): void {
    this.#vault.recordEvent(`alarm-${change}`, {
      slot,
      condition,
      priority,
      episode,
      ...facts,
      ...(was !== undefined && { was }),
      ...(acknowledgement !== undefined && acknowledgementFacts(acknowledgement)),
    });
  }

  #picture(slot: number): Picture {
    let picture = this.#pictures.get(slot);
    if (picture === undefined) {
      picture = new Picture();
      this.#pictures.set(slot, picture);
    }
    return picture;
  }
}

const acknowledgementFacts = ({
  by,
  why,
  untilMs,
  outlasts,
}: Acknowledgement): Record<string, string | number> => ({
  by,
  why,
  ...(untilMs !== undefined && { until: untilMs }),
  ...(outlasts === true && { snooze: 'tell again' }),
});

/** What a person types in was seen when they say so. */
const saysItIsOld = ({ at, received, origin, measurement }: KeptReading): boolean =>
  at !== undefined && origin !== 'person' && received - at > FRESHNESS[measurement.kind].liveMs;

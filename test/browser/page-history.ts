// A past for the paper hub: numbers of a month, made as they are asked for, with a truth that a test can look for: an hour
// without a sensor, and one second in which everything was far from the rest.

type Row = readonly [time: number, value: number];
type Made = { readonly everyMs: number; readonly of: (time: number) => number };

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];

/** How each kind goes; a cuff is wrapped every three hours. */
const MADE: Readonly<Record<string, Made>> = {
  'heart-rate': { everyMs: SECOND, of: (t) => 74 + wave(t, 47 * MINUTE, 6) + wave(t, 3 * MINUTE, 3) },
  spo2: { everyMs: 5 * SECOND, of: (t) => Math.min(100, 96.5 + wave(t, 70 * MINUTE, 1.4)) },
  'respiratory-rate': { everyMs: 10 * SECOND, of: (t) => 16 + wave(t, 33 * MINUTE, 2) },
  'body-temperature': { everyMs: MINUTE, of: (t) => 36.9 + wave(t, 24 * HOUR, 0.4) },
  systolic: { everyMs: 3 * HOUR, of: (t) => 124 + wave(t, 17 * HOUR, 9) },
  diastolic: { everyMs: 3 * HOUR, of: (t) => 79 + wave(t, 19 * HOUR, 6) },
  mean: { everyMs: 3 * HOUR, of: (t) => 94 + wave(t, 18 * HOUR, 6) },
  battery: { everyMs: 10 * MINUTE, of: (t) => 100 - ((t / HOUR) % 50) },
};

function wave(time: number, periodMs: number, height: number): number {
  return Math.sin((time / periodMs) * 2 * Math.PI) * height;
}

/** What happened in the past of `now`: from `gapFrom` for `gapMs` nothing was measured, at `spikeAt` the heart raced. */
export type Past = {
  readonly now: number;
  readonly gapFrom: number;
  readonly gapMs: number;
  readonly spikeAt: number;
  readonly spike: number;
};

/** As `gateway/inspect/history.ts` answers: every number of six hours at most where they are few, else stretches. */
export function historyOf(past: Past): (asked: URLSearchParams) => string {
  return (asked) => {
    const kind = asked.get('kind') ?? '';
    const [from, to, points] = ['from', 'to', 'points'].map((name) => Number(asked.get(name))) as [
      number,
      number,
      number,
    ];
    const parts = kind === 'blood-pressure' ? ['systolic', 'diastolic', 'mean'] : ['value'];
    const series = Object.fromEntries(
      parts.map((part) => [
        part,
        lineOf(MADE[part === 'value' ? kind : part], kind, { from, to, points }, past),
      ]),
    );
    return JSON.stringify({ kind, from, to, series });
  };
}

type Asked = { readonly from: number; readonly to: number; readonly points: number };

function lineOf(made: Made | undefined, kind: string, { from, to, points }: Asked, past: Past): object {
  if (made === undefined) return { every: [] };
  const { everyMs } = made;
  const isEvery = to - from <= 6 * HOUR && (to - from) / everyMs <= points;
  if (isEvery) return { every: [...numbers(made, kind, { from, to, inStretch: false }, past)] };
  const widthMs = Math.max(1, Math.ceil((to - from) / points / MINUTE)) * MINUTE;
  const stretches: number[][] = [];
  for (let start = Math.floor(from / widthMs) * widthMs; start < to; start += widthMs) {
    const all = [...numbers(made, kind, { from: start, to: start + widthMs, inStretch: true }, past)].map(
      ([, value]) => value,
    );
    if (all.length === 0) continue;
    const mean = all.reduce((sum, one) => sum + one, 0) / all.length;
    stretches.push([start, all.length, Math.min(...all), Math.round(mean * 1000) / 1000, Math.max(...all)]);
  }
  return { widthMs, stretches };
}

function* numbers(
  { everyMs, of }: Made,
  kind: string,
  { from, to, inStretch }: { readonly from: number; readonly to: number; readonly inStretch: boolean },
  past: Past,
): Generator<Row> {
  const { now, gapFrom, gapMs, spikeAt, spike } = past;
  // Of a long stretch not every second is made: what is looked for in it is there all the same.
  const numbersMax = inStretch ? 60 : 4_000;
  const stepMs = Math.max(everyMs, Math.ceil((to - from) / numbersMax / everyMs) * everyMs);
  let raced = kind !== 'heart-rate' || spikeAt < from || spikeAt >= to;
  for (let time = Math.ceil(from / stepMs) * stepMs; time < Math.min(to, now); time += stepMs) {
    if (everyMs < HOUR && time >= gapFrom && time < gapFrom + gapMs) continue;
    if (!raced && time >= spikeAt) {
      raced = true;
      yield [spikeAt, spike];
    }
    yield [time, Math.round(of(time) * 10) / 10];
  }
}

/** What `GET …/events` answers: an alarm that was raised, known of and over, a device, each with its number. */
export function eventsOf(now: number): string {
  const alarm = {
    slot: 1,
    condition: 'heart-rate-high',
    priority: 'medium',
    episode: 3,
    measure: 'heart-rate',
    limit: 130,
    unit: '/min',
    value: 141,
  };
  const events = [
    {
      id: '12.0.0',
      at: now - 5 * HOUR,
      name: 'device-assigned',
      detail: { slot: 1, device: 1 },
      device: 'watch-1',
    },
    { id: '40.0.1', at: now - 50 * MINUTE, name: 'alarm-raised', detail: alarm },
    {
      id: '41.0.0',
      at: now - 47 * MINUTE,
      name: 'alarm-acknowledged',
      detail: { ...alarm, by: 'Nurse Okafor', why: 'With the patient' },
    },
    { id: '43.0.2', at: now - 40 * MINUTE, name: 'alarm-over', detail: alarm },
  ];
  return JSON.stringify({ from: 0, to: now, events });
}

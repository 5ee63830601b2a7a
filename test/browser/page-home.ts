// What the paper hub says: two patients in every state that a number can have, as the hub's feed would.

type Json = Record<string, unknown>;

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

const ADA = '9f0c3b52aa11d0e4f5a6b7c8d9e0f102';
const TOMAS = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';

type Shape = { readonly patient?: string; readonly device?: string; readonly origin?: string };

const base = (id: string, kind: string, received: number, shape: Shape): Json => ({
  id,
  patient: shape.patient ?? ADA,
  device: shape.device ?? 'watch-1',
  seq: 1_207,
  kind,
  received,
  origin: shape.origin ?? 'simulator',
});

/** A number of one kind. */
export function number(id: string, kind: string, value: number, received: number, shape: Shape = {}): Json {
  return { ...base(id, kind, received, shape), value };
}

/** 250 samples: one second of something like lead II, at 75 a minute. */
export function ecg(id: string, received: number, shape: Shape = {}): Json {
  const start = Math.floor(received / SECOND);
  const samples = Array.from({ length: 250 }, (_, i) => {
    const phase = (((start + i / 250) / 0.8) % 1) as number;
    const bump = (at: number, width: number, height: number): number =>
      height * Math.exp(-(((phase - at) / width) ** 2));
    const mv =
      bump(0.18, 0.035, 0.14) -
      bump(0.34, 0.012, 0.12) +
      bump(0.37, 0.014, 1.15) -
      bump(0.4, 0.012, 0.25) +
      bump(0.62, 0.06, 0.28);
    return Math.round(1_024 + 200 * mv);
  });
  return {
    ...base(id, 'ecg', received, shape),
    wave: { lead: 'MLII', rateHz: 250, gain: 200, baseline: 1_024, samples },
  };
}

/** 50 samples: one second of a pulse wave. */
function ppg(id: string, received: number, shape: Shape = {}): Json {
  const start = Math.floor(received / SECOND);
  const samples = Array.from({ length: 50 }, (_, i) => {
    const phase = ((start + i / 50) / 0.8) % 1;
    const wave = Math.exp(-(((phase - 0.25) / 0.12) ** 2)) + 0.35 * Math.exp(-(((phase - 0.55) / 0.14) ** 2));
    return Math.round(wave * 1_000);
  });
  return {
    ...base(id, 'ppg', received, shape),
    wave: { lead: 'finger', rateHz: 50, gain: 1_000, baseline: 0, samples },
  };
}

/** The snapshot at `now`, without type and count. */
export function homeSnapshot(now: number): Json {
  const series = (
    kind: string,
    slot: number,
    everyMs: number,
    lastMs: number,
    value: (i: number) => number,
    shape: Shape = {},
  ): Json[] =>
    Array.from({ length: 40 }, (_, i) =>
      number(
        `${40 + Math.floor(i / 4)}.${slot}.${i * 10 + kind.length}`,
        kind,
        value(i),
        now - lastMs - (39 - i) * everyMs,
        shape,
      ),
    );
  const wobble = (i: number, size: number): number =>
    Math.round(size * Math.sin(i / 3) + (size / 2) * Math.sin(i * 1.7));
  const tomas: Shape = { patient: TOMAS, device: 'patch-4', origin: 'recording' };
  const cuff = (i: number): Json => ({
    ...base(`${30 + i}.1.3`, 'blood-pressure', now - (2 + (5 - i) * 3) * HOUR, { device: 'cuff-1' }),
    systolic: 121 + wobble(i, 6),
    diastolic: 79 + wobble(i, 4),
    mean: 93,
  });
  return {
    now,
    hub: { origin: 'heartwood/hub/3f2a9c0d11aa22bb', startedAt: now - 26 * HOUR, intervalMs: 10_000 },
    batch: { sequence: 56, end: now - 4 * SECOND, entries: 48, ledgerSize: 57 },
    patients: [
      {
        id: ADA,
        name: 'Ada Nowak',
        slot: 1,
        devices: [
          { id: 'watch-1', label: 'Watch', origin: 'simulator', link: 'online', lastReceived: now - SECOND },
          {
            id: 'cuff-1',
            label: 'Arm cuff',
            origin: 'simulator',
            link: 'unknown',
            lastReceived: now - 2 * HOUR,
          },
        ],
        alarms: [],
        recent: {
          'heart-rate': [
            ...series('heart-rate', 1, 5 * SECOND, 6 * SECOND, (i) => 72 + wobble(i, 4)),
            number('57.1.14', 'heart-rate', 72, now - SECOND),
          ],
          spo2: series('spo2', 1, 5 * SECOND, 2 * SECOND, (i) => Math.min(100, 97 + wobble(i, 1))),
          'respiratory-rate': series(
            'respiratory-rate',
            1,
            10 * SECOND,
            50 * SECOND,
            (i) => 15 + wobble(i, 2),
          ),
          'body-temperature': series(
            'body-temperature',
            1,
            60 * SECOND,
            20 * SECOND,
            (i) => 36.8 + wobble(i, 2) / 10,
          ),
          'blood-pressure': [0, 1, 2, 3, 4, 5].map(cuff),
          battery: [number('20.1.1', 'battery', 84, now - 600 * SECOND)],
          ecg: [4, 3, 2, 1].map((s) => ecg(`57.1.${40 - s}`, now - s * SECOND)),
          ppg: [4, 3, 2, 1].map((s) => ppg(`57.1.${80 - s}`, now - s * SECOND)),
        },
      },
      {
        id: TOMAS,
        name: 'Tomás Ó Súilleabháin-Przybylski',
        slot: 2,
        devices: [
          {
            id: 'patch-4',
            label: 'Chest patch',
            origin: 'recording',
            link: 'offline',
            lastReceived: now - 12 * 60 * SECOND,
          },
        ],
        alarms: [
          {
            condition: 'silent:patch-4',
            priority: 'medium',
            presence: 'on',
            episode: 1,
            raised: now - 7 * 60 * SECOND,
            facts: { device: 'patch-4', minutes: 12, heard: 'before', link: 'offline' },
          },
          {
            condition: 'stale:heart-rate',
            priority: 'low',
            presence: 'on',
            episode: 4,
            raised: now - 11 * 60 * SECOND,
            facts: { measure: 'heart-rate', seconds: 720 },
          },
        ],
        recent: {
          'heart-rate': series(
            'heart-rate',
            2,
            5 * SECOND,
            12 * 60 * SECOND,
            (i) => 91 + wobble(i, 5),
            tomas,
          ),
          spo2: [
            ...series(
              'spo2',
              2,
              5 * SECOND,
              13 * 60 * SECOND,
              (i) => Math.min(100, 95 + wobble(i, 1)),
              tomas,
            ),
            { ...base('50.2.9', 'spo2', now - 12 * 60 * SECOND, tomas), absent: 'sensor-off' },
          ],
          'body-temperature': [
            {
              ...number('55.2.1', 'body-temperature', 38.1, now - SECOND, tomas),
              at: now - 31 * HOUR,
              quality: 'uncertain',
            },
          ],
        },
      },
    ],
  };
}

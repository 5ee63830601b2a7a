// Cuffs, meters, scales and oximeters as they are: they bond in their own way, keep records, repeat themselves, and
// have clocks of their own.

import { hasBusDaemon, type Trouble } from '@heartwood/device-sim/ble';
import type { PairingAnswer, PairingQuestion } from '@heartwood/gateway/ble';
import { afterEach, describe, expect, it } from 'vitest';
import { type Kept, Ward, type WardOptions } from './ward.ts';

let ward: Ward;
const open = async (options: WardOptions): Promise<void> => {
  ward = await Ward.open(options);
};
afterEach(async () => {
  await ward?.close();
});
const kept = (device: string, kind: string): Kept[] =>
  ward.kept.filter(({ device: id, reading }) => id === device && reading.measurement.kind === kind);

/** A person at the hub who answers as told; what was asked is kept. */
function person(
  answers: Partial<Record<PairingQuestion['kind'], (question: PairingQuestion) => PairingAnswer>>,
): {
  asked: PairingQuestion[];
  ask(question: PairingQuestion): Promise<PairingAnswer>;
} {
  const asked: PairingQuestion[] = [];
  return {
    asked,
    ask: async (question) => {
      asked.push(question);
      return answers[question.kind]?.(question) ?? false;
    },
  };
}

describe.skipIf(!hasBusDaemon())('bonds (needs dbus-daemon, Debian’s dbus)', { timeout: 40_000 }, () => {
  it('a cuff bonds only while its button is held, by just works, and nobody is asked', async () => {
    const desk = person({});
    await open({ devices: [{ id: 'cuff', model: 'blood-pressure-cuff' }], pace: 20, desk });
    await ward.until('it wants a bond', () => ward.logged.some((line) => line.includes('wants-pairing')));
    expect(kept('cuff', 'blood-pressure')).toEqual([]);
    await ward.until('a person is told', () => ward.alarms.length > 0);
    expect(ward.alarms).toEqual([{ kind: 'wants-pairing', device: 'cuff' }]);
    ward.bluez.device('cuff').pressButton();
    await ward.until('its four records', () => kept('cuff', 'blood-pressure').length >= 4);
    expect(ward.alarms.at(-1)).toEqual({ kind: 'over' });
    expect(desk.asked).toEqual([]);
    await ward.stopRadio();
    expect(ward.stored('cuff', 0x2a35)).toEqual(ward.said('cuff', 0x2a35));
  });

  it('a meter that shows digits bonds with those that a person types', async () => {
    const desk = person({
      'enter-passkey': () => String(ward.bluez.device('meter').person.passkey).padStart(6, '0'),
    });
    await open({ devices: [{ id: 'meter', model: 'glucose-meter' }], pace: 20, desk });
    ward.bluez.device('meter').person.passkey = 12_345;
    await ward.until('its records', () => kept('meter', 'glucose').length >= 12);
    expect(desk.asked[0]).toEqual({ kind: 'enter-passkey', device: 'meter' });
  });

  it('a sensor that compares digits bonds when a person says they are the same', async () => {
    const desk = person({ 'confirm-passkey': () => true });
    await open({ devices: [{ id: 'sensor', model: 'health-sensor' }], pace: 20, desk });
    await ward.until('it streams', () => kept('sensor', 'spo2').length >= 3);
    expect(desk.asked[0]).toMatchObject({
      kind: 'confirm-passkey',
      device: 'sensor',
      passkey: expect.stringMatching(/^\d{6}$/),
    });
  });

  it('with nobody at the desk a bond that needs digits is refused, and nothing is stored', async () => {
    await open({ devices: [{ id: 'meter', model: 'glucose-meter' }], pace: 20 });
    await ward.until(
      'it is refused',
      () => ward.logged.filter((line) => line.includes('connection-failed')).length >= 2,
    );
    expect(kept('meter', 'glucose')).toEqual([]);
  });

  it('AuthenticationFailed of a device that is Paired is a stale bond: mended with one confirmation', async () => {
    const desk = person({ 'renew-bond': () => true, 'confirm-passkey': () => true });
    await open({ devices: [{ id: 'sensor', model: 'health-sensor', bonded: true }], pace: 20, desk });
    await ward.until('it streams', () => kept('sensor', 'spo2').length >= 3);
    ward.bluez.device('sensor').forgetBond();
    ward.bluez.device('sensor').loseLink();
    const before = kept('sensor', 'spo2').length;
    await ward.until('it streams again', () => kept('sensor', 'spo2').length >= before + 3);
    expect(desk.asked.filter(({ kind }) => kind === 'renew-bond')).toHaveLength(1);
  });

  it('a stale bond that nobody confirms stays, and is not asked about again and again', async () => {
    const desk = person({});
    await open({ devices: [{ id: 'sensor', model: 'health-sensor', bonded: true }], pace: 20, desk });
    await ward.until('it streams', () => kept('sensor', 'spo2').length >= 3);
    ward.bluez.device('sensor').forgetBond();
    ward.bluez.device('sensor').loseLink();
    await ward.until(
      'several attempts',
      () => ward.logged.filter((line) => line.includes('stale-bond')).length >= 3,
    );
    expect(desk.asked.filter(({ kind }) => kind === 'renew-bond')).toHaveLength(1);
    expect(ward.bluez.device('sensor').bonded).toBe(true);
    expect(ward.alarms).toEqual([{ kind: 'stale-bond', device: 'sensor' }]);
  });
});

describe.skipIf(!hasBusDaemon())(
  'serial numbers (needs dbus-daemon, Debian’s dbus)',
  { timeout: 40_000 },
  () => {
    const strap = { id: 'strap', model: 'heart-rate-strap' } as const;
    const other = { id: 'other', model: 'heart-rate-strap' } as const;
    const beats = (): number => kept('strap', 'heart-rate').length;

    it('a device enrolled by its serial number is known behind another address', async () => {
      for (const address of ['C0:FF:EE:00:00:01', '5A:11:22:33:44:55']) {
        await open({ devices: [{ ...strap, address }], bySerial: ['strap'], pace: 50 });
        await ward.until('it streams', () => beats() >= 3);
        ward.bluez.device('strap').loseLink();
        const before = beats();
        await ward.until('it streams again', () => beats() >= before + 3);
        expect(ward.candidates()).toEqual([]);
        await ward.close();
      }
      await open({ devices: [] });
    });

    it('whoever says another serial number is let go untouched, asked once, and offered', async () => {
      await open({ devices: [other, strap], enrolled: ['strap'], bySerial: ['strap'], pace: 50 });
      await ward.until('it streams', () => beats() >= 3);
      ward.bluez.device('strap').leave();
      await ward.until('the other is offered', () => ward.candidates().length === 1);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(ward.links.some((link) => link.startsWith('other'))).toBe(false);
      // Nothing of it was subscribed: then it would have spoken.
      expect(ward.said('other', 0x2a37)).toEqual([]);
      await ward.until('it is let go', () => ward.bluez.device('other').state === 'idle');
      expect(ward.alarms).toEqual([]);
    });

    it('a stranger that wants a bond is not paired with, and nobody is asked', async () => {
      const desk = person({ 'enter-passkey': () => '000000' });
      const meter = { id: 'meter', model: 'glucose-meter' } as const;
      await open({ devices: [meter, strap], enrolled: ['strap'], bySerial: ['strap'], pace: 50, desk });
      await ward.until('it streams', () => beats() >= 10);
      expect([desk.asked, ward.alarms]).toEqual([[], []]);
      expect(ward.bluez.device('meter').bonded).toBe(false);
    });

    it('a sensor enrolled by its serial number bonds when a person says so', async () => {
      const desk = person({ 'confirm-passkey': () => true });
      const sensor = { id: 'sensor', model: 'health-sensor' } as const;
      await open({ devices: [sensor], bySerial: ['sensor'], pace: 20, desk });
      await ward.until('it streams', () => kept('sensor', 'spo2').length >= 3);
      expect(desk.asked[0]).toMatchObject({ kind: 'confirm-passkey', device: 'sensor' });
    });

    it('maker and model are told once, the serial number never', async () => {
      await open({ devices: [strap], pace: 50 });
      await ward.until('it streams', () => beats() >= 3);
      ward.bluez.device('strap').loseLink();
      await ward.until('it is up again', () => ward.count('strap up') === 2);
      expect(ward.made).toEqual([expect.stringContaining('"maker":"Heartwood Simulated"')]);
      expect([...ward.made, ...ward.logged].join()).not.toContain(ward.bluez.device('strap').serial);
    });
  },
);

describe.skipIf(!hasBusDaemon())('records (needs dbus-daemon, Debian’s dbus)', { timeout: 40_000 }, () => {
  const meter = { id: 'meter', model: 'glucose-meter', bonded: true, bondable: true } as const;
  const glucose = (): string[] => ward.stored('meter', 0x2a18);

  it('are uploaded once, oldest first, and a later session takes new ones only', async () => {
    await open({ devices: [meter], pace: 200, delayScale: 0.005 });
    await ward.until('twelve', () => glucose().length >= 12);
    const numbers = glucose().map((octets) => Buffer.from(octets, 'hex').readUInt16LE(1));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    const said = ward.said('meter', 0x2a18).length;
    await ward.stopRadio();
    ward.startRadio();
    await ward.until('another session', () => ward.count('meter up') >= 2);
    await new Promise((resolve) => setTimeout(resolve, 500));
    // It asked for the last record only.
    expect(ward.said('meter', 0x2a18).length - said).toBeLessThan(6);
    expect(new Set(glucose()).size).toBe(glucose().length);
  });

  it('the last one, sent again in every session, is stored once', async () => {
    await open({
      devices: [{ ...meter, trouble: { repeatsLastRecord: true } }],
      pace: 200,
      delayScale: 0.005,
    });
    for (let n = 1; n <= 4; n++) {
      await ward.until(`session ${n}`, () => ward.count('meter up') >= n && glucose().length >= 12);
      await new Promise((resolve) => setTimeout(resolve, 200));
      ward.bluez.device('meter').loseLink();
    }
    await ward.stopRadio();
    expect(new Set(glucose()).size).toBe(glucose().length);
    expect(new Set(glucose())).toEqual(new Set(ward.said('meter', 0x2a18)));
  });

  it('an upload that breaks off goes on where it was, and every record is there once', async () => {
    await open({
      devices: [{ ...meter, trouble: { losesLinkAfterRecords: 5 } }],
      pace: 200,
      delayScale: 0.005,
    });
    await ward.until('all twelve', () => new Set(glucose()).size >= 12);
    expect(ward.count('meter lost')).toBeGreaterThanOrEqual(1);
    const numbers = glucose().map((octets) => Buffer.from(octets, 'hex').readUInt16LE(1));
    expect(numbers.slice(0, 12)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('a RACP request in flight, from before a hub was killed, is aborted: the records come', async () => {
    await open({ devices: [{ ...meter, trouble: { requestInFlight: true } }], pace: 200, delayScale: 0.005 });
    await ward.until('twelve', () => glucose().length >= 12);
    // Its meals have no kind.
    expect(ward.logged.filter((line) => !line.startsWith('bluetooth-value-of-no-kind'))).toEqual([]);
    expect(ward.count('meter lost')).toBe(0);
  });

  it('a meter that can only be asked for all, and whose turn is over before all have come, comes to its end', async () => {
    const meter = { id: 'meter', model: 'glucose-meter', bonded: true, stored: 60 } as const;
    await open({
      devices: [
        { ...meter, trouble: { knowsOnlyAll: true } },
        { id: 'thermometer', model: 'thermometer' },
        { id: 'scale', model: 'scale' },
      ],
      slots: 1,
      adapters: [{ name: 'hci0', slots: 1 }],
      delayScale: 0.01,
    });
    const stored = (): string[] => ward.stored('meter', 0x2a18);
    // A second and a half of records, in turns of less than half of that.
    await ward.until('its sixty records', () => new Set(stored()).size >= 60, 30_000);
    expect(stored()).toHaveLength(60);
    expect(ward.count('meter released')).toBeGreaterThan(0);
    await ward.until('others have their turn', () => ward.count('thermometer up') > 0);
  });

  it('a glucose sensor whose link is lost tells no record twice', async () => {
    const sensor = { id: 'sensor', model: 'glucose-sensor', bonded: true, bondable: true } as const;
    await open({ devices: [sensor], pace: 200, delayScale: 0.005 });
    const times = (): number[] =>
      kept('sensor', 'glucose').flatMap(({ reading }) => (reading.at === undefined ? [] : [reading.at]));
    // Those of before the simulation began, and more that came by themselves and out of the memory.
    await ward.until('its memory', () => times().length >= 24);
    for (let n = 1; n <= 3; n++) {
      await ward.until(`session ${n}`, () => ward.count('sensor up') >= n);
      const before = times().length;
      await ward.until('it measures', () => times().length >= before + 1);
      ward.bluez.device('sensor').loseLink();
    }
    await ward.stopRadio();
    expect(new Set(times()).size).toBe(times().length);
  });

  it('a glucose sensor tells no record twice to a hub whose clock is an hour behind after a power cut', async () => {
    const sensor = { id: 'sensor', model: 'glucose-sensor', bonded: true, bondable: true } as const;
    await open({ devices: [sensor], pace: 60, delayScale: 0.005 });
    const stored = (): string[] => ward.stored('sensor', 0x2aa7);
    await ward.until('its memory', () => stored().length >= 24);
    await ward.stopRadio();
    ward.behindMs = 3_600_000;
    ward.startRadio();
    const before = stored().length;
    await ward.until('it measures', () => stored().length > before);
    await ward.stopRadio();
    expect(kept('sensor', 'glucose').at(-1)?.reading.source?.clock).toBe('arrival');
    expect(new Set(stored()).size).toBe(stored().length);
  });

  it('a glucose sensor is asked for its records once it has said when its session began', async () => {
    const sensor = { id: 'sensor', model: 'glucose-sensor', bonded: true, bondable: true } as const;
    const trouble = { garblesSessionStart: 2 };
    await open({ devices: [{ ...sensor, trouble }], pace: 60, delayScale: 0.005 });
    const unknown = (): number => ward.logged.filter((line) => line.includes('session-unknown')).length;
    const stored = (): string[] => ward.stored('sensor', 0x2aa7);
    await ward.until('its memory', () => stored().length >= 24);
    expect(unknown()).toBe(2);
    await ward.stopRadio();
    const first = new Set(stored());
    const count = stored().length;
    ward.bluez.device('sensor').trouble.garblesSessionStart = 2;
    ward.startRadio();
    await ward.until('it was asked', () => unknown() >= 4);
    const before = stored().length;
    await ward.until('it measures', () => stored().length > before);
    await ward.stopRadio();
    // A live value in between is all that may come again.
    const again = stored().slice(count);
    expect(again.filter((octets) => first.has(octets))).toEqual([]);
  });

  it('indications with a time that a cuff repeats are stored once', async () => {
    const cuff = { id: 'cuff', model: 'blood-pressure-cuff', bonded: true, bondable: true } as const;
    await open({
      devices: [{ ...cuff, trouble: { repeatsLastRecord: true } }],
      pace: 600,
      delayScale: 0.005,
    });
    await ward.until('six', () => ward.stored('cuff', 0x2a35).length >= 6);
    await ward.stopRadio();
    const stored = ward.stored('cuff', 0x2a35);
    expect(new Set(stored).size).toBe(stored.length);
    expect(new Set(stored)).toEqual(new Set(ward.said('cuff', 0x2a35)));
  });
});

describe.skipIf(!hasBusDaemon())(
  'clocks and numbers (needs dbus-daemon, Debian’s dbus)',
  { timeout: 40_000 },
  () => {
    const cuff = { id: 'cuff', model: 'blood-pressure-cuff', bonded: true, bondable: true } as const;
    const pressures = (): Kept[] => kept('cuff', 'blood-pressure');
    const startAtMs = Date.UTC(2026, 10, 21, 13);
    const MINUTE_MS = 60_000;

    it.each(['slow', '1970', '2094'] as const)(
      'a cuff whose clock is %s: its records get their true times, and keep what it said',
      async (clock) => {
        await open({ devices: [{ ...cuff, trouble: { clock } }], pace: 20, startAtMs });
        await ward.until('its records', () => pressures().length >= 4);
        for (const [n, { reading }] of pressures().slice(0, 4).entries()) {
          // A clock that shows 1970 had not begun to count when the older ones were made.
          if (reading.source?.clock === 'arrival') continue;
          expect(reading.source?.clock).toBe('corrected');
          // Four before the start, a quarter of an hour apart. A second that is lost while its clock is read is twenty.
          // A clock of 1970 began with the simulation: of what was before it says its beginning, and no hub knows better.
          const trueMs = startAtMs + (clock === '1970' ? 0 : (n - 3) * 15 * MINUTE_MS);
          expect(Math.abs((reading.at ?? 0) - trueMs)).toBeLessThan(5 * MINUTE_MS);
        }
        expect(pressures().some(({ reading }) => reading.source?.clock === 'corrected')).toBe(true);
      },
    );

    it('a slow clock whose upload breaks off: all records get the times of a right one', async () => {
      const meter = { id: 'meter', model: 'glucose-meter', bonded: true, bondable: true } as const;
      const timesOf = async (trouble: Partial<Trouble>): Promise<number[]> => {
        await open({ devices: [{ ...meter, trouble }], pace: 20, delayScale: 0.005, startAtMs });
        await ward.until('its twelve records', () => new Set(ward.stored('meter', 0x2a18)).size >= 12);
        const records = kept('meter', 'glucose').slice(0, 12);
        await ward.close();
        return records.map(({ reading }) => ((reading.at ?? 0) - startAtMs) / 60_000);
      };
      const right = await timesOf({});
      // The clock runs while it is read, at twenty times the pace: 5 minutes are 15 s, and the clock was 16 slow.
      for (const clock of ['slow', '2094'] as const)
        for (const [n, at] of (await timesOf({ clock, losesLinkAfterRecords: 5 })).entries())
          expect(Math.abs(at - (right[n] as number))).toBeLessThan(5);
      await open({ devices: [] });
    });

    it('a slow cuff that is set, and a hub that is started anew before its records have all come: they are corrected', async () => {
      let told = 0;
      await open({
        devices: [{ ...cuff, trouble: { clock: 'slow', losesLinkAfterRecords: 2 } }],
        pace: 20,
        startAtMs,
        onSample: ({ uuid }) => {
          if (!uuid.startsWith('00002a35')) return;
          told += 1;
          if (told === 2) setImmediate(() => ward.bluez.device('cuff').leave());
        },
      });
      await ward.until('two of its records', () => pressures().length >= 2);
      await ward.stopRadio();
      ward.startRadio();
      ward.bluez.device('cuff').comeBack();
      await ward.until('its records', () => pressures().length >= 4);
      for (const [n, { reading }] of pressures().slice(0, 4).entries()) {
        expect(reading.source?.clock).toBe('corrected');
        expect(Math.abs((reading.at ?? 0) - (startAtMs + (n - 3) * 15 * MINUTE_MS))).toBeLessThan(
          5 * MINUTE_MS,
        );
      }
    });

    it('a cuff whose clock nobody set: the time of arrival stands', async () => {
      await open({ devices: [{ ...cuff, trouble: { clock: 'not-set' } }], pace: 20, startAtMs });
      await ward.until('its records', () => pressures().length >= 4);
      expect(pressures()[0]?.reading).not.toHaveProperty('at');
      expect(pressures()[0]?.reading.source?.clock).toBe('arrival');
    });

    it('a cuff that takes a new time with thanks and keeps the old: read back, told, and corrected', async () => {
      await open({
        devices: [{ ...cuff, trouble: { clock: 'slow', ignoresTimeWrites: true } }],
        pace: 20,
        startAtMs,
      });
      await ward.until('its records', () => pressures().length >= 4);
      expect(ward.logged.some((line) => line.startsWith('bluetooth-clock-not-taken'))).toBe(true);
      expect(pressures().every(({ reading }) => reading.source?.clock === 'corrected')).toBe(true);
    });

    it('NaN is never 2047 mmHg: it is absent, and so is a heart rate without a number', async () => {
      await open({
        devices: [
          { ...cuff, trouble: { nanShare: 1 } },
          { id: 'strap', model: 'heart-rate-strap', trouble: { nanShare: 1 } },
        ],
        pace: 20,
        startAtMs,
      });
      await ward.until('records', () => pressures().length >= 4 && kept('strap', 'heart-rate').length >= 3);
      for (const { reading } of [...pressures(), ...kept('strap', 'heart-rate')])
        expect(reading.measurement).toHaveProperty('absent');
    });

    it('a battery of over 100 per cent is none', async () => {
      await open({
        devices: [{ id: 'strap', model: 'heart-rate-strap', trouble: { battery: 200 } }],
        exportsBattery: true,
        pace: 20,
      });
      await ward.until('it streams', () => kept('strap', 'heart-rate').length >= 3);
      await ward.until('it is refused', () => ward.logged.some((line) => line.includes('"2A19"')));
      expect(kept('strap', 'battery')).toEqual([]);
    });

    it('a scale that tells a weighing as weight and as composition: one weight for each', async () => {
      await open({
        devices: [{ id: 'scale', model: 'scale', bonded: true, bondable: true }],
        pace: 300,
        startAtMs,
      });
      await ward.until('weighings', () => kept('scale', 'weight').length >= 2);
      await ward.stopRadio();
      const times = kept('scale', 'weight').map(({ reading }) => reading.at);
      expect(new Set(times).size).toBe(times.length);
      expect(ward.said('scale', 0x2a9c).length).toBeGreaterThan(0);
    });

    it.each([
      ['thermometer', 'body-temperature', 0x2a1c],
      ['pulse-oximeter', 'spo2', 0x2a5f],
      ['scale', 'weight', 0x2a9d],
      ['glucose-sensor', 'glucose', 0x2aa7],
      ['health-sensor', 'spo2', 0x2b8b],
    ] as const)('a %s is understood: %s', async (model, kind, characteristic) => {
      const desk = person({ 'confirm-passkey': () => true });
      await open({
        devices: [{ id: 'it', model, bonded: true, bondable: true }],
        pace: 300,
        desk,
        startAtMs,
      });
      await ward.until('readings', () => kept('it', kind).length >= 2);
      await ward.until('of this characteristic', () => ward.stored('it', characteristic).length > 0);
      for (const { reading } of kept('it', kind))
        if (reading.at !== undefined) expect(reading.at).toBeLessThanOrEqual(ward.bluez.now());
    });
  },
);

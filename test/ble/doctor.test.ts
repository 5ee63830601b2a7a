// `heartwood doctor --ble` against everything that may be wrong with a machine's Bluetooth, and with one device.

import { userInfo } from 'node:os';
import {
  type BluezOptions,
  hasBusDaemon,
  PERIPHERALS,
  type Peripheral,
  startBluez,
} from '@heartwood/device-sim/ble';
import type { Finding } from '@heartwood/gateway';
import { type BluetoothAsked, examineBluetooth, type TrialTable } from '@heartwood/gateway/ble';
import { afterEach, describe, expect, it } from 'vitest';
import { FAST } from './ward.ts';

type Bluez = Awaited<ReturnType<typeof startBluez>>;
let bluez: Bluez;
afterEach(async () => {
  await bluez?.stop();
});
const open = async (options: Partial<BluezOptions> = {}): Promise<Bluez> => {
  bluez = await startBluez({ seed: 1, delayScale: 0.02, pace: 50, devices: [], ...options });
  return bluez;
};
const strap = { id: 'strap', model: 'heart-rate-strap' } as const;

/** Lines as `level about: what`, and the table where there is one. */
async function examine(
  asked: Partial<BluetoothAsked> = {},
): Promise<{ lines: string[]; table: TrialTable | undefined }> {
  const found: (Finding | TrialTable)[] = [];
  const examined = examineBluetooth({
    address: bluez?.address,
    user: userInfo().username,
    listenMs: 400,
    enrolled: undefined,
    desk: { ask: () => Promise.resolve(true) },
    zone: () => 0,
    clock: () => bluez.now(),
    ticks: () => performance.now(),
    timing: FAST,
    ...asked,
  });
  for await (const one of examined) found.push(one);
  return {
    lines: found.flatMap((one) => ('level' in one ? [`${one.level} ${one.about}: ${one.what}`] : [])),
    table: found.find((one) => 'kind' in one) as TrialTable | undefined,
  };
}
const tryIt = (id: string, asked: Partial<BluetoothAsked> = {}): ReturnType<typeof examine> =>
  examine({ device: bluez.device(id).address, ...asked });

describe.skipIf(!hasBusDaemon())(
  'doctor --ble (needs dbus-daemon, Debian’s dbus)',
  { timeout: 30_000 },
  () => {
    it('healthy: adapter, devices with what they measure, who is enrolled; and never a name', async () => {
      await open({
        devices: [strap, { id: 'cuff', model: 'blood-pressure-cuff', bonded: true, bondable: true }],
      });
      const { address } = bluez.device('strap');
      const { lines } = await examine({ enrolled: [{ id: 'strap-ada', radio: address.toLowerCase() }] });
      expect(lines[0]).toBe('well bus: It can be reached.');
      expect(lines).toContain('well adapter hci0: It is switched on, and listens.');
      expect(lines.find((line) => line.startsWith(`well device ${address}`))).toMatch(
        /heart rate, -\d+ dBm at hci0\. Enrolled as strap-ada\.$/,
      );
      expect(lines.find((line) => line.includes(bluez.device('cuff').address))).toMatch(
        /^advice .*blood pressure.*paired\. Not enrolled\.$/,
      );
      for (const { name } of [{ name: 'Strap' }, { name: 'Cuff' }])
        expect(lines.join(' ')).not.toContain(name);
      expect(lines.at(-1)).toMatch(/^advice enroll: .*heartwood enroll NAME/);
      expect(bluez.adapter().discovering).toBe(false);
    });

    it('no bus', async () => {
      await open();
      const { lines } = await examine({ address: 'unix:path=/nonexistent/bus' });
      expect(lines).toEqual([expect.stringMatching(/^trouble bus: .*apt install dbus/)]);
    });

    it('no bluetoothd', async () => {
      await open();
      await bluez.bluetoothd.stop();
      const { lines } = await examine();
      expect(lines).toEqual([
        expect.stringMatching(/^trouble bluetoothd: It does not run.*systemctl enable/),
      ]);
    });

    it('access denied: the policy that it prints, put into the bus’s configuration, lets this user in', async () => {
      const deny =
        '<policy context="default"><deny send_destination="org.bluez" send_type="method_call"/></policy>';
      await open({ busPolicy: deny });
      const { lines } = await examine();
      expect(lines).toEqual([expect.stringMatching(/^trouble permission: /)]);
      expect(lines[0]).not.toContain('own=');
      const policy = /<policy user=.*<\/policy>/s.exec(lines[0] ?? '')?.[0] ?? '';
      await bluez.stop();
      await open({ busPolicy: deny + policy });
      expect((await examine()).lines).toContain('well adapter hci0: It is switched on, and listens.');
    });

    it('no adapter', async () => {
      await open({ adapters: [] });
      expect((await examine()).lines.at(-1)).toMatch(/^trouble adapter: There is none/);
    });

    it('an adapter that is switched off is not switched on; one that rfkill blocks is told as that', async () => {
      await open({ adapters: [{ name: 'hci0' }, { name: 'hci1' }], devices: [strap] });
      bluez.adapter('hci0').switchOff();
      bluez.adapter('hci1').switchOff(true);
      const { lines } = await examine();
      expect(lines).toContainEqual(
        expect.stringMatching(/^trouble adapter hci0: It is switched off.*rfkill/),
      );
      expect(lines).toContainEqual(expect.stringMatching(/^trouble adapter hci1: .*rfkill unblock/));
      expect(bluez.adapter('hci0').powered).toBe(false);
    });

    it('an adapter that hangs', async () => {
      await open({ devices: [strap] });
      bluez.adapter().hang({ answers: 'in-progress' });
      expect((await examine()).lines).toContainEqual(
        expect.stringMatching(/^trouble adapter hci0: It does not listen \(InProgress\)/),
      );
    });

    it('a device that is heard by nobody', async () => {
      await open({ devices: [strap] });
      bluez.device('strap').leave();
      const { lines } = await tryIt('strap', {
        enrolled: [{ id: 'strap-ada', radio: bluez.device('strap').address }],
      });
      expect(lines).toContainEqual(
        expect.stringMatching(/^advice device .* Enrolled as strap-ada, and not heard/),
      );
      expect(lines.at(-1)).toMatch(/^trouble try: The device was not heard/);
    });

    it('tries a strap: connects four times, reads what it says, and makes a table without address or vital sign', async () => {
      await open({ devices: [strap] });
      const { lines, table } = await tryIt('strap', { enrolled: [{ id: 'pod', radio: 'serial:AB 1' }] });
      // Where the address changes it is enrolled by this.
      expect(lines).toContainEqual(expect.stringContaining(`serial:${bluez.device('strap').serial}`));
      expect(lines).toContainEqual(
        expect.stringMatching(/^advice device pod: Enrolled by its serial number/),
      );
      expect(lines.filter((line) => line.startsWith('trouble'))).toEqual([]);
      expect(lines).toContainEqual(expect.stringMatching(/^well values: \d+ in 0 s, all of them read\.$/));
      expect(lines).toContainEqual(expect.stringMatching(/^well again: 3 of 3 came about/));
      expect(lines).toContain('well bond: It needs none.');
      expect(lines).toContainEqual(expect.stringMatching(/^well address: /));
      expect(table?.connectedMs).toHaveLength(4);
      const heartRate = table?.rows.find(({ characteristic }) => characteristic === '2A37');
      expect(heartRate).toMatchObject({ service: '180D', decoded: true, refused: {} });
      expect(heartRate?.values).toBeGreaterThan(0);
      const { address } = bluez.device('strap');
      expect(JSON.stringify(table)).not.toContain(address);
      expect(JSON.stringify(table)).not.toMatch(/SIM-\d/);
      expect(bluez.device('strap').state).toBe('idle');
    });

    it('tries a cuff: paired while its button is held, its slow clock set and read back', async () => {
      await open({
        devices: [{ id: 'cuff', model: 'blood-pressure-cuff', bondable: true, trouble: { clock: 'slow' } }],
        pace: 20,
      });
      const { lines, table } = await tryIt('cuff');
      expect(lines).toContain('well bond: It is paired now.');
      expect(lines).toContainEqual(
        expect.stringMatching(/^well clock: It was 9[56]\d\.\d s off; set, and read back: \d+\.\d s off\.$/),
      );
      expect(lines).toContain('well bond: It held over every connection.');
      expect(table?.paired).toBe(true);
    });

    it('a cuff that takes no bond now is told as that, and so is a clock that thanks and stays', async () => {
      await open({
        devices: [
          { id: 'cuff', model: 'blood-pressure-cuff' },
          {
            id: 'old',
            model: 'blood-pressure-cuff',
            bonded: true,
            bondable: true,
            trouble: { clock: 'slow', ignoresTimeWrites: true },
          },
        ],
      });
      expect((await tryIt('cuff')).lines.at(-1)).toMatch(/^trouble bond: It takes no bond now/);
      expect((await tryIt('old')).lines).toContainEqual(
        expect.stringMatching(/^advice clock: .*kept the old/),
      );
    });

    it('a silent device', async () => {
      await open({ devices: [{ ...strap, trouble: { silent: true } }] });
      expect((await tryIt('strap')).lines).toContainEqual(
        expect.stringMatching(/^advice values: .*said nothing/),
      );
    });

    it('a stale bond', async () => {
      await open({ devices: [{ id: 'sensor', model: 'health-sensor', bonded: true }] });
      bluez.device('sensor').forgetBond();
      const { lines, table } = await tryIt('sensor');
      expect(lines.at(-1)).toMatch(/^trouble bond: This machine has a bond that the device no longer knows/);
      expect(table).toBeUndefined();
      expect(bluez.device('sensor').bonded).toBe(true);
    });

    it('values that cannot be read are counted by reason', async () => {
      const broken: Peripheral = {
        ...PERIPHERALS['heart-rate-strap'],
        firmware: (host) => {
          const measurement = { uuid: '2A37', flags: ['notify' as const] };
          return {
            services: [{ uuid: '180D', characteristics: [measurement] }],
            // It promises RR intervals, and has none.
            pulse: { everyMs: 1_000, at: () => host.say(measurement, Uint8Array.of(0x10, 60)) },
          };
        },
      };
      await open({ devices: [{ id: 'broken', model: broken }] });
      const { lines, table } = await tryIt('broken');
      expect(lines).toContainEqual(expect.stringMatching(/^trouble values: (\d+) of \1 could not be read/));
      const row = table?.rows.find(({ characteristic }) => characteristic === '2A37');
      expect(row?.refused).toEqual({ 'flag-without-data': row?.values });
    });
  },
);

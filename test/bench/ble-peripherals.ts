// The other end of the radio, as a process of its own: a simulated BlueZ with straps that say so many values a second.

import { startBluez } from '@heartwood/device-sim/ble';
import { burstStrap } from '../ble/burst-strap.ts';

const [count, values] = process.argv.slice(2).map(Number) as [number, number];
const devices = Array.from({ length: count }, (_, n) => ({ id: `burst-${n}`, model: burstStrap(values) }));
const bluez = await startBluez({
  seed: 1,
  devices,
  adapters: [{ name: 'hci0', slots: count }],
  delayScale: 0.05,
  truthMax: 0,
});
process.on('disconnect', () => void bluez.stop().then(() => process.exit(0)));
process.on('message', () => {
  // What was said is told when all of it has had time to arrive.
  for (const { id } of devices) bluez.device(id).trouble.silent = true;
  process.send?.(bluez.truth.count);
});
process.send?.({
  address: bluez.address,
  worn: devices.map(({ id }) => ({ id, address: bluez.device(id).address })),
});

// The hub of `soak -- ble`'s second half, as a process that can be killed: its thread, its files and its radio, on a
// simulated bus. It says on its standard output which links are up or lost, and of each message that is on disk which
// octets it held: what it has said is what must be there after a kill.

import { Radio } from '@heartwood/gateway/ble';
import { parseMessage } from '@heartwood/vitals';
import { startThread } from '../ble/hub-home.ts';
import { FAST } from '../ble/ward.ts';

/** A busy machine is no fault of the radio's. */
const PATIENT = {
  connectMs: 10_000,
  resolveMs: 10_000,
  callMs: 10_000,
  recordMs: 10_000,
  silentMs: 60_000,
  presentMs: 60_000,
  pauseMs: 50,
};
const [folder = '', address = '', slots = '5'] = process.argv.slice(2);
const thread = await startThread(folder);
const say = (...words: readonly string[]): void => void process.stdout.write(`${words.join(' ')}\n`);
const radio = Radio.start({
  address,
  slots: Number(slots),
  timing: { ...FAST, ...PATIENT },
  clock: Date.now,
  ticks: () => performance.now(),
  zone: () => 0,
  devices: () => thread.call('radioDevices'),
  keepClock: (device, clock) => thread.call('radioClock', device, clock),
  accept: async (arrival) => {
    const outcome = await thread.accept(arrival);
    const parsed = parseMessage(arrival.body, arrival.contentType);
    if (parsed.kind === 'message')
      for (const { source } of parsed.message.readings)
        if (source !== undefined)
          say(
            outcome,
            arrival.device,
            String(source.characteristic),
            Buffer.from(source.octets).toString('hex'),
          );
    return outcome;
  },
  events: {
    link: (device, state) => say(state, device),
    alarm: () => undefined,
    log: () => undefined,
  },
});
say('runs');

process.once('SIGTERM', () => {
  void radio
    .stop()
    .then(() => thread.stop())
    .then(() => process.exit(0));
});

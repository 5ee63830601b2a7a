// `heartwood doctor`: looks at the place the hub lives in, rather than at what it stores.

import { Command } from 'commander';
import { Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { helpEnd } from '../help-text.ts';
import { addSettings, type Flags, settingsFor } from '../settings-flags.ts';

export function doctorCommand(frame: Frame): Command {
  const command = new Command('doctor')
    .description(
      'Looks for what would keep the hub from working well: free space, clock, keys, devices, and whether anything that ' +
        'remembers this hub (its ledger, mark, witnesses, a ledger elsewhere) knows more than this copy of the data. Each finding comes with what to do about it. It changes nothing.',
    )
    .option(
      '--evidence',
      'print the statements that a ledger, or the checkpoints that a witness, refused because they contradict others, with these',
    )
    .option('--ble', 'look at Bluetooth instead: bus, adapters, and who is heard')
    .option(
      '--try <address>',
      'with --ble: connect to this device, listen, set its clock, and connect again; what it says is not stored',
    )
    .option('--seconds <number>', 'with --ble: for how long to listen, 1 to 600', '10')
    .option('--json', 'one JSON object a finding, for programs');
  return addSettings(command, 'doctor')
    .addHelpText(
      'after',
      helpEnd(
        [
          ['heartwood doctor', 'looks at the default set-up'],
          ['heartwood doctor --config /etc/heartwood.toml', 'looks at the one that this file describes'],
          ['heartwood doctor --ble', 'names the Bluetooth health devices in reach'],
          ['heartwood doctor --ble --try C0:FF:EE:00:12:34', 'shows whether the hub could use this one'],
        ],
        [
          [0, 'nothing stands in the way'],
          [1, 'something does; each finding is a line'],
          [2, 'wrong arguments or a wrong setting'],
        ],
      ),
    )
    .action(async (flags: Flags) => {
      const settings = settingsFor('doctor', flags, frame);
      const json = flags['json'] === true;
      if (flags['ble'] === true) {
        const asked = { device: addressOf(flags['try']), seconds: secondsOf(flags['seconds']), json };
        const { runDoctorBle } = await import('../run/doctor-ble.ts');
        frame.end(await runDoctorBle({ ...settings, ...asked }, frame));
        return;
      }
      if (flags['try'] !== undefined) command.error("error: option '--try <address>' needs --ble");
      const { runDoctor } = await import('../run/doctor.ts');
      frame.end(await runDoctor({ ...settings, json, evidence: flags['evidence'] === true }, frame));
    });
}

function addressOf(given: unknown): string | undefined {
  if (given === undefined) return undefined;
  const address = String(given).trim().toUpperCase();
  if (/^([0-9A-F]{2}:){5}[0-9A-F]{2}$/.test(address)) return address;
  throw new Refusal('usage', '--try takes an address such as C0:FF:EE:00:12:34.');
}

function secondsOf(given: unknown): number {
  const seconds = Number(given);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 600) return seconds;
  throw new Refusal('usage', '--seconds takes a whole number from 1 to 600.');
}

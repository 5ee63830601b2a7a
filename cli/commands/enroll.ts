// `heartwood enroll`: admits one device and says whom it measures.

import { isDeviceId, ORIGINS, type Origin } from '@heartwood/vitals';
import { Argument, Command, Option } from 'commander';
import { Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { helpEnd } from '../help-text.ts';
import { addSettings, type Flags, settingsFor } from '../settings-flags.ts';

export function enrollCommand(frame: Frame): Command {
  const command = new Command('enroll')
    .description(
      'Admits a device to the hub, says whom it measures, and prints what to enter in the device: address, user name and a ' +
        'password that is shown this once. A device that is known gets a new password; with another patient it is handed ' +
        'over from now on.',
    )
    .addArgument(
      new Argument(
        '<device>',
        'a name of your choice: 3 to 63 small letters, digits and dashes, such as watch-ada',
      ),
    )
    .requiredOption('--patient <name>', 'whom it measures; a new name becomes a new patient')
    .addOption(
      new Option('--origin <origin>', 'what stands behind the device').choices(ORIGINS).default('wearable'),
    )
    .option(
      '--ble <address>',
      'a Bluetooth device, by its address such as C0:FF:EE:00:12:34, or where that changes by its serial number, such as serial:AB1234; the hub connects to it, once it runs with --ble',
    )
    .option(
      '--claim',
      'for a device that makes a key of its own: instead of a password, a code for it, also as a QR code, good once and for ten minutes; the device is admitted when it comes with it',
    )
    .option('--json', 'print it as one line of JSON');
  return addSettings(command, 'enroll')
    .addHelpText(
      'after',
      helpEnd(
        [
          ['heartwood enroll watch-ada --patient Ada', 'admits Ada’s watch'],
          [
            'heartwood enroll strap-ada --patient Ada --ble C0:FF:EE:00:12:34',
            'admits a Bluetooth strap; `heartwood hub --ble` names the addresses that it hears',
          ],
          [
            'heartwood enroll watch-ada --patient Ada --claim',
            'shows a code by which Ada’s watch gets a certificate; needs `heartwood hub --reach home`',
          ],
          ['heartwood enroll bench-1 --patient Test --origin simulator --json', 'admits a simulated device'],
        ],
        [
          [0, 'the device is admitted, or its code made'],
          [1, 'the device is known with another origin, or no hub runs that takes claims'],
          [2, 'wrong arguments or a wrong setting'],
          [3, 'it cannot run here: no data folder, key missing'],
        ],
      ),
    )
    .action(async (device: string, flags: Flags) => {
      if (!isDeviceId(device)) {
        throw new Refusal(
          'usage',
          `${JSON.stringify(device.slice(0, 80))} cannot name a device: it takes 3 to 63 small letters, digits and dashes, and no dash first.`,
        );
      }
      const patient = (flags['patient'] as string).trim();
      if (patient === '' || patient.length > 100 || /\p{Cc}/u.test(patient)) {
        throw new Refusal('usage', '--patient must be a name in one line of at most 100 characters.');
      }
      const settings = settingsFor('enroll', flags, frame);
      const origin = flags['origin'] as Origin;
      const ble = readRadio(flags['ble'] as string | undefined);
      const json = flags['json'] === true;
      if (flags['claim'] === true) {
        if (ble !== undefined)
          throw new Refusal(
            'usage',
            '--claim and --ble exclude each other: a Bluetooth device has no certificate.',
          );
        const { runClaim } = await import('../run/claim.ts');
        frame.end(await runClaim({ ...settings, device, patient, origin, json }, frame));
        return;
      }
      const { runEnroll } = await import('../run/enroll.ts');
      frame.end(await runEnroll({ ...settings, device, patient, origin, ble, json }, frame));
    });
}

/** An address in capitals, or `serial:` and a serial number as the device says it (2A25: UTF-8, without blanks at its end). */
function readRadio(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  if (/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(given)) return given.toUpperCase();
  if (/^serial:[^\p{C}]{1,100}$/u.test(given) && given.trimEnd() === given) return given;
  throw new Refusal(
    'usage',
    '--ble must be an address of six pairs such as C0:FF:EE:00:12:34, or serial: and a serial number such as serial:AB1234.',
  );
}

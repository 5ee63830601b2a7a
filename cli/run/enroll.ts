// `heartwood enroll`: one device admitted, with a password that is shown this once.

import { enroll } from '@heartwood/gateway';
import type { Origin } from '@heartwood/vitals';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import type { SettingsOf } from '../settings.ts';
import { answering } from './answering.ts';
import { withVault } from './open-vault.ts';
import { whereIs } from './where.ts';

export type EnrollArguments = SettingsOf<'enroll'> & {
  readonly device: string;
  readonly patient: string;
  readonly origin: Origin;
  /** Of a Bluetooth device: its address, or `serial:` and its serial number. */
  readonly ble: string | undefined;
  readonly json: boolean;
};

const SAID = {
  new: 'is admitted',
  renewed: 'has a new password; the old one no longer works',
  'handed-over': 'has a new password and is handed over from now on',
} as const;

export function runEnroll(given: EnrollArguments, frame: Frame): Promise<ExitStatus> {
  return answering(frame, () =>
    withVault(given, frame, 'write', async (vault) => {
      const { device: id, patient, origin, ble } = given;
      const { password, was } = await enroll(vault, {
        device: id,
        label: id,
        patient,
        origin,
        ...(ble !== undefined && { radio: ble }),
      });
      if (given.json) {
        const said = ble === undefined ? { password } : { ble };
        frame.write(`${JSON.stringify({ id, ...said, patient: patient.trim() })}\n`);
        return EXIT.ok;
      }
      if (ble !== undefined) {
        const how = ble.startsWith('serial:')
          ? 'A hub that runs with --ble asks the health devices in reach for their serial number, and connects to this one.'
          : `A hub that runs with --ble connects to ${ble} when it is in reach; press its button if it has one.`;
        frame.write(`${id} is admitted. It measures ${patient.trim()}.\n${how}\n`);
        return EXIT.ok;
      }
      const running = whereIs(given.data);
      const tlsPort =
        running?.mqttTlsPort ?? (given.mqttTlsCert === undefined ? undefined : given.mqttTlsPort);
      const address =
        tlsPort === undefined
          ? `${given.mqttHost}:${running?.mqttPort ?? given.mqttPort} (this machine only: the network needs \`heartwood hub --reach home\`)`
          : `the hub's name, port ${tlsPort}, with TLS`;
      frame.write(
        [
          `${id} ${SAID[was]}. It measures ${patient.trim()}.`,
          'Enter this in the device:',
          `  address    ${address}`,
          `  client id  ${id}`,
          `  user name  ${id}`,
          `  password   ${password}`,
          `  topic      heartwood/v1/${id}/readings`,
          'The password is shown this once; the hub keeps only a hash of it.',
          '',
        ].join('\n'),
      );
      return EXIT.ok;
    }),
  );
}

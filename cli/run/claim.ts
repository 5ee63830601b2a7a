// `heartwood enroll --claim`: a code for a device that makes its own key, as text and as a QR code.

import {
  createClaim,
  formatClaimLink,
  HeartwoodError,
  loadAuthority,
  machineNames,
} from '@heartwood/gateway';
import { renderUnicodeCompact } from 'uqr';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { answering } from './answering.ts';
import type { EnrollArguments } from './enroll.ts';
import { withVault } from './open-vault.ts';
import { whereIs } from './where.ts';

export function runClaim(given: Omit<EnrollArguments, 'ble'>, frame: Frame): Promise<ExitStatus> {
  return answering(frame, () =>
    withVault(given, frame, 'write', (vault) => {
      const { device, patient, origin } = given;
      const place = whereIs(given.data);
      const authority = loadAuthority(vault.db, vault.keyring)?.cert;
      if (place?.claims !== true || authority === undefined) {
        throw new HeartwoodError(
          'not-ready',
          'No hub runs on this data that gives certificates to devices: start `heartwood hub --reach home`, without certificates of your own.',
        );
      }
      const { code, expiresMs } = createClaim(vault, { device, patient, origin });
      const link = formatClaimLink({ url: place.url, names: machineNames(), authority }, code);
      const expires = new Date(expiresMs).toISOString();
      if (given.json) {
        frame.write(`${JSON.stringify({ id: device, patient, code, link, expires })}\n`);
        return EXIT.ok;
      }
      frame.write(
        [
          `${device} may come with this code until ${expires.slice(11, 16)} UTC. It will measure ${patient}.`,
          renderUnicodeCompact(link, { border: 2 }),
          link,
          '',
          'Show the QR code to the device, or enter the link in it. Whoever has it first becomes this device: let nobody',
          'else see it. `heartwood enroll` without --claim is for a device that can only keep a password.',
          '',
        ].join('\n'),
      );
      return EXIT.ok;
    }),
  );
}

// `heartwood revoke`: one device turned away from now on.

import { revoke } from '@heartwood/gateway';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import type { SettingsOf } from '../settings.ts';
import { answering } from './answering.ts';
import { withVault } from './open-vault.ts';
import { whereIs } from './where.ts';

export type RevokeArguments = SettingsOf<'revoke'> & { readonly device: string };

export function runRevoke(given: RevokeArguments, frame: Frame): Promise<ExitStatus> {
  return answering(frame, () =>
    withVault(given, frame, 'write', async (vault) => {
      revoke(vault, given.device);
      const runs = whereIs(given.data) !== undefined;
      frame.write(
        [
          `${given.device} is revoked: the hub takes nothing from it any more${runs ? ', and ends its connection within a second' : ''}.`,
          'What it measured stays, and stays provable. `heartwood enroll` admits it again, with a new password.',
          '',
        ].join('\n'),
      );
      return EXIT.ok;
    }),
  );
}

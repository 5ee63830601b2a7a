// `heartwood login`: a new one-time code for the dashboard of a hub that runs on this data.

import { createLoginCode, LOGIN_CODE_MS, loginCodeFor } from '@heartwood/gateway';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import type { SettingsOf } from '../settings.ts';
import { answering } from './answering.ts';
import { withVault } from './open-vault.ts';
import { loginLink, whereIs } from './where.ts';

export type LoginArguments = SettingsOf<'login'> & {
  readonly person: string | undefined;
  readonly json: boolean;
};

export function runLogin(given: LoginArguments, frame: Frame): Promise<ExitStatus> {
  return answering(frame, () =>
    withVault(given, frame, 'write', (vault) => {
      const code = given.person === undefined ? createLoginCode(vault) : loginCodeFor(vault, given.person);
      const scheme = given.httpTlsCert === undefined ? 'http' : 'https';
      const url = whereIs(given.data)?.url ?? `${scheme}://${given.httpHost}:${given.httpPort}`;
      const minutes = LOGIN_CODE_MS / 60_000;
      if (given.json) frame.write(`${JSON.stringify({ code, url, minutes })}\n`);
      else
        frame.write(
          `${loginLink(url, code)}\nOr type the code ${code} on the page. It works once, for ${minutes} minutes.\n`,
        );
      return EXIT.ok;
    }),
  );
}

// By which token a Prometheus server asks a hub.

import { Refusal } from '../exit-status.ts';
import { readSecretFile } from './secret-file.ts';

const CHARACTERS_MIN = 20;
const BYTES_MAX = 1024;

/** Undefined where the owner gave none: then there are no metrics. @throws Refusal for a file that is no token's */
export function metricsToken(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const token = readSecretFile(path, 'metrics-token-file', BYTES_MAX).trim();
  if (token.length >= CHARACTERS_MIN && !/\s/.test(token)) return token;
  throw new Refusal(
    'usage',
    `metrics-token-file: ${path} must hold one token of ${CHARACTERS_MIN} characters or more, as \`openssl rand -hex 24\` makes it.`,
  );
}

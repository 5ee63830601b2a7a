// One-time login codes: shown once on the terminal of whoever runs the hub, good for ten minutes and one use.

import { createCode, redeemCode } from '../keys/one-time-code.ts';
import type { Vault } from '../vault.ts';
import { OPERATOR } from './people.ts';

export const LOGIN_CODE_MS: number = 10 * 60_000;

/** Makes a code for a person, e.g. `7KQ2-M0XR-94TB`. */
export const createLoginCode = (vault: Vault, person: number = OPERATOR.number): string =>
  createCode(vault, 'login-code', { person }, vault.clock() + LOGIN_CODE_MS);

/** Uses a code up. @returns whose it was, by number; undefined where it is no good. Forgives case, spaces and dashes. */
export const redeemLoginCode = (vault: Vault, given: string): number | undefined =>
  (redeemCode(vault, 'login-code', given) as { person: number } | undefined)?.person;

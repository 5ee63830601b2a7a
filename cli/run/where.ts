// Where a running hub can be reached: the hub writes it into its data folder, so that `login` and `enroll` need not be
// told again what `hub` was told. After a kill the file is still there, and is right again when the hub is.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type Where = {
  /** Of the page. */
  readonly url: string;
  /** For devices on this machine; undefined at an external broker. */
  readonly mqttPort?: number | undefined;
  /** For devices on the home's network, with TLS; undefined where there is none. */
  readonly mqttTlsPort?: number | undefined;
  /** Whether devices may come with a claim. */
  readonly claims?: boolean | undefined;
};

const pathOf = (data: string): string => join(data, 'running.json');

/** @returns takes it back, when the hub stops */
export function tellWhere(data: string, where: Where): () => void {
  writeFileSync(pathOf(data), `${JSON.stringify(where)}\n`);
  return () => rmSync(pathOf(data), { force: true });
}

/** Undefined where no hub runs, or nothing readable was left behind. */
export function whereIs(data: string): Where | undefined {
  try {
    const { url, mqttPort, mqttTlsPort, claims } = JSON.parse(readFileSync(pathOf(data), 'utf8'));
    if (typeof url !== 'string' || !URL.canParse(url)) return undefined;
    return {
      url,
      ...(typeof mqttPort === 'number' && { mqttPort }),
      ...(typeof mqttTlsPort === 'number' && { mqttTlsPort }),
      ...(claims === true && { claims }),
    };
  } catch {
    return undefined;
  }
}

/** The code stands in the fragment, which a browser sends to nobody. */
export const loginLink = (url: string, code: string): string => `${url}/#login=${code}`;

// `heartwood hub`: runs until it is told to stop, then stops cleanly.

import { existsSync } from 'node:fs';
import { BrokerError } from '@heartwood/broker';
import type { Started } from '@heartwood/gateway';
import { EXIT, type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { openLog } from '../log.ts';
import type { SettingsOf } from '../settings.ts';
import { answering } from './answering.ts';
import { type Home, type HomeSettings, startHome } from './home.ts';
import { loginLink } from './where.ts';

export type HubArguments = SettingsOf<'hub'>;

export function runHub(settings: HubArguments, frame: Frame): Promise<ExitStatus> {
  return answering(frame, async () => {
    const stop = frame.stopSignal();
    const log = openLog(settings.log);
    const began = performance.now();
    const home = await startHome(settings, frame, log).catch(refuse);
    log('info', 'started', { ms: Math.round(performance.now() - began) });
    frame.write(`${[...recovered(home.started), ...(await whereToLook(home, settings))].join('\n')}\n`);
    await until(stop, home.failed).catch((error) => endAfter(error, home));
    frame.write('Stopping: storing what came, closing the batch …\n');
    await home.stop();
    frame.write('Stopped. Everything that was acknowledged is on disk and signed.\n');
    return EXIT.ok;
  });
}

/** The hub's thread has failed: what can be closed is closed, and the reason told. */
export async function endAfter(error: unknown, home: Home): Promise<never> {
  await home.stop().catch(() => undefined);
  throw error;
}

/** What another program or a person can put right is told in a line. */
export function refuse(error: unknown): never {
  if (error instanceof BrokerError) throw new Refusal('cannot-run', error.message, { cause: error });
  throw error;
}

/** Resolves when told to stop; rejects when the hub has failed. */
export function until(stop: AbortSignal, failed: Promise<never>): Promise<void> {
  const told = new Promise<void>((resolve) => {
    if (stop.aborted) resolve();
    else stop.addEventListener('abort', () => resolve(), { once: true });
  });
  return Promise.race([told, failed]);
}

function recovered({ created, recovery, silence }: Started): string[] {
  const lines: string[] = [];
  if (silence !== undefined) {
    lines.push(
      `Only ${silence.answered} of ${silence.asked} witnesses answered, so nobody can say whether this is the newest copy of the data. ${
        silence.held
          ? 'Readings are taken; nothing is signed until enough of them answer.'
          : 'It signs all the same (without-quorum is publish-with-alarm).'
      }`,
    );
  }
  if (created) return [...lines, 'A new hub: its identity and keys were made now.'];
  if (recovery.readings > 0) {
    lines.push(
      `The hub had stopped without warning: ${recovery.readings} acknowledged readings were found outside a batch, and go into the next one.`,
    );
  }
  if (recovery.anchored > 0)
    lines.push(`${recovery.anchored} statements had not reached the ledger, and have now.`);
  return lines.length > 0 ? lines : ['The hub had stopped cleanly: nothing was to be recovered.'];
}

async function whereToLook(home: Home, settings: HomeSettings): Promise<string[]> {
  const { own } = home;
  const key = settings.passphraseFile ?? settings.masterKeyFile;
  return [
    `Page      ${loginLink(home.url, await home.loginCode())}`,
    '          (this link works once, for ten minutes; `heartwood login` makes another)',
    home.mqttPort === undefined
      ? `Devices   through ${hostOf(settings.mqtt)}`
      : `Devices   mqtt://${settings.mqttHost}:${home.mqttPort} on this machine${home.mqttTlsPort === undefined ? '' : `, mqtts on port ${home.mqttTlsPort} from the network`}`,
    ...(own === undefined
      ? []
      : [
          `Trust     ${own.authorityFile}: give it to devices and browsers once, as an authority for this hub. SHA-256`,
          `          ${own.fingerprint}`,
        ]),
    `Data      ${settings.data}`,
    `Key       ${key}${existsSync(key) ? '' : ' (not there)'}: without it the data stays closed for ever. Keep a copy elsewhere.`,
    'Admit a device with `heartwood enroll`. Ctrl-C stops the hub.',
  ];
}

/** A broker's URL may hold a password. */
const hostOf = (url: string | undefined): string => (url === undefined ? '' : new URL(url).host);

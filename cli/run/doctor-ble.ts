// `heartwood doctor --ble`: looks at Bluetooth, and tries one device where one is named. What it finds about a device is
// told as a table that holds no address, no serial number and no vital sign, to be shown to whoever mends Heartwood.

import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { HeartwoodError, Vault } from '@heartwood/gateway';
import type { PairingDesk, TrialTable } from '@heartwood/gateway/ble';
import { EXIT, type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { findingLine } from './finding-line.ts';
import { vaultOptions } from './open-vault.ts';
import { answerAtTerminal } from './pairing-words.ts';
import { whereIs } from './where.ts';

export type DoctorBleArguments = {
  readonly data: string;
  readonly masterKeyFile: string;
  readonly passphraseFile: string | undefined;
  readonly json: boolean;
  /** A device's address. */
  readonly device: string | undefined;
  readonly seconds: number;
};

/** BlueZ's own tool; it may not be there. */
const TOOL = 'bluetoothctl';
/** What its `--version` may take. */
const VERSION_MS = 2_000;

export async function runDoctorBle(given: DoctorBleArguments, frame: Frame): Promise<ExitStatus> {
  const { device, seconds, json } = given;
  // Two clients of one characteristic make BlueZ tell every value twice, to both.
  if (device !== undefined && whereIs(given.data) !== undefined)
    throw new Refusal(
      'cannot-run',
      `A hub runs on ${given.data}: stop it while doctor tries a device, or its values are stored twice.`,
    );
  const { examineBluetooth } = await import('@heartwood/gateway/ble');
  const examined = examineBluetooth({
    address: frame.env['DBUS_SYSTEM_BUS_ADDRESS'],
    user: userInfo().username,
    listenMs: seconds * 1000,
    enrolled: enrolledOf(given, frame),
    device,
    desk: deskOf(frame),
    zone: (atMs) => -new Date(atMs).getTimezoneOffset(),
    clock: Date.now,
    ticks: () => performance.now(),
  });
  let troubled = false;
  for await (const found of examined) {
    if ('kind' in found) {
      const version = await toolsVersion();
      frame.write(json ? `${JSON.stringify({ ...found, tools: version })}\n` : tableText(found, version));
      continue;
    }
    troubled ||= found.level === 'trouble';
    frame.write(findingLine(found, json, frame));
  }
  return troubled ? EXIT.no : EXIT.ok;
}

/** Undefined where there is no hub yet: doctor may come first. */
function enrolledOf(given: DoctorBleArguments, frame: Frame): { id: string; radio: string }[] | undefined {
  try {
    const vault = Vault.open(vaultOptions(given, frame), 'read');
    try {
      return vault.registry
        .devices()
        .flatMap(({ id, radio, revoked }) => (radio === undefined || revoked ? [] : [{ id, radio }]));
    } finally {
      vault.close();
    }
  } catch (error) {
    if (error instanceof HeartwoodError) return undefined;
    throw error;
  }
}

const deskOf = (frame: Frame): PairingDesk => ({
  ask: (question) =>
    new Promise((resolve) => {
      void answerAtTerminal(question, frame, resolve).then((open) => {
        if (open && question.kind !== 'show-passkey') resolve(false);
      });
    }),
});

/** What BlueZ's own tool says of itself; bluetoothd tells its version to nobody. */
function toolsVersion(): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(TOOL, ['--version'], { timeout: VERSION_MS }, (error, out) =>
      resolve(error ? undefined : out.trim()),
    );
  });
}

/** Columns for a person; nothing in it is secret. */
function tableText(
  { made, services, rows, connectedMs, paired }: TrialTable,
  version: string | undefined,
): string {
  const cells = rows.map((row) => [
    row.service,
    row.characteristic,
    row.name || '-',
    row.decoded ? 'yes' : 'no',
    String(row.values),
    Object.entries(row.refused)
      .map(([reason, count]) => `${reason} ${count}`)
      .join(', ') || '-',
    row.flags.join(' '),
  ]);
  const all = [['service', 'char.', 'name', 'decoded', 'values', 'refused', 'flags'], ...cells];
  const widths = all[0]?.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0))) ?? [];
  const lines = all.map(
    (row) =>
      `  ${row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd()}`,
  );
  const times = connectedMs.map((ms) => (ms === undefined ? 'none' : `${ms}`)).join(', ');
  return [
    '',
    'For a report (no address, serial number or measurement is in it):',
    `  device    ${made.length === 0 ? 'says nothing of its maker' : made.join(', ')}`,
    `  machine   ${[version ?? 'bluetoothctl not found', `${process.platform} ${process.arch}`].join(', ')}`,
    `  services  ${services.join(' ')}`,
    `  bond      ${paired ? 'yes' : 'none'}`,
    `  connected ${times} ms`,
    '',
    ...lines,
    '',
  ].join('\n');
}

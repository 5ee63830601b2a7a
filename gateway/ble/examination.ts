// `heartwood doctor --ble`: the survey, and the try of one device where one is named; findings as they come.

import { type Finding, well } from '../inspect/finding.ts';
import { endSurvey, reachBluez, type Survey, survey } from './survey.ts';
import { TIMING, type Timing } from './timing.ts';
import { type TrialAsked, type TrialTable, tryDevice } from './trial.ts';

export type BluetoothAsked = Survey &
  Omit<TrialAsked, 'address' | 'timing'> & {
    /** Address of the device to try. */
    readonly device?: string | undefined;
    readonly timing?: Partial<Timing>;
  };

/** @returns findings in the order in which a person should read them, and at the end the table of a try */
export async function* examineBluetooth(asked: BluetoothAsked): AsyncGenerator<Finding | TrialTable> {
  const ear = await reachBluez(asked);
  if ('level' in ear) {
    yield ear;
    return;
  }
  try {
    yield well('bus', 'It can be reached.');
    yield* survey(ear, asked);
    const { device } = asked;
    if (device === undefined) return;
    const timing = { ...TIMING, ...asked.timing };
    yield* tryDevice(ear, { ...asked, timing, address: device.toUpperCase() });
  } finally {
    await endSurvey(ear);
    ear.close();
  }
}

// What the program sees of Bluetooth, as @heartwood/gateway/ble: a hub without it loads none of this.

export type { PairingAnswer, PairingDesk, PairingQuestion } from './agent.ts';
export type { Zone } from './clock-trust.ts';
export { type AnsweredBy, Desk, type OpenQuestion } from './desk.ts';
export { type BluetoothAsked, examineBluetooth } from './examination.ts';
export { type Candidate, Radio, type RadioEvents, type RadioOptions } from './radio.ts';
export type { RadioAlarm } from './radio-alarm.ts';
export { TIMING, type Timing } from './timing.ts';
export type { TrialTable } from './trial.ts';

// What other rooms see of the simulated Bluetooth, as @heartwood/device-sim/ble.
export type { HangMode } from './adapter.ts';
export {
  type AdapterControl,
  type Bluez,
  type BluezOptions,
  type DeviceControl,
  type DeviceWanted,
  startBluez,
} from './bluez.ts';
export { hasBusDaemon } from './daemon.ts';
export { DELAYS, type DelayName } from './delay.ts';
export {
  type BleHousehold,
  type BleHouseholdDevice,
  type BleHouseholdOptions,
  startBleHousehold,
} from './household.ts';
export { PERIPHERALS, type PeripheralModel } from './model.ts';
export type { PersonAtDevice } from './pairing.ts';
export type { Characteristic, Firmware, Flag, Host, Pairing, Peripheral, Service } from './peripheral.ts';
export { longUuid } from './peripheral.ts';
export { type ClockTrouble, type Trouble, troubleOf } from './trouble.ts';
export type { Sample, Truth } from './truth.ts';

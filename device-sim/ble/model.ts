// The wearables there are, by name.

import { bloodPressureCuff } from './peripheral/blood-pressure-cuff.ts';
import { glucoseMeter } from './peripheral/glucose-meter.ts';
import { glucoseSensor } from './peripheral/glucose-sensor.ts';
import { healthSensor } from './peripheral/health-sensor.ts';
import { heartRateStrap } from './peripheral/heart-rate-strap.ts';
import { pulseOximeter } from './peripheral/pulse-oximeter.ts';
import { runningPod } from './peripheral/running-pod.ts';
import { scale } from './peripheral/scale.ts';
import { thermometer } from './peripheral/thermometer.ts';
import { twinThermometer } from './peripheral/twin-thermometer.ts';
import type { Peripheral } from './peripheral.ts';

export type PeripheralModel =
  | 'heart-rate-strap'
  | 'blood-pressure-cuff'
  | 'thermometer'
  | 'pulse-oximeter'
  | 'scale'
  | 'glucose-meter'
  | 'glucose-sensor'
  | 'running-pod'
  | 'health-sensor'
  | 'twin-thermometer';

/** All simulated Bluetooth devices. */
export const PERIPHERALS: Readonly<Record<PeripheralModel, Peripheral>> = {
  'heart-rate-strap': heartRateStrap,
  'blood-pressure-cuff': bloodPressureCuff,
  thermometer,
  'pulse-oximeter': pulseOximeter,
  scale,
  'glucose-meter': glucoseMeter,
  'glucose-sensor': glucoseSensor,
  'running-pod': runningPod,
  'health-sensor': healthSensor,
  'twin-thermometer': twinThermometer,
};

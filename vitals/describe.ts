// A reading in plain words, for people: the verifier's answer, a line of the dashboard, an alarm. English, and the
// words a nurse would use for units, not UCUM's.

import { KINDS } from './kind.ts';
import type { Measurement, Reading } from './reading.ts';

const UNIT_WORDS: Readonly<Record<string, string>> = {
  Cel: ' °C',
  '%': ' %',
  'mm[Hg]': ' mmHg',
  '{steps}': '',
};

/** "Heart rate 72 /min", "Oxygen saturation absent (sensor off)", "ECG MLII, 360 samples at 360 Hz". */
export function describeReading(reading: Pick<Reading, 'measurement'>): string {
  const { measurement } = reading;
  const { label } = KINDS[measurement.kind];
  const signal =
    measurement.quality === undefined || measurement.quality === 'ok'
      ? ''
      : `, signal ${measurement.quality}`;
  return `${label} ${describeMeasured(measurement)}${signal}`;
}

/** What was measured, without the kind's name and the signal's quality: "72 /min", "121/79 (mean 93) mmHg". */
export function describeMeasured(measurement: Measurement): string {
  if ('absent' in measurement) return `absent (${measurement.absent.replaceAll('-', ' ')})`;
  if ('wave' in measurement) {
    const { lead, samples, rateHz } = measurement.wave;
    return `${lead}, ${samples.length} ${samples.length === 1 ? 'sample' : 'samples'} at ${rateHz} Hz`;
  }
  if (measurement.kind === 'blood-pressure') {
    const { systolic, diastolic, mean } = measurement;
    if (systolic === undefined && diastolic === undefined) return `mean ${mean} mmHg`;
    const both = `${systolic ?? '–'}/${diastolic ?? '–'}`;
    return mean === undefined ? `${both} mmHg` : `${both} (mean ${mean}) mmHg`;
  }
  const { unit } = KINDS[measurement.kind];
  return `${measurement.value}${UNIT_WORDS[unit] ?? ` ${unit}`}`;
}

// A waveform: raw samples of the converter and how to read them. Never converted here, so that what the sensor
// gave is what is proved; `(sample - baseline) / gain` is for whoever draws it.

import {
  GAIN_MAX,
  GAIN_MIN,
  INT32_MAX,
  INT32_MIN,
  LEAD_MAX_CHARS,
  RATE_MAX_HZ,
  SAMPLES_MAX,
} from './limit.ts';
import { isTree, type Place, pathOf, type WaveformTree } from './message-tree.ts';
import { NO_SAMPLE, type Waveform } from './reading.ts';
import { refuse } from './refusal.ts';

const FIELDS = 'lead, rateHz, gain, baseline and samples';
const LEAD = new RegExp(`^[\\x21-\\x7e](?:[\\x20-\\x7e]{0,${LEAD_MAX_CHARS - 2}}[\\x21-\\x7e])?$`);

/** Whether a text can name a lead: 1 to 16 printable ASCII characters, no space at either end. */
export function isLead(text: string): boolean {
  return LEAD.test(text);
}

/** Reads a waveform tree. All five fields are due. Throws `Refused`. */
export function readWaveform(tree: unknown, place: Place): Waveform {
  if (!isTree(tree)) refuse('wrong-type', `${pathOf(place, 'waveform')} must be an object with ${FIELDS}`);
  const fields: WaveformTree = tree;
  for (const key in fields) {
    if (key !== 'lead' && key !== 'rateHz' && key !== 'gain' && key !== 'baseline' && key !== 'samples') {
      refuse('unknown-field', `${pathOf(place, 'waveform')} has a field other than ${FIELDS}`);
    }
  }
  const { lead, rateHz, gain, baseline, samples } = fields;
  if (typeof lead !== 'string' || !isLead(lead)) {
    refuse(
      'bad-waveform',
      `${pathOf(place, 'waveform.lead')} must be 1 to ${LEAD_MAX_CHARS} printable ASCII characters`,
    );
  }
  if (typeof rateHz !== 'number' || !(rateHz > 0 && rateHz <= RATE_MAX_HZ)) {
    refuse('bad-waveform', `${pathOf(place, 'waveform.rateHz')} must be above 0, at most ${RATE_MAX_HZ}`);
  }
  if (typeof gain !== 'number' || !(gain >= GAIN_MIN && gain <= GAIN_MAX)) {
    refuse(
      'bad-waveform',
      `${pathOf(place, 'waveform.gain')} must be a number from ${GAIN_MIN} to ${GAIN_MAX}`,
    );
  }
  if (!isInt32(baseline)) {
    refuse('bad-waveform', `${pathOf(place, 'waveform.baseline')} must be an integer of 32 bits`);
  }
  return { lead, rateHz, gain, baseline: baseline + 0, samples: readSamples(samples, place) };
}

function readSamples(said: unknown, place: Place): Int32Array {
  const typed = said instanceof Int32Array;
  if (!typed && !Array.isArray(said)) {
    refuse('bad-waveform', `${pathOf(place, 'waveform.samples')} must be an array of integers`);
  }
  if (said.length === 0 || said.length > SAMPLES_MAX) {
    refuse('bad-waveform', `${pathOf(place, 'waveform.samples')} must hold 1 to ${SAMPLES_MAX} samples`);
  }
  if (typed) return said;
  const samples = new Int32Array(said.length);
  for (let index = 0; index < said.length; index += 1) {
    const sample: unknown = said[index];
    if (sample === null) samples[index] = NO_SAMPLE;
    else if (isInt32(sample)) samples[index] = sample;
    else {
      refuse(
        'bad-waveform',
        `${pathOf(place, `waveform.samples[${index}]`)} must be an integer of 32 bits, or null`,
      );
    }
  }
  return samples;
}

function isInt32(said: unknown): said is number {
  return typeof said === 'number' && Number.isInteger(said) && said >= INT32_MIN && said <= INT32_MAX;
}

// English for the alarm board, and for a limit that is tried.

export const boardEn = {
  title: 'What alarms come to',
  intro:
    'A person who is called in vain comes later the next time. Here is how many alarms there were, and how many somebody acted on.',
  days: 'Days',
  last: (days: number): string => (days === 1 ? 'The last day' : `The last ${days} days`),
  reading: 'Adding up …',
  none: 'There were no alarms.',
  alarms: 'Alarms',
  perPatientDay: 'A patient and day',
  actedOn: 'Acted on',
  soon: 'Acted on within',
  heldBack: 'Held back',
  heldBackWhy: 'alarms of an ECG that the pulse at the finger contradicted',
  byPriority: (high: number, medium: number, low: number): string =>
    `${high} high, ${medium} medium, ${low} low`,
  half: (age: string): string => `${age}, half of them`,
  share: (percent: number): string => `${percent} %`,
  noisiest: 'The noisiest first',
  byPatient: 'By patient',
  rule: 'Alarm',
  patient: 'Patient',
  perDay: 'A day',
  delays: 'How long a reading takes',
  delaysWhy: 'Since the hub started: half of all, and 99 of 100, took no longer.',
  leg: 'Way',
  half50: 'Half',
  most99: '99 of 100',
  count: 'Counted',
  milliseconds: (ms: string): string => `${ms} ms`,
  legs: {
    sensor: 'From the sensor to the hub',
    store: 'To the disk',
    engine: 'To the alarms',
    feed: 'To the page’s line',
    link: 'Over the line',
    page: 'On the screen',
  },
  close: 'Close',
  rules: {
    'heart-rate-very-high': 'Heart rate very high',
    'heart-rate-high': 'Heart rate high',
    'heart-rate-low': 'Heart rate low',
    'heart-rate-very-low': 'Heart rate very low',
    'spo2-low': 'Oxygen saturation low',
    'spo2-very-low': 'Oxygen saturation very low',
    'respiratory-rate-high': 'Respiratory rate high',
    'respiratory-rate-very-high': 'Respiratory rate very high',
    'respiratory-rate-very-low': 'Respiratory rate very low',
    'body-temperature-high': 'Temperature high',
    'body-temperature-low': 'Temperature low',
    'systolic-very-high': 'Blood pressure very high',
    'systolic-high': 'Blood pressure high',
    'systolic-low': 'Blood pressure low',
    'glucose-very-low': 'Glucose very low',
    'glucose-low': 'Glucose low',
    'glucose-high': 'Glucose high',
    'news2-emergency': 'Early-warning score, emergency',
    'news2-urgent': 'Early-warning score, urgent',
    'news2-extreme': 'Early-warning score, one input extreme',
    worsening: 'Worsening over hours',
    asystole: 'No heartbeat in the ECG',
    'ecg-tachycardia': 'ECG: heart very fast',
    'ecg-bradycardia': 'ECG: heart very slow',
    'pulse-lost': 'The pulse at the finger is gone',
    silent: 'A device is silent',
    stale: 'No new number',
    'sensor-off': 'Sensor off',
    artefact: 'Signal not usable',
    gap: 'Messages are missing',
    'link-lost': 'Link lost',
    'clock-untrusted': 'A device’s clock cannot be trusted',
    'clock-wrong': 'A device keeps a wrong time',
    'battery-low': 'Battery low',
    'battery-empty': 'Battery nearly empty',
    'wants-pairing': 'A device wants to be paired',
    'stale-bond': 'A device no longer knows the hub',
  } as Readonly<Record<string, string>>,

  trying: 'Trying it on the last 7 days …',
  cannotTry: 'It cannot be tried on the last days.',
  nothingStored: 'No such number was measured in the last 7 days.',
  tried: (tried: number, now: number): string =>
    `In the last 7 days it would have raised ${tried} instead of ${now}`,
  triedAlone: (tried: number): string =>
    `In the last 7 days it would have raised ${tried}; so far there is none`,
  missedNone: (acknowledged: number): string =>
    acknowledged === 0 ? '' : `, and missed none of the ${acknowledged} that somebody acknowledged`,
  missed: (missed: number, acknowledged: number): string =>
    `, and missed ${missed} of the ${acknowledged} that somebody acknowledged`,
} as const;

/** What every language says. */
export type BoardText = {
  readonly [Name in keyof typeof boardEn]: (typeof boardEn)[Name] extends (...given: infer Given) => string
    ? (...given: Given) => string
    : (typeof boardEn)[Name] extends string
      ? string
      : { readonly [Key in keyof (typeof boardEn)[Name]]: string };
};

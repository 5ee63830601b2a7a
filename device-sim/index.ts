// A body, bad hardware and the network between: everything the simulator offers to other rooms.

export { type AlarmCase, alarmCases } from './alarm-case.ts';
export { type Body, type BodyOptions, createBody, type Vitals } from './body/body.ts';
export { type Beat, beatsOf } from './body/heart.ts';
export type { Rhythm, RhythmTurn } from './body/rhythm.ts';
export { SCENARIOS, type ScenarioName } from './body/scenario.ts';
export * from './delivery.ts';
export { ELECTRODE_TROUBLES, type ElectrodeTrouble } from './fault/electrode.ts';
export { type Fault, withFaults } from './fault/fault.ts';
export type { When, Window } from './fault/schedule.ts';
export { type Clock, systemClock } from './fleet/clock.ts';
export * from './fleet/fleet.ts';
export * from './fleet/household.ts';
export * from './fleet/recording-household.ts';
export * from './fleet/wearable-client.ts';
export { type Random, seededRandom } from './random.ts';
export * from './wearable/wearable.ts';
export { WfdbError, type WfdbErrorCode } from './wfdb/error.ts';
export { readRecord, readRecordFolder, type WfdbRecord } from './wfdb/record.ts';
export { type RecordedDevice, type Replay, replayOf } from './wfdb/replay.ts';

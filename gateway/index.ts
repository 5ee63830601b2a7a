// The gateway room as the program sees it: the hub behind its thread, the page's interface, and the tools that
// look into a data directory.

export { loggedNotice } from './alarms/feed-alarm.ts';
export { type Api, type ApiOptions, type Asset, startApi } from './api/server.ts';
export type { ServerCertificate } from './certificate/authority.ts';
export { machineNames } from './certificate/names.ts';
export { HeartwoodError, type HeartwoodErrorCode } from './error.ts';
export type { RadioDevice } from './hub/calls.ts';
export { earlierLedgerPath, ledgerPath } from './hub/epoch-files.ts';
export { type HubEvents, HubThread } from './hub/hub-thread.ts';
export { type EpochPlan, type NewEpoch, openNewEpoch } from './hub/new-epoch.ts';
export type { HubSettings } from './hub/settings.ts';
export { policyPath, policyText, type Started } from './hub/start.ts';
export type { Arrival } from './ingest/ingest.ts';
export { examine } from './inspect/doctor.ts';
export { equivocationsIn, ledgerLost } from './inspect/doctor-history.ts';
export { exportReadings } from './inspect/export.ts';
export type { Finding, FindingLevel } from './inspect/finding.ts';
export { openProofSource } from './inspect/folder-source.ts';
export { type FsckReport, fsck, type Problem } from './inspect/fsck.ts';
export { type ProofSource, proofSource, withEarlierEpochs } from './inspect/proof-source.ts';
export { proveReading } from './inspect/prove.ts';
export { proveRange, type RangeAsked } from './inspect/prove-range.ts';
export { checkPassword } from './keys/credential.ts';
export type { HubEpoch } from './keys/identity.ts';
export type { MasterKeySource } from './keys/master-key.ts';
export { addPerson, changePerson, loginCodeFor, removePerson } from './people/access.ts';
export { createLoginCode, LOGIN_CODE_MS } from './people/login-code.ts';
export { People, type Person } from './people/people.ts';
export type { Role } from './people/permission.ts';
export { type Enrolled, type Enrollment, enroll } from './registry/enroll.ts';
export { revoke } from './registry/revoke.ts';
export { Feed } from './stream/feed.ts';
export { type FeedReading, parseReadingId, type ReadingPlace } from './stream/feed-reading.ts';
export { Vault, type VaultOptions } from './vault.ts';

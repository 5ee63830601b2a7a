// The gateway room as the program sees it: the hub behind its thread, the page's interface, and the tools that
// look into a data directory. For the simulation: the hub without its thread and timers, and what it breaks on purpose.

export { AlarmStore } from './alarms/alarm-store.ts';
export { Watch } from './alarms/watch.ts';
export type { Pairing } from './api/pairing.ts';
export { loadAuthority } from './certificate/authority-row.ts';
export { type ClaimPlace, formatClaimLink } from './certificate/claim-link.ts';
export type { NotRecognized } from './certificate/device.ts';
export { machineNames } from './certificate/names.ts';
export { HeartwoodError, type HeartwoodErrorCode } from './error.ts';
export type { RadioDevice } from './hub/calls.ts';
export { diskRefusal } from './hub/disk-watch.ts';
export { earlierLedgerPath, ledgerPath } from './hub/epoch-files.ts';
export { Hub } from './hub/hub.ts';
export { type HubEvents, HubThread } from './hub/hub-thread.ts';
export { type EpochPlan, type NewEpoch, openNewEpoch } from './hub/new-epoch.ts';
export type { HubSettings } from './hub/settings.ts';
export { policyPath, policyText, type RunningHub, type Started, startHub } from './hub/start.ts';
export { DeviceCursor } from './ingest/cursor.ts';
export type { Arrival } from './ingest/ingest.ts';
export { examine } from './inspect/doctor.ts';
export { equivocationsIn, ledgerLost } from './inspect/doctor-history.ts';
export { type ExportedNote, exportNotes, exportReadings } from './inspect/export.ts';
export type { Finding, FindingLevel } from './inspect/finding.ts';
export { openProofSource } from './inspect/folder-source.ts';
export { type FsckReport, fsck, type Problem } from './inspect/fsck.ts';
export { readAll, readStretches, seriesOf } from './inspect/history.ts';
export { type ProofSource, proofSource, withEarlierEpochs } from './inspect/proof-source.ts';
export { proveReading } from './inspect/prove.ts';
export { proveRange, type RangeAsked } from './inspect/prove-range.ts';
export { checkPassword } from './keys/credential.ts';
export type { HubEpoch } from './keys/identity.ts';
export type { MasterKeySource } from './keys/master-key.ts';
export { Notebook } from './notes/notebook.ts';
export { addPerson, changePerson, loginCodeFor, removePerson } from './people/access.ts';
export { createLoginCode, LOGIN_CODE_MS } from './people/login-code.ts';
export { People, type Person } from './people/people.ts';
export type { Role } from './people/permission.ts';
export { type ClaimCode, createClaim } from './registry/claim.ts';
export { type Enrolled, type Enrollment, enroll } from './registry/enroll.ts';
export { revoke } from './registry/revoke.ts';
export { decodeEntries } from './store/entry-list.ts';
export { decodeSegment, type KeptReading } from './store/segment-codec.ts';
export { Store } from './store/store.ts';
export { type FeedReading, parseReadingId, type ReadingPlace } from './stream/feed-reading.ts';
export type { RadioNotice } from './stream/radio-notice.ts';
export {
  addContact,
  everybodysLadder,
  knownContacts,
  removeContact,
  setEverybodysLadder,
} from './telling/arrange.ts';
export { openChannels, type TellingChoice } from './telling/channels.ts';
export { type Contact, channelsOf as contactWays } from './telling/contact.ts';
export { type Message, NotDelivered } from './telling/message.ts';
export { testContact } from './telling/test-contact.ts';
export { Vault, type VaultOptions } from './vault.ts';

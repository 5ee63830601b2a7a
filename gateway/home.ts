// The hub as the program's main thread has it: the way to the hub's own thread, the page's interface and its feed. Whoever
// comes in by here loads no database, no ledger and no key: what lives on the hub's thread is loaded there alone.

export { loggedNotice } from './alarms/feed-alarm.ts';
export { type Api, type ApiOptions, startApi } from './api/server.ts';
export type { ServerCertificate } from './certificate/authority.ts';
export { formatClaimLink } from './certificate/claim-link.ts';
export { machineNames } from './certificate/names.ts';
export { giveBackMemory } from './hub/give-back.ts';
export { HubThread } from './hub/hub-thread.ts';
export type { HubSettings } from './hub/settings.ts';
export type { Started } from './hub/start.ts';
export { checkPassword } from './keys/credential.ts';
export { Delays } from './stream/delays.ts';
export { Feed } from './stream/feed.ts';
export type { RadioNotice } from './stream/radio-notice.ts';

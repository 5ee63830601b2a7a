// Who may be told that a note was written, out of the record: the event holds its words, so whoever may read the note, and not
// everybody who may see the patient, nor whoever runs or audits the hub.

import type { HubEvent } from '@heartwood/vitals';
import { may, type Viewer } from '../people/permission.ts';

/** True for every event that is no note. */
export const mayBeTold = (viewer: Viewer, { name, detail }: HubEvent): boolean =>
  name !== 'note-written' ||
  may(viewer, { do: 'read-note', slot: Number(detail['slot']), shared: detail['shared'] === 1 });

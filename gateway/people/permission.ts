// Who may do what, in one place: what is not said here is not allowed.

/**
 * `admin` runs the hub. `clinician` looks after the patients that they were given. `patient` sees what is theirs (a family
 * member who was given a patient is one too). `auditor` checks the record: proofs of the hub's own events, keys and
 * batches, and no vital sign.
 */
export const ROLES = ['admin', 'clinician', 'patient', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

/** Somebody who is logged in, as far as permission goes. */
export type Viewer = {
  readonly role: Role;
  /** Slots of the patients whom they were given. */
  readonly patients: 'all' | readonly number[];
};

/** What is asked for. A `slot` is a patient's. */
export type Asked =
  | { readonly do: 'see' | 'prove'; readonly slot: number }
  | { readonly do: 'acknowledge'; readonly slot: number; readonly priority: 'high' | 'medium' | 'low' }
  /** Who may see a patient, and who looked. */
  | { readonly do: 'see-sight'; readonly slot: number }
  /** Changing a limit for a patient, and ordering by which scale their saturation counts. */
  | { readonly do: 'set-limit' | 'order'; readonly slot: number }
  /** How many alarms there were, and what became of them, of the patients whom they were given. */
  | { readonly do: 'see-board' }
  /** Writing down what somebody has seen of a patient. */
  | { readonly do: 'chart'; readonly slot: number }
  /** Writing a note on a patient, and setting one right or taking it back. */
  | { readonly do: 'write-note'; readonly slot: number }
  /** Reading one. `shared`: its author lets the patient and their family read it. */
  | { readonly do: 'read-note'; readonly slot: number; readonly shared: boolean }
  /**
   * An event in the hub's own slot: who was admitted, who logged in, which alarm was raised. `about` is the patient where
   * it is one of theirs (an alarm, their device), and undefined for all others.
   */
  | { readonly do: 'prove-hub-event'; readonly about?: number | undefined }
  /** Letting a device in, and saying whom it measures. */
  | { readonly do: 'admit-device' }
  /** Seeing what Bluetooth asks and lacks, and answering for a device that wants to pair. */
  | { readonly do: 'pair-device' }
  /** Seeing the hub's own alarms (its disk, its Bluetooth, its ledger), and knowing of one. */
  | { readonly do: 'acknowledge-hub' }
  /** How much the whole home measures. */
  | { readonly do: 'see-volume' }
  /** Contacts, everybody's ladder, and which messages went out. */
  | { readonly do: 'run-telling' }
  /** A patient's own ladder, and what may leave the house of them. */
  | { readonly do: 'arrange-telling'; readonly slot: number };

/** Denied unless allowed here. */
export function may(viewer: Viewer, asked: Asked): boolean {
  switch (asked.do) {
    case 'see':
    case 'prove':
      return viewer.role !== 'auditor' && given(viewer, asked.slot);
    case 'acknowledge':
      if (!given(viewer, asked.slot)) return false;
      // A patient knows of their own battery; a danger is for somebody else to judge.
      return viewer.role === 'patient' ? asked.priority === 'low' : viewer.role !== 'auditor';
    case 'see-sight':
      // The patient's own, and their family's; a clinician need not know who else looks.
      return (viewer.role === 'patient' || viewer.role === 'admin') && given(viewer, asked.slot);
    case 'set-limit':
    case 'order':
      // A limit has an author who answers for it: whoever runs the hub is nobody's clinician by that.
      return viewer.role === 'clinician' && given(viewer, asked.slot);
    case 'see-board':
      return viewer.role === 'admin' || viewer.role === 'clinician';
    case 'chart':
      return viewer.role !== 'auditor' && given(viewer, asked.slot);
    case 'write-note':
      return viewer.role === 'clinician' && given(viewer, asked.slot);
    case 'read-note':
      // Words between those who look after somebody: whoever runs the hub, or audits it, needs none of them.
      return (
        (viewer.role === 'clinician' || (viewer.role === 'patient' && asked.shared)) &&
        given(viewer, asked.slot)
      );
    case 'prove-hub-event':
      if (viewer.role === 'admin' || viewer.role === 'auditor') return true;
      return asked.about !== undefined && given(viewer, asked.about);
    case 'admit-device':
    case 'pair-device':
    case 'acknowledge-hub':
      return viewer.role === 'admin';
    case 'see-volume':
      return viewer.role === 'admin' || viewer.role === 'auditor' || viewer.patients === 'all';
    case 'run-telling':
      return viewer.role === 'admin';
    case 'arrange-telling':
      // It is the patient's to say who hears of them; a clinician is told, and does not decide whom else to tell.
      return (viewer.role === 'admin' || viewer.role === 'patient') && given(viewer, asked.slot);
  }
}

const given = ({ patients }: Viewer, slot: number): boolean =>
  slot > 0 && (patients === 'all' || patients.includes(slot));

// A line of the table of settings: what its value may be, what it is for, and what it is where nobody says.

import type { SettingType } from './setting-type.ts';

type Setting<T> = {
  readonly type: SettingType<T>;
  readonly help: string;
  readonly group:
    | 'Storage and keys'
    | 'Devices'
    | 'Dashboard'
    | 'Record'
    | 'Second anchors'
    | 'Telling people'
    | 'Program'
    | 'Simulation';
  /** In kebab-case where it is not simply the table's name. */
  readonly name?: string;
  /** What was given is never shown again: a secret may have been put where its file's name belongs. */
  readonly secret?: true;
};

export type Row<T> = undefined extends T
  ? Setting<Exclude<T, undefined>>
  : Setting<T> & { readonly fallback: T | { readonly of: (data: string) => T; readonly says: string } };

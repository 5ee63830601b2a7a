// What Bluetooth lacks and asks, for the pages of those who may answer (docs/spec/feed.md).

export type RadioQuestion = {
  readonly id: number;
  readonly kind: 'show-passkey' | 'confirm-passkey' | 'enter-passkey' | 'renew-bond';
  readonly device: string;
  /** Six digits: to be typed at the device, or compared with it. */
  readonly passkey?: string;
};

export type RadioNotice = {
  readonly troubles: readonly {
    readonly kind: 'no-bluetooth' | 'adapter-hangs' | 'adapter-gone';
    readonly adapter?: string;
    /** Hub's clock, ms since 1970. */
    readonly since: number;
  }[];
  /** They wait for a person, a minute each. */
  readonly questions: readonly RadioQuestion[];
};

// Says that the hub's disk fails or will soon be full: a technical alarm of the hub itself, so it may use an alarm colour.
// Its words tell what is lost (nothing: devices keep it) and what is not done meanwhile.

import type { VNode } from 'preact';
import { formatTime } from '../age.ts';
import type { Disk, DiskState } from '../feed.ts';

const WORDS: Readonly<
  Record<Exclude<DiskState, 'well' | 'low'>, { readonly what: string; readonly todo: string }>
> = {
  full: { what: 'The hub’s disk is full.', todo: 'Make room on it: the hub goes on by itself.' },
  'read-only': {
    what: 'The hub’s disk takes no writes.',
    todo: 'The card may be worn out: run heartwood doctor, and copy what is there.',
  },
  failed: {
    what: 'The hub’s disk fails.',
    todo: 'Run heartwood doctor on the hub; the card may be worn out.',
  },
};

export function DiskNotice({ disk }: { disk: Disk | null }): VNode {
  return (
    <div role="alert">
      {disk !== null && disk.state === 'low' && (
        <p class="disk-low">
          <span>
            <strong>The hub’s disk is nearly full.</strong> {Math.floor(disk.freeBytes / 1e6)} MB were free
            when this was noticed. Make room before nothing can be stored.
          </span>
        </p>
      )}
      {disk !== null && disk.state !== 'low' && disk.state !== 'well' && (
        <p class="disk-fault">
          <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
            <path d="M10 2 19 18H1Z M10 8v4.5 M10 15v.6" />
          </svg>
          <span>
            <strong>{WORDS[disk.state].what}</strong> It began {formatTime(disk.since)}. Meanwhile nothing is
            stored and no alarm is raised; devices keep what they measure and send it again.{' '}
            {WORDS[disk.state].todo}
          </span>
        </p>
      )}
    </div>
  );
}

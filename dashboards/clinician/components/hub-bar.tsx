// The hub at a glance: its name, whether the page hears it, the last sealed batch, and who is looking.

import { type ReadonlySignal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { formatAgo } from '../age.ts';
import type { Page } from '../page.ts';
import type { Session } from '../session.ts';
import type { World } from '../state.ts';
import { text } from '../text/text.ts';
import { DialogButton } from './dialog-button.tsx';
import { Later } from './later.tsx';
import { Mark } from './mark.tsx';

const loadBoard = async () => (await import('./alarm-board.tsx')).AlarmBoard;
const loadContacts = async () => (await import('./contacts.tsx')).Contacts;
const loadSettings = async () => (await import('./settings-dialog.tsx')).SettingsDialog;
const loadAddDevice = async () => (await import('./add-device.tsx')).AddDevice;

/** Logs in by codes from the hub's terminal alone. */
const OPERATOR = 'Operator';
/** So many intervals without a batch are worth a word. */
const OVERDUE_INTERVALS = 3;

export function HubBar({ page, session }: { page: Page; session: Session }): VNode {
  return (
    <header class="hub-bar">
      <p class="brand">
        <Mark />
        <span>Heartwood</span>
      </p>
      {session.role !== 'patient' && <Facts page={page} session={session} />}
      <div class="visitor">
        <span class="quiet">{session.name}</span>
        {session.role === 'admin' && (
          <Later
            load={loadAddDevice}
            props={{ patients: page.world.value?.patients.map(({ name }) => name) ?? [] }}
          />
        )}
        {(session.role === 'admin' || session.role === 'clinician') && (
          <DialogButton label={text().board} load={loadBoard} props={{ names: namesOf(page) }} />
        )}
        {(session.role === 'admin' || session.role === 'patient') && (
          <DialogButton label={text().told} load={loadContacts} props={{ runs: session.role === 'admin' }} />
        )}
        <DialogButton
          label={text().settings}
          load={loadSettings}
          props={{ sound: page.sound, mayHavePassword: session.name !== OPERATOR }}
        />
        <button type="button" onClick={() => void page.leave()}>
          {text().login.leave}
        </button>
      </div>
    </header>
  );
}

const namesOf = (page: Page): ReadonlyMap<string, string> =>
  new Map(page.world.value?.patients.map(({ id, name }) => [id, name]));

/** For those who look after the hub as well; patients read in their own view whether it is well. */
function Facts({ page, session }: { page: Page; session: Session }): VNode {
  const link = page.link.value;
  const open = useSignal(false);
  return (
    <div class="hub-facts" data-open={open.value}>
      {/* On a small screen the rest is shown when asked for. */}
      <button
        type="button"
        class="hub-more"
        aria-expanded={open.value}
        aria-controls="hub-facts"
        onClick={() => (open.value = !open.value)}
      >
        {text().hub.hub}
      </button>
      <dl id="hub-facts">
        <div>
          <dt>{text().hub.hub}</dt>
          <dd class="hub-name" title={session.hub}>
            {session.hub.split('/').at(-1)}
          </dd>
        </div>
        <div class="feed">
          <dt>{text().hub.feed}</dt>
          <dd class="state" data-state={link.kind}>
            {text().hub[link.kind]}
          </dd>
        </div>
        <div class="batch">
          <dt>{text().hub.lastBatch}</dt>
          <dd>
            <LastBatch world={page.steady} now={page.now} />
          </dd>
        </div>
      </dl>
    </div>
  );
}

type BatchProps = { readonly world: ReadonlySignal<World | undefined>; readonly now: ReadonlySignal<number> };

function LastBatch({ world, now }: BatchProps): VNode {
  if (world.value === undefined) return <>…</>;
  const { batch, hub } = world.value;
  if (batch === null) return <>{text().hub.none}</>;
  const words = text().hub;
  const ageMs = now.value - batch.end;
  const overdue = ageMs > hub.intervalMs * OVERDUE_INTERVALS;
  return (
    <>
      <strong>{words.number(batch.sequence)}</strong> {words.sealed(formatAgo(ageMs))}
      {overdue && <span class="mark-word">{words.overdue}</span>}
      <span class="quiet">
        {' '}
        {batch.entries !== null && `· ${words.entries(batch.entries)} `}· {words.ledger(batch.ledgerSize)}
      </span>
    </>
  );
}

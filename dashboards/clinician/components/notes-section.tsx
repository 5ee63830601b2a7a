// The notes on a patient, newest first, each with its author, its time and its proof; and where the visitor may, writing one,
// setting one right, or taking it back. Nothing that was written goes away: what was replaced is struck through.

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { formatTime } from '../age.ts';
import { loadChartStyle } from '../chart-style.ts';
import { fetchNotes, keepShown, type Note, recordOf, type Told } from '../notes.ts';
import { notesText } from '../text/notes.ts';
import type { HubEventTold } from '../trend/event.ts';
import { NoteForm, type Writing } from './note-form.tsx';

type Props = {
  /** By pseudonym. */
  readonly patient: string;
  /** How many the hub says that there are: where it changes, they are asked for anew. */
  readonly count: number;
  readonly mayWrite: boolean;
  readonly open: (event: HubEventTold) => void;
};

const FIRST = 10;

export function NotesSection({ patient, count, mayWrite, open }: Props): VNode | null {
  const notes = useSignal<readonly Told[] | undefined>(undefined);
  const more = useSignal(false);
  const wanted = useSignal(FIRST);
  const asked = useSignal(0);
  const said = useSignal('');
  const failed = useSignal(false);
  const writing = useSignal<Writing | undefined>(undefined);
  const back = useRef<HTMLElement | null>(null);
  const words = notesText();

  useEffect(() => void loadChartStyle().catch(() => undefined), []);
  useEffect(() => {
    if (count === 0 && asked.value === 0) return undefined;
    const asking = new AbortController();
    fetchNotes(patient, wanted.value, asking.signal).then(
      (told) => {
        notes.value = told.notes;
        more.value = told.more;
        keepShown(patient, told.notes);
        failed.value = false;
      },
      () => {
        if (!asking.signal.aborted) failed.value = true;
      },
    );
    return () => asking.abort();
  }, [patient, count, wanted.value, asked.value]);
  useEffect(() => () => keepShown(patient, undefined), [patient]);

  const begin = (next: Writing): void => {
    back.current = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    said.value = '';
    writing.value = next;
  };
  const end = (written: boolean): void => {
    writing.value = undefined;
    if (written) {
      said.value = words.saved;
      asked.value += 1;
    }
    // The button of a note that was set right is gone: the one that writes anew is there.
    queueMicrotask(() => {
      const button = back.current?.isConnected ? back.current : document.getElementById('write-note');
      button?.focus();
    });
  };
  const verify = async (note: Note): Promise<void> => {
    const event = await recordOf(patient, note).catch(() => undefined);
    if (event === undefined) said.value = words.noRecord;
    else open(event);
  };

  const shown = notes.value ?? [];
  if (!mayWrite && shown.length === 0 && !failed.value) return null;
  const heading = `notes-${patient}`;
  return (
    <section class="notes" aria-labelledby={heading}>
      <header>
        <h2 id={heading}>{words.title}</h2>
        {mayWrite && (
          <button id="write-note" type="button" onClick={() => begin({ kind: 'note' })}>
            {words.write}
          </button>
        )}
      </header>
      {writing.value !== undefined && (
        <NoteForm
          key={`${writing.value.kind} ${'about' in writing.value ? writing.value.about.number : ''}`}
          patient={patient}
          writing={writing.value}
          end={end}
        />
      )}
      <p role="status" class="said">
        {failed.value ? words.failed : said.value}{' '}
        {failed.value && (
          <button type="button" onClick={() => (asked.value += 1)}>
            {words.again}
          </button>
        )}
      </p>
      {count === 0 && shown.length === 0 && <p class="quiet">{words.none}</p>}
      <ol>
        {shown.map((note) => (
          <li key={note.number} data-replaced={'replaced' in note && note.replaced !== undefined}>
            {'damaged' in note ? (
              <p class="quiet">{words.damaged(note.number)}</p>
            ) : (
              <NoteRow note={note} mayWrite={mayWrite} begin={begin} verify={verify} />
            )}
          </li>
        ))}
      </ol>
      {more.value && (
        <button type="button" onClick={() => (wanted.value = shown.length + 1)}>
          {words.older}
        </button>
      )}
    </section>
  );
}

type RowProps = {
  readonly note: Note;
  readonly mayWrite: boolean;
  readonly begin: (writing: Writing) => void;
  readonly verify: (note: Note) => Promise<void>;
};

function NoteRow({ note, mayWrite, begin, verify }: RowProps): VNode {
  const words = notesText();
  const { number, at, by, kind, about, shared, replaced } = note;
  const standing = replaced === undefined && kind !== 'withdrawal';
  const facts = [
    words.number(number),
    kind === 'correction' && about !== undefined && words.corrects(about),
    kind === 'withdrawal' && about !== undefined && words.withdraws(about),
    shared && words.sharedWord,
    replaced !== undefined && words.replacedBy[replaced.kind](replaced.number),
  ].filter((fact) => fact !== false);
  return (
    <>
      <p class="note-head">
        <strong>{by}</strong> <time dateTime={new Date(at).toISOString()}>{formatTime(at)}</time>{' '}
        <span class="quiet">{facts.join(', ')}</span>
      </p>
      <p class="note-text">{replaced === undefined ? note.text : <del>{note.text}</del>}</p>
      <div class="note-actions">
        {mayWrite && standing && (
          <>
            <button
              type="button"
              aria-label={words.correctWhich(number)}
              onClick={() => begin({ kind: 'correction', about: note })}
            >
              {words.correct}
            </button>
            <button
              type="button"
              aria-label={words.withdrawWhich(number)}
              onClick={() => begin({ kind: 'withdrawal', about: note })}
            >
              {words.withdraw}
            </button>
          </>
        )}
        <button type="button" aria-label={words.verifyWhich(number)} onClick={() => void verify(note)}>
          {words.verify}
        </button>
      </div>
    </>
  );
}

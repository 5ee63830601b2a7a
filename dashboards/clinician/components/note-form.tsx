// Writing a note, or one that sets another right or takes it back.

import { useSignal } from '@preact/signals';
import type { TargetedSubmitEvent, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { NOTE_CHARACTERS_MAX, type Note, sendNote, type Written } from '../notes.ts';
import { notesText } from '../text/notes.ts';

export type Writing =
  | { readonly kind: 'note' }
  | { readonly kind: 'correction' | 'withdrawal'; readonly about: Note };

type Props = {
  readonly patient: string;
  readonly writing: Writing;
  /** @param written whether there is a new one */
  readonly end: (written: boolean) => void;
};

/** Below so many it is said how many are left. */
const FEW = 100;

export function NoteForm({ patient, writing, end }: Props): VNode {
  const field = useRef<HTMLTextAreaElement>(null);
  const text = useSignal(writing.kind === 'correction' ? writing.about.text : '');
  const shared = useSignal(false);
  const why = useSignal<string | undefined>(undefined);
  const busy = useSignal(false);
  const words = notesText();
  useEffect(() => field.current?.focus(), []);
  const left = NOTE_CHARACTERS_MAX - [...text.value.trim().normalize('NFC')].length;
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    if (busy.value) return;
    if (left < 0) {
      why.value = words.tooLong(-left);
      return;
    }
    busy.value = true;
    why.value = await sendNote(patient, asked(writing, text.value, shared.value));
    busy.value = false;
    if (why.value === undefined) end(true);
  };
  const title =
    writing.kind === 'note'
      ? words.text
      : writing.kind === 'correction'
        ? words.corrected(writing.about.number)
        : words.why(writing.about.number);
  return (
    <form
      class="note-form"
      aria-label={title}
      onSubmit={(event) => void submit(event)}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        // The form's own: the page stays.
        event.preventDefault();
        event.stopPropagation();
        end(false);
      }}
    >
      <label>
        {title}
        <textarea
          ref={field}
          rows={4}
          required
          value={text.value}
          aria-describedby="note-plain"
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
      </label>
      <p id="note-plain" class="quiet">
        {words.plain}
      </p>
      {writing.kind === 'note' && (
        <label class="tick">
          <input
            type="checkbox"
            checked={shared.value}
            onChange={(event) => (shared.value = event.currentTarget.checked)}
          />
          {words.share}
        </label>
      )}
      <p role="status" class="quiet number">
        {left < 0 ? words.tooLong(-left) : left <= FEW ? words.left(left) : ''}
      </p>
      <button type="submit" class="primary" aria-disabled={busy.value}>
        {words.send}
      </button>
      <button type="button" onClick={() => end(false)}>
        {words.cancel}
      </button>
      <p class="why" role="alert">
        {why.value}
      </p>
    </form>
  );
}

function asked(writing: Writing, text: string, shared: boolean): Written {
  switch (writing.kind) {
    case 'note':
      return { text, shared };
    case 'correction':
      return { text, corrects: writing.about.number };
    case 'withdrawal':
      return { text, withdraws: writing.about.number };
  }
}

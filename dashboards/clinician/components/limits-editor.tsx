// The limits of one patient: what holds, who set it and when, and a change in two steps, so that no slip of a finger
// moves the line at which somebody is called. Whoever may not change them sees them.

import type { ReadonlySignal } from '@preact/signals';
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { formatAge, formatAgo } from '../age.ts';
import { PRIORITY_SIGNS, PRIORITY_WORDS } from '../alarm.ts';
import { isOff, type OwnLimit, type Rule } from '../care.ts';
import { delayWords, ruleUnit, ruleWords } from '../care-change.ts';
import type { Patient } from '../feed.ts';
import { careText } from '../text/care.ts';
import { LimitForm } from './limit-form.tsx';
import { ScaleOrder } from './scale-order.tsx';

type Props = {
  readonly patient: Patient;
  readonly rules: readonly Rule[];
  readonly mayChange: boolean;
  readonly now: ReadonlySignal<number>;
  readonly close: () => void;
};

export function LimitsEditor({ patient, rules, mayChange, now, close }: Props): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const words = careText().editor;
  const changing = useSignal<string | undefined>(undefined);
  const said = useSignal('');
  useEffect(() => dialog.current?.showModal(), []);
  const done = (condition: string, what: string | undefined): void => {
    changing.value = undefined;
    said.value = what ?? '';
    // Back to where it was asked for: the form is gone.
    queueMicrotask(() => document.getElementById(`change-${condition}`)?.focus());
  };
  return (
    <dialog
      ref={dialog}
      class="ask care limits-editor"
      aria-labelledby="limits-title"
      onClose={close}
      onCancel={(event) => {
        // A form that lost the focus while it was redrawn: it goes first, the dialog after it.
        if (changing.value === undefined) return;
        event.preventDefault();
        done(changing.value, undefined);
      }}
    >
      <div class="dialog-head">
        <h2 id="limits-title">{words.title(patient.name)}</h2>
        <button type="button" onClick={() => dialog.current?.close()}>
          {careText().close}
        </button>
      </div>
      <p class="quiet">{mayChange ? words.yours : words.theirs}</p>
      <p role="status" class="said">
        {said.value}
      </p>
      <ul class="rules">
        {rules.map((rule) => {
          const own = patient.care.limits.find(({ condition }) => condition === rule.condition);
          const { condition } = rule;
          return (
            <li key={condition} aria-label={`${ruleWords(rule)}, ${PRIORITY_WORDS[rule.priority]}`}>
              <RuleLine rule={rule} own={own} nowMs={now.value} />
              {mayChange && changing.value !== condition && (
                <button
                  id={`change-${condition}`}
                  type="button"
                  aria-label={words.changeWhich(`${ruleWords(rule)}, ${PRIORITY_WORDS[rule.priority]}`)}
                  onClick={() => (changing.value = condition)}
                >
                  {words.change}
                </button>
              )}
              {changing.value === condition && (
                <LimitForm
                  patient={patient.id}
                  rule={rule}
                  own={own}
                  done={(what) => done(condition, what)}
                />
              )}
            </li>
          );
        })}
      </ul>
      <ScaleOrder patient={patient} mayOrder={mayChange} now={now} />
    </dialog>
  );
}

/** What holds now, what would hold for everybody, and whose it is. */
function RuleLine({ rule, own, nowMs }: { rule: Rule; own: OwnLimit | undefined; nowMs: number }): VNode {
  const off = own !== undefined && isOff(own, nowMs);
  const words = careText().editor;
  return (
    <div class="rule-line">
      <strong>
        <span aria-hidden="true">{PRIORITY_SIGNS[rule.priority]} </span>
        {ruleWords(rule)} {off ? <s>{own.limit}</s> : (own?.limit ?? rule.limit)} {ruleUnit(rule)}
      </strong>
      <span>
        {off
          ? own.offUntil === null
            ? words.off
            : words.offFor(formatAge((own.offUntil ?? nowMs) - nowMs))
          : delayWords(own?.delaySeconds ?? rule.delaySeconds)}
      </span>
      <span class="quiet">
        {own === undefined
          ? words.isDefault
          : `${words.own(own.by, formatAgo(nowMs - own.at), own.why)} ${words.default(rule.limit, delayWords(rule.delaySeconds))}`}
      </span>
    </div>
  );
}

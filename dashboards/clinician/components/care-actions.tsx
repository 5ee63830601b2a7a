// What somebody does about a patient: writes down what they see, and sets limits. Both come when they are wanted.

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import type { Patient } from '../feed.ts';
import type { Page } from '../page.ts';
import { careText } from '../text/care.ts';
import { Later } from './later.tsx';

const loadChart = async () => (await import('./chart-form.tsx')).ChartForm;
const loadLimits = async () => (await import('./limits-editor.tsx')).LimitsEditor;

type Props = { readonly page: Page; readonly patient: Patient };

export function CareActions({ page, patient }: Props): VNode {
  const open = useSignal<'chart' | 'limits' | undefined>(undefined);
  const [chart, limits] = [useRef<HTMLButtonElement>(null), useRef<HTMLButtonElement>(null)];
  const visitor = page.visitor.value;
  const role = visitor.kind === 'known' ? visitor.session.role : '';
  const close = (): void => {
    (open.value === 'chart' ? chart : limits).current?.focus();
    open.value = undefined;
  };
  const own = patient.care.limits.length;
  return (
    <div class="care-actions">
      {role !== 'auditor' && (
        <button ref={chart} type="button" onClick={() => (open.value = 'chart')}>
          {careText().chartWhat}
        </button>
      )}
      <button ref={limits} type="button" onClick={() => (open.value = 'limits')}>
        {careText().limits(own)}
      </button>
      {open.value === 'chart' && <Later load={loadChart} props={{ patient, now: page.now, close }} />}
      {open.value === 'limits' && (
        <Later
          load={loadLimits}
          props={{
            patient,
            rules: page.world.value?.limits ?? [],
            mayChange: role === 'clinician',
            now: page.now,
            close,
          }}
        />
      )}
    </div>
  );
}

// The place of the charts: they are loaded when somebody's page is opened, with their style, and say so when they cannot be.

import { useSignal } from '@preact/signals';
import type { ComponentType, VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { loadChartStyle } from '../chart-style.ts';
import type { TrendsProps } from './trends.tsx';

type State =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'ready'; readonly Trends: ComponentType<TrendsProps> };

export function TrendSection(props: TrendsProps): VNode {
  const state = useSignal<State>({ kind: 'loading' });
  const load = (): void => {
    state.value = { kind: 'loading' };
    Promise.all([import('./trends.tsx'), loadChartStyle()]).then(
      ([{ Trends }]) => (state.value = { kind: 'ready', Trends }),
      () => (state.value = { kind: 'failed' }),
    );
  };
  useEffect(load, []);
  const heading = `trends-${props.patient.id}`;
  const now = state.value;
  return (
    <section class="trends" aria-labelledby={heading}>
      <h2 id={heading}>Trends</h2>
      {now.kind === 'ready' && <now.Trends {...props} />}
      {now.kind === 'loading' && <p class="quiet">Fetching the charts …</p>}
      {now.kind === 'failed' && (
        <p role="status">
          The hub did not give the charts.{' '}
          <button type="button" onClick={load}>
            Try again
          </button>
        </p>
      )}
    </section>
  );
}

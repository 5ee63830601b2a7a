// The place of the charts, which come with their style when somebody's page is opened.

import type { ComponentType, VNode } from 'preact';
import { loadChartStyle } from '../chart-style.ts';
import { Later } from './later.tsx';
import type { TrendsProps } from './trends.tsx';

const load = async (): Promise<ComponentType<TrendsProps>> => {
  const [{ Trends }] = await Promise.all([import('./trends.tsx'), loadChartStyle()]);
  return Trends;
};

export function TrendSection(props: TrendsProps): VNode {
  const heading = `trends-${props.patient.id}`;
  return (
    <section class="trends" aria-labelledby={heading}>
      <h2 id={heading}>Trends</h2>
      <Later load={load} props={props}>
        <p class="quiet">Fetching the charts …</p>
      </Later>
    </section>
  );
}

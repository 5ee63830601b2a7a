// The place of the waveforms, which come with their style when there are some.

import type { ComponentType, VNode } from 'preact';
import { loadChartStyle } from '../chart-style.ts';
import { Later } from './later.tsx';
import type { StripsProps } from './strips.tsx';

const load = async (): Promise<ComponentType<StripsProps>> => {
  const [{ Strips }] = await Promise.all([import('./strips.tsx'), loadChartStyle()]);
  return Strips;
};

export function StripSection({ waves }: StripsProps): VNode | null {
  if (waves.length === 0) return null;
  return (
    <Later load={load} props={{ waves }}>
      <p class="quiet">Fetching the waveforms …</p>
    </Later>
  );
}

// The waveforms of one patient, and how large a millimetre is here.

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { screenSize } from '../screen-size.ts';
import { ScreenSizeForm } from './screen-size.tsx';
import { type WaveProps, WaveStrip } from './wave-strip.tsx';

export type StripsProps = { readonly waves: readonly WaveProps[] };

export function Strips({ waves }: StripsProps): VNode {
  const size = useSignal(screenSize());
  return (
    <div class="waves">
      {waves.map((wave) => (
        <WaveStrip key={wave.kind} {...wave} size={size.value} />
      ))}
      <ScreenSizeForm size={size} />
    </div>
  );
}

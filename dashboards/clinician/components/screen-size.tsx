// True millimetres: a frame is made as large as a bank card that is held to the screen. Kept in this browser.

import { type Signal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { CARD_MM, keepScreenSize, type ScreenSize, screenSize } from '../screen-size.ts';

export function ScreenSizeForm({ size }: { size: Signal<ScreenSize> }): VNode {
  const asked = useSignal(size.peek().pxPerMm);
  const keep = (pxPerMm: number | undefined): void => {
    keepScreenSize(pxPerMm);
    // Where the browser keeps nothing it holds for this page.
    size.value = pxPerMm === undefined ? screenSize() : { pxPerMm, measured: true };
    asked.value = size.value.pxPerMm;
  };
  const frame = { width: `${CARD_MM.width * asked.value}px`, height: `${CARD_MM.height * asked.value}px` };
  return (
    <details class="screen-size">
      <summary>
        Millimetres on this screen: {size.value.measured ? 'measured' : 'nominal, not measured'}
      </summary>
      <p>
        Hold a bank card to the screen and make the frame as large as it: then 25 mm are 25 mm on this screen.
      </p>
      <label>
        Size of the frame
        <input
          type="range"
          min={2}
          max={8}
          step={0.01}
          value={asked.value}
          aria-valuetext={`${Math.round(asked.value * CARD_MM.width)} pixels wide`}
          onInput={(event) => (asked.value = event.currentTarget.valueAsNumber)}
        />
      </label>
      <div class="card-frame">
        <div style={frame} />
      </div>
      <div class="files">
        <button type="button" class="primary" onClick={() => keep(asked.value)}>
          Keep this size
        </button>
        <button type="button" onClick={() => keep(undefined)}>
          Back to nominal
        </button>
      </div>
    </details>
  );
}

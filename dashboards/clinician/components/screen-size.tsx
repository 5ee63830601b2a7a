// True millimetres: a frame is made as large as a bank card that is held to the screen. Kept in this browser.

import { type Signal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { CARD_MM, keepScreenSize, type ScreenSize, screenSize } from '../screen-size.ts';
import { chartsText } from '../text/charts.ts';

export function ScreenSizeForm({ size }: { size: Signal<ScreenSize> }): VNode {
  const text = chartsText();
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
      <summary>{size.value.measured ? text.measured : text.nominal}</summary>
      <p>{text.card}</p>
      <label>
        {text.frameSize}
        <input
          type="range"
          min={2}
          max={8}
          step={0.01}
          value={asked.value}
          aria-valuetext={text.frameWidth(Math.round(asked.value * CARD_MM.width))}
          onInput={(event) => (asked.value = event.currentTarget.valueAsNumber)}
        />
      </label>
      <div class="card-frame">
        <div style={frame} />
      </div>
      <div class="files">
        <button type="button" class="primary" onClick={() => keep(asked.value)}>
          {text.keepSize}
        </button>
        <button type="button" onClick={() => keep(undefined)}>
          {text.backToNominal}
        </button>
      </div>
    </details>
  );
}

// The caliper over a frozen strip: a box between two corners. A new one is drawn with mouse or finger; each corner is a
// button that is dragged, or moved by arrow keys.

import type { Signal } from '@preact/signals';
import type { TargetedPointerEvent, VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { type Caliper, type Corner, measuredWords, onPaper, stepped } from '../caliper.ts';
import { chartsText } from '../text/charts.ts';

type Props = {
  readonly caliper: Signal<Caliper>;
  readonly pxPerMm: number;
  readonly name: string;
  readonly withMv: boolean;
};
type End = keyof Caliper;
const ENDS: Readonly<Record<End, true>> = { from: true, to: true };

export function CaliperLayer({ caliper, pxPerMm, name, withMv }: Props): VNode {
  const layer = useRef<HTMLDivElement>(null);
  const dragged = useRef<End | undefined>(undefined);
  const { from, to } = caliper.value;
  const widthMm = (): number => (layer.current?.clientWidth ?? 0) / pxPerMm;
  const put = (end: End, corner: Corner): void => {
    caliper.value = { ...caliper.value, [end]: onPaper(corner, widthMm()) };
  };
  const at = (event: TargetedPointerEvent<HTMLElement>): Corner => {
    const { left = 0, top = 0 } = layer.current?.getBoundingClientRect() ?? {};
    return { x: (event.clientX - left) / pxPerMm, y: (event.clientY - top) / pxPerMm };
  };
  const box = {
    left: `${Math.min(from.x, to.x) * pxPerMm}px`,
    top: `${Math.min(from.y, to.y) * pxPerMm}px`,
    width: `${Math.abs(to.x - from.x) * pxPerMm}px`,
    height: `${Math.abs(to.y - from.y) * pxPerMm}px`,
  };
  return (
    <>
      <div
        class="caliper"
        ref={layer}
        onPointerDown={(event) => {
          const { target } = event;
          const held = target instanceof HTMLElement ? target.dataset['end'] : undefined;
          event.currentTarget.setPointerCapture(event.pointerId);
          if (held !== undefined) dragged.current = held as End;
          else {
            dragged.current = 'to';
            const corner = onPaper(at(event), widthMm());
            caliper.value = { from: corner, to: corner };
          }
        }}
        onPointerMove={(event) => {
          if (dragged.current !== undefined) put(dragged.current, at(event));
        }}
        onPointerUp={() => (dragged.current = undefined)}
        onPointerCancel={() => (dragged.current = undefined)}
      >
        <div class="caliper-box" style={box} />
        {(Object.keys(ENDS) as End[]).map((end) => {
          const corner = caliper.value[end];
          return (
            <button
              type="button"
              key={end}
              class="caliper-end"
              data-end={end}
              style={{ left: `${corner.x * pxPerMm}px`, top: `${corner.y * pxPerMm}px` }}
              onKeyDown={(event) => {
                const next = stepped(corner, event.key, event.shiftKey, widthMm());
                if (next === undefined) return;
                event.preventDefault();
                put(end, next);
              }}
            >
              <span class="unseen">
                {end === 'to' ? chartsText().secondCorner(name) : chartsText().firstCorner(name)}
              </span>
            </button>
          );
        })}
      </div>
      <p class="caliper-words" role="status">
        {measuredWords(caliper.value, withMv)}
      </p>
    </>
  );
}

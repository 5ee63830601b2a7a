// How long a time, and which one: buttons for all that dragging does (WCAG 2.5.7), and a slider for the moment that is
// read in every chart.

import type { ReadonlySignal, Signal } from '@preact/signals';
import type { VNode } from 'preact';
import { formatTime } from '../age.ts';
import { chartsText } from '../text/charts.ts';
import { pan, SPAN_MS, SPANS, type View, type Window, zoom } from '../trend/span.ts';
import { timeWords } from '../zone.ts';

type Props = {
  readonly view: ReadonlySignal<View>;
  readonly window: ReadonlySignal<Window>;
  /** The moment that is read; undefined for the newest. */
  readonly cursor: Signal<number | undefined>;
  readonly now: ReadonlySignal<number>;
  /** What the charts say of it. */
  readonly words: ReadonlySignal<string>;
  readonly zone: string | undefined;
  readonly choose: (view: View) => void;
};

export function TrendsBar({ view, window, cursor, now, words, zone, choose }: Props): VNode {
  const text = chartsText();
  const { span, end } = view.value;
  const step = (next: View) => (): void => choose(next);
  const at = now.peek();
  return (
    <>
      <div class="trends-bar">
        <fieldset class="group">
          <legend class="unseen">{text.howLong}</legend>
          {SPANS.map((each) => (
            <button type="button" key={each} aria-pressed={each === span} onClick={step({ span: each, end })}>
              {text.spans[each]}
            </button>
          ))}
        </fieldset>
        <fieldset class="group">
          <legend class="unseen">{text.whichTime}</legend>
          <button type="button" onClick={step(pan(view.value, 'earlier', at))}>
            {text.earlier}
          </button>
          <button
            type="button"
            aria-disabled={end === undefined}
            onClick={step(pan(view.value, 'later', at))}
          >
            {text.later}
          </button>
          <button type="button" aria-pressed={end === undefined} onClick={step({ span, end: undefined })}>
            {text.now}
          </button>
          <button type="button" onClick={step(zoom(view.value, 'in', at))}>
            <span aria-hidden="true">+</span>
            <span class="unseen">{text.zoomIn}</span>
          </button>
          <button type="button" onClick={step(zoom(view.value, 'out', at))}>
            <span aria-hidden="true">−</span>
            <span class="unseen">{text.zoomOut}</span>
          </button>
        </fieldset>
        <span class="trends-when quiet">
          <When window={window} follows={end === undefined} zone={zone} />
        </span>
      </div>
      <Moment span={SPAN_MS[span]} window={window} cursor={cursor} words={words} zone={zone} />
    </>
  );
}

function When({
  window,
  follows,
  zone,
}: {
  window: ReadonlySignal<Window>;
  follows: boolean;
  zone: string | undefined;
}): VNode {
  // While it follows the clock nothing here need change each second.
  const { from, to } = follows ? window.peek() : window.value;
  if (follows) return <>{chartsText().upToNow}</>;
  return (
    <>
      {formatTime(from)} – {timeWords(to, zone)}
    </>
  );
}

type MomentProps = Pick<Props, 'window' | 'cursor' | 'words' | 'zone'> & { readonly span: number };

function Moment({ span, window, cursor, words, zone }: MomentProps): VNode {
  const { from, to } = window.value;
  const text = chartsText();
  const time = cursor.value;
  const said = time === undefined ? text.newest : timeWords(time, zone);
  return (
    <div class="moment">
      <label for="moment">{text.moment}</label>
      <input
        id="moment"
        type="range"
        min={from}
        max={to}
        step={span / 360}
        value={time ?? to}
        aria-valuetext={`${said}. ${words.value}`}
        onInput={(event) => {
          const chosen = event.currentTarget.valueAsNumber;
          cursor.value = chosen >= to - span / 360 ? undefined : chosen;
        }}
      />
      <span class="number">{said}</span>
    </div>
  );
}

// A waveform as a strip of paper that is written from left to right: 25 mm/s, an ECG at 10 mm/mV on a millimetre grid with
// its pulse of 1 mV. It can be frozen and measured, and it stands for who asked their system for less motion: then it is
// redrawn once a frame.

import { freshness, type Kind } from '@heartwood/vitals';
import { type ReadonlySignal, type Signal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { formatAge } from '../age.ts';
import { type Caliper, firstCaliper } from '../caliper.ts';
import type { FeedReading } from '../feed.ts';
import { measuredAt } from '../freshness.ts';
import { HEIGHT_MM } from '../paper.ts';
import type { ScreenSize } from '../screen-size.ts';
import { type Strip, startStrip } from '../strip.ts';
import { chartsText } from '../text/charts.ts';
import { ABSENT_WORDS, labelOf } from '../wording.ts';
import { CaliperLayer } from './caliper-layer.tsx';
import { OriginMark } from './origin-mark.tsx';

export type WaveProps = {
  readonly kind: Kind;
  readonly frames: readonly FeedReading[];
  readonly now: ReadonlySignal<number>;
  readonly linked: boolean;
  readonly open: (reading: FeedReading) => void;
};
type Props = WaveProps & {
  readonly size: ScreenSize;
  /** Whose it is, where several patients' strips are on one page: then it is to be watched, and measured elsewhere. */
  readonly of?: string | undefined;
};

export function WaveStrip({ kind, frames, now, linked, open, size, of }: Props): VNode | null {
  const paper = useRef<HTMLDivElement>(null);
  const strip = useRef<Strip | undefined>(undefined);
  const frozen = useSignal(false);
  const caliper = useSignal<Caliper | undefined>(undefined);
  const isEcg = kind === 'ecg';
  const { pxPerMm } = size;
  const seen = frames.length > 0;

  useEffect(() => {
    const trace = paper.current?.querySelector<HTMLCanvasElement>('.trace');
    if (!trace) return;
    const grid = paper.current?.querySelector<HTMLCanvasElement>('.grid') ?? undefined;
    const started = startStrip({ trace, grid }, kind, pxPerMm);
    strip.current = started;
    started.push(frames);
    started.freeze(frozen.peek());
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', started.redraw);
    const themes = new MutationObserver(started.redraw);
    themes.observe(document.documentElement, { attributes: true });
    return () => {
      scheme.removeEventListener('change', started.redraw);
      themes.disconnect();
      started.stop();
    };
  }, [kind, pxPerMm, seen]);
  useEffect(() => strip.current?.push(frames), [frames]);

  const last = frames.at(-1);
  if (last === undefined) return null;
  const name = of === undefined ? labelOf(kind) : `${labelOf(kind)}, ${of}`;
  const text = chartsText();
  const freeze = (next: boolean): void => {
    frozen.value = next;
    strip.current?.freeze(next);
    if (!next) caliper.value = undefined;
  };
  const widthMm = (): number => (paper.current?.clientWidth ?? 0) / pxPerMm;
  return (
    <figure class="strip" data-kind={kind}>
      <figcaption>
        <strong>{labelOf(kind)}</strong> <Said kind={kind} last={last} /> <OriginMark origin={last.origin} />
        <StripState kind={kind} last={last} now={now} linked={linked} frozen={frozen} />
      </figcaption>
      <div class="strip-buttons">
        <button type="button" aria-pressed={frozen.value} onClick={() => freeze(!frozen.value)}>
          {text.freeze} <span class="unseen">{name}</span>
        </button>
        {of === undefined && (
          <>
            <button
              type="button"
              aria-pressed={caliper.value !== undefined}
              onClick={() => {
                const begin = caliper.value === undefined;
                // What moves cannot be measured.
                if (begin) freeze(true);
                caliper.value = begin ? firstCaliper(widthMm()) : undefined;
              }}
            >
              {text.caliper} <span class="unseen">{text.caliperOn(name)}</span>
            </button>
            <button type="button" onClick={() => open(last)}>
              {text.verify} <span class="unseen">{text.newestFrame(name)}</span>
            </button>
          </>
        )}
      </div>
      <div class="paper" ref={paper} style={{ height: `${HEIGHT_MM * pxPerMm * (isEcg ? 1 : 0.6)}px` }}>
        {isEcg && <canvas class="grid" />}
        <canvas
          class="trace"
          role="img"
          aria-label={frozen.value ? text.frozenTrace(name) : text.movingTrace(name)}
        />
        {caliper.value !== undefined && (
          <CaliperLayer caliper={caliper as Signal<Caliper>} pxPerMm={pxPerMm} name={name} withMv={isEcg} />
        )}
      </div>
    </figure>
  );
}

/** Lead, rate and scale, and what was done to the signal here: nothing. */
function Said({ kind, last }: { kind: Kind; last: FeedReading }): VNode | null {
  if (!('wave' in last.measurement)) return null;
  const { lead, rateHz } = last.measurement.wave;
  const text = chartsText();
  return (
    <span class="quiet">
      {lead}, {kind === 'ecg' ? text.scaleMv(rateHz) : text.scale(rateHz)}, {text.noFilter}
    </span>
  );
}

type StateProps = Omit<WaveProps, 'frames' | 'open'> & {
  readonly last: FeedReading;
  readonly frozen: Signal<boolean>;
};

function StripState({ kind, last, now, linked, frozen }: StateProps): VNode {
  const text = chartsText();
  const ageMs = now.value - measuredAt(last);
  const fresh = freshness(kind, ageMs);
  const said = ((): readonly [state: string, word: string] => {
    if (frozen.value) return ['stale', text.frozen];
    if (!linked) return ['stale', text.notLive];
    if ('absent' in last.measurement) return ['absent', ABSENT_WORDS[last.measurement.absent]];
    return fresh === 'live' ? ['live', text.live] : [fresh, text.noTrace(formatAge(ageMs))];
  })();
  return (
    <span class="state" data-state={said[0]}>
      {said[1]}
    </span>
  );
}

// A waveform as a strip of paper that is written from left to right: 25 mm/s, ECG at 10 mm/mV on a millimetre
// grid, both nominal, since no browser knows how large a screen is. It can be frozen, and it stands for who asked
// their system for less motion: then it is redrawn once a frame.

import type { Kind } from '@heartwood/vitals';
import { freshness } from '@heartwood/vitals';
import { type ReadonlySignal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { formatAge } from '../age.ts';
import type { FeedReading } from '../feed.ts';
import { measuredAt } from '../freshness.ts';
import { type Strip, startStrip } from '../strip.ts';
import { ABSENT_WORDS, labelOf } from '../wording.ts';
import { OriginMark } from './origin-mark.tsx';

type Props = {
  readonly kind: Kind;
  readonly frames: readonly FeedReading[];
  readonly now: ReadonlySignal<number>;
  readonly linked: boolean;
  readonly open: (reading: FeedReading) => void;
};

export function WaveStrip({ kind, frames, now, linked, open }: Props): VNode | null {
  const canvas = useRef<HTMLCanvasElement>(null);
  const strip = useRef<Strip | undefined>(undefined);
  const frozen = useSignal(false);

  useEffect(() => {
    if (canvas.current === null) return;
    const started = startStrip(canvas.current, kind);
    strip.current = started;
    return () => started.stop();
  }, [kind]);
  useEffect(() => strip.current?.push(frames), [frames]);

  const last = frames.at(-1);
  if (last === undefined) return null;
  const wave = 'wave' in last.measurement ? last.measurement.wave : undefined;
  const name = labelOf(kind);
  const freeze = (): void => {
    frozen.value = !frozen.value;
    strip.current?.freeze(frozen.value);
  };
  return (
    <figure class="strip" data-kind={kind}>
      <figcaption>
        <strong>{name}</strong>{' '}
        {wave !== undefined && (
          <span class="quiet">
            {wave.lead}, {wave.rateHz} Hz{kind === 'ecg' && ', 25 mm/s, 10 mm/mV'}
          </span>
        )}{' '}
        <OriginMark origin={last.origin} />
        <StripState kind={kind} last={last} now={now} linked={linked} frozen={frozen.value} />
      </figcaption>
      <div class="strip-buttons">
        <button type="button" aria-pressed={frozen.value} onClick={freeze}>
          Freeze <span class="unseen">{name}</span>
        </button>
        <button type="button" onClick={() => open(last)}>
          Verify <span class="unseen">the newest frame of {name}</span>
        </button>
      </div>
      <div class="paper">
        <canvas ref={canvas} role="img" aria-label={`${name}, moving trace`} />
      </div>
    </figure>
  );
}

type StateProps = Omit<Props, 'frames' | 'open'> & { readonly last: FeedReading; readonly frozen: boolean };

function StripState({ kind, last, now, linked, frozen }: StateProps): VNode {
  const ageMs = now.value - measuredAt(last);
  const fresh = freshness(kind, ageMs);
  const said = ((): readonly [state: string, word: string] => {
    if (frozen) return ['stale', 'Frozen'];
    if (!linked) return ['stale', 'Not live'];
    if ('absent' in last.measurement) return ['absent', ABSENT_WORDS[last.measurement.absent]];
    return fresh === 'live' ? ['live', 'Live'] : [fresh, `No trace for ${formatAge(ageMs)}`];
  })();
  return (
    <span class="state" data-state={said[0]}>
      {said[1]}
    </span>
  );
}

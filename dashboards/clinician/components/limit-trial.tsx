// What a limit would have raised in the last days, before it is confirmed.

import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { trialWords, tryLimit } from '../board.ts';
import { boardText } from '../text/board.ts';

type Props = {
  readonly patient: string;
  readonly condition: string;
  readonly limit: number;
  readonly delaySeconds: number;
};

export function LimitTrial({ patient, condition, limit, delaySeconds }: Props): VNode {
  const said = useSignal<string | undefined>(undefined);
  useEffect(() => {
    let over = false;
    void tryLimit(patient, condition, { limit, delaySeconds }).then((trial) => {
      if (!over) said.value = typeof trial === 'string' ? trial : trialWords(trial);
    });
    return () => {
      over = true;
    };
  }, [patient, condition, limit, delaySeconds]);
  return (
    <p class="trial" role="status">
      {said.value ?? boardText().trying}
    </p>
  );
}

import { expect, it } from 'vitest';
import { Drawn } from './drawn.ts';

it('measures from the first message that waits to the frame after the one that drew it', () => {
  let nowMs = 100;
  const frames: (() => void)[] = [];
  const drawn = new Drawn(
    () => nowMs,
    (task) => frames.push(task),
  );
  const frame = (): void => frames.shift()?.();
  drawn.given();
  expect(frames).toEqual([]);
  drawn.arrived();
  nowMs = 150;
  drawn.arrived();
  drawn.given();
  drawn.arrived();
  drawn.given();
  frame();
  expect(drawn.take()).toEqual([]);
  nowMs = 170;
  frame();
  expect(drawn.take()).toEqual([70]);
  expect(drawn.take()).toEqual([]);
  // A page that was hidden meanwhile drew nothing that anybody waited for.
  drawn.arrived();
  drawn.given();
  nowMs = 100_000;
  frame();
  frame();
  expect(drawn.take()).toEqual([]);
});

import { afterEach, expect, it, vi } from 'vitest';
import { giveBackMemory } from './give-back.ts';

afterEach(() => vi.unstubAllGlobals());

it('asks for everything to be collected, now', () => {
  const asked: unknown[] = [];
  vi.stubGlobal('gc', (options: unknown) => asked.push(options));
  giveBackMemory();
  expect(asked).toEqual([{ type: 'major', execution: 'sync', flavor: 'last-resort' }]);
});

it('does nothing where Node was not started for it', () => {
  vi.stubGlobal('gc', undefined);
  expect(giveBackMemory()).toBeUndefined();
});

// Each contact is told in their own language, or in the hub's; what a program reads is the same in any.

import { expect, it } from 'vitest';
import { Teller } from './teller.ts';
import {
  arrange,
  channels,
  contact,
  events,
  home,
  inAHome,
  look,
  out,
  step,
  sugarFalls,
  tellAnew,
} from './teller-sample.ts';

inAHome();

it('a contact is told in their own language, the others in the hub’s', async () => {
  const bea = contact('bea', { mail: 'bea@example.org', language: 'de' });
  const cyd = contact('cyd');
  const dee = contact('dee', { webhook: 'https://example.org/hook', language: 'de' });
  arrange('values', step(0, bea), step(0, cyd), step(0, dee, { channels: ['webhook'] }));
  expect(events('contact-changed').map((detail) => detail['language'])).toEqual(['de', undefined, 'de']);
  sugarFalls();
  await look();
  expect(out).toHaveLength(3);
  const to = (name: string) => out.find((one) => one.to.includes(name))?.message;
  expect(to('bea@')?.text).toContain('\nAda, hoch: Blutzucker sehr niedrig: 50 mg/dL bei Beginn (Grenze 54)');
  expect(to('cyd@')?.text).toContain('\nAda, high: glucose very low: 50 mg/dL when it began (limit 54)');
  expect(to('hook')?.text).toMatch(/^Ein Alarm hoher Priorität/);
  // For programs.
  expect(to('hook')?.alarms).toEqual(to('cyd@')?.alarms);
  expect(to('hook')?.priority).toBe('high');
});

it('a hub has a language, for whoever has none', async () => {
  const ports = { alarms: (slot: number) => home.hub.watch.of(slot), random: () => 0.5, channels };
  tellAnew(new Teller(home.hub.vault, { language: 'de' }, ports));
  arrange('nothing', step(0, contact('bea')), step(0, contact('cyd', { mail: 'c@x.org', language: 'en' })));
  sugarFalls();
  await look();
  expect(out.find(({ to }) => to.startsWith('bea'))?.message.text).toMatch(/^Ein Alarm hoher Priorität um /);
  expect(out.find(({ to }) => to.startsWith('c@'))?.message.text).toMatch(/^An alarm of high priority at /);
});

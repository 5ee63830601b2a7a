// What the agent refuses to enrolled devices: addresses can be imitated.

import { describe, expect, it } from 'vitest';
import { AGENT_PATH, PairingAgent, type PairingAnswer, type PairingQuestion } from './agent.ts';
import { longUuid } from './objects.ts';

const call = (agent: PairingAgent, member: string, ...body: unknown[]) =>
  agent.called({ path: AGENT_PATH, iface: 'org.bluez.Agent1', member, body });
const refused = { remote: 'org.bluez.Error.Rejected' };
/** Any device is enrolled, by its path; a person comes when a test does. */
const bench = (pairs: boolean) => {
  const asked: PairingQuestion[] = [];
  const ended: string[] = [];
  const answers = new Map<string, (answer: PairingAnswer) => void>();
  const agent = new PairingAgent(
    {
      ask: (question, gone) => {
        asked.push(question);
        return new Promise((resolve) => {
          answers.set(question.device, resolve);
          gone.addEventListener('abort', () => {
            ended.push(question.device);
            resolve(false);
          });
        });
      },
    },
    (path) => ({ id: path, pairs }),
  );
  return { agent, asked, ended, answers };
};

describe('the agent, to an enrolled device', () => {
  it('authorizes services of health, and no keyboard', async () => {
    const { agent } = bench(true);
    await expect(call(agent, 'AuthorizeService', '/a', longUuid(0x180d))).resolves.toBeUndefined();
    await expect(
      call(agent, 'AuthorizeService', '/a', longUuid(0x1808).toUpperCase()),
    ).resolves.toBeUndefined();
    for (const uuid of [longUuid(0x1124), longUuid(0x1812), longUuid(0x110b), '', 'x'])
      await expect(call(agent, 'AuthorizeService', '/a', uuid)).rejects.toMatchObject(refused);
  });

  it('refuses to bond at any time but that of a pairing that is wanted, and asks nobody', async () => {
    const { agent, asked } = bench(false);
    for (const member of [
      'RequestAuthorization',
      'RequestConfirmation',
      'RequestPasskey',
      'RequestPinCode',
      'DisplayPasskey',
      'DisplayPinCode',
    ])
      await expect(call(agent, member, '/a', 1)).rejects.toMatchObject(refused);
    expect(asked).toEqual([]);
  });

  it('does not end the question that a person is answering for another', async () => {
    const { agent, ended, answers } = bench(true);
    const first = call(agent, 'RequestPasskey', '/a');
    await call(agent, 'RequestAuthorization', '/b');
    await call(agent, 'DisplayPasskey', '/b', 1);
    expect(ended).toEqual([]);
    answers.get('/a')?.('000042');
    expect(await first).toBe(42);
  });

  it('has one question of each device at most, and none after BlueZ has cancelled', async () => {
    const { agent, ended } = bench(true);
    const questions = ['/a', '/a', '/b'].map((path) =>
      call(agent, 'RequestConfirmation', path, 1)?.then(
        () => 'agreed',
        () => 'refused',
      ),
    );
    expect(ended).toEqual(['/a']);
    await call(agent, 'Cancel');
    expect(await Promise.all(questions)).toEqual(['refused', 'refused', 'refused']);
    expect(ended).toEqual(['/a', '/a', '/b']);
  });
});

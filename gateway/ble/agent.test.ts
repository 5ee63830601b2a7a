import { describe, expect, it } from 'vitest';
import { AGENT_PATH, PairingAgent, type PairingQuestion } from './agent.ts';
import { Desk } from './desk.ts';

const ADA = '/org/bluez/hci0/dev_1';
const agentWith = (answer: boolean | string): { agent: PairingAgent; asked: PairingQuestion[] } => {
  const asked: PairingQuestion[] = [];
  const desk = {
    ask: async (question: PairingQuestion) => {
      asked.push(question);
      return answer;
    },
  };
  return {
    asked,
    agent: new PairingAgent(desk, (path) => (path === ADA ? { id: 'ada', pairs: true } : undefined)),
  };
};
const call = (agent: PairingAgent, member: string, ...body: unknown[]) =>
  agent.called({ path: AGENT_PATH, iface: 'org.bluez.Agent1', member, body });

describe('the pairing agent', () => {
  it('refuses a device that nobody enrolled, unasked', async () => {
    const { agent, asked } = agentWith(true);
    for (const member of ['RequestAuthorization', 'RequestConfirmation', 'RequestPasskey', 'DisplayPasskey'])
      await expect(call(agent, member, '/org/bluez/hci0/dev_2', 1)).rejects.toMatchObject({
        remote: 'org.bluez.Error.Rejected',
      });
    expect(asked).toEqual([]);
  });

  it('agrees to just works, shows digits, and compares them', async () => {
    const { agent, asked } = agentWith(true);
    await call(agent, 'RequestAuthorization', ADA);
    await call(agent, 'DisplayPasskey', ADA, 42, 0);
    await call(agent, 'RequestConfirmation', ADA, 123_456);
    expect(asked).toEqual([
      { kind: 'show-passkey', device: 'ada', passkey: '000042' },
      { kind: 'confirm-passkey', device: 'ada', passkey: '123456' },
    ]);
  });

  it('gives the digits that a person typed, and refuses what are none', async () => {
    expect(await call(agentWith('012345').agent, 'RequestPasskey', ADA)).toBe(12_345);
    for (const typed of ['', '1234567', 'abc', true, false])
      await expect(call(agentWith(typed).agent, 'RequestPasskey', ADA)).rejects.toThrow();
    await expect(call(agentWith(false).agent, 'RequestConfirmation', ADA, 1)).rejects.toThrow();
  });

  it('is asked by BlueZ at its own path only', () => {
    const { agent } = agentWith(true);
    expect(
      agent.called({ path: '/other', iface: 'org.bluez.Agent1', member: 'Release', body: [] }),
    ).toBeUndefined();
    expect(agent.called({ path: AGENT_PATH, iface: 'other', member: 'Release', body: [] })).toBeUndefined();
  });
});

describe('the desk', () => {
  it('keeps a question open until a person answers it, once', async () => {
    const open: number[] = [];
    const settled: unknown[] = [];
    const desk = new Desk(
      (questions) => open.push(questions.length),
      (question, answer, who) => settled.push([question.kind, answer, who]),
    );
    const answer = desk.ask({ kind: 'enter-passkey', device: 'ada' }, new AbortController().signal);
    expect(desk.open).toEqual([{ id: 1, question: { kind: 'enter-passkey', device: 'ada' } }]);
    const ada = { by: 'page', person: 3 } as const;
    expect(desk.answer(1, '123456', ada)).toBe(true);
    expect(await answer).toBe('123456');
    expect(desk.answer(1, '123456', { by: 'terminal' })).toBe(false);
    expect(settled).toEqual([['enter-passkey', '123456', ada]]);
    expect(open).toEqual([1, 0]);
  });

  it('takes silence, and a device that went away, for no', async () => {
    const who: unknown[] = [];
    const desk = new Desk(
      () => undefined,
      (_question, answer, by) => who.push([answer, by]),
      20,
    );
    const question = { kind: 'confirm-passkey', device: 'ada', passkey: '1' } as const;
    expect(await desk.ask(question, new AbortController().signal)).toBe(false);
    const gone = new AbortController();
    const answer = desk.ask(question, gone.signal);
    gone.abort();
    expect(await answer).toBe(false);
    expect(who).toEqual([
      [false, { by: 'nobody' }],
      [false, { by: 'nobody' }],
    ]);
    expect(desk.open).toEqual([]);
  });
});

// AgentManager1: clients register the object that asks a person, and we ask it. Which agent is asked: that of the client
// who called Pair, else the default one.

import { DBusError } from 'dbus-next';
import { bluezError } from './error.ts';
import { AGENT } from './introspection.ts';
import { unknownMethod } from './object-tree.ts';
import { type Answer, type Call, DONE, type Wire } from './wire.ts';

const CAPABILITIES = [
  'DisplayOnly',
  'DisplayYesNo',
  'KeyboardOnly',
  'NoInputNoOutput',
  'KeyboardDisplay',
] as const;
export type Capability = (typeof CAPABILITIES)[number];

export type Agent = {
  readonly capability: Capability;
  /** Calls one of Agent1's methods. Rejects with BlueZ's pairing error for what the agent or its silence says. */
  ask(member: string, signature: string, body: unknown[]): Promise<readonly unknown[]>;
  /** Tells it that the question is over; it need not answer. */
  cancel(): void;
};

export type AgentManager = {
  /** Whom to ask when `client` pairs. */
  agentFor(client: string): Agent | undefined;
  answer(call: Call): Answer;
  clientGone(client: string): void;
  forget(): void;
};

type Registered = { readonly client: string; readonly path: string; readonly capability: Capability };

export function createAgentManager(wireOf: () => Wire | undefined): AgentManager {
  const agents: Registered[] = [];
  let standard: Registered | undefined;
  const find = (client: string, path: unknown): Registered => {
    const found = agents.find((agent) => agent.client === client && agent.path === path);
    if (found === undefined) throw bluezError('DoesNotExist');
    return found;
  };
  const remove = (agent: Registered): void => {
    agents.splice(agents.indexOf(agent), 1);
    if (standard === agent) standard = undefined;
  };
  return {
    agentFor: (client) => {
      const agent = agents.find((known) => known.client === client) ?? standard;
      if (agent === undefined) return undefined;
      const call = async (
        member: string,
        signature: string,
        body: unknown[],
      ): Promise<readonly unknown[]> => {
        try {
          return (await wireOf()?.call(agent.client, agent.path, AGENT, member, signature, body)) ?? [];
        } catch (error) {
          throw error instanceof DBusError && error.type === 'org.bluez.Error.Canceled'
            ? bluezError('AuthenticationCanceled')
            : bluezError('AuthenticationFailed');
        }
      };
      return {
        capability: agent.capability,
        ask: call,
        cancel: () => {
          call('Cancel', '', []).catch(() => undefined);
        },
      };
    },
    answer: (call) => {
      const [path, wanted] = call.body;
      switch (call.member) {
        case 'RegisterAgent': {
          const said = wanted === '' ? 'KeyboardDisplay' : wanted;
          const capability = CAPABILITIES.find((known) => known === said);
          if (capability === undefined || typeof path !== 'string') throw bluezError('InvalidArguments');
          if (agents.some((agent) => agent.client === call.sender)) throw bluezError('AlreadyExists');
          agents.push({ client: call.sender, path, capability });
          return DONE;
        }
        case 'UnregisterAgent':
          remove(find(call.sender, path));
          return DONE;
        case 'RequestDefaultAgent':
          standard = find(call.sender, path);
          return DONE;
        default:
          throw unknownMethod(call);
      }
    },
    clientGone: (client) => {
      for (const agent of agents.filter((known) => known.client === client)) remove(agent);
    },
    forget: () => {
      agents.length = 0;
      standard = undefined;
    },
  };
}

// The broker room's door: our own listener, or the guest seat at a broker that already runs.

export type { Accept, Arrival, ArrivalChannel, LinkState, OnLink } from './arrival.ts';
export { type Broker, type BrokerOptions, type BrokerStats, startBroker } from './broker.ts';
export type { BrokerEvent, ConnectionRefusal, Log } from './event.ts';
export {
  type ExternalEvent,
  type ExternalOptions,
  type ExternalSubscription,
  subscribeExternal,
} from './external.ts';
export { defaultLimits, type Limits } from './limits.ts';
export { BrokerError, type Listener } from './listener.ts';

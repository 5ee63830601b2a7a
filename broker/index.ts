// The broker room's door: our own listener. The guest seat at a broker that already runs is `@heartwood/broker/external`:
// it needs a client, which a hub with its own broker does not load.

export type { Accept, Arrival, ArrivalChannel, LinkState, OnLink } from './arrival.ts';
export { type Broker, type BrokerOptions, type BrokerStats, startBroker } from './broker.ts';
export type { BrokerEvent, ConnectionRefusal, Log } from './event.ts';
export { defaultLimits, type Limits } from './limits.ts';
export { BrokerError, type Listener } from './listener.ts';

/** Two hosts with a message server (443) and a stream sink (9000) on b, for flows whose connections last. */
import { constant } from '../../src/base/distribution.ts';
import { RandomStreams } from '../../src/base/random.ts';
import { SECOND_NS } from '../../src/base/units.ts';
import type { FlowId } from '../../src/network/ids.ts';
import { type BulkSettings, BulkWorkload } from '../../src/traffic/bulk.ts';
import { FixedDestination } from '../../src/traffic/destination.ts';
import { MessageServer } from '../../src/traffic/message-server.ts';
import { type SessionSettings, SessionsWorkload } from '../../src/traffic/sessions.ts';
import { StreamSink } from '../../src/traffic/stream-sink.ts';
import type { WorkloadOptions } from '../../src/traffic/workload.ts';
import { ADDRESS_B, type TwoHosts, type TwoHostsOptions, twoHosts } from './fixtures.ts';
import { NotingLedger } from './ledger.ts';

export interface ConnectedHosts extends TwoHosts {
  readonly ledger: NotingLedger;
  readonly sink: StreamSink;
}

interface Changes {
  readonly net?: TwoHostsOptions;
  readonly timeoutNs?: number;
}

/** One session with a heartbeat of 1 s that reconnects after 0.5 to 1 s at first, unless changed. */
export function sessionHosts(
  settings: Partial<SessionSettings> = {},
  { net, timeoutNs = 2 * SECOND_NS }: Changes = {},
): ConnectedHosts {
  const hosts = connectedHosts(net);
  new SessionsWorkload(optionsOf(hosts, 443, timeoutNs), {
    held: 1,
    openRatePerSecond: 1000,
    arrivals: 'constant',
    heartbeatNs: SECOND_NS,
    life: null,
    messageBytes: 100,
    answerBytes: 200,
    reconnect: { delayNs: SECOND_NS, maxDelayNs: 8 * SECOND_NS },
    socket: {},
    ...settings,
  }).start(1000 * SECOND_NS);
  return hosts;
}

/** One endless transfer, unless changed. */
export function bulkHosts(
  settings: Partial<BulkSettings> = {},
  { net, timeoutNs = 5 * SECOND_NS }: Changes = {},
): ConnectedHosts {
  const hosts = connectedHosts(net);
  new BulkWorkload(optionsOf(hosts, 9000, timeoutNs), {
    connections: 1,
    transferBytes: Number.POSITIVE_INFINITY,
    rateBps: Number.POSITIVE_INFINITY,
    unitBytes: 1448,
    unsentBytes: 131_072,
    reconnect: null,
    socket: {},
    ...settings,
  }).start();
  return hosts;
}

export const lasting = constant;

function connectedHosts(options: TwoHostsOptions = {}): ConnectedHosts {
  const net = twoHosts(options);
  const ledger = new NotingLedger(() => net.engine.nowNs);
  new MessageServer(net.b.stack, net.engine, { slowNs: 10 * SECOND_NS, errorBytes: 50 }).serve(443);
  const sink = new StreamSink(net.b.stack, net.engine);
  sink.serve(9000);
  return { ...net, ledger, sink };
}

function optionsOf({ engine, ledger, a }: ConnectedHosts, port: number, timeoutNs: number): WorkloadOptions {
  return {
    engine,
    ledger,
    streams: new RandomStreams('connected', 0),
    flow: 0 as FlowId,
    name: 'test',
    senders: [a.stack],
    destination: new FixedDestination(ADDRESS_B),
    port,
    timeoutNs,
  };
}

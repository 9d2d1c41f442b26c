/** Two hosts with a server on b and a workload from a: what tests of traffic begin with. */

import { constant } from '../../src/base/distribution.ts';
import { RandomStreams } from '../../src/base/random.ts';
import { SECOND_NS } from '../../src/base/units.ts';
import type { FlowId } from '../../src/network/ids.ts';
import { DatagramSink } from '../../src/traffic/datagram-sink.ts';
import { FixedDestination } from '../../src/traffic/destination.ts';
import type { HttpSettings } from '../../src/traffic/http-client.ts';
import type { PoolSettings } from '../../src/traffic/http-pool.ts';
import { NO_RETRIES, type RetrySettings } from '../../src/traffic/http-retries.ts';
import { HttpServer } from '../../src/traffic/http-server.ts';
import { HttpService, type HttpServiceSettings } from '../../src/traffic/http-service.ts';
import type { OpenLoopOptions, Workload } from '../../src/traffic/workload.ts';
import { ADDRESS_B, type TwoHosts, type TwoHostsOptions, twoHosts } from './fixtures.ts';
import { NotingLedger } from './ledger.ts';

export interface LoadedHosts extends TwoHosts {
  readonly ledger: NotingLedger;
  /** What serves port 80, if `service` was asked for. */
  readonly service: HttpService | null;
}

interface Changes extends Partial<OpenLoopOptions> {
  readonly spanNs?: number;
  readonly net?: TwoHostsOptions;
  /** Port 80 is a declared service with these limits; none by default, and no work. */
  readonly service?: Partial<HttpServiceSettings>;
}

const { POSITIVE_INFINITY } = Number;

/** Requests of 400 bytes, a connection and an attempt each. */
export function httpSettings(options: OpenLoopOptions, changes: Partial<HttpSettings> = {}): HttpSettings {
  return {
    requestSize: constant(400),
    responseSize: constant(options.sizeBytes),
    pool: null,
    connectTimeoutNs: POSITIVE_INFINITY,
    retries: NO_RETRIES,
    host: '',
    path: '/',
    ...changes,
  };
}

export function poolOf(connections: number, changes: Partial<PoolSettings> = {}): PoolSettings {
  return { connections, reuse: 'rotate', idleTimeoutNs: POSITIVE_INFINITY, ...changes };
}

/** Without pauses between attempts, unless a test sets them. */
export function retriesOf(limit: number, changes: Partial<RetrySettings> = {}): RetrySettings {
  return { limit, perTryTimeoutNs: POSITIVE_INFINITY, baseIntervalNs: 0, maxIntervalNs: 0, ...changes };
}

/** `b` serves 80/tcp and 53/udp; `make` builds the workload, which offers units for `spanNs`. */
export function loadedHosts(
  make: (options: OpenLoopOptions) => Workload,
  changes: Changes = {},
): LoadedHosts {
  const net = twoHosts(changes.net);
  const ledger = new NotingLedger(() => net.engine.nowNs);
  const service = changes.service === undefined ? null : serviceOf(net, changes.service);
  (service ?? new HttpServer(net.b.stack, net.engine, SERVER)).serve(80);
  new DatagramSink(net.b.stack, ledger, net.engine, SERVER.slowNs).serve(53);
  make({
    engine: net.engine,
    ledger,
    streams: new RandomStreams('workload', 0),
    flow: 0 as FlowId,
    name: 'test',
    senders: [net.a.stack],
    destination: new FixedDestination(ADDRESS_B),
    port: 80,
    ratePerSecond: 10,
    arrivals: 'constant',
    timeoutNs: SECOND_NS,
    sizeBytes: 1_000,
    ...changes,
  }).start(changes.spanNs ?? 10 * SECOND_NS);
  return { ...net, ledger, service };
}

const SERVER = { slowNs: 10 * SECOND_NS, errorBytes: 200 };

function serviceOf(net: TwoHosts, changes: Partial<HttpServiceSettings>): HttpService {
  const settings: HttpServiceSettings = {
    serviceTime: constant(0),
    concurrency: POSITIVE_INFINITY,
    queue: POSITIVE_INFINITY,
    queueTimeoutNs: POSITIVE_INFINITY,
    idleTimeoutNs: POSITIVE_INFINITY,
    ...changes,
  };
  const random = new RandomStreams('workload', 0).stream('b/web', 'service time');
  return new HttpService(net.b.stack, net.engine, SERVER, settings, random);
}

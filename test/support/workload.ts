/** Two hosts with a server on b and a workload from a: what tests of traffic begin with. */
import { RandomStreams } from '../../src/base/random.ts';
import { SECOND_NS } from '../../src/base/units.ts';
import type { FlowId } from '../../src/network/ids.ts';
import { DatagramSink } from '../../src/traffic/datagram-sink.ts';
import { FixedDestination } from '../../src/traffic/destination.ts';
import { HttpServer } from '../../src/traffic/http-server.ts';
import type { OpenLoopOptions, Workload } from '../../src/traffic/workload.ts';
import { ADDRESS_B, type TwoHosts, type TwoHostsOptions, twoHosts } from './fixtures.ts';
import { NotingLedger } from './ledger.ts';

export interface LoadedHosts extends TwoHosts {
  readonly ledger: NotingLedger;
}

/** `b` serves 80/tcp and 53/udp; `make` builds the workload, which offers units for `spanNs`. */
export function loadedHosts(
  make: (options: OpenLoopOptions) => Workload,
  changes: Partial<OpenLoopOptions> & { readonly spanNs?: number; readonly net?: TwoHostsOptions } = {},
): LoadedHosts {
  const net = twoHosts(changes.net);
  const ledger = new NotingLedger(() => net.engine.nowNs);
  new HttpServer(net.b.stack, net.engine, { slowNs: 10 * SECOND_NS, errorBytes: 200 }).serve(80);
  new DatagramSink(net.b.stack, ledger).serve(53);
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
  return { ...net, ledger };
}

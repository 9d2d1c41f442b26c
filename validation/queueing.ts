/**
 * Waiting times. A link that serialises equal packets of a Poisson source is an M/D/1 queue, a server that works on one
 * request at a time with exponential work an M/M/1 queue, and M/M/1/K with room for K - 1 to wait.
 */
import { present } from '../src/base/assert.ts';
import type { FlowResult } from '../src/measure/result.ts';
import type { Finding, Validation, ValidationSize } from './row.ts';
import { runFlow } from './scenario-run.ts';
import { replicate } from './statistics.ts';

const LOADS = [0.5, 0.8, 0.9];
const REPLICATIONS: Readonly<Record<ValidationSize, number>> = { full: 20, short: 5 };
const NO_SIMPLIFICATION = 'the simulated queue is the queue of the formula, but starts empty';
/** For the start from an empty queue. */
const EXACT = 0.005;

/** The longer a queue takes to forget, the more arrivals its mean needs: by 1 / (1 - load)^2. */
function arrivals(load: number, size: ValidationSize): number {
  const forgetting = 1 / ((1 - load) * (1 - load));
  return Math.round((size === 'full' ? 4_000 : 400) * Math.max(10, forgetting));
}

/** One packet takes 1,000 B x 8 / 1 Mbit/s = 8 ms. */
const PACKET_NS = 8e6;

function waitingForALink(load: number, size: ValidationSize): Finding {
  const rate = load / (PACKET_NS / 1e9);
  const text = `
vpcsim: 1
title: Packets of a Poisson source wait for a link
duration: ${Math.ceil(arrivals(load, size) / rate)}s
assume: { internet.access_rate: 1Mbps, link.queue: 1h }
clients: { source: { city: Hangzhou } }
internet_hosts: { sink: { city: Hangzhou } }
traffic:
  packets: { kind: udp, from: source, to: sink:7000, rate: ${rate}/s, arrivals: poisson, size: 1000B, timeout: 1h }
`;
  const { mean, halfWidth } = replicate(REPLICATIONS[size], (replication) =>
    beyondTheLeast(runFlow(text, replication)),
  );
  const theory = (load * PACKET_NS) / (2 * (1 - load));
  return { case: `load ${load}`, simulated: mean, halfWidth, theory, tolerance: EXACT };
}

/** Mean latency less that of a packet that met nobody. */
function beyondTheLeast(flow: FlowResult): number {
  const latency = present(flow.latencyNs, 'packets arrived');
  return latency.mean - latency.min;
}

const WORK_NS = 10e6;
/** There and back without waiting: two access links of 2 ms each way. */
const ROUND_TRIP_NS = 8e6;

/** A server that works on one request after the other; `queue` may wait. */
function server(load: number, requests: number, queue: number): string {
  const rate = load / (WORK_NS / 1e9);
  return `
vpcsim: 1
title: Requests of a Poisson source wait for a server
duration: ${Math.ceil(requests / rate)}s
assume: { internet.access_rate: 100Gbps }
clients: { source: { city: Hangzhou } }
internet_hosts:
  sink:
    city: Hangzhou
    services: { web: { port: 80, service_time: { exponential: ${WORK_NS}ns }, concurrency: 1, queue: ${queue} } }
traffic:
  requests: { kind: http, from: source, to: sink:80, rate: ${rate}/s, arrivals: poisson, keep_alive: true,
              connections: 5000, reuse: recent, request_size: 100B, response_size: 100B, timeout: 1h }
`;
}

function waitingForAServer(load: number, size: ValidationSize): Finding {
  const text = server(load, arrivals(load, size), 1_000_000);
  // The first request of a connection also shakes hands, which so many requests make nothing of.
  const { mean, halfWidth } = replicate(REPLICATIONS[size], (replication) => {
    const flow = runFlow(text, replication);
    return present(flow.latencyNs, 'requests were answered').mean - ROUND_TRIP_NS - WORK_NS;
  });
  const theory = (load * WORK_NS) / (1 - load);
  return { case: `load ${load}`, simulated: mean, halfWidth, theory, tolerance: EXACT };
}

function blockedAtAServer(load: number, room: number, size: ValidationSize): Finding {
  const text = server(load, arrivals(0.8, size), room - 1);
  const { mean, halfWidth } = replicate(REPLICATIONS[size], (replication) => {
    const { sent, lost } = runFlow(text, replication);
    return lost / sent;
  });
  const theory = blockingOfMM1K(load, room);
  return { case: `load ${load}, K = ${room}`, simulated: mean, halfWidth, theory, tolerance: EXACT };
}

/** (1 - r) r^K / (1 - r^(K+1)), as sums so that a load of 1 needs no case of its own. */
function blockingOfMM1K(load: number, room: number): number {
  let weight = 1;
  let sum = 1;
  for (let n = 1; n <= room; n++) {
    weight *= load;
    sum += weight;
  }
  return weight / sum;
}

export const queueing: readonly Validation[] = [
  {
    name: 'M/D/1 waiting time',
    what: 'mean time that packets of 1,000 B wait for a link of 1 Mbit/s',
    formula: 'W = load x s / (2 (1 - load)), s = 8 ms',
    source: 'Pollaczek 1930, Khinchin 1932',
    toleranceReason: NO_SIMPLIFICATION,
    unit: 'time',
    run: (size) => LOADS.map((load) => waitingForALink(load, size)),
  },
  {
    name: 'M/M/1 waiting time',
    what: 'mean time that HTTP requests wait for a server with exponential service times of 10 ms',
    formula: 'W = load x s / (1 - load), s = 10 ms',
    source: 'Erlang 1917; Kleinrock, Queueing Systems I, section 3.2',
    toleranceReason: NO_SIMPLIFICATION,
    unit: 'time',
    run: (size) => LOADS.map((load) => waitingForAServer(load, size)),
  },
  {
    name: 'M/M/1/K blocking',
    what: 'share of HTTP requests that a server with a full queue answers 503 at once',
    formula: 'P = (1 - load) load^K / (1 - load^(K + 1))',
    source: 'Kleinrock, Queueing Systems I, section 3.6',
    toleranceReason: NO_SIMPLIFICATION,
    unit: 'share',
    run: (size) => [
      blockedAtAServer(0.8, 5, size),
      blockedAtAServer(1, 10, size),
      blockedAtAServer(1.5, 5, size),
    ],
  },
];

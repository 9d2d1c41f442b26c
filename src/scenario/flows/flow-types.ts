/** The checked flows, one type a kind: plain, read-only, in base units, as all of the scenario. */
import type { Distribution } from '../../base/distribution.ts';
import type { TimeSeries } from '../data-files.ts';

interface FlowOfAnyKind {
  readonly name: string;
  readonly from: readonly string[];
  /** Name of an instance, CLB, EIP, client or Internet host. */
  readonly to: string;
  readonly timeoutNs?: number;
}

/** Units offered whether or not earlier ones have been answered. */
export interface OpenLoop {
  /** Units per second over all senders: while on, or the mean over the run of one that changes. */
  readonly ratePerSecond: number;
  readonly arrivals: 'constant' | 'poisson' | 'on-off';
  /** Units per second from each instant on; absent: one rate for good. */
  readonly rateSteps?: TimeSeries;
  /** With arrivals `on-off`: lengths of the periods, in ns. */
  readonly onOff?: { readonly on: Distribution; readonly off: Distribution };
}

export interface PingFlow extends FlowOfAnyKind, OpenLoop {
  readonly kind: 'ping';
  /** IP length of an echo. */
  readonly sizeBytes?: number;
}

export interface UdpFlow extends FlowOfAnyKind, OpenLoop {
  readonly kind: 'udp';
  readonly port: number;
  /** Connections the datagrams are spread over. */
  readonly connections: number;
  /** IP length of a datagram; where it is drawn, the mean. */
  readonly sizeBytes?: number;
  readonly sizes?: Distribution;
  /** When each datagram is sent and its IP length, in place of rate, arrivals and size. */
  readonly trace?: TimeSeries;
}

export interface HttpFlow extends FlowOfAnyKind, OpenLoop {
  readonly kind: 'http';
  readonly port: number;
  /** Kept-alive connections the requests are spread over; null: one per request. */
  readonly keptConnections: number | null;
  /** Of a response. */
  readonly sizeBytes?: number;
}

/** What a flow's connections are set to; absent: as the host has it. */
interface Connected {
  readonly port: number;
  /** How a client comes back after a failure; null: it does not. Absent parts have defaults. */
  readonly reconnect: Reconnect | null;
  /** SO_KEEPALIVE; absent parts are those of the host. Null: off. */
  readonly keepalive: Keepalive | null;
  readonly userTimeoutNs?: number;
}

export interface Reconnect {
  readonly delayNs?: number;
  readonly maxDelayNs?: number;
}

export interface Keepalive {
  readonly idleNs?: number;
  readonly intervalNs?: number;
  readonly probes?: number;
}

export interface SessionsFlow extends FlowOfAnyKind, Connected {
  readonly kind: 'sessions';
  /** Sessions to hold; null: as many as arrive. */
  readonly connections: number | null;
  /** New sessions per second. */
  readonly openRatePerSecond?: number;
  readonly arrivals: 'constant' | 'poisson';
  /** Null: only the message that opens a session. */
  readonly heartbeatNs?: number | null;
  /** Of a session, from its establishment; absent: until the end. */
  readonly life?: Distribution;
  readonly sizeBytes?: number;
  readonly responseSizeBytes?: number;
}

export interface BulkFlow extends FlowOfAnyKind, Connected {
  readonly kind: 'tcp';
  readonly connections: number;
  /** Of each connection's transfer; absent: until the end. */
  readonly sizeBytes?: number;
  /** What the application offers over all connections, in bit/s; absent: all that TCP takes. */
  readonly rateBps?: number;
  readonly congestion?: 'cubic' | 'newreno';
}

export interface TracerouteFlow extends FlowOfAnyKind, OpenLoop {
  readonly kind: 'traceroute';
  readonly method: 'udp' | 'icmp';
  readonly maxHops?: number;
  /** Per hop. */
  readonly probes?: number;
}

/** One entry of `traffic`. */
export type TrafficFlow = PingFlow | UdpFlow | HttpFlow | TracerouteFlow | SessionsFlow | BulkFlow;

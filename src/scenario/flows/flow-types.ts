/** The checked flows, one type a kind: plain, read-only, in base units, as all of the scenario. */
import type { Distribution } from '../../base/distribution.ts';
import type { TimeSeries } from '../data-files.ts';

interface FlowOfAnyKind {
  readonly name: string;
  readonly from: readonly string[];
  /** Name of an instance, CLB, EIP, client, Internet host or DNS record. */
  readonly to: string;
  /** What the sending processes do with answers, where `to` is a DNS record. */
  readonly names?: NameUse;
  readonly timeoutNs?: number;
}

export interface NameUse {
  readonly behaviour: 'honour' | 'ignore' | 'pin';
  /** For how long an ignoring process keeps an answer. */
  readonly keptNs?: number;
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

/** What all HTTP flows have, whoever decides when a request is sent. */
interface HttpOfAnyLoop extends FlowOfAnyKind {
  readonly kind: 'http';
  readonly port: number;
  /** Kept-alive connections; null: one per request. */
  readonly pool: HttpPool | null;
  /** Bytes; absent: as the registry has it. */
  readonly requestSize?: Distribution;
  readonly responseSize?: Distribution;
  /** Of one attempt. */
  readonly connectTimeoutNs?: number;
  /** Host header and path of every request. */
  readonly host?: string;
  readonly path?: string;
  /** Absent: one attempt per request. */
  readonly retries?: HttpRetries;
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

export interface DnsFlow extends FlowOfAnyKind, OpenLoop {
  readonly kind: 'dns';
}

export interface HttpPool {
  /** Over all senders. */
  readonly connections: number;
  readonly reuse: 'rotate' | 'recent';
  readonly idleTimeoutNs?: number;
}

/** What is absent comes from the registry; without `perTryTimeoutNs` only the unit's time-out ends an attempt. */
export interface HttpRetries {
  readonly limit?: number;
  readonly perTryTimeoutNs?: number;
  readonly baseIntervalNs?: number;
  readonly maxIntervalNs?: number;
}

export interface OpenHttpFlow extends HttpOfAnyLoop, OpenLoop {}

/** Users who wait for the end of one request, and think, before they send the next. */
export interface ClosedHttpFlow extends HttpOfAnyLoop {
  readonly users: number;
  readonly thinkTime: Distribution;
}

export type HttpFlow = OpenHttpFlow | ClosedHttpFlow;

/** One entry of `traffic`. */
export type TrafficFlow = PingFlow | UdpFlow | HttpFlow | TracerouteFlow | DnsFlow | SessionsFlow | BulkFlow;

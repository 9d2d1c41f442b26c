/** The checked flows, one type a kind: plain, read-only, in base units, as all of the scenario. */
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
interface OpenLoop {
  /** Units per second over all senders. */
  readonly ratePerSecond: number;
  readonly arrivals: 'constant' | 'poisson';
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
  /** IP length of a datagram. */
  readonly sizeBytes?: number;
}

export interface HttpFlow extends FlowOfAnyKind, OpenLoop {
  readonly kind: 'http';
  readonly port: number;
  /** Kept-alive connections the requests are spread over; null: one per request. */
  readonly keptConnections: number | null;
  /** Of a response. */
  readonly sizeBytes?: number;
}

export interface DnsFlow extends FlowOfAnyKind, OpenLoop {
  readonly kind: 'dns';
}

/** One entry of `traffic`. */
export type TrafficFlow = PingFlow | UdpFlow | HttpFlow | DnsFlow;

/** What a host's TCP is set to, read once from the registry; and what an application may set for one connection. */
import type { ParameterValues } from '../base/parameters.ts';

export type CongestionName = 'cubic' | 'newreno';

export interface TcpSettings {
  readonly synRetries: number;
  readonly synLinearTimeouts: number;
  readonly synAckRetries: number;
  readonly retries: number;
  readonly initialRtoNs: number;
  readonly minRtoNs: number;
  readonly maxRtoNs: number;
  readonly mssBytes: number;
  readonly initialWindowSegments: number;
  readonly receiveBufferBytes: number;
  readonly initialReceiveWindowBytes: number;
  readonly hasWindowScaling: boolean;
  readonly hasSack: boolean;
  readonly hasTimestamps: boolean;
  readonly hasTailLossProbe: boolean;
  readonly restartsAfterIdle: boolean;
  readonly discoversPathMtu: boolean;
  readonly minPathMtuBytes: number;
  readonly pathMtuExpiryNs: number;
  readonly congestion: CongestionName;
  readonly reordering: number;
  readonly delayedAckNs: number;
  readonly quickAcks: number;
  readonly invalidAckIntervalNs: number;
  readonly timeWaitNs: number;
  readonly finWaitNs: number;
  readonly keepalive: KeepaliveSettings;
  readonly initialTtl: number;
  readonly ephemeralFirst: number;
  readonly ephemeralLast: number;
}

export interface KeepaliveSettings {
  readonly idleNs: number;
  readonly intervalNs: number;
  readonly probes: number;
}

/** What an application sets for a connection of its own; what it leaves out is as the host has it. */
export interface SocketOptions {
  readonly congestion?: CongestionName;
  /** SO_KEEPALIVE with its times (the host's with `true`); null or absent: no keepalive. */
  readonly keepalive?: KeepaliveSettings | true | null;
  /** TCP_USER_TIMEOUT: how long sent data may stay unacknowledged, in place of the number of retries. */
  readonly userTimeoutNs?: number;
  /** SO_RCVBUF: bounds the window and sets its scale. */
  readonly receiveBufferBytes?: number;
}

export function readTcpSettings(values: ParameterValues): TcpSettings {
  return {
    synRetries: values.get('tcp.syn_retries'),
    synLinearTimeouts: values.get('tcp.syn_linear_timeouts'),
    synAckRetries: values.get('tcp.synack_retries'),
    retries: values.get('tcp.retries'),
    initialRtoNs: values.get('tcp.initial_rto'),
    minRtoNs: values.get('tcp.min_rto'),
    maxRtoNs: values.get('tcp.max_rto'),
    mssBytes: values.get('tcp.mss'),
    initialWindowSegments: values.get('tcp.initial_window'),
    receiveBufferBytes: values.get('tcp.receive_buffer'),
    initialReceiveWindowBytes: values.get('tcp.initial_receive_window'),
    hasWindowScaling: values.get('tcp.window_scaling') > 0,
    hasSack: values.get('tcp.sack') > 0,
    hasTimestamps: values.get('tcp.timestamps') > 0,
    hasTailLossProbe: values.get('tcp.tail_loss_probe') > 0,
    restartsAfterIdle: values.get('tcp.slow_start_after_idle') > 0,
    discoversPathMtu: values.get('tcp.path_mtu_discovery') > 0,
    minPathMtuBytes: values.get('tcp.min_path_mtu'),
    pathMtuExpiryNs: values.get('tcp.path_mtu_expiry'),
    congestion: values.get('tcp.cubic') > 0 ? 'cubic' : 'newreno',
    reordering: values.get('tcp.reordering'),
    delayedAckNs: values.get('tcp.delayed_ack'),
    quickAcks: values.get('tcp.quick_acks'),
    invalidAckIntervalNs: values.get('tcp.invalid_ack_interval'),
    timeWaitNs: values.get('tcp.time_wait'),
    finWaitNs: values.get('tcp.fin_timeout'),
    keepalive: {
      idleNs: values.get('tcp.keepalive_time'),
      intervalNs: values.get('tcp.keepalive_interval'),
      probes: values.get('tcp.keepalive_probes'),
    },
    initialTtl: values.get('ip.initial_ttl'),
    ephemeralFirst: values.get('host.ephemeral_first'),
    ephemeralLast: values.get('host.ephemeral_last'),
  };
}

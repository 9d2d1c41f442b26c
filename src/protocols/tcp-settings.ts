/** What a host's TCP is set to, read once from the registry; and what an application may set for one connection. */
import type { ParameterId, ParameterValues } from '../base/parameters.ts';
import type { TcpProfile } from '../base/tcp-profiles.ts';
import { type IpSettings, readIpSettings } from './ip-settings.ts';

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
  readonly hasRack: boolean;
  readonly restartsAfterIdle: boolean;
  readonly congestion: CongestionName;
  readonly reordering: number;
  readonly delayedAckNs: number;
  readonly quickAcks: number;
  readonly invalidAckIntervalNs: number;
  readonly timeWaitNs: number;
  readonly finWaitNs: number;
  readonly keepalive: KeepaliveSettings;
  readonly initialTtl: number;
  /** What the host's IP does with fragments and path MTUs. */
  readonly ip: IpSettings;
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

/** `profile`: of a host that is not like the others of the scenario. */
export function readTcpSettings(parameters: ParameterValues, profile?: TcpProfile): TcpSettings {
  const values = { get: (id: ParameterId): number => parameters.get(id, profile) };
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
    hasRack: values.get('tcp.rack') > 0,
    restartsAfterIdle: values.get('tcp.slow_start_after_idle') > 0,
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
    ip: readIpSettings(values),
    ephemeralFirst: values.get('host.ephemeral_first'),
    ephemeralLast: values.get('host.ephemeral_last'),
  };
}

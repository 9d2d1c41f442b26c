/** What a host's TCP is set to, read once from the registry. */
import type { ParameterValues } from '../base/parameters.ts';
import { type IpSettings, readIpSettings } from './ip-settings.ts';

export interface TcpSettings {
  readonly synRetries: number;
  readonly synLinearTimeouts: number;
  readonly synAckRetries: number;
  readonly retries: number;
  readonly initialRtoNs: number;
  readonly minRtoNs: number;
  readonly maxRtoNs: number;
  readonly mssBytes: number;
  readonly initialWindowBytes: number;
  readonly receiveWindowBytes: number;
  readonly timeWaitNs: number;
  readonly initialTtl: number;
  /** What the host's IP does with fragments and path MTUs. */
  readonly ip: IpSettings;
  readonly ephemeralFirst: number;
  readonly ephemeralLast: number;
}

export function readTcpSettings(values: ParameterValues): TcpSettings {
  const mssBytes = values.get('tcp.mss');
  return {
    synRetries: values.get('tcp.syn_retries'),
    synLinearTimeouts: values.get('tcp.syn_linear_timeouts'),
    synAckRetries: values.get('tcp.synack_retries'),
    retries: values.get('tcp.retries'),
    initialRtoNs: values.get('tcp.initial_rto'),
    minRtoNs: values.get('tcp.min_rto'),
    maxRtoNs: values.get('tcp.max_rto'),
    mssBytes,
    initialWindowBytes: values.get('tcp.initial_window') * mssBytes,
    receiveWindowBytes: values.get('tcp.receive_window'),
    timeWaitNs: values.get('tcp.time_wait'),
    initialTtl: values.get('ip.initial_ttl'),
    ip: readIpSettings(values),
    ephemeralFirst: values.get('host.ephemeral_first'),
    ephemeralLast: values.get('host.ephemeral_last'),
  };
}

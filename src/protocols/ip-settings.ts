/** What a host's IP is set to, read once from the registry. */
import type { ParameterValues } from '../base/parameters.ts';
import type { AssemblySettings } from './datagram-assembly.ts';

export interface IpSettings {
  readonly fragments: AssemblySettings;
  /** Whether segments, datagrams and echoes that fit are not to be cut on their way. */
  readonly discoversPathMtu: boolean;
  /** Smaller ones are not believed. */
  readonly minPathMtuBytes: number;
  /** How long news of a path's MTU holds. */
  readonly pathMtuExpiryNs: number;
}

export function readIpSettings(values: Pick<ParameterValues, 'get'>): IpSettings {
  return {
    fragments: {
      timeoutNs: values.get('ip.fragment_timeout'),
      memoryBytes: values.get('ip.fragment_memory'),
    },
    discoversPathMtu: values.get('ip.path_mtu_discovery') > 0,
    minPathMtuBytes: values.get('ip.min_path_mtu'),
    pathMtuExpiryNs: values.get('ip.path_mtu_expiry'),
  };
}

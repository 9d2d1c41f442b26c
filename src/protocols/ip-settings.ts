/** What a host's IP is set to, read once from the registry. */
import type { ParameterValues } from '../base/parameters.ts';
import type { AssemblySettings } from './datagram-assembly.ts';

export interface IpSettings {
  readonly fragments: AssemblySettings;
  /** How long news of a path's MTU holds. */
  readonly pathMtuExpiryNs: number;
}

export function readIpSettings(values: ParameterValues): IpSettings {
  return {
    fragments: {
      timeoutNs: values.get('ip.fragment_timeout'),
      memoryBytes: values.get('ip.fragment_memory'),
    },
    pathMtuExpiryNs: values.get('ip.path_mtu_expiry'),
  };
}

/**
 * TCP of kernels other than the one that the registry's defaults describe: for each, what differs, as parameters. A value
 * that a scenario assumes wins over its profile.
 */

export const TCP_PROFILE_NAMES = ['linux-6.6', 'linux-5.10'] as const;
export type TcpProfileName = (typeof TCP_PROFILE_NAMES)[number];

export interface TcpProfile {
  /** Parameter id to value, in base units. */
  readonly values: Readonly<Record<string, number>>;
  /** Where the differences are published. */
  readonly source: string;
}

export const TCP_PROFILES: Readonly<Record<TcpProfileName, TcpProfile>> = {
  'linux-6.6': { values: {}, source: 'Linux 6.6' },
  'linux-5.10': {
    values: { 'tcp.syn_linear_timeouts': 0 },
    source: 'Linux 5.10: net.ipv4.tcp_syn_linear_timeouts came with 6.5, before it every time-out doubles',
  },
};

/** How a node of a CLB probes the servers of a listener. */
import { HealthProber, type ProberOptions } from './health-prober.ts';
import { type HttpCheck, HttpProber } from './http-prober.ts';
import { type CheckStrings, StringProber } from './string-prober.ts';
import type { TcpLayer } from './tcp-layer.ts';

/** `plain`: by what its protocol has to offer, a handshake or the want of an ICMP error. */
export type ListenerProbe =
  | { readonly kind: 'plain' }
  | { readonly kind: 'http'; readonly check: HttpCheck }
  | { readonly kind: 'strings'; readonly strings: CheckStrings };

export const PLAIN_PROBE: ListenerProbe = { kind: 'plain' };

/** `tcp`: whose connections carry HTTP. */
export function newProber(probe: ListenerProbe, tcp: TcpLayer, options: ProberOptions): HealthProber {
  switch (probe.kind) {
    case 'plain':
      return new HealthProber(options);
    case 'http':
      return new HttpProber(tcp, options, probe.check);
    case 'strings':
      return new StringProber(probe.strings, options);
  }
}

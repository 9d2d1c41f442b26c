/** Checked events: when they happen, what they do, and to what; plain, read-only, in base units, as all of the scenario. */

import type { ForwardRule } from '../base/forward-rules.ts';
import type { AccessAddition, AccessSettings } from './access-types.ts';
import type { DnsRecord, DnsValue } from './dns-types.ts';
import type { RouteEntry } from './route-types.ts';
import type {
  ClbBackend,
  ClbCapacity,
  HealthCheck,
  ListenerOptions,
  NatSpecification,
  Scheduler,
  SnatEntry,
} from './scenario.ts';

/** `{uniform}` is drawn per replication; `after` names another event and an offset that may be negative. */
export type EventTime =
  | { readonly kind: 'at'; readonly atNs: number }
  | { readonly kind: 'uniform'; readonly fromNs: number; readonly toNs: number }
  | { readonly kind: 'after'; readonly event: string; readonly offsetNs: number };

export type MachineFault = 'power-off' | 'refuse' | 'hang' | 'error' | 'slow';
export type LinkFault = 'silent' | 'signalled';
/** Of a link `a~b`: `out` is a to b. */
export type Direction = 'in' | 'out' | 'both';

export interface Degradation {
  readonly loss?: number;
  /** Gilbert-Elliott: loss inside a burst, mean lengths of burst and gap in packets. */
  readonly burst?: { readonly loss: number; readonly meanBurst: number; readonly meanGap: number };
  /** Added one-way delay. */
  readonly latencyNs?: number;
  /** Uniform from 0 to this, added. */
  readonly jitterNs?: number;
  readonly rateBps?: number;
  readonly corrupt?: number;
  readonly reorder?: number;
  /** Share of connections touched, by a stable hash; absent: all. */
  readonly share?: number;
}

/** What a name of the scenario covers when it is failed: machines and links by their part names. */
export interface FaultTarget {
  readonly name: string;
  readonly devices: readonly string[];
  readonly links: readonly string[];
}

export type Action =
  | {
      readonly verb: 'fail';
      readonly targets: readonly FaultTarget[];
      readonly machineFault: MachineFault;
      readonly linkFault: LinkFault;
      readonly direction: Direction;
    }
  | { readonly verb: 'restore'; readonly targets: readonly FaultTarget[] }
  | {
      readonly verb: 'flap';
      readonly targets: readonly FaultTarget[];
      readonly machineFault: MachineFault;
      readonly linkFault: LinkFault;
      readonly direction: Direction;
      readonly downNs: number;
      readonly upNs: number;
      readonly times: number;
    }
  | {
      readonly verb: 'degrade';
      readonly targets: readonly FaultTarget[];
      readonly degradation: Degradation;
      readonly direction: Direction;
    }
  | { readonly verb: 'set'; readonly path: string; readonly attributes: SetAttributes }
  | { readonly verb: 'associate'; readonly eip: string; readonly target: string }
  | { readonly verb: 'disassociate'; readonly eip: string }
  /** `eip`: the static public IP that becomes an EIP. */
  | { readonly verb: 'convert'; readonly eip: string }
  | {
      readonly verb: 'add';
      readonly path: string;
      /** Of a server or of a value of a DNS record. */
      readonly weight: number;
      readonly access?: AccessAddition;
      readonly route?: RouteEntry;
      /** On a NAT gateway. */
      readonly snatEntry?: SnatEntry;
      readonly forwardEntry?: ForwardRule;
      /** Of an EIP that joins a bandwidth plan. */
      readonly planCapBps?: number;
    }
  | { readonly verb: 'remove'; readonly path: string };

/** Terraform attributes that can change while running; those absent stay as they are. */
export interface SetAttributes {
  /** On an EIP or a bandwidth plan. */
  readonly bandwidthBps?: number;
  /** On an EIP in a bandwidth plan (`plan/front-ip`). */
  readonly planCapBps?: number;
  /** On a CLB listener. */
  readonly scheduler?: Scheduler;
  readonly healthCheck?: HealthCheck;
  readonly weights?: readonly ClbBackend[];
  readonly options?: ListenerOptions;
  /** On a CLB. */
  readonly capacity?: ClbCapacity;
  /** On a server of a listener (`front/web/web-1`). */
  readonly weight?: number;
  /** On an SNAT entry (`out/app-out`): names of EIPs. */
  readonly snatIp?: readonly string[];
  /** On a NAT gateway. */
  readonly specification?: NatSpecification;
  /** On a DNS record. */
  readonly record?: {
    readonly ttlSeconds?: number;
    readonly policy?: DnsRecord['policy'];
    readonly values?: readonly DnsValue[];
  };
  /** On a network ACL, a security group, an entry or rule of these, or on an instance. */
  readonly access?: AccessSettings;
}

export interface ScenarioEvent {
  readonly name: string;
  readonly time: EventTime;
  readonly action: Action;
  /** The verb and its object as written: `fail web-1 (refuse)`. */
  readonly text: string;
}

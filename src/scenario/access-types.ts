/** Network ACLs, and what changes them and security groups while running, of the checked scenario. */
import type { Cidr } from '../base/ipv4.ts';
import type { SecurityGroupRule } from './scenario.ts';

export interface NetworkAcl {
  readonly name: string;
  readonly vpc: string;
  /** In the order in which they are asked. */
  readonly ingress: readonly NetworkAclEntry[];
  readonly egress: readonly NetworkAclEntry[];
  /** Names of the vSwitches it is attached to. */
  readonly vswitches: readonly string[];
}

export interface NetworkAclEntry {
  readonly name: string;
  readonly protocol: SecurityGroupRule['protocol'];
  /** Destination ports; 0 to 65535 for icmp and all. */
  readonly firstPort: number;
  readonly lastPort: number;
  readonly policy: 'accept' | 'drop';
  /** Source of ingress, destination of egress. */
  readonly peer: Cidr;
}

/** What an event sets on one of these; absent: stays as it is. */
export type AccessSettings =
  | {
      readonly kind: 'network-acl';
      readonly ingress?: readonly NetworkAclEntry[];
      readonly egress?: readonly NetworkAclEntry[];
      /** Names of all vSwitches it is attached to from then on. */
      readonly vswitches?: readonly string[];
    }
  | { readonly kind: 'network-acl-entry'; readonly policy: 'accept' | 'drop' }
  | { readonly kind: 'security-group'; readonly innerAccessPolicy: 'Accept' | 'Drop' }
  | {
      readonly kind: 'security-group-rule';
      readonly policy?: 'accept' | 'drop';
      readonly priority?: number;
    }
  | { readonly kind: 'instance'; readonly securityGroups: readonly string[] };

/** What an event adds. */
export type AccessAddition =
  | { readonly kind: 'network-acl-entry'; readonly isIngress: boolean; readonly entry: NetworkAclEntry }
  | { readonly kind: 'security-group-rule'; readonly rule: SecurityGroupRule };

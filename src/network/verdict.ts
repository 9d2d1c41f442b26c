/**
 * A device's answer to one packet, as one integer:
 *
 *   bits 31..2: interface (forward) or drop reason (drop)    bits 1..0: kind
 */
import type { DropReason } from './drop-reason.ts';
import type { IfaceId } from './ids.ts';

declare const brand: unique symbol;
export type Verdict = number & { readonly [brand]: 'Verdict' };

export const FORWARD = 0;
const DELIVERED = 1;
const CONSUMED = 2;
export const DROPPED = 3;

/** Accepted by a traffic endpoint. */
export const DELIVER = DELIVERED as Verdict;
/** Ended in a device on purpose: a probe, a routing protocol, a proxied connection. */
export const CONSUME = CONSUMED as Verdict;

export function forward(iface: IfaceId): Verdict {
  return ((iface << 2) | FORWARD) as Verdict;
}

export function drop(reason: DropReason): Verdict {
  return ((reason << 2) | DROPPED) as Verdict;
}

export function verdictKind(verdict: Verdict): number {
  return verdict & 3;
}

export function verdictIface(verdict: Verdict): IfaceId {
  return (verdict >> 2) as IfaceId;
}

export function verdictReason(verdict: Verdict): DropReason {
  return (verdict >> 2) as DropReason;
}

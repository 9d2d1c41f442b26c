/** What a NAT gateway and the controller of its region say to each other, as content of UDP datagrams. */
import type { Cause } from '../network/observer.ts';

export type NatMessage =
  | { readonly kind: 'nat-hello' | 'nat-answer'; readonly node: string; readonly sequence: number }
  | {
      readonly kind: 'nat-activate';
      readonly node: string;
      /** Counts the decisions of the controller about this gateway. */
      readonly term: number;
      readonly cause: Cause | null;
    }
  | { readonly kind: 'nat-active'; readonly node: string };

export const NAT_CONTROL_PORT = 3700;
export const NAT_MESSAGE_BYTES = 32;

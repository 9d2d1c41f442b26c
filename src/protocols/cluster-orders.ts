/** Heartbeats between a controller and the nodes of its clusters: what travels on the management network. */
import type { Cause } from '../network/observer.ts';

/** UDP port of both ends. */
export const ORDER_PORT = 3601;
export const ORDER_BYTES = 32;

/** From the controller: who is to have the address, once it has decided. Epoch 0 is no order yet. */
export interface ClusterOrder {
  readonly kind: 'cluster-order';
  readonly isToAnnounce: boolean;
  readonly epoch: number;
  readonly cause: Cause | null;
}

/** The node's answer. */
export interface NodeState {
  readonly kind: 'node-state';
  readonly isAnnouncing: boolean;
  readonly epoch: number;
}

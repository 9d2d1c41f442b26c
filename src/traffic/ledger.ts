/**
 * What workloads report about the units they offer; the recorder implements it. A unit is numbered within its flow,
 * in send order. Times are the engine's; latency is the unit's completion less its offer.
 */
import type { FlowId } from '../network/ids.ts';

/** How a unit failed when no packet was dropped on its behalf. */
export const FAILURES = [
  'refused',
  'reset',
  'connect-timeout',
  'response-timeout',
  'status-5xx',
  'status-502',
  'status-503',
  'status-504',
  'name-error',
] as const;
export type Failure = (typeof FAILURES)[number];

/** What a balancer answers: known for sure, whatever was dropped behind it. */
export const BALANCER_ANSWERS: ReadonlySet<Failure> = new Set(['status-502', 'status-503', 'status-504']);

export interface Ledger {
  /** A unit is offered now on connection `slot` (NONE when it opens one of its own). Returns its number. */
  offer(flow: FlowId, slot: number): number;
  /** A connection (5-tuple) was opened for the flow. Returns its number within the flow. */
  openConnection(flow: FlowId): number;
  /** The unit is carried by the connection in this place from now on; before it had none, or another. */
  place(flow: FlowId, unit: number, slot: number): void;
  /** The unit is tried again; `isFirst`: for the first time. */
  retry(flow: FlowId, unit: number, isFirst: boolean): void;
  /** The connection has been established and is a session of the flow from now on. */
  openSession(flow: FlowId, connection: number): void;
  /** The session has exchanged data. */
  useSession(flow: FlowId, connection: number): void;
  /** The session was closed in order. */
  completeSession(flow: FlowId, connection: number): void;
  /** The session is lost; `unit` (or NONE) is under way on it, and to be failed after this. */
  breakSession(flow: FlowId, connection: number, unit: number): void;
  /** Complete: `bytes` of application data arrived. */
  deliver(flow: FlowId, unit: number, bytes: number): void;
  /** Given up. Ignored when the unit is already resolved. */
  fail(flow: FlowId, unit: number, failure: Failure): void;
}

/**
 * The pending events of one simulation, in the order they will run: by time, and within one time by sequence
 * number. The engine draws the sequence numbers; a queue neither draws nor interprets them, nor handlers and arguments.
 *
 * An event is four numbers, never an object: a run has hundreds of millions of them. For the same reason `pop`
 * answers into fields, which hold the event until the next `pop`.
 *
 * Sequence order is not push order. A link reserves a packet's number when the packet enters and pushes the event
 * only once the packet heads the line, so a push may belong before events already queued at the same time.
 */
export interface EventQueue {
  /** Events waiting. */
  readonly size: number;
  /**
   * Adds an event. `timeNs` is a safe integer, not before the last event popped (the engine sees to it); `sequence` is a
   * safe integer that no waiting event of that time has; `handler` and `argument` are 32-bit signed integers.
   */
  push(timeNs: number, sequence: number, handler: number, argument: number): void;
  /**
   * Takes the earliest event and leaves it in the four fields below; false, with the fields as they were, when there
   * is none due before `untilNs` (Infinity unless given).
   */
  pop(untilNs?: number): boolean;
  readonly timeNs: number;
  readonly sequence: number;
  readonly handler: number;
  readonly argument: number;
}

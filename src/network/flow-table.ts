/**
 * Who packets are billed to: the scenario's flows first, in file order, then one flow per detector (a prober, a
 * protocol session). Detectors read from here which event their last misses or answers are to be blamed on.
 */
import { NONE } from '../base/brand.ts';
import { nameHash } from './fingerprint.ts';
import type { FlowId } from './ids.ts';

export class FlowTable {
  readonly names: string[] = [];
  readonly nameHashes: number[] = [];
  /** True for entries of `traffic`, false for detectors. */
  readonly isTraffic: boolean[] = [];
  private readonly missEvent: number[] = [];
  private readonly delayEvent: number[] = [];
  private readonly answerEvent: number[] = [];
  /** Event number to the order in which it happened; the latest mark wins. */
  private readonly happened: number[] = [];
  private happenedCount = 0;

  add(name: string, isTraffic: boolean): FlowId {
    this.names.push(name);
    this.nameHashes.push(nameHash(name));
    this.isTraffic.push(isTraffic);
    this.missEvent.push(NONE);
    this.delayEvent.push(NONE);
    this.answerEvent.push(NONE);
    return (this.names.length - 1) as FlowId;
  }

  /** An event of the scenario takes place: from now on its marks are the latest. */
  eventHappens(event: number): void {
    this.happened[event] = this.happenedCount++;
  }

  /** Something the event did dropped a packet of the flow, or left it unanswered. */
  markMiss(flow: FlowId, event: number): void {
    if (this.isLater(event, this.missEvent[flow] as number)) this.missEvent[flow] = event;
  }

  /** Something the event did delayed a packet of the flow; a miss has that cause only for want of a better one. */
  markDelay(flow: FlowId, event: number): void {
    if (this.isLater(event, this.delayEvent[flow] as number)) this.delayEvent[flow] = event;
  }

  /** Something the event restored or changed carried or answered a packet of the flow. */
  markAnswer(flow: FlowId, event: number): void {
    if (this.isLater(event, this.answerEvent[flow] as number)) this.answerEvent[flow] = event;
  }

  /** A detector starts over: a new probe, a new hello. */
  clearMarks(flow: FlowId): void {
    this.missEvent[flow] = NONE;
    this.delayEvent[flow] = NONE;
    this.answerEvent[flow] = NONE;
  }

  missOf(flow: FlowId): number {
    const event = this.missEvent[flow] as number;
    return event === NONE ? (this.delayEvent[flow] as number) : event;
  }

  answerOf(flow: FlowId): number {
    return this.answerEvent[flow] as number;
  }

  /** True when `event` happened at or after `other`; anything is later than NONE. */
  isLater(event: number, other: number): boolean {
    if (event === NONE) return false;
    return other === NONE || (this.happened[event] ?? 0) >= (this.happened[other] ?? 0);
  }
}

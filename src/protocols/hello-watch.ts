/**
 * Watches one peer by what it hears: while it is up it says hello every interval, and a peer that was not heard for the
 * hold time is lost. It is told of what arrives; what it sends is the owner's affair. Both directions are billed to one
 * flow, whose marks tell what kept the peer silent or brought it back.
 */
import { NONE } from '../base/brand.ts';
import type { DeviceContext, DeviceTimer } from '../network/device.ts';
import type { FlowId } from '../network/ids.ts';
import type { Cause } from '../network/observer.ts';

export interface HelloTimers {
  readonly intervalNs: number;
  readonly holdNs: number;
}

export interface HelloWatchOptions {
  readonly context: DeviceContext;
  readonly flow: FlowId;
  readonly timers: HelloTimers;
  /** Timer tokens: of the next hello, of the end of the hold time. */
  readonly helloToken: number;
  readonly holdToken: number;
  sayHello(): void;
  onLost(cause: Cause | null): void;
}

export class HelloWatch {
  isUp = false;
  private readonly options: HelloWatchOptions;
  private readonly hello: DeviceTimer;
  private readonly hold: DeviceTimer;

  constructor(options: HelloWatchOptions) {
    this.options = options;
    this.hello = options.context.newTimer(options.helloToken);
    this.hold = options.context.newTimer(options.holdToken);
  }

  /** Says hello from `firstNs` on, and counts the peer as lost if it is not heard within the hold time. */
  start(firstNs: number): void {
    const { context, timers } = this.options;
    context.arm(this.hello, firstNs);
    context.arm(this.hold, context.now() + timers.holdNs);
  }

  /** Says and expects nothing any more. */
  stop(): void {
    const { context, flow } = this.options;
    this.isUp = false;
    context.disarm(this.hello);
    context.disarm(this.hold);
    context.flows.clearMarks(flow);
  }

  /** The peer was heard; answers what its return is due to, if it was not up. */
  hear(): Cause | null {
    const { context, flow, timers } = this.options;
    const event = context.flows.answerOf(flow);
    context.flows.clearMarks(flow);
    context.arm(this.hold, context.now() + timers.holdNs);
    if (this.isUp) return null;
    this.isUp = true;
    return event === NONE ? null : { event, chain: [] };
  }

  onHello(): void {
    const { context, timers, sayHello } = this.options;
    context.arm(this.hello, context.now() + timers.intervalNs);
    sayHello();
  }

  onHold(): void {
    const { context, flow, onLost } = this.options;
    this.isUp = false;
    const event = context.flows.missOf(flow);
    onLost(event === NONE ? null : { event, chain: [] });
  }
}

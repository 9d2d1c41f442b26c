/**
 * One end that asks another, on and on, whether it is there. A hello is missed when no answer has come by the time the
 * next one is due; so many misses in a row and the far end counts as down, so many answers and it is up again.
 * The first answer of all is enough to be up. Owns the count and its cause; packets are the owner's.
 */
import { NONE } from '../base/brand.ts';
import type { DeviceContext, DeviceTimer } from '../network/device.ts';
import type { FlowId } from '../network/ids.ts';
import type { Cause } from '../network/observer.ts';

export interface HeartbeatSettings {
  readonly intervalNs: number;
  readonly missLimit: number;
  readonly answerLimit: number;
}

export class HeartbeatProber {
  isUp = false;
  /** Of the last hello. */
  sequence = 0;
  readonly flow: FlowId;
  private readonly context: DeviceContext;
  private readonly settings: HeartbeatSettings;
  private readonly timer: DeviceTimer;
  private readonly send: () => void;
  private readonly onVerdict: (isUp: boolean, cause: Cause | null) => void;
  private isComingUp = false;
  private isKnown = false;
  private isWaiting = false;
  private misses = 0;
  private answers = 0;
  /** Event to blame for the present run of misses or answers. */
  private runEvent = NONE;

  constructor(options: {
    context: DeviceContext;
    flow: FlowId;
    settings: HeartbeatSettings;
    timerToken: number;
    send(): void;
    onVerdict(isUp: boolean, cause: Cause | null): void;
  }) {
    this.context = options.context;
    this.flow = options.flow;
    this.settings = options.settings;
    this.timer = options.context.newTimer(options.timerToken);
    this.send = options.send;
    this.onVerdict = options.onVerdict;
  }

  /** Known to be; neither up nor down before the first verdict. */
  get isDown(): boolean {
    return this.isKnown && !this.isUp;
  }

  start(): void {
    this.isKnown = this.isUp = this.isWaiting = false;
    this.misses = this.answers = 0;
    this.runEvent = NONE;
    this.setComingUp(true);
    const phase = this.context.random(`phase ${this.context.flows.names[this.flow]}`).uniform();
    this.context.arm(this.timer, this.context.now() + Math.floor(phase * this.settings.intervalNs));
  }

  stop(): void {
    this.setComingUp(false);
    this.context.disarm(this.timer);
  }

  onTimer(): void {
    if (this.isWaiting) this.conclude(false);
    this.sequence++;
    this.isWaiting = true;
    this.context.flows.clearMarks(this.flow);
    this.context.arm(this.timer, this.context.now() + this.settings.intervalNs);
    this.send();
  }

  receiveAnswer(sequence: number): void {
    if (!this.isWaiting || sequence !== this.sequence) return;
    this.isWaiting = false;
    this.conclude(true);
  }

  private conclude(isAnswer: boolean): void {
    const { flows } = this.context;
    const event = isAnswer ? flows.answerOf(this.flow) : flows.missOf(this.flow);
    if ((isAnswer ? this.answers : this.misses) === 0) this.runEvent = NONE;
    if (flows.isLater(event, this.runEvent)) this.runEvent = event;
    this.answers = isAnswer ? this.answers + 1 : 0;
    this.misses = isAnswer ? 0 : this.misses + 1;
    const { missLimit, answerLimit } = this.settings;
    if (this.answers >= (this.isKnown ? answerLimit : 1)) this.enter(true);
    else if (this.misses >= missLimit) this.enter(false);
  }

  private enter(isUp: boolean): void {
    if (this.isKnown && this.isUp === isUp) return;
    this.isKnown = true;
    this.isUp = isUp;
    this.setComingUp(false);
    this.onVerdict(isUp, this.runEvent === NONE ? null : { event: this.runEvent, chain: [] });
  }

  private setComingUp(isComingUp: boolean): void {
    if (this.isComingUp === isComingUp) return;
    this.isComingUp = isComingUp;
    this.context.comingUp(isComingUp);
  }
}

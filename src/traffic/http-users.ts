/**
 * HTTP in a closed loop: each user sends a request, waits until it is answered or lost, thinks, and sends the next.
 * Users are dealt to the senders in turn; each begins at a random moment of one mean think time.
 */
import { type Distribution, meanOf, sample } from '../base/distribution.ts';
import type { RandomStream } from '../base/random.ts';
import { MICROSECOND_NS } from '../base/units.ts';
import type { HandlerId } from '../engine/engine.ts';
import { HttpClient, type HttpSettings } from './http-client.ts';
import type { Workload, WorkloadOptions } from './workload.ts';

export interface UserSettings {
  readonly users: number;
  readonly thinkTime: Distribution;
  /** A user whose request was lost sends the next no sooner than this after it: even failing takes a program time. */
  readonly failurePauseNs: number;
}

/** Between two requests of a user, where the network takes no time at all: time must go on. */
const LEAST_GAP_NS = MICROSECOND_NS;

export class HttpUsers implements Workload {
  private readonly options: WorkloadOptions;
  private readonly settings: UserSettings;
  private readonly client: HttpClient;
  private readonly offerHandler: HandlerId;
  private readonly thinking: RandomStream;
  /** When each user sent its last request. */
  private readonly offeredNs: Float64Array;
  private endNs = 0;

  constructor(options: WorkloadOptions, settings: UserSettings, http: HttpSettings) {
    this.options = options;
    this.settings = settings;
    this.client = new HttpClient(options, http, (user, isDelivered) => this.think(user, isDelivered));
    this.offerHandler = options.engine.register((user) => this.offer(user));
    this.thinking = options.streams.stream(options.name, 'think time');
    this.offeredNs = new Float64Array(settings.users);
  }

  start(spanNs: number): void {
    const { engine, streams, name } = this.options;
    const { users, thinkTime } = this.settings;
    const beginning = streams.stream(name, 'start of users');
    this.endNs = engine.nowNs + spanNs;
    for (let user = 0; user < users; user++) {
      this.offerAt(engine.nowNs + Math.floor(beginning.uniform() * meanOf(thinkTime)), user);
    }
  }

  private offer(user: number): void {
    const { engine, senders } = this.options;
    this.offeredNs[user] = engine.nowNs;
    this.client.offer(user % senders.length, user);
  }

  private think(user: number, isDelivered: boolean): void {
    const { thinkTime, failurePauseNs } = this.settings;
    const thoughtNs = this.options.engine.nowNs + Math.round(sample(thinkTime, this.thinking));
    const leastNs = isDelivered ? LEAST_GAP_NS : failurePauseNs;
    this.offerAt(Math.max(thoughtNs, (this.offeredNs[user] as number) + leastNs), user);
  }

  private offerAt(timeNs: number, user: number): void {
    if (timeNs < this.endNs) this.options.engine.schedule(timeNs, this.offerHandler, user);
  }
}

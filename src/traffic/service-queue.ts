/**
 * The work of one service: requests are worked on a few at a time, others wait in order of arrival, some are turned
 * away. Owns time and order; knows nothing of connections: work that was begun is finished, whoever still waits for it.
 *
 *   arrival --- a worker is free ---------------> working --- its work is done ---> done
 *           --- there is room ---> waiting --- a worker gets free ---^
 *                                          --- waited too long --------------------> refused
 *           --- neither ----------------------------------------------------------> refused
 */
import { type Distribution, sample } from '../base/distribution.ts';
import { type InLine, Line } from '../base/line.ts';
import type { RandomStream } from '../base/random.ts';
import type { Engine } from '../engine/engine.ts';
import { type TimerId, Timers } from '../engine/timers.ts';

export interface ServiceQueueSettings {
  /** Work of one request, in ns. */
  readonly serviceTime: Distribution;
  /** Requests worked on at a time; infinite without a limit, as are the next two. */
  readonly concurrency: number;
  /** Requests that may wait. */
  readonly queue: number;
  readonly queueTimeoutNs: number;
}

interface Job<T> extends InLine<Job<T>> {
  readonly request: T;
  /** Drawn at arrival, so that other settings of the queue move no draw. */
  readonly workNs: number;
  readonly timer: TimerId;
  isWorking: boolean;
}

export class ServiceQueue<T> {
  /** Requests worked on now. */
  busy = 0;
  private readonly engine: Engine;
  private readonly settings: ServiceQueueSettings;
  private readonly random: RandomStream;
  private readonly onEnd: (request: T, isDone: boolean) => void;
  private readonly timers: Timers;
  /** By timer. */
  private readonly jobs: (Job<T> | null)[] = [];
  private readonly line = new Line<Job<T>>();

  /** `onEnd` hears of every request once: done, or refused for want of room or time. */
  constructor(
    engine: Engine,
    settings: ServiceQueueSettings,
    random: RandomStream,
    onEnd: (request: T, isDone: boolean) => void,
  ) {
    this.engine = engine;
    this.settings = settings;
    this.random = random;
    this.onEnd = onEnd;
    this.timers = new Timers(engine, (timer) => this.onTimer(timer));
  }

  /** Requests that wait now. */
  get waiting(): number {
    return this.line.length;
  }

  /** `extraNs` of work on top of what is drawn. */
  arrive(request: T, extraNs: number): void {
    const { serviceTime, concurrency, queue, queueTimeoutNs } = this.settings;
    const workNs = Math.round(sample(serviceTime, this.random)) + extraNs;
    const isWorking = this.busy < concurrency;
    if (!isWorking && this.line.length >= queue) {
      this.onEnd(request, false);
      return;
    }
    const timer = this.timers.create();
    const job: Job<T> = { request, workNs, timer, isWorking, previous: null, next: null };
    this.jobs[timer] = job;
    if (isWorking) this.begin(job);
    else {
      this.line.append(job);
      if (queueTimeoutNs < Number.POSITIVE_INFINITY) this.armIn(timer, queueTimeoutNs);
    }
  }

  /** The process died: what it worked on and what waited is gone, and nobody hears of it. */
  clear(): void {
    for (const job of this.jobs) if (job !== null) this.forget(job);
    while (this.line.takeFirst() !== null);
    this.busy = 0;
  }

  private begin(job: Job<T>): void {
    this.busy++;
    job.isWorking = true;
    this.armIn(job.timer, job.workNs);
  }

  private onTimer(timer: TimerId): void {
    const job = this.jobs[timer] as Job<T>;
    this.forget(job);
    if (job.isWorking) {
      this.busy--;
      const next = this.line.takeFirst();
      if (next !== null) this.begin(next);
    } else this.line.remove(job);
    this.onEnd(job.request, job.isWorking);
  }

  private forget({ timer }: Job<T>): void {
    this.jobs[timer] = null;
    this.timers.free(timer);
  }

  private armIn(timer: TimerId, delayNs: number): void {
    this.timers.arm(timer, this.engine.nowNs + delayNs);
  }
}

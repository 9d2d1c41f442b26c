/** When the events of a scenario happen in one replication, and the windows of scoped expectations. */
import { present } from '../base/assert.ts';
import type { RandomStreams } from '../base/random.ts';
import type { EventPlan, ScopePlan } from '../measure/plan.ts';
import { isDeviceOf, type Parts } from '../scenario/parts.ts';
import type { Expectation, Scenario, ScenarioEvent, Scope, ScopeTime } from '../scenario/scenario.ts';

export class Timeline {
  private readonly scenario: Scenario;
  private readonly streams: RandomStreams;
  private readonly times = new Map<string, number>();

  constructor(scenario: Scenario, streams: RandomStreams) {
    this.scenario = scenario;
    this.streams = streams;
    for (const { name } of scenario.events) this.timeOf(name);
  }

  /** In ns from 0 s; an event that its offset puts before 0 s happens at 0 s. */
  timeOf(name: string): number {
    const known = this.times.get(name);
    if (known !== undefined) return known;
    const event = present(
      this.scenario.events.find((candidate) => candidate.name === name),
      `no event ${name} in the scenario`,
    );
    const timeNs = Math.max(0, this.resolve(event));
    this.times.set(name, timeNs);
    return timeNs;
  }

  private resolve({ name, time }: ScenarioEvent): number {
    switch (time.kind) {
      case 'at':
        return time.atNs;
      case 'uniform':
        return time.fromNs + this.streams.stream(name, 'at').below(time.toNs - time.fromNs + 1);
      case 'after':
        return this.timeOf(time.event) + time.offsetNs;
    }
  }

  planEvents(): EventPlan[] {
    return this.scenario.events.map((event) => {
      const atNs = this.timeOf(event.name);
      const isInTime = atNs < this.scenario.durationNs;
      return { name: event.name, what: event.text, atNs: isInTime ? atNs : null, targets: targetsOf(event) };
    });
  }

  scopeTime(time: ScopeTime): number {
    switch (time.kind) {
      case 'at':
        return time.atNs;
      case 'after':
        return this.timeOf(time.event) + time.offsetNs;
      case 'end':
        return this.scenario.durationNs;
    }
  }

  /** The window of an expectation. `holds` decides for `by`. */
  planScope(
    expectation: Expectation,
    parts: Parts,
    holds: (expectation: Expectation) => NonNullable<ScopePlan['holds']>,
  ): ScopePlan {
    const { subject, name, direction, scope } = expectation;
    const devices = parts.devices.flatMap((part) => (isDeviceOf(part.name, name) ? [part.name] : []));
    return {
      subject,
      name,
      direction,
      ...this.window(scope),
      ...(scope.kind === 'by' ? { holds: holds(expectation) } : {}),
      ...(subject === 'resource' || name !== 'all' ? { devices } : {}),
    };
  }

  private window(scope: Scope): Pick<ScopePlan, 'kind' | 'fromNs' | 'toNs'> {
    const { durationNs } = this.scenario;
    switch (scope.kind) {
      case 'whole':
        return { kind: 'window', fromNs: 0, toNs: durationNs };
      case 'at':
        return { kind: 'at', fromNs: 0, toNs: this.scopeTime(scope.at) };
      case 'during':
        return { kind: 'window', fromNs: this.scopeTime(scope.from), toNs: this.scopeTime(scope.to) };
      case 'before':
        return { kind: 'window', fromNs: 0, toNs: this.scopeTime(scope.to) };
      case 'after':
        return {
          kind: 'window',
          fromNs: this.scopeTime(scope.from),
          toNs: this.nextEvent(this.scopeTime(scope.from)),
        };
      case 'by':
        return { kind: 'by', fromNs: 0, toNs: this.scopeTime(scope.at) };
    }
  }

  private nextEvent(afterNs: number): number {
    const later = [...this.times.values()].filter((timeNs) => timeNs > afterNs);
    return Math.min(this.scenario.durationNs, ...later);
  }
}

/** Names by which two events are about the same thing. */
function targetsOf({ action }: ScenarioEvent): string[] {
  switch (action.verb) {
    case 'fail':
    case 'restore':
    case 'flap':
    case 'degrade':
      return action.targets.flatMap(({ name, devices, links }) => [name, ...devices, ...links]);
    case 'set':
    case 'add':
    case 'remove':
      return [action.path];
    case 'associate':
    case 'disassociate':
    case 'convert':
      return [action.eip];
  }
}

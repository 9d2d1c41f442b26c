/** Events: one verb each, with the options it takes, lowered to the parts and attributes it acts on. */
import { parseQuantity } from '../base/units.ts';
import type { Check } from './check.ts';
import { eventTimeOf } from './event-times.ts';
import type { Reconfigurations } from './lower-reconfigurations.ts';
import type { Limits } from './reading.ts';
import { integerOf, limitedQuantity, numberOf, optional, textOf, wordOf } from './reading.ts';
import type {
  Action,
  Degradation,
  Direction,
  FaultTarget,
  LinkFault,
  MachineFault,
  ScenarioEvent,
} from './scenario.ts';
import type { ResolvedTarget, Targets } from './targets.ts';
import type { MapNode, Tree } from './tree.ts';
import { child, entriesOf, formatTree } from './tree.ts';
import type { Verb } from './verbs.ts';
import { DEGRADATIONS, LINK_FAULTS, MACHINE_FAULTS, VERBS } from './verbs.ts';

/** Kinds of machines whose service can fail while they run. */
const HOST_KINDS: ReadonlySet<string | undefined> = new Set([
  'instance',
  'network-interface',
  'internet-host',
]);

export function lowerEvents(
  check: Check,
  targets: Targets,
  reconfigurations: Reconfigurations,
): ScenarioEvent[] {
  const degraded = namesIn(check, targets, ['degrade']);
  const broken = namesIn(check, targets, ['fail', 'flap', 'degrade']);
  return check.names.inSections('events').flatMap(({ name, span, value }) => {
    if (value.kind !== 'map') return [];
    const time = eventTimeOf(check, child(value, 'at'));
    const verb = verbOf(check, name, span, value);
    if (verb === undefined) return [];
    checkOptions(check, verb, value);
    const action = new EventReader(check, targets, reconfigurations, value, { degraded, broken }).action(
      verb,
    );
    if (time === undefined || action === undefined) return [];
    return [{ name, time, action, text: describeEvent(verb, value) }];
  });
}

/** Names that some event breaks in one of some ways. */
function namesIn(check: Check, targets: Targets, verbs: readonly Verb[]): ReadonlySet<string> {
  const nodes = check.names
    .inSections('events')
    .flatMap(({ value }) => verbs.map((verb) => child(value, verb)));
  return new Set(nodes.flatMap((node) => targets.read(node).map((target) => target.name)));
}

function verbOf(
  check: Check,
  name: string,
  span: { start: number; end: number },
  value: MapNode,
): Verb | undefined {
  const found = (Object.keys(VERBS) as Verb[]).filter((verb) => value.entries.has(verb));
  const [verb, second] = found;
  if (verb !== undefined && second === undefined) return verb;
  const at = second === undefined ? span : (value.entries.get(second)?.keySpan ?? span);
  const message =
    second === undefined ? `event '${name}' has no verb` : `event '${name}' has ${found.length} verbs`;
  check.diagnostics.error('exactly-one', at, message, {
    expected: `exactly one of ${Object.keys(VERBS).join(', ')}`,
  });
  return undefined;
}

function checkOptions(check: Check, verb: Verb, value: MapNode): void {
  const takes: readonly string[] = VERBS[verb];
  const everyOption = new Set<string>(Object.values(VERBS).flat());
  for (const { key, keySpan } of entriesOf(value)) {
    if (!everyOption.has(key) || takes.includes(key)) continue;
    check.diagnostics.error('unknown-option', keySpan, `'${key}' is no option of ${verb}`, {
      expected: takes.length === 0 ? `nothing beside ${verb} and at` : `only ${takes.join(', ')}`,
    });
  }
}

/** `fail web-1 (refuse)`, `set front-ip bandwidth=10Mbps`. */
function describeEvent(verb: Verb, value: MapNode): string {
  const node = value.entries.get(verb)?.value;
  const object =
    node?.kind === 'list'
      ? node.items.map(formatTree).join(', ')
      : node === undefined
        ? ''
        : formatTree(node);
  const words = [verb, object];
  for (const { key, value: option } of entriesOf(value)) {
    if (key === 'how') words.push(`(${formatTree(option)})`);
    else if (key === 'with') words.push('with', formatTree(option));
    else if (key !== verb && key !== 'at') words.push(`${key}=${formatTree(option)}`);
  }
  return words.join(' ');
}

interface Broken {
  readonly degraded: ReadonlySet<string>;
  readonly broken: ReadonlySet<string>;
}

class EventReader {
  private readonly check: Check;
  private readonly targets: Targets;
  private readonly reconfigurations: Reconfigurations;
  private readonly value: MapNode;
  private readonly others: Broken;

  constructor(
    check: Check,
    targets: Targets,
    reconfigurations: Reconfigurations,
    value: MapNode,
    others: Broken,
  ) {
    this.check = check;
    this.targets = targets;
    this.reconfigurations = reconfigurations;
    this.value = value;
    this.others = others;
  }

  action(verb: Verb): Action | undefined {
    switch (verb) {
      case 'fail':
        return this.fail();
      case 'restore':
        return this.restore();
      case 'flap':
        return this.flap();
      case 'degrade':
        return this.degrade();
      default:
        return this.reconfigurations.read(verb, this.value);
    }
  }

  private option(key: string): Tree | undefined {
    return this.value.entries.get(key)?.value;
  }

  private quantity(key: string, kind: 'duration' | 'bitrate' | 'share', limits: Limits): number | undefined {
    return limitedQuantity(this.option(key), kind, limits, this.check.diagnostics);
  }

  private fail(): Action | undefined {
    const targets = this.targets.read(this.option('fail'));
    const fault = this.fault(targets);
    return targets.length === 0 || fault === undefined
      ? undefined
      : { verb: 'fail', targets: bare(targets), ...fault };
  }

  private restore(): Action | undefined {
    const targets = this.targets.read(this.option('restore'));
    for (const { name, span } of targets) {
      if (this.others.broken.has(name)) continue;
      this.check.diagnostics.warning('never-broken', span, `no event fails, flaps or degrades '${name}'`);
    }
    if (targets.length === 0) return undefined;
    // What degrades a machine touches its links, so restoring it by the same name has to as well.
    const withLinks = targets.map((target) =>
      this.others.degraded.has(target.name) ? this.withLinks(target) : target,
    );
    return { verb: 'restore', targets: bare(withLinks) };
  }

  private flap(): Action | undefined {
    const targets = this.targets.read(this.option('flap'));
    const fault = this.fault(targets);
    for (const key of ['down', 'up', 'times']) this.require('flap', key);
    const downNs = this.quantity('down', 'duration', { isPositive: true });
    const upNs = this.quantity('up', 'duration', { isPositive: true });
    const times = integerOf(this.option('times'), 1, 100_000);
    if (targets.length === 0 || fault === undefined) return undefined;
    if (downNs === undefined || upNs === undefined || times === undefined) return undefined;
    return { verb: 'flap', targets: bare(targets), ...fault, downNs, upNs, times };
  }

  private require(verb: Verb, key: string): void {
    if (this.option(key) !== undefined) return;
    const at = this.value.entries.get(verb)?.keySpan ?? this.value.span;
    this.check.diagnostics.error('missing-key', at, `${verb} has no ${key}`, {
      expected: `${key} beside ${verb}`,
    });
  }

  /** `how` and `direction`, held against what the targets are. */
  private fault(
    targets: readonly ResolvedTarget[],
  ): { machineFault: MachineFault; linkFault: LinkFault; direction: Direction } | undefined {
    const { diagnostics } = this.check;
    const node = this.option('how');
    const machine = wordOf(node, MACHINE_FAULTS);
    const link = wordOf(node, LINK_FAULTS);
    if (node !== undefined && machine === undefined && link === undefined) return undefined;
    for (const { name, devices, links } of targets) {
      const isLink = links.length > 0;
      const misfit = isLink ? machine !== undefined : link !== undefined;
      if (node === undefined) continue;
      if (misfit) {
        const hows = isLink ? LINK_FAULTS : this.areHosts(devices) ? MACHINE_FAULTS : ['power-off'];
        const what = isLink ? 'a link' : devices.length === 1 ? 'a machine' : 'a group of machines';
        diagnostics.error(
          'bad-fault',
          node.span,
          `'${textOf(node)}' does not fit '${name}', which is ${what}`,
          {
            expected: `one of ${hows.join(', ')}`,
          },
        );
      } else if (machine !== undefined && machine !== 'power-off' && !this.areHosts(devices)) {
        diagnostics.error('bad-fault', node.span, `'${machine}' does not fit '${name}': it is no host`, {
          expected: 'power-off; the others fit instances, clients and Internet hosts',
        });
      }
    }
    return {
      machineFault: machine ?? 'power-off',
      linkFault: link ?? 'silent',
      direction: this.direction(targets.some((target) => target.links.length === 0)),
    };
  }

  private areHosts(devices: readonly string[]): boolean {
    return devices.every((device) => HOST_KINDS.has(this.targets.kindOf(device)));
  }

  private direction(hasMachines: boolean): Direction {
    const node = this.option('direction');
    if (node !== undefined && hasMachines) {
      this.check.diagnostics.error('not-applicable', node.span, 'direction does not apply to machines', {
        expected: 'links alone, such as front~back/link-1',
      });
    }
    return wordOf(node, ['in', 'out', 'both'] as const) ?? 'both';
  }

  private withLinks(target: ResolvedTarget): ResolvedTarget {
    const links = new Set([...target.links, ...this.targets.attachedLinks(target.devices)]);
    return { ...target, links: [...links] };
  }

  private degrade(): Action | undefined {
    const targets = this.targets.read(this.option('degrade'));
    const degradation = this.degradation();
    const direction = this.direction(targets.some((target) => target.links.length === 0));
    if (targets.length === 0 || degradation === undefined) return undefined;
    const onLinks = targets.map((target) => this.withLinks(target));
    return { verb: 'degrade', targets: bare(onLinks), degradation, direction };
  }

  private degradation(): Degradation | undefined {
    const { diagnostics } = this.check;
    const at = this.value.entries.get('degrade')?.keySpan ?? this.value.span;
    const given = DEGRADATIONS.filter((key) => this.option(key) !== undefined);
    if (given.length === 0) {
      diagnostics.error('missing-key', at, 'degrade says nothing of how', {
        expected: `at least one of ${DEGRADATIONS.join(', ')}`,
      });
    }
    const shareNode = this.option('share');
    if (shareNode !== undefined && given.includes('rate')) {
      diagnostics.error('not-applicable', shareNode.span, 'share cannot go with rate', {
        expected: `share with ${DEGRADATIONS.filter((key) => key !== 'rate').join(', ')}`,
      });
    }
    const burst = this.burst();
    const share = { max: 1 };
    const degradation = {
      // A map under `loss` speaks of bursts alone.
      ...optional('loss', burst === undefined ? this.quantity('loss', 'share', share) : undefined),
      ...optional('burst', burst),
      ...optional('latencyNs', this.quantity('latency', 'duration', {})),
      ...optional('jitterNs', this.quantity('jitter', 'duration', {})),
      ...optional('rateBps', this.quantity('rate', 'bitrate', { min: 1 })),
      ...optional('corrupt', this.quantity('corrupt', 'share', share)),
      ...optional('reorder', this.quantity('reorder', 'share', share)),
      ...optional('share', this.quantity('share', 'share', { ...share, isPositive: true })),
    };
    return given.length === 0 ? undefined : degradation;
  }

  private burst(): { loss: number; meanBurst: number; meanGap: number } | undefined {
    const node = this.option('loss');
    if (node?.kind !== 'map') return undefined;
    const lossText = textOf(child(node, 'loss'));
    const parsed = lossText === undefined ? null : parseQuantity(lossText, 'share');
    const [meanBurst, meanGap] = [numberOf(child(node, 'mean_burst')), numberOf(child(node, 'mean_gap'))];
    const loss = limitedQuantity(child(node, 'loss'), 'share', { max: 1 }, this.check.diagnostics);
    if (parsed === null || loss === undefined || meanBurst === undefined || meanGap === undefined)
      return undefined;
    return { loss, meanBurst, meanGap };
  }
}

function bare(targets: readonly ResolvedTarget[]): FaultTarget[] {
  return targets.map(({ name, devices, links }) => ({ name, devices, links }));
}

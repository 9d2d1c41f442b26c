/** Expectations: a subject, a scope, and bounds of measures. */
import { parseQuantity } from '../base/units.ts';
import { boundOf } from './bounds.ts';
import type { Check } from './check.ts';
import { scopeTimeOf } from './event-times.ts';
import { DROP_REASON_NAMES, findMeasure, nextSteps, UNIT_FAILURES } from './measures.ts';
import { describeMissing } from './names.ts';
import { exactShare, textOf, wordOf } from './reading.ts';
import { remarkOnBound } from './remarks.ts';
import type { Expectation, Measure, Scope, SubjectKind } from './scenario.ts';
import type { Targets } from './targets.ts';
import type { Entry, MapNode, Tree } from './tree.ts';
import { child, entriesOf, formatEntries } from './tree.ts';

const SUBJECTS = ['flow', 'event', 'resource', 'packets', 'cost'] as const satisfies readonly SubjectKind[];
const SCOPES = ['at', 'during', 'before', 'after', 'by'] as const;
const OTHER_KEYS = ['direction', 'in'] as const;
const NOT_MEASURES: ReadonlySet<string> = new Set([...SUBJECTS, ...SCOPES, ...OTHER_KEYS]);

export interface ExpectationInputs {
  readonly check: Check;
  readonly targets: Targets;
  /** Paths of listeners and servers, which have no machine of their own. */
  readonly paths: ReadonlySet<string>;
  /** Names of cost items; null where nothing is priced. */
  readonly costItems: ReadonlySet<string> | null;
  readonly durationNs: number;
  readonly replications: number;
}

export function lowerExpectations(inputs: ExpectationInputs): Expectation[] {
  const list = child(inputs.check.root, 'expect');
  const items = list?.kind === 'list' ? list.items : [];
  return items.flatMap((item) => {
    const expectation = item.kind === 'map' ? new ExpectationReader(inputs, item).read() : undefined;
    if (expectation !== undefined) return [expectation];
    // Nothing may vanish without a word.
    const { diagnostics } = inputs.check;
    if (!diagnostics.hasErrors)
      diagnostics.error('bad-value', headOf(item), 'this expectation cannot be read');
    return [];
  });
}

class ExpectationReader {
  private readonly inputs: ExpectationInputs;
  private readonly check: Check;
  private readonly item: MapNode;

  constructor(inputs: ExpectationInputs, item: MapNode) {
    this.inputs = inputs;
    this.check = inputs.check;
    this.item = item;
  }

  read(): Expectation | undefined {
    const subjectEntry = this.one(SUBJECTS, 'subject', true);
    const scope = this.scope();
    const inShareOfRuns = this.shareOfRuns();
    if (subjectEntry === undefined) return undefined;
    const subject = subjectEntry.key as SubjectKind;
    const name = textOf(subjectEntry.value);
    if (name === undefined) return undefined;
    this.checkName(subject, name, subjectEntry.value);
    const isWhole = subject === 'event' || subject === 'cost';
    if (isWhole && scope !== undefined && scope.kind !== 'whole') this.refuseScope(subject);
    const measures = this.measures(subject, name);
    const direction = this.direction(subject);
    if (scope === undefined) return undefined;
    return { text: formatEntries(this.item), subject, name, scope, direction, measures, inShareOfRuns };
  }

  private get head() {
    const first = entriesOf(this.item)[0];
    return first?.keySpan ?? { start: this.item.span.start, end: this.item.span.start + 1 };
  }

  /** The one entry among some keys; several, or none where one is needed, are reported. */
  private one(keys: readonly string[], what: string, isNeeded: boolean): Entry | undefined {
    const found = keys.flatMap((key) => this.item.entries.get(key) ?? []);
    const second = found[1];
    if (found.length === 1) return found[0];
    if (second !== undefined || isNeeded) {
      const message =
        second === undefined
          ? `an expectation without ${what}`
          : `an expectation with ${found.length} ${what}s`;
      this.check.diagnostics.error('exactly-one', second?.keySpan ?? this.head, message, {
        expected: `${isNeeded ? 'exactly' : 'at most'} one of ${keys.join(', ')}`,
      });
    }
    return undefined;
  }

  private checkName(subject: SubjectKind, name: string, node: Tree): void {
    const { names, diagnostics } = this.check;
    const { targets, paths, costItems } = this.inputs;
    if (subject === 'flow') names.resolve(name, node.span, 'traffic');
    if (subject === 'event') names.resolve(name, node.span, 'events');
    // A broken resource hides its parts, so their names cannot be judged.
    const owner = name.split('/')[0]?.split('~')[0] ?? '';
    const mayExist = diagnostics.hasErrors && owner !== name && names.find(owner) !== undefined;
    if (mayExist || (diagnostics.hasErrors && names.find(name) !== undefined)) return;
    if (subject === 'cost' && costItems !== null && !costItems.has(name))
      this.reportName(name, node, 'a cost item such as front-ip/traffic, or total', () => [...costItems]);
    if (subject === 'packets' && name !== 'all' && !targets.isDevice(name)) {
      this.reportName(name, node, 'all, or the name of a device', () => ['all', ...targets.deviceNames]);
    }
    const declared = names.find(name);
    const isResource =
      declared !== undefined && declared.section !== 'traffic' && declared.section !== 'events';
    if (subject === 'resource' && !isResource && !targets.isPart(name) && !paths.has(name)) {
      const resources = names.inSections(
        'vpcs',
        'vswitches',
        'instances',
        'network_interfaces',
        'clbs',
        'nat_gateways',
        'eips',
        'clients',
        'internet_hosts',
      );
      const known = () => [...resources.map((resource) => resource.name), ...targets.names, ...paths];
      this.reportName(name, node, 'a resource, a part, or a path such as front/web/web-1', known);
    }
  }

  private reportName(name: string, node: Tree, expected: string, known: () => string[]): void {
    this.check.diagnostics.error('unknown-reference', node.span, describeMissing(name), {
      expected,
      unknown: name,
      known,
    });
  }

  /** Undefined after an error. */
  private scope(): Scope | undefined {
    const found = SCOPES.filter((key) => this.item.entries.has(key));
    const entry = this.one(SCOPES, 'scope', false);
    if (entry === undefined) return found.length > 0 ? undefined : { kind: 'whole' };
    const { key, value } = entry;
    const time = (node: Tree | undefined) => scopeTimeOf(this.check, node, this.inputs.durationNs);
    if (key === 'during') {
      if (value.kind !== 'list' || value.items.length !== 2) return undefined;
      const [from, to] = [time(value.items[0]), time(value.items[1])];
      if (from === undefined || to === undefined) return undefined;
      if (from.kind === 'end' || (from.kind === 'at' && to.kind === 'at' && from.atNs >= to.atNs)) {
        this.check.diagnostics.error('bad-scope', headOf(value), 'the scope ends before it begins', {
          expected: 'an earlier and a later time',
        });
      }
      return { kind: 'during', from, to };
    }
    const at = time(value);
    if (at === undefined) return undefined;
    if (key === 'after' && at.kind === 'end') {
      this.check.diagnostics.error('bad-scope', value.span, 'nothing is after the end', {
        expected: 'an earlier time',
      });
    }
    if (key === 'at' || key === 'by') return { kind: key, at };
    return key === 'before' ? { kind: 'before', to: at } : { kind: 'after', from: at };
  }

  private refuseScope(subject: SubjectKind): void {
    const entry = SCOPES.flatMap((key) => this.item.entries.get(key) ?? [])[0];
    if (entry === undefined) return;
    this.check.diagnostics.error(
      'bad-scope',
      entry.keySpan,
      `'${entry.key}' does not apply to ${subject === 'event' ? 'an event' : 'a cost'}`,
      {
        expected:
          subject === 'event'
            ? 'no scope: the measures of an event count from the event'
            : 'no scope: a cost is that of a month',
      },
    );
  }

  private direction(subject: SubjectKind): 'in' | 'out' | null {
    const entry = this.item.entries.get('direction');
    if (entry === undefined) return null;
    const keys = [...this.item.entries.keys()].filter((key) => !NOT_MEASURES.has(key));
    const isAllowed = subject === 'flow' && keys.every((key) => key === 'connections');
    if (!isAllowed) {
      this.check.diagnostics.error(
        'bad-scope',
        entry.keySpan,
        'direction applies to the connections of a flow alone',
        {
          expected: 'direction with flow and connections, and nothing else',
        },
      );
    }
    return wordOf(entry.value, ['in', 'out'] as const) ?? null;
  }

  private shareOfRuns(): number | null {
    const entry = this.item.entries.get('in');
    const match = /^(\S+%)\s+of\s+runs$/.exec(textOf(entry?.value) ?? '');
    const parsed = parseQuantity(match?.[1] ?? '', 'share');
    if (entry === undefined || !parsed.ok) return null;
    if (parsed.value > 1 || parsed.value === 0) {
      this.check.diagnostics.error('out-of-range', entry.value.span, `'${match?.[1]}' is out of range`, {
        expected: 'more than 0%, at most 100%',
      });
    }
    if (this.inputs.replications < 2) {
      this.check.diagnostics.error('missing-key', entry.keySpan, 'a share of the runs needs several runs', {
        expected: 'replications: 20 at the top of the file',
      });
    }
    return exactShare(parsed.value);
  }

  private measures(subject: SubjectKind, name: string): Measure[] {
    const measures: Measure[] = [];
    const own = entriesOf(this.item).filter((entry) => !NOT_MEASURES.has(entry.key));
    for (const entry of own) this.collect(subject, name, entry, [entry.key], measures);
    if (own.length === 0) {
      this.check.diagnostics.error('no-measure', this.head, `nothing is expected of '${name}'`, {
        expected: `at least one of ${nextSteps(subject, name, []).slice(0, 8).join(', ')}`,
      });
    }
    return measures;
  }

  private collect(
    subject: SubjectKind,
    name: string,
    entry: Entry,
    path: readonly string[],
    measures: Measure[],
  ): void {
    const { diagnostics } = this.check;
    const found = findMeasure(subject, name, path);
    if (found !== null) {
      this.checkFilledName(found.spec.names, found.spec.path, entry, path);
      const bound = boundOf(found.spec, entry.value, diagnostics);
      if (bound === undefined) return;
      remarkOnBound(this.check, subject, name, entry, path, found.spec);
      measures.push({ path, bound });
      return;
    }
    const below = nextSteps(subject, name, path);
    if (below.length === 0) {
      const known = nextSteps(subject, name, path.slice(0, -1));
      const where = path.length === 1 ? `a ${subject}` : `'${path.slice(0, -1).join('.')}' of a ${subject}`;
      diagnostics.error('unknown-measure', entry.keySpan, `'${entry.key}' is no measure of ${where}`, {
        ...(known.length <= 14 ? { expected: `one of ${known.join(', ')}` } : {}),
        unknown: entry.key,
        known,
      });
      return;
    }
    const inner = entriesOf(entry.value);
    if (inner.length === 0) {
      const steps = below.includes('*') ? 'names' : below.join(', ');
      diagnostics.error('bad-bound', headOf(entry.value), `'${path.join('.')}' is no single measure`, {
        expected: `a map of ${steps}`,
      });
    }
    for (const next of inner) {
      const isFlow = path.length === 1 && path[0] === 'flows';
      if (isFlow && this.check.names.resolve(next.key, next.keySpan, 'traffic') === undefined) continue;
      this.collect(subject, name, next, [...path, next.key], measures);
    }
  }

  /** The name that stands for `*`: one of a closed list where there is one. */
  private checkFilledName(
    names: string | undefined,
    pattern: string,
    entry: Entry,
    path: readonly string[],
  ): void {
    if (names !== 'reason') return;
    const ofUnits = pattern.startsWith('lost_by') || pattern.startsWith('requests');
    const known: string[] = [...DROP_REASON_NAMES, ...(ofUnits ? UNIT_FAILURES : [])];
    if (pattern.startsWith('requests')) known.push('ok');
    const filled = path.at(-1) ?? '';
    if (known.includes(filled)) return;
    this.check.diagnostics.error('unknown-measure', entry.keySpan, `'${filled}' is no reason`, {
      unknown: filled,
      known,
    });
  }
}

function headOf(node: Tree) {
  return node.kind === 'scalar' ? node.span : { start: node.span.start, end: node.span.start + 1 };
}

/**
 * Forwarding rules of a layer-7 listener: the first rule, by priority, whose conditions all hold says where a request
 * goes. A condition holds when one of its patterns matches the whole value: `*` stands for any characters, `?` for one.
 * Hosts are compared without regard to case, paths with it. Pure data: knows neither packets nor servers.
 * Source: ALB "Forwarding rules"; Terraform alicloud_alb_rule.
 */
export interface ForwardingRule<T> {
  /** Lower comes first. */
  readonly priority: number;
  /** Empty: any host, any path. */
  readonly hosts: readonly string[];
  readonly paths: readonly string[];
  readonly target: T;
}

interface CompiledRule<T> {
  readonly hosts: readonly RegExp[];
  readonly paths: readonly RegExp[];
  readonly target: T;
}

export class ForwardingRules<T> {
  private readonly rules: readonly CompiledRule<T>[];
  private readonly fallback: T;

  /** `fallback`: where requests go that no rule takes. */
  constructor(rules: readonly ForwardingRule<T>[], fallback: T) {
    this.rules = [...rules]
      .sort((a, b) => a.priority - b.priority)
      .map(({ hosts, paths, target }) => ({
        hosts: hosts.map((pattern) => compile(pattern, 'i')),
        paths: paths.map((pattern) => compile(pattern, '')),
        target,
      }));
    this.fallback = fallback;
  }

  choose(host: string, path: string): T {
    const rule = this.rules.find(({ hosts, paths }) => holds(hosts, host) && holds(paths, path));
    return rule === undefined ? this.fallback : rule.target;
  }
}

function holds(patterns: readonly RegExp[], value: string): boolean {
  return patterns.length === 0 || patterns.some((pattern) => pattern.test(value));
}

function compile(pattern: string, flags: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, flags);
}

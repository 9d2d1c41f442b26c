/** Ports that hosts serve: declared, implied by listeners, implied by flows. In order of first mention, once each. */
import type { Check } from './check.ts';
import { textItems } from './reading.ts';
import type { Listen } from './scenario.ts';
import type { Tree } from './tree.ts';
import { child } from './tree.ts';

export class ListenPorts {
  private readonly byHost = new Map<string, Map<string, Listen>>();

  add(host: string, protocol: 'tcp' | 'udp', port: number): void {
    let ports = this.byHost.get(host);
    if (ports === undefined) {
      ports = new Map();
      this.byHost.set(host, ports);
    }
    const key = `${port}/${protocol}`;
    if (!ports.has(key)) ports.set(key, { protocol, port });
  }

  /** Those under `listen`. */
  declare(check: Check, host: string, owner: Tree): void {
    for (const { text, node } of textItems(child(owner, 'listen'))) {
      const match = /^(\d{1,5})\/(tcp|udp)$/.exec(text);
      if (match === null) continue;
      const port = Number(match[1]);
      if (port >= 1 && port <= 65535) this.add(host, match[2] as 'tcp' | 'udp', port);
      else
        check.diagnostics.error('out-of-range', node.span, `port ${port} is out of range`, {
          expected: '1 to 65535',
        });
    }
  }

  of(host: string): Listen[] {
    return [...(this.byHost.get(host)?.values() ?? [])];
  }
}

/**
 * Ports that hosts serve: declared, implied by listeners, implied by flows. In order of first mention, once each. A
 * port is served by one process: what flows ask of it must agree. A host that lists TCP ports serves no others; so with
 * UDP.
 */
import type { Check } from './check.ts';
import { optional, textItems } from './reading.ts';
import type { Listen } from './scenario.ts';
import type { Span, Tree } from './tree.ts';
import { child } from './tree.ts';

/** What a flow asks of the port it goes to. */
export interface Service {
  readonly protocol: 'tcp' | 'udp';
  /** What the process behind the port speaks. */
  readonly name: NonNullable<Listen['service']>;
  /** What the flow sets for the receiving end of its connections. */
  readonly receiveBufferBytes?: number;
}

export class ListenPorts {
  private readonly byHost = new Map<string, Map<string, Listen>>();
  /** Of hosts that share the ports of another. */
  private readonly owners = new Map<string, string>();
  /** Ports as listed, by host and protocol. */
  private readonly listed = new Map<string, string[]>();

  /** What one host serves the other does, as an ENI and its instance. */
  share(host: string, owner: string): void {
    this.owners.set(host, owner);
  }

  /** Implied by a listener: whatever flows ask of it. */
  add(host: string, protocol: 'tcp' | 'udp', port: number): void {
    const ports = this.portsOf(host);
    const key = `${port}/${protocol}`;
    if (!ports.has(key)) ports.set(key, { protocol, port, service: null });
  }

  /** Declared as an HTTP service, which flows must then ask of it. */
  offer(check: Check, host: string, port: number, span: Span): void {
    const ports = this.portsOf(host);
    if (ports.has(`${port}/udp`) && !ports.has(`${port}/tcp`)) {
      check.diagnostics.error(
        'port-taken',
        span,
        `'${host}' lists ${port}/udp, and HTTP is spoken over tcp`,
        {
          expected: `${port}/tcp under listen, or another port`,
        },
      );
      return;
    }
    ports.set(`${port}/tcp`, { protocol: 'tcp', port, service: 'http' });
  }

  /** Implied by a flow. */
  serve(check: Check, host: string, service: Service, port: number, span: Span): void {
    const { protocol, name, receiveBufferBytes } = service;
    const ports = this.portsOf(host);
    const key = `${port}/${protocol}`;
    const served = ports.get(key);
    const listed = this.listed.get(`${this.ownerOf(host)}/${protocol}`);
    if (served === undefined && listed !== undefined) {
      check.diagnostics.error('not-served', span, `'${host}' does not serve ${key}`, {
        expected: `one of the ports it lists under listen (${listed.join(', ')}), or ${key} in that list`,
      });
      return;
    }
    if (served !== undefined && served.service !== null && served.service !== name) {
      check.diagnostics.error(
        'port-taken',
        span,
        `${key} of '${host}' would be served twice: by ${served.service} and by ${name}`,
        { expected: 'another port' },
      );
      return;
    }
    const buffer = receiveBufferBytes ?? served?.receiveBufferBytes;
    const earlier = served?.receiveBufferBytes ?? buffer;
    if (buffer !== earlier) {
      check.diagnostics.error(
        'port-taken',
        span,
        `${key} of '${host}' would have two receive buffers: ${earlier}B and ${buffer}B`,
        { expected: 'one receive_buffer for all flows to a port, or another port' },
      );
      return;
    }
    ports.set(key, { protocol, port, service: name, ...optional('receiveBufferBytes', buffer) });
  }

  /** Those under `listen`. */
  declare(check: Check, host: string, owner: Tree): void {
    for (const { text, node } of textItems(child(owner, 'listen'))) {
      const match = /^(\d{1,5})\/(tcp|udp)$/.exec(text);
      if (match === null) continue;
      const port = Number(match[1]);
      if (port >= 1 && port <= 65535) {
        this.add(host, match[2] as 'tcp' | 'udp', port);
        const list = `${host}/${match[2]}`;
        this.listed.set(list, [...(this.listed.get(list) ?? []), `${port}/${match[2]}`]);
      } else {
        check.diagnostics.error('out-of-range', node.span, `port ${port} is out of range`, {
          expected: '1 to 65535',
        });
      }
    }
  }

  of(host: string): Listen[] {
    return [...(this.byHost.get(this.ownerOf(host))?.values() ?? [])];
  }

  private ownerOf(host: string): string {
    return this.owners.get(host) ?? host;
  }

  private portsOf(host: string): Map<string, Listen> {
    const owner = this.ownerOf(host);
    let ports = this.byHost.get(owner);
    if (ports === undefined) {
      ports = new Map();
      this.byHost.set(owner, ports);
    }
    return ports;
  }
}

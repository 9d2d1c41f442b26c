/** HTTP services that hosts declare. Each serves its port, whether or not a flow or listener uses it. */
import { constant } from '../base/distribution.ts';
import type { Check } from './check.ts';
import type { ListenPorts } from './listen-ports.ts';
import { distributionOf, integerOf, limitedQuantity } from './reading.ts';
import type { HttpService } from './scenario.ts';
import type { Entry, Tree } from './tree.ts';
import { child, entriesOf } from './tree.ts';

/** Longest work of a request, or mean of it. */
const WORK = { max: 3_600_000_000_000 } as const;

const NONE_DECLARED: readonly HttpService[] = [];

/** To be asked after the ports under `listen` are known. */
export function servicesOf(
  check: Check,
  host: string,
  owner: Tree,
  ports: ListenPorts,
): readonly HttpService[] {
  const entries = entriesOf(child(owner, 'services'));
  // Most hosts declare none, and there may be thousands of them.
  if (entries.length === 0) return NONE_DECLARED;
  const byPort = new Map<number, string>();
  return entries.flatMap((entry) => {
    const service = serviceOf(check, entry);
    const portNode = child(entry.value, 'port');
    if (service === undefined || portNode === undefined) return [];
    const { name, port } = service;
    const other = byPort.get(port);
    if (other !== undefined) {
      check.diagnostics.error(
        'port-taken',
        portNode.span,
        `${port}/tcp of '${host}' would be served twice: by ${other} and by ${name}`,
        { expected: 'another port' },
      );
      return [];
    }
    byPort.set(port, name);
    ports.offer(check, host, port, portNode.span);
    return [service];
  });
}

function serviceOf(check: Check, { key: name, value }: Entry): HttpService | undefined {
  const { diagnostics } = check;
  const port = integerOf(child(value, 'port'), 1, 65535);
  const positive = { isPositive: true } as const;
  const serviceTime = distributionOf(child(value, 'service_time'), 'duration', WORK, diagnostics);
  const concurrency = integerOf(child(value, 'concurrency'), 1, 1_000_000) ?? null;
  const queue = integerOf(child(value, 'queue'), 0, 10_000_000) ?? null;
  const queueTimeout = limitedQuantity(child(value, 'queue_timeout'), 'duration', positive, diagnostics);
  const idleTimeout = limitedQuantity(child(value, 'idle_timeout'), 'duration', positive, diagnostics);
  refuseIdleQueue(check, name, value);
  if (port === undefined) return undefined;
  return {
    name,
    port,
    serviceTime: serviceTime ?? constant(0),
    concurrency,
    queue,
    queueTimeoutNs: queueTimeout ?? null,
    idleTimeoutNs: idleTimeout ?? null,
  };
}

/** Where any number of requests is worked on at once none ever waits. */
function refuseIdleQueue({ diagnostics }: Check, name: string, value: Tree): void {
  if (child(value, 'concurrency') !== undefined) return;
  for (const key of ['queue', 'queue_timeout']) {
    const node = child(value, key);
    if (node === undefined) continue;
    diagnostics.error(
      'not-applicable',
      node.span,
      `nothing waits at '${name}', whose concurrency has no limit`,
      {
        expected: 'concurrency with it',
      },
    );
  }
}

/** The way that a traceroute found, as a table: one row an address, or a star for a hop that says nothing. */
import { formatDuration } from '../base/units.ts';
import type { RunResult } from '../measure/result.ts';
import { type Column, formatTable, type Paint, titled } from './table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'hop', align: 'right' },
  { title: 'address' },
  { title: 'device', maxWidth: 32 },
  { title: 'answered', align: 'right' },
  { title: 'min', align: 'right' },
  { title: 'mean', align: 'right' },
  { title: 'max', align: 'right' },
];

/** A section a flow. */
export function formatHops({ hops }: RunResult, paint: Paint): string[] {
  return Object.entries(hops).flatMap(([name, found]) => {
    if (found.length === 0) return [];
    const rows = found.map(({ ttl, address, device, sent, answered, rttNs }) => [
      String(ttl),
      address ?? '*',
      device ?? '',
      `${answered} of ${sent}`,
      ...(rttNs === null
        ? ['', '', '']
        : [rttNs.min, rttNs.mean, rttNs.max].map((time) => formatDuration(time, 3))),
    ]);
    return [titled(`Hops of ${name}`, formatTable(COLUMNS, rows, paint), paint)];
  });
}

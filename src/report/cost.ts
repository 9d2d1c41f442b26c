/** The part of the report about what a month costs. */
import type { RunResult } from '../measure/result.ts';
import { type Column, formatCount, formatTable, type Paint, titled } from './table.ts';

const UNKNOWN = 'unknown';

/** Empty when nothing is priced; else one section. */
export function formatCost({ cost }: RunResult, paint: Paint): string[] {
  if (cost.length === 0) return [];
  const columns: Column[] = [
    { title: 'item', maxWidth: 40 },
    { title: 'quantity', align: 'right' },
    { title: 'unit' },
    { title: 'amount', align: 'right' },
  ];
  const rows = cost.map(({ item, quantity, unit, amount }) => [
    item,
    formatDecimal(quantity, Number.isInteger(quantity) ? 0 : 2),
    unit,
    amount === null ? UNKNOWN : formatDecimal(amount, 2),
  ]);
  const unknown = cost.some(({ amount }) => amount === null)
    ? ['  a price that is missing is unknown, not 0']
    : [];
  const table = [formatTable(columns, rows, paint), ...unknown.map((line) => paint('dim', line))].join('\n');
  return [titled('Cost of a month', table, paint)];
}

/** `1,234.50`. */
function formatDecimal(value: number, digits: number): string {
  const [whole = '', fraction] = value.toFixed(digits).split('.');
  return fraction === undefined ? formatCount(Number(whole)) : `${formatCount(Number(whole))}.${fraction}`;
}

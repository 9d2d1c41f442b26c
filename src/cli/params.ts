/** `vpcsim params`: the registry of parameters. */
import { parameterIds, parameterSpec } from '../base/parameters.ts';
import { formatQuantity } from '../base/units.ts';
import { buildPaint, formatTable } from '../report/table.ts';
import { print, wantsColour } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

export function paramsCommand(options: { readonly json?: boolean }): ExitCode {
  const rows = parameterIds().map((id) => ({ id, ...parameterSpec(id) }));
  if (options.json) {
    print(JSON.stringify(rows, null, 2));
    return EXIT.pass;
  }
  const columns = [
    { title: 'parameter' },
    { title: 'default' },
    { title: 'provenance' },
    { title: 'source or reason', maxWidth: 56 },
  ];
  const cells = rows.map((row) => [
    row.id,
    formatQuantity(row.default, row.kind),
    row.provenance,
    row.source,
  ]);
  print(formatTable(columns, cells, buildPaint({ colour: wantsColour() })));
  print('\nSet any of them in a scenario under `assume`, as in  assume: { tcp.min_rto: 100ms }');
  return EXIT.pass;
}

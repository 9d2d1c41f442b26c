/** `vpcsim prices --template FILE`: the lines that a design needs under `prices`, for people to fill in. */
import { ParameterValues } from '../base/parameters.ts';
import { type CostItem, listCostItems, PRICE_KINDS, type PriceKind } from '../scenario/cost-items.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { print, printError } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { loadScenario } from './files.ts';

/** Shown of the items that share a price. */
const MOST_NAMES = 4;

export function pricesCommand(file: string): ExitCode {
  const loaded = loadScenario(file);
  if (!loaded.ok) {
    for (const problem of loaded.problems) printError(problem);
    return EXIT.usage;
  }
  for (const warning of loaded.warnings) printError(warning);
  print(formatPriceTemplate(loaded.scenario));
  return EXIT.pass;
}

/** A line for each kind of item, with what the file has already; prices of single items are kept below. */
export function formatPriceTemplate(scenario: Scenario): string {
  const byKind = new Map<PriceKind, CostItem[]>();
  for (const item of listCostItems(scenario, new ParameterValues(scenario.assume))) {
    const others = byKind.get(item.kind);
    if (others === undefined) byKind.set(item.kind, [item]);
    else others.push(item);
  }
  const prices = scenario.prices ?? {};
  const line = (key: string, about: string): string =>
    `  ${`${key}: ${prices[key] ?? ''}`.trimEnd()}  # ${about}`;
  const kinds = [...byKind].map(([kind, items]) =>
    line(kind, `per ${items[0]?.unit}: ${describeItems(items)}`),
  );
  const single = Object.keys(prices).filter((key) => !byKind.has(key as PriceKind));
  const others = single.map((key) =>
    line(key, key in PRICE_KINDS ? 'nothing here needs it' : 'in place of its kind'),
  );
  const lines = [...kinds, ...others];
  return lines.length === 0 ? '# nothing here has a price' : ['prices:', ...lines].join('\n');
}

function describeItems(items: readonly CostItem[]): string {
  const names = items.slice(0, MOST_NAMES).map(({ item }) => item);
  const more = items.length - names.length;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}

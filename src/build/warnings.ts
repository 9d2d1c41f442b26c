/** Where a scenario asks for behaviour that the model does not have yet: said in the result, not left to be believed. */
import { natGatewayName, natZones, vpcRouterName } from '../scenario/parts.ts';
import type { NatGateway, Scenario, ScenarioEvent } from '../scenario/scenario.ts';

export function modelWarnings(scenario: Scenario): string[] {
  const { natGateways, events } = scenario;
  return [
    ...natGateways.flatMap((gateway) => idleWarning(gateway, scenario)),
    ...natGateways.flatMap((gateway) => warningsOf(events, (event) => natWarning(event, gateway, scenario))),
    ...unfilteredWarnings(scenario),
  ];
}

function warningsOf(
  events: readonly ScenarioEvent[],
  warningOn: (event: ScenarioEvent) => string | null,
): string[] {
  return events.flatMap((event) => {
    const warning = warningOn(event);
    return warning === null ? [] : [`${event.name}: ${warning}`];
  });
}

/**
 * Without a route of the user's only the first gateway of a VPC has one, and that where there is no default route; DNAT
 * needs none.
 */
function idleWarning({ name, vpc, snatEntries }: NatGateway, scenario: Scenario): string[] {
  const { natGateways, routeEntries, events } = scenario;
  if (snatEntries.length === 0) return [];
  const first = natGateways.find((gateway) => gateway.vpc === vpc);
  const hasDefault = routeEntries.some(({ table, destination }) => table === vpc && destination.length === 0);
  const added = events.flatMap(({ action }) => (action.verb === 'add' ? [action.route] : []));
  const isNextHop = [...routeEntries, ...added].some((route) => route?.nextHop === name);
  if (isNextHop || (first?.name === name && !hasDefault)) return [];
  const where = hasDefault ? 'a route entry of yours' : (first?.name ?? '');
  return [
    `${name}: the default route of ${vpc} leads to ${where}, and no route entry elsewhere: ` +
      `the SNAT entries of ${name} carry nothing`,
  ];
}

/** One that stands alone waits for its zone; where another one stands by, the model knows what comes. */
function natWarning({ action }: ScenarioEvent, gateway: NatGateway, scenario: Scenario): string | null {
  if (natZones(scenario, gateway).length > 1) return null;
  if (action.verb !== 'fail' && action.verb !== 'flap') return null;
  const failed = new Set(action.targets.flatMap(({ devices }) => devices));
  const { name, vpc, zone } = gateway;
  if (!failed.has(natGatewayName(gateway)) && !failed.has(vpcRouterName(vpc, zone))) return null;
  return `${name} loses ${zone} and stands in no other zone: it has no service until that is restored`;
}

/** Where some instances are filtered, those that are not are named; elsewhere `ecs.unfiltered` is in play. */
function unfilteredWarnings({ securityGroups, instances, assume }: Scenario): string[] {
  const unfiltered = instances.filter((instance) => instance.securityGroups.length === 0);
  if (securityGroups.length === 0 || unfiltered.length === 0 || assume['ecs.unfiltered'] === 0) return [];
  const names = unfiltered.slice(0, 5).map(({ name }) => name);
  const more = unfiltered.length > names.length ? ` and ${unfiltered.length - names.length} more` : '';
  return [`in no security group, so not filtered (assumed): ${names.join(', ')}${more}`];
}

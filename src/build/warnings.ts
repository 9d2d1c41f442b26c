/** Where a scenario asks for behaviour that the model does not have yet: said in the result, not left to be believed. */
import { natGatewayName, natZones, vpcRouterName } from '../scenario/parts.ts';
import type { NatGateway, Scenario, ScenarioEvent } from '../scenario/scenario.ts';

export function modelWarnings(scenario: Scenario): string[] {
  const { natGateways, events } = scenario;
  return [
    ...natGateways.flatMap((gateway) => idleWarning(gateway, natGateways)),
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

/** The default route leads to one gateway of a VPC alone; DNAT needs none. */
function idleWarning({ name, vpc, snatEntries }: NatGateway, all: readonly NatGateway[]): string[] {
  const first = all.find((gateway) => gateway.vpc === vpc);
  if (first === undefined || first.name === name || snatEntries.length === 0) return [];
  return [
    `${name}: the default route of ${vpc} leads to ${first.name}, and route tables are not modelled yet: ` +
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

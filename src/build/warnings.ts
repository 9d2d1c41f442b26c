/** Where a scenario asks for behaviour that the model does not have yet: said in the result, not left to be believed. */
import { clbNodeName, natGatewayName, type Parts, vpcRouterName } from '../scenario/parts.ts';
import type { Clb, NatGateway, Scenario, ScenarioEvent } from '../scenario/scenario.ts';

export function modelWarnings(scenario: Scenario, parts: Parts): string[] {
  const { clbs, natGateways, events } = scenario;
  return [
    ...clbs.flatMap((clb) => warningsOf(events, (event) => clusterWarning(event, clb, parts))),
    ...natGateways.flatMap((gateway) => idleWarning(gateway, scenario)),
    ...natGateways.flatMap((gateway) => warningsOf(events, (event) => natWarning(event, gateway))),
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

/** Without a route of the user's only the first gateway of a VPC has one, and that where there is no default route. */
function idleWarning({ name, vpc }: NatGateway, scenario: Scenario): string[] {
  const { natGateways, routeEntries, events } = scenario;
  const first = natGateways.find((gateway) => gateway.vpc === vpc);
  const hasDefault = routeEntries.some(({ table, destination }) => table === vpc && destination.length === 0);
  const added = events.flatMap(({ action }) => (action.verb === 'add' ? [action.route] : []));
  const isNextHop = [...routeEntries, ...added].some((route) => route?.nextHop === name);
  if (isNextHop || (first?.name === name && !hasDefault)) return [];
  const where = hasDefault ? 'a route entry of yours' : (first?.name ?? '');
  return [
    `${name}: the default route of ${vpc} leads to ${where}, and no route entry elsewhere: ${name} carries nothing`,
  ];
}

function natWarning({ action }: ScenarioEvent, gateway: NatGateway): string | null {
  if (action.verb !== 'fail' && action.verb !== 'flap') return null;
  const failed = new Set(action.targets.flatMap(({ devices }) => devices));
  const { name, vpc, zone } = gateway;
  if (!failed.has(natGatewayName(gateway)) && !failed.has(vpcRouterName(vpc, zone))) return null;
  return `${name} loses ${zone}, and recovery in another zone is not modelled yet: it has no service until that is restored`;
}

/** Where some instances are filtered, those that are not are named; elsewhere `ecs.unfiltered` is in play. */
function unfilteredWarnings({ securityGroups, instances, assume }: Scenario): string[] {
  const unfiltered = instances.filter((instance) => instance.securityGroups.length === 0);
  if (securityGroups.length === 0 || unfiltered.length === 0 || assume['ecs.unfiltered'] === 0) return [];
  const names = unfiltered.slice(0, 5).map(({ name }) => name);
  const more = unfiltered.length > names.length ? ` and ${unfiltered.length - names.length} more` : '';
  return [`in no security group, so not filtered (assumed): ${names.join(', ')}${more}`];
}

/** What a fault of a CLB's master zone does in the product and not here. */
function clusterWarning({ action }: ScenarioEvent, clb: Clb, parts: Parts): string | null {
  if (action.verb !== 'fail' && action.verb !== 'flap') return null;
  const failed = new Set(action.targets.flatMap(({ devices }) => devices));
  const isMaster = (name: string): boolean =>
    name.startsWith(clbNodeName(clb.name, clb.masterZone, 0).slice(0, -1));
  const masters = parts.devices.filter(({ kind, name }) => kind === 'clb-node' && isMaster(name));
  const lost = masters.filter(({ name }) => failed.has(name)).length;
  const { name, masterZone, slaveZone } = clb;
  if (lost === masters.length || failed.has(vpcRouterName(clb.vpc, masterZone))) {
    const failover = slaveZone === null ? '' : ` and failover to ${slaveZone} is not modelled yet`;
    return `${name} loses its master zone ${masterZone}${failover}: it has no service until that is restored`;
  }
  if (lost === 0) return null;
  return (
    `${name} loses ${lost} of ${masters.length} nodes of its master zone, and taking dead nodes out of the ` +
    'equal-cost paths to it is not modelled yet: their share of connections fails until they are restored'
  );
}

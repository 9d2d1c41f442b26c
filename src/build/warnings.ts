/** Where a scenario asks for behaviour that the model does not have yet: said in the result, not left to be believed. */
import type { Parts } from '../scenario/parts.ts';
import type { Clb, Scenario, ScenarioEvent } from '../scenario/scenario.ts';

export function modelWarnings(scenario: Scenario, parts: Parts): string[] {
  return scenario.clbs.flatMap((clb) =>
    scenario.events
      .filter((event) => takesMasterZone(event, clb, parts))
      .map(
        ({ name }) =>
          `${name} takes the master zone of ${clb.name}: failover to its slave zone is not modelled yet, ` +
          `so ${clb.name} stays without service until the zone is restored`,
      ),
  );
}

function takesMasterZone({ action }: ScenarioEvent, clb: Clb, parts: Parts): boolean {
  if ((action.verb !== 'fail' && action.verb !== 'flap') || clb.slaveZone === null) return false;
  const failed = new Set(action.targets.flatMap(({ devices }) => devices));
  const masters = parts.devices.filter(
    ({ kind, resource, zone }) => kind === 'clb-node' && resource === clb.name && zone === clb.masterZone,
  );
  return masters.every(({ name }) => failed.has(name));
}

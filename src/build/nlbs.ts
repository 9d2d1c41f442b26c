/** Who answers for the admin verbs of NLBs, which are a CLB a zone. */
import { present } from '../base/assert.ts';
import type { ClbAdmin } from '../control/clb-admin.ts';
import { type GroupListener, NlbAdmin } from '../control/nlb-admin.ts';
import { serves } from './clbs.ts';
import type { Plant } from './plant.ts';

export function buildNlbs(plant: Plant, clbs: ReadonlyMap<string, ClbAdmin>): Map<string, NlbAdmin> {
  const listeners = new Map<string, GroupListener[]>();
  for (const clb of plant.scenario.clbs) {
    const [owner = ''] = clb.name.split('/');
    const admin = present(clbs.get(clb.name), `no CLB ${clb.name} was built`);
    const accepts = (instance: string): boolean => serves(plant, clb, instance);
    for (const { name: listener, serverGroup: group } of clb.listeners) {
      if (group === undefined) continue;
      listeners.set(owner, [...(listeners.get(owner) ?? []), { group, listener, admin, accepts }]);
    }
  }
  return new Map([...listeners].map(([name, all]) => [name, new NlbAdmin(all)]));
}

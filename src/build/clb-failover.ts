/** The controllers of regions and the nodes that obey them. */
import type { ParameterValues } from '../base/parameters.ts';
import { obeyController } from '../control/clb-orders.ts';
import type { ControlledNode, ControllerSettings } from '../devices/clb-controller.ts';
import { clbControllerName, managementName } from '../scenario/parts.ts';
import type { Clb } from '../scenario/scenario.ts';
import type { BuiltNode, Plant } from './plant.ts';

export function readControllerSettings(values: ParameterValues): ControllerSettings {
  return {
    intervalNs: values.get('clb.heartbeat_interval'),
    holdNs: values.get('clb.heartbeat_hold'),
    holdDownNs: values.get('clb.failover_hold_down'),
    switchBackNs: values.get('clb.switch_back_delay'),
  };
}

export function attachControllers(plant: Plant): void {
  for (const [region, { controller, managementAddress }] of plant.clbControllers) {
    const [name, management] = [clbControllerName(region), managementName(region)];
    controller.attach(plant.ifaceBetween(name, management));
    plant.managements.get(management)?.attach(managementAddress, plant.ifaceBetween(management, name));
  }
}

/** Puts a CLB with two zones under its region's controller. */
export function controlClb(
  plant: Plant,
  clb: Clb,
  nodes: readonly { readonly zone: string; readonly name: string; readonly built: BuiltNode }[],
): void {
  const { name, region, masterZone, slaveZone } = clb;
  const controller = plant.clbControllers.get(region)?.controller;
  if (slaveZone === null || controller === undefined) return;
  const control = ({
    zone: at,
    name: node,
    built,
  }: (typeof nodes)[number]): ControlledNode & { zone: string } => {
    const flow = plant.network.flows.add(`heartbeats/${clbControllerName(region)}/${node}`, false);
    const { announcer } = built.node;
    if (announcer !== null) obeyController(built.node, built.context, announcer, flow);
    return { zone: at, address: built.managementAddress, flow };
  };
  const controlled = nodes.map(control);
  controller.addCluster(
    name,
    { primary: masterZone, secondary: slaveZone },
    {
      primary: controlled.filter(({ zone }) => zone === masterZone),
      secondary: controlled.filter(({ zone }) => zone === slaveZone),
    },
  );
}

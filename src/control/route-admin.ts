/**
 * The admin verbs of route tables: entries are added and removed; both act at once, or are refused by the product's rule.
 * A default route is for what has no public address of its own: the others leave by the Internet gateway, as ever.
 * Source: VPC "Route tables"; Terraform alicloud_route_entry.
 */
import { present } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import { type Cidr, formatCidr } from '../base/ipv4.ts';
import { ROUTE_ENTRIES_PER_TABLE } from '../base/quotas.ts';
import type { NextHopSpace } from '../devices/forwarder.ts';
import type { RouteFibs, VpcRouter } from '../devices/vpc-router.ts';
import type { Network } from '../network/network.ts';
import type { NextHop } from '../routing/fib.ts';
import type { Refusal } from './refusal.ts';

export interface UserRoute {
  readonly name: string;
  readonly table: string;
  readonly destination: Cidr;
  /** The next hop as the state of the entry shows it. */
  readonly shown: string;
  /** By which all tables of the VPC lead there. */
  readonly via: NextHop;
  /** Of every zone of the VPC. */
  readonly routers: readonly VpcRouter[];
}

export interface ManagedTable {
  readonly fibs: RouteFibs;
  /**
   * Of the VPC: what a removed route to just this block leaves behind leads nowhere, not to a default route. Null: the
   * table of a gateway, which has none.
   */
  readonly vpcBlock: Cidr | null;
  readonly nextHops: NextHopSpace;
}

interface TableState extends ManagedTable {
  readonly routes: Map<string, UserRoute>;
}

export class RouteAdmin {
  private readonly network: Network;
  private readonly tables = new Map<string, TableState>();

  constructor(network: Network) {
    this.network = network;
  }

  manage(name: string, table: ManagedTable): void {
    this.tables.set(name, { ...table, routes: new Map() });
  }

  has(table: string): boolean {
    return this.tables.has(table);
  }

  add(route: UserRoute, event: number): Refusal {
    const { name, table, destination, via, routers } = route;
    const state = this.table(table);
    const refusal = refusalOf(state, route);
    if (refusal !== null) return refusal;
    const nextHop = state.nextHops.create();
    for (const router of routers) router.setRouteHop(nextHop, { via, event });
    state.fibs.inside.set(destination, nextHop);
    if (destination.length > 0) state.fibs.withInternet.set(destination, nextHop);
    state.routes.set(name, route);
    this.show(route, 'absent', describe(route), event);
    return null;
  }

  remove(table: string, name: string, event: number): Refusal {
    const state = this.table(table);
    const route = state.routes.get(name);
    if (route === undefined) return `${name} is no route entry of ${table}`;
    const { destination } = route;
    const { inside, withInternet, changes } = state.fibs;
    const { vpcBlock } = state;
    const isBlock = destination.base === vpcBlock?.base && destination.length === vpcBlock.length;
    const nowhere = isBlock ? state.nextHops.create() : null;
    for (const fib of destination.length === 0 ? [inside] : [inside, withInternet]) {
      fib.withdraw(destination);
      if (nowhere !== null) fib.set(destination, nowhere);
    }
    state.routes.delete(name);
    changes.push({ destination, event });
    this.show(route, describe(route), 'absent', event);
    return null;
  }

  private show({ table, name }: UserRoute, from: string, to: string, event: number): void {
    const subject = `${table}/${name}`;
    if (event === NONE) {
      this.network.states.set(subject, to);
      return;
    }
    this.network.change({ kind: 'installation', subject, from, to, cause: { event, chain: [] } });
  }

  private table(name: string): TableState {
    return present(this.tables.get(name), `no route table ${name} was built`);
  }
}

function refusalOf({ fibs, routes }: TableState, { name, table, destination }: UserRoute): Refusal {
  if (routes.has(name)) return `${name} is a route entry of ${table} already`;
  if (routes.size >= ROUTE_ENTRIES_PER_TABLE)
    return `${table} has ${ROUTE_ENTRIES_PER_TABLE} route entries, which is the most`;
  for (const other of routes.values()) {
    const { base, length } = other.destination;
    if (base === destination.base && length === destination.length)
      return `${other.name} of ${table} already leads to ${formatCidr(destination)}`;
  }
  const hasDefault = fibs.inside.routes().some(({ cidr }) => cidr.length === 0);
  if (destination.length === 0 && hasDefault)
    return `${table} has a default route already, to the NAT gateway of its VPC`;
  return null;
}

const describe = ({ destination, shown }: UserRoute): string => `${formatCidr(destination)} ${shown}`;

/** The forwarding table nobody can get wrong: every lookup looks at every route. Twin of the compiled one. */
import { type Cidr, cidrContains } from '../../src/base/ipv4.ts';
import { type NextHop, NO_NEXT_HOP, type Route } from '../../src/routing/fib.ts';

export class PlainFib {
  private routes: Route[];

  /** The routes are of different prefixes. */
  constructor(routes: readonly Route[] = []) {
    this.routes = [...routes];
  }

  get routeCount(): number {
    return this.routes.length;
  }

  set(cidr: Cidr, nextHop: NextHop): void {
    this.withdraw(cidr);
    this.routes.push({ cidr, nextHop });
  }

  withdraw({ base, length }: Cidr): void {
    this.routes = this.routes.filter(({ cidr }) => cidr.base !== base || cidr.length !== length);
  }

  lookup(address: number): NextHop {
    let best = -1;
    let nextHop = NO_NEXT_HOP;
    for (const route of this.routes) {
      if (route.cidr.length <= best || !cidrContains(route.cidr, address)) continue;
      best = route.cidr.length;
      nextHop = route.nextHop;
    }
    return nextHop;
  }
}

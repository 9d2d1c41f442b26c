/** The cookies that clients of one HTTP flow hold: one each, of the balancer in front of what the flow goes to. */
import { NONE } from '../base/brand.ts';
import type { HttpResponse } from '../protocols/http-messages.ts';
import type { HttpExchange } from './http-exchange.ts';

export class CookieJar {
  private readonly held = new Map<number, { readonly value: string; readonly untilNs: number }>();

  /** What goes with a request now; undefined: nothing. */
  of(exchange: HttpExchange, nowNs: number): string | undefined {
    const cookie = this.held.get(holderOf(exchange));
    return cookie !== undefined && nowNs < cookie.untilNs ? cookie.value : undefined;
  }

  keep(exchange: HttpExchange, { cookie }: HttpResponse, nowNs: number): void {
    if (cookie === undefined) return;
    const { value, lifeNs } = cookie;
    this.held.set(holderOf(exchange), { value, untilNs: nowNs + lifeNs });
  }
}

/** In a closed loop each user has a browser; in an open one each sender. */
function holderOf({ user, sender }: HttpExchange): number {
  return user === NONE ? sender : user;
}

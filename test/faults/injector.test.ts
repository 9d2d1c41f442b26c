/**
 * Goal: an element is down while anything holds it, and each fault does what its name says. Method: two hosts whose
 * machines and link are given to an injector; groups stand for zones.
 */
import { describe, expect, test } from 'vitest';
import { RandomStreams } from '../../src/base/random.ts';
import { MILLISECOND_NS, SECOND_NS } from '../../src/base/units.ts';
import { Host } from '../../src/devices/host.ts';
import { type FailOptions, FaultInjector, type FaultTarget } from '../../src/faults/injector.ts';
import type { IfaceId } from '../../src/network/ids.ts';
import { ADDRESS_A, ADDRESS_B, type TwoHosts, type TwoHostsOptions, twoHosts } from '../support/fixtures.ts';

const MS = MILLISECOND_NS;
const LINK = 'a~b/link-1';
const MACHINE: FaultTarget = { name: 'b', devices: ['b'], links: [] };
const ZONE: FaultTarget = { name: 'zone', devices: ['a', 'b'], links: [] };
const WIRE: FaultTarget = { name: LINK, devices: [], links: [LINK] };
const DUCT: FaultTarget = { name: 'duct', devices: [], links: [LINK] };
const POWER_OFF: FailOptions = { machineFault: 'power-off', linkFault: 'silent', direction: 'both' };
const REFUSE: FailOptions = { ...POWER_OFF, machineFault: 'refuse' };
const DARK: FailOptions = { ...POWER_OFF, linkFault: 'signalled' };

function faulty(options: TwoHostsOptions & { bootNs?: number } = {}): TwoHosts & { faults: FaultInjector } {
  const net = twoHosts(options);
  const settings = { bootNs: options.bootNs ?? 0, reorderDelayNs: MS };
  const faults = new FaultInjector(net.network, net.engine, new RandomStreams('faults', 0), settings);
  faults.addMachine('a', net.idA, net.a.stack, [LINK]);
  faults.addMachine('b', net.idB, net.b.stack, [LINK]);
  faults.addLink(LINK, 'a', 'b', net.link);
  return { ...net, faults };
}

/** Whether an echo from a reaches b and comes back, asked now. */
function pingNow(net: TwoHosts): { isBack: boolean } {
  const answer = { isBack: false };
  net.a.stack.onEchoReply(1, () => {
    answer.isBack = true;
  });
  net.a.stack.sendEcho(net.billing(), 1, ADDRESS_B, 84);
  net.run(net.engine.nowNs + 100 * MS);
  return answer;
}

describe('holds', () => {
  test('restoring a zone does not revive a machine that failed by itself', () => {
    const { faults, network, idA, idB } = faulty();
    faults.fail(MACHINE, POWER_OFF, 0);
    faults.fail(ZONE, POWER_OFF, 1);
    expect([network.isPowered(idA), network.isPowered(idB)]).toEqual([false, false]);
    faults.restore(ZONE, 2);
    expect([network.isPowered(idA), network.isPowered(idB)]).toEqual([true, false]);
    faults.restore(MACHINE, 3);
    expect(network.isPowered(idB)).toBe(true);
  });

  test('restoring a machine by its own name frees it from its zone as well', () => {
    const { faults, network, idA, idB } = faulty();
    faults.fail(ZONE, POWER_OFF, 0);
    faults.restore(MACHINE, 1);
    expect([network.isPowered(idA), network.isPowered(idB)]).toEqual([false, true]);
  });

  test('a zone that failed twice is restored by one restore', () => {
    const { faults, network, idB } = faulty();
    faults.fail(ZONE, POWER_OFF, 0);
    faults.fail(ZONE, POWER_OFF, 1);
    faults.restore(ZONE, 2);
    expect(network.isPowered(idB)).toBe(true);
  });

  test('a process that was dead before an outage is dead after it', () => {
    const { faults, b } = faulty();
    faults.fail(MACHINE, REFUSE, 0);
    faults.fail(ZONE, POWER_OFF, 1);
    faults.restore(ZONE, 2);
    expect(b.stack.serviceFault).toBe('refuse');
    faults.restore(MACHINE, 3);
    expect(b.stack.serviceFault).toBe('none');
  });

  test('a link held by a duct stays down when its own failure is not what is restored', () => {
    const { faults, network, link } = faulty();
    faults.fail(WIRE, POWER_OFF, 0);
    faults.fail(DUCT, POWER_OFF, 1);
    faults.restore(DUCT, 2);
    expect(network.links.isDown[link.out]).toBe(true);
    faults.restore(WIRE, 3);
    expect(network.links.isDown[link.out]).toBe(false);
  });

  test('restoring a machine leaves alone how somebody else degraded its link', () => {
    const { faults, network, link } = faulty();
    faults.degrade(WIRE, { loss: 1 }, 'both', 0);
    faults.fail(ZONE, POWER_OFF, 1);
    faults.restore(ZONE, 2);
    expect(network.links.impairments[link.out]).not.toBeNull();
    faults.restore(WIRE, 3);
    expect(network.links.impairments[link.out]).toBeNull();
  });

  test('restoring what was degraded by this name mends it', () => {
    const net = faulty();
    net.faults.degrade(MACHINE, { loss: 1, rateBps: 1_000 }, 'both', 0);
    expect(pingNow(net).isBack).toBe(false);
    net.faults.restore(MACHINE, 1);
    expect(pingNow(net).isBack).toBe(true);
    expect(net.network.links.rateBps[net.link.out]).toBe(0);
  });
});

describe('power', () => {
  test('changes are told with the event that caused them', () => {
    const { faults, changes } = faulty();
    faults.fail(MACHINE, POWER_OFF, 4);
    faults.restore(MACHINE, 5);
    expect(changes).toEqual([
      { kind: 'state', subject: 'b', from: 'on', to: 'off', cause: { event: 4, chain: [] } },
      { kind: 'state', subject: 'b', from: 'off', to: 'on', cause: { event: 5, chain: [] } },
    ]);
  });

  test('comes back after the boot time', () => {
    const net = faulty({ bootNs: 10 * SECOND_NS });
    net.faults.fail(MACHINE, POWER_OFF, 0);
    net.faults.restore(MACHINE, 1);
    net.run(10 * SECOND_NS);
    expect(net.network.isPowered(net.idB)).toBe(false);
    net.run(10 * SECOND_NS + 1);
    expect(net.network.isPowered(net.idB)).toBe(true);
  });

  test('that fails during the boot starts the boot over', () => {
    const net = faulty({ bootNs: 10 * SECOND_NS });
    net.faults.fail(MACHINE, POWER_OFF, 0);
    net.faults.restore(MACHINE, 1);
    net.run(2 * SECOND_NS);
    net.faults.fail(MACHINE, POWER_OFF, 2);
    net.run(5 * SECOND_NS);
    net.faults.restore(MACHINE, 3);
    net.run(15 * SECOND_NS);
    expect(net.network.isPowered(net.idB)).toBe(false);
    net.run(15 * SECOND_NS + 1);
    expect(net.network.isPowered(net.idB)).toBe(true);
  });

  test('a process that is held dead is dead after the boot too', () => {
    const net = faulty({ bootNs: 10 * SECOND_NS });
    net.faults.fail(MACHINE, REFUSE, 0);
    net.faults.fail(ZONE, POWER_OFF, 1);
    net.faults.restore(ZONE, 2);
    net.run(20 * SECOND_NS);
    expect(net.network.isPowered(net.idB)).toBe(true);
    expect(net.b.stack.serviceFault).toBe('refuse');
  });
});

describe('links', () => {
  test.each([
    ['out', [true, false]],
    ['in', [false, true]],
    ['both', [true, true]],
  ] as const)('fail in direction %s', (direction, expected) => {
    const { faults, network, link } = faulty();
    faults.fail(WIRE, { ...POWER_OFF, direction }, 0);
    expect([network.links.isDown[link.out], network.links.isDown[link.back]]).toEqual(expected);
    faults.restore(WIRE, 1);
    expect([network.links.isDown[link.out], network.links.isDown[link.back]]).toEqual([false, false]);
  });

  test('degrade in the direction asked for only', () => {
    const { faults, network, link } = faulty();
    faults.degrade(WIRE, { latencyNs: MS }, 'in', 0);
    expect(network.links.impairments[link.out]).toBeNull();
    expect(network.links.impairments[link.back]).not.toBeNull();
  });

  test('that are down drop packets blamed on the event, and carry them blamed on the restore', () => {
    const net = faulty();
    net.faults.fail(WIRE, POWER_OFF, 6);
    expect(pingNow(net).isBack).toBe(false);
    expect(net.drops).toMatchObject([{ reason: 'link-down', event: 6 }]);
    net.faults.restore(WIRE, 7);
    expect(pingNow(net).isBack).toBe(true);
    expect(net.network.flows.answerOf(0 as never)).toBe(7);
  });
});

describe('light', () => {
  /** [interface, lit] as host a hears of it. */
  function watched(): { net: ReturnType<typeof faulty>; heard: boolean[] } {
    const heard: boolean[] = [];
    class Watcher extends Host {
      override onLight(_iface: IfaceId, isLit: boolean): void {
        heard.push(isLit);
      }
    }
    const net = faulty({ makeA: (context, settings) => new Watcher(context, settings, ADDRESS_A) });
    return { net, heard };
  }

  test('goes and comes back with a signalled failure', () => {
    const { net, heard } = watched();
    net.faults.fail(WIRE, DARK, 0);
    expect(heard).toEqual([false]);
    net.faults.restore(WIRE, 1);
    expect(heard).toEqual([false, true]);
  });

  test('is not heard of when a link fails silently and is restored', () => {
    const { net, heard } = watched();
    net.faults.fail(WIRE, POWER_OFF, 0);
    net.faults.restore(WIRE, 1);
    expect(heard).toEqual([]);
  });

  test('is lost once, however many failures hold it', () => {
    const { net, heard } = watched();
    net.faults.fail(WIRE, DARK, 0);
    net.faults.fail(DUCT, DARK, 1);
    net.faults.restore(DUCT, 2);
    expect(heard).toEqual([false]);
    net.faults.restore(WIRE, 3);
    expect(heard).toEqual([false, true]);
  });

  test('is lost only by the end that the broken direction leads to', () => {
    const { net, heard } = watched();
    net.faults.fail(WIRE, { ...DARK, direction: 'out' }, 0);
    expect(heard).toEqual([]);
    net.faults.restore(WIRE, 1);
    net.faults.fail(WIRE, { ...DARK, direction: 'in' }, 2);
    expect(heard).toEqual([false]);
  });
});

describe('degradations', () => {
  const held = (net: ReturnType<typeof faulty>) => {
    const { links } = net.network;
    const { out, back } = net.link;
    return {
      rates: [links.rateBps[out], links.rateBps[back]],
      impaired: [links.impairments[out] !== null, links.impairments[back] !== null],
      events: [links.degradeEvent[out], links.degradeEvent[back]],
    };
  };
  const target = (name: string, devices: string[] = []): FaultTarget => ({ name, devices, links: [LINK] });

  test('of several targets act together and end each with its own', () => {
    const net = faulty();
    const [rate] = held(net).rates;
    net.faults.degrade(target(LINK), { rateBps: 1_000_000 }, 'both', 0);
    net.faults.degrade(target('storm'), { loss: 0.5 }, 'out', 1);
    expect(held(net)).toMatchObject({ rates: [1_000_000, 1_000_000], impaired: [true, false] });
    net.faults.restore(target('storm'), 2);
    expect(held(net)).toMatchObject({ rates: [1_000_000, 1_000_000], impaired: [false, false] });
    net.faults.restore(target(LINK), 3);
    expect(held(net)).toMatchObject({ rates: [rate, rate], impaired: [false, false], events: [3, 3] });
  });

  test('of a machine are out when they leave it, whichever end of the link it is', () => {
    const net = faulty();
    net.faults.degrade(target('b', ['b']), { loss: 0.5 }, 'out', 0);
    expect(held(net).impaired).toEqual([false, true]);
    net.faults.restore(target('b', ['b']), 1);
    net.faults.degrade(target('a', ['a']), { loss: 0.5 }, 'out', 2);
    expect(held(net).impaired).toEqual([true, false]);
  });

  test('keep their own event when the link fails and comes back meanwhile', () => {
    const net = faulty();
    net.faults.degrade(target('storm'), { loss: 1 }, 'out', 7);
    net.faults.fail(target(LINK), POWER_OFF, 8);
    net.faults.restore({ name: 'other', devices: [], links: [LINK] }, 9);
    expect(net.network.links.isDown[net.link.out]).toBe(true);
    net.faults.fail(target('cut'), POWER_OFF, 10);
    net.faults.restore(target('cut'), 11);
    expect(net.network.links.isDown[net.link.out]).toBe(true);
    expect(net.network.links.impairments[net.link.out]?.[0]?.event).toBe(7);
  });
});

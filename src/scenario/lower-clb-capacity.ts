/** What a CLB may carry: its bandwidth, what listeners reserve of it, its specification. */

import { CLB_SPEC_NAMES } from '../base/clb-specs.ts';
import type { Check } from './check.ts';
import { limitedQuantity, optional, wordOf } from './reading.ts';
import type { ClbCapacity, ClbListener } from './scenario.ts';
import type { Tree } from './tree.ts';
import { child, entriesOf } from './tree.ts';

/** Of the instance, and at least of a listener. */
const BANDWIDTH = { min: 1e6, max: 1000e6 } as const;

export function clbCapacityOf(check: Check, owner: Tree, isPublic: boolean): ClbCapacity {
  const spec = wordOf(child(owner, 'load_balancer_spec'), CLB_SPEC_NAMES);
  return {
    ...optional('bandwidthBps', bandwidthOf(check, owner, isPublic)),
    ...optional('spec', spec),
  };
}

/** Of an instance or a listener; where the address is private there is none. */
export function bandwidthOf(check: Check, owner: Tree, isPublic: boolean): number | undefined {
  const node = child(owner, 'bandwidth');
  if (node !== undefined && !isPublic) {
    check.diagnostics.error('not-applicable', node.span, 'bandwidth does not apply to an intranet CLB', {
      expected: 'address_type: internet, or the bandwidth of an EIP',
    });
  }
  return limitedQuantity(node, 'bitrate', BANDWIDTH, check.diagnostics);
}

/** Something has to be left for what reserves nothing, acknowledgements of pings among it. */
export function checkReservations(
  check: Check,
  clb: Tree,
  { bandwidthBps = check.parameters.get('clb.internet_bandwidth') }: ClbCapacity,
  listeners: readonly ClbListener[],
): void {
  let sum = 0;
  for (const { name, options } of listeners) {
    sum += options.bandwidthBps ?? 0;
    if (options.bandwidthBps === undefined || sum < bandwidthBps) continue;
    const listener = entriesOf(child(clb, 'listeners')).find(({ key }) => key === name);
    const node = child(listener?.value, 'bandwidth');
    if (node === undefined) return;
    check.diagnostics.error('out-of-range', node.span, 'the listeners reserve the whole bandwidth, or more', {
      expected: 'less than the bandwidth of the CLB in all',
    });
    return;
  }
}

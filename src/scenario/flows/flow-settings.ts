/** Rate, size and connections of a flow, read and held to their limits. */
import type { Distribution } from '../../base/distribution.ts';
import type { ParameterId } from '../../base/parameters.ts';
import { parseQuantity } from '../../base/units.ts';
import { distributionOf, integerOf, limitedQuantity, textOf } from '../reading.ts';
import { child } from '../tree.ts';
import type { FlowDraft } from './flow-draft.ts';

/** Units per second of one flow: beyond this no run ends. */
export const MAX_RATE = 10_000_000;
/** IPv4 and UDP or ICMP headers with one byte of data; the longest IPv4 packet. What is over the MTU is sent in fragments. */
export const PACKET_SIZES = { min: 29, max: 65_535 } as const;
/** Connections of one flow, in all and per sender: a host has 28,232 ports towards one destination. */
const MAX_CONNECTIONS = 1_000_000;
export const MAX_CONNECTIONS_PER_SENDER = 28_000;

/** A size of a flow that draws none. */
export function fixedSizeOf(
  { check, kind, value }: FlowDraft,
  limits: { readonly min: number; readonly max: number },
  key = 'size',
): number | undefined {
  const node = child(value, key);
  if (node?.kind !== 'map') return limitedQuantity(node, 'size', limits, check.diagnostics);
  check.diagnostics.error('not-applicable', node.span, `${kind} takes no distribution of sizes`, {
    expected: 'one size such as 1000B',
  });
  return undefined;
}

/** `size` of datagrams, which may be drawn: IP lengths. */
export function datagramSizesOf({ check, value }: FlowDraft): Distribution | undefined {
  return distributionOf(child(value, 'size'), 'size', PACKET_SIZES, check.diagnostics);
}

/** `rate` as units per second: a frequency only. */
export function frequencyOf(draft: FlowDraft): number | undefined {
  const { check, kind, value } = draft;
  const node = child(value, 'rate');
  const text = textOf(node);
  if (node === undefined) return missingRate(draft);
  if (text === undefined) return undefined;
  if (parseQuantity(text, 'bitrate').ok && !parseQuantity(text, 'frequency').ok) {
    check.diagnostics.error('bad-unit', node.span, `'${text}' is a bit rate, which ${kind} does not take`, {
      expected: 'a frequency such as 200/s',
    });
    return undefined;
  }
  return limitedRate(draft, text);
}

/** `rate` as units per second: a frequency, or a bit rate of packets of `size` or else of the parameter's size. */
export function packetRateOf(
  draft: FlowDraft,
  size: number | undefined,
  sizeId: ParameterId,
): number | undefined {
  const text = textOf(child(draft.value, 'rate'));
  if (child(draft.value, 'rate') === undefined) return missingRate(draft);
  return text === undefined
    ? undefined
    : limitedRate(draft, text, 8 * (size ?? draft.check.parameters.get(sizeId)));
}

function missingRate({ check, name, span }: FlowDraft): undefined {
  check.diagnostics.error('missing-key', span, `'${name}' has no rate`, {
    expected: 'rate: a frequency such as 200/s',
  });
}

function limitedRate(draft: FlowDraft, text: string, bitsPerUnit?: number): number | undefined {
  const frequency = parseQuantity(text, 'frequency');
  const bitrate = parseQuantity(text, 'bitrate');
  let rate: number | undefined;
  if (frequency.ok) rate = frequency.value;
  else if (bitrate.ok && bitsPerUnit !== undefined) rate = bitrate.value / bitsPerUnit;
  if (rate !== undefined && rate > 0 && rate <= MAX_RATE) return rate;
  // Its form was refused before.
  if (!frequency.ok && !bitrate.ok) return undefined;
  const { span } = child(draft.value, 'rate') ?? draft;
  draft.check.diagnostics.error('out-of-range', span, `'${text}' is out of range`, {
    expected: `more than 0, at most ${MAX_RATE}/s`,
  });
  return undefined;
}

/** Connections that a flow's units are spread over; by default every sender has one. */
export function connectionsOf({ check, value, from }: FlowDraft): number {
  const node = child(value, 'connections');
  const senders = from.length;
  if (textOf(node) === 'unlimited') {
    check.diagnostics.error('not-applicable', node?.span ?? value.span, 'only sessions may be unlimited', {
      expected: 'a whole number',
    });
  }
  const count = integerOf(node, 1, MAX_CONNECTIONS);
  if (node === undefined || count === undefined) return Math.max(1, senders);
  if (count > MAX_CONNECTIONS_PER_SENDER * Math.max(1, senders)) {
    check.diagnostics.error(
      'out-of-range',
      node.span,
      `${count} connections are too many for ${senders} sender(s)`,
      { expected: `at most ${MAX_CONNECTIONS_PER_SENDER} per sender` },
    );
  }
  if (count < senders) {
    check.diagnostics.warning(
      'few-connections',
      node.span,
      `${senders} senders share ${count} connections: each has one all the same`,
    );
  }
  return count;
}

/**
 * Static public IPs: an instance that buys Internet bandwidth gets an address of its own with it. From here on it is an
 * EIP named `web-1/public-ip` that stays where it is until it is converted.
 */
import type { AddressBook } from './address-book.ts';
import { publicAddressOf } from './address-rules.ts';
import type { Check } from './check.ts';
import { chargeTypeOf } from './lower-costs.ts';
import type { EipDraft } from './lower-eips.ts';
import type { InstanceDraft } from './lower-hosts.ts';
import { regionOfZone } from './parts.ts';
import { limitedQuantity, textOf } from './reading.ts';
import type { VSwitch } from './scenario.ts';
import type { Span, Tree } from './tree.ts';
import { child } from './tree.ts';

/** Source: Terraform alicloud_instance, internet_max_bandwidth_out. */
export const PUBLIC_IP_BANDWIDTH = { min: 1e6, max: 100e6 } as const;
const SUFFIX = '/public-ip';

export const publicIpName = (instance: string): string => `${instance}${SUFFIX}`;

/** `web-1` of `web-1/public-ip`; other names are their own. */
export const ownerOf = (eip: string): string => (eip.endsWith(SUFFIX) ? eip.slice(0, -SUFFIX.length) : eip);

export function draftPublicIps(
  check: Check,
  instances: ReadonlyMap<string, InstanceDraft>,
  vswitches: ReadonlyMap<string, VSwitch>,
  book: AddressBook,
  addresses: Map<string, number>,
): EipDraft[] {
  const { diagnostics } = check;
  return check.names.inSections('instances').flatMap(({ name: instance, value }) => {
    const bandwidthNode = child(value, 'internet_max_bandwidth_out');
    const bandwidthBps = limitedQuantity(bandwidthNode, 'bitrate', PUBLIC_IP_BANDWIDTH, diagnostics);
    const addressNode = child(value, 'public_ip');
    const address = publicAddressOf(addressNode, diagnostics);
    if (addressNode !== undefined && bandwidthNode === undefined) {
      diagnostics.error('missing-key', addressNode.span, `'${instance}' has a public_ip without bandwidth`, {
        expected: 'internet_max_bandwidth_out beside it',
      });
    }
    const chargeNode = child(value, 'internet_charge_type');
    if (chargeNode !== undefined && bandwidthNode === undefined) {
      diagnostics.error('missing-key', chargeNode.span, `'${instance}' buys no bandwidth`, {
        expected: 'internet_max_bandwidth_out beside it',
      });
    }
    const name = publicIpName(instance);
    if (addressNode !== undefined && address !== undefined) {
      book.claim('', address, name, addressNode.span);
      addresses.set(name, address);
    }
    const zone = vswitches.get(instances.get(instance)?.vswitch ?? '')?.zone;
    if (bandwidthBps === undefined || zone === undefined) return [];
    // Source: Terraform alicloud_instance, internet_charge_type.
    const chargeType = chargeTypeOf(value, 'traffic');
    return [{ name, region: regionOfZone(zone), bandwidthBps, target: instance, isStatic: true, chargeType }];
  });
}

/** An EIP that an event names: one of the file, or a static public IP that some event converts. */
export function eipOf(
  check: Check,
  eips: ReadonlyMap<string, EipDraft>,
  text: string,
  span: Span,
): EipDraft | undefined {
  const eip = eips.get(text);
  if (eip?.isCutThrough === true) {
    check.diagnostics.error('reserved-key', span, `moving '${text}', which is BINDED, is not supported yet`, {
      expected: 'mode: NAT',
    });
    return undefined;
  }
  if (eip?.isStatic !== true) {
    const declared = check.names.resolve(text, span, 'eips');
    return declared === undefined ? undefined : eips.get(declared.name);
  }
  const instance = ownerOf(text);
  const events = check.names.inSections('events');
  if (!events.some(({ value }) => textOf(child(value, 'convert')) === instance)) {
    check.diagnostics.error(
      'static-address',
      span,
      `'${text}' is a static public IP, which stays on '${instance}'`,
      {
        expected: `an event with convert: ${instance} before, which makes it an EIP`,
      },
    );
  }
  return eip;
}

/** The static public IP of the instance that `convert` names. */
export function convertedIp(
  check: Check,
  eips: ReadonlyMap<string, EipDraft>,
  node: Tree,
): string | undefined {
  const text = textOf(node);
  if (text === undefined) return undefined;
  const declared = check.names.resolve(text, node.span, 'instances');
  if (declared === undefined) return undefined;
  const name = publicIpName(declared.name);
  if (eips.has(name)) return name;
  if (child(declared.value, 'internet_max_bandwidth_out') === undefined) {
    check.diagnostics.error('bad-target', node.span, `'${text}' has no static public IP to convert`, {
      expected: 'an instance with internet_max_bandwidth_out',
    });
  }
  return undefined;
}

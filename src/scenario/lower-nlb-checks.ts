/** Health checks of a server group of an NLB: TCP or HTTP for one of TCP, datagrams with or without strings for one of UDP. */
import type { Check } from './check.ts';
import { limitsOf } from './listener-settings.ts';
import { refuseKeys, stringsOf } from './lower-listener-checks.ts';
import { integerOf, limitedQuantity, optional, textItems, textOf, wordOf } from './reading.ts';
import type { HealthCheck, HttpCheckSettings } from './scenario.ts';
import { HTTP_CODES } from './schema-listener-checks.ts';
import { NLB_CHECKS } from './schema-nlbs.ts';
import type { Tree } from './tree.ts';
import { child } from './tree.ts';

const HTTP_KEYS = [
  'health_check_url',
  'health_check_domain',
  'http_check_method',
  'health_check_http_code',
] as const;
const STRING_KEYS = ['health_check_req', 'health_check_exp'] as const;

export function nlbCheckOf(check: Check, node: Tree | undefined, protocol: 'tcp' | 'udp'): HealthCheck {
  const time = (key: string, id: 'nlb.health_check_interval' | 'nlb.health_check_timeout') =>
    limitedQuantity(child(node, key), 'duration', limitsOf(id), check.diagnostics);
  const timers = {
    ...optional('intervalNs', time('health_check_interval', 'nlb.health_check_interval')),
    ...optional('timeoutNs', time('health_check_connect_timeout', 'nlb.health_check_timeout')),
    ...optional('unhealthyThreshold', integerOf(child(node, 'unhealthy_threshold'), 2, 10)),
    ...optional('healthyThreshold', integerOf(child(node, 'healthy_threshold'), 2, 10)),
    ...optional('port', integerOf(child(node, 'health_check_connect_port'), 1, 65535)),
  };
  return node === undefined ? timers : { ...timers, ...questionOf(check, node, protocol) };
}

/** What it asks beyond the protocol. */
function questionOf(
  check: Check,
  node: Tree,
  protocol: 'tcp' | 'udp',
): Pick<HealthCheck, 'http' | 'strings'> {
  const typeNode = child(node, 'health_check_type');
  const type = wordOf(typeNode, NLB_CHECKS) ?? (protocol === 'udp' ? 'UDP' : 'TCP');
  if (typeNode !== undefined && (type === 'UDP') !== (protocol === 'udp')) {
    const group = protocol.toUpperCase();
    check.diagnostics.error(
      'not-applicable',
      typeNode.span,
      `a group of protocol ${group} is not checked by that`,
      {
        expected: protocol === 'udp' ? 'health_check_type: UDP' : 'health_check_type: TCP or HTTP',
      },
    );
  }
  if (type === 'UDP') {
    refuseKeys(check, node, HTTP_KEYS, 'does not apply to UDP', 'health_check_type: HTTP');
    return optional('strings', stringsOf(check, node));
  }
  refuseKeys(check, node, STRING_KEYS, `does not apply to ${type}`, 'a group of protocol UDP');
  if (type === 'HTTP') return { http: httpOf(node) };
  refuseKeys(check, node, HTTP_KEYS, 'says nothing to a TCP check', 'health_check_type: HTTP beside it');
  return {};
}

function httpOf(node: Tree): HttpCheckSettings {
  const codesNode = child(node, 'health_check_http_code');
  const codes = codesNode === undefined ? ['http_2xx'] : textItems(codesNode).map(({ text }) => text);
  return {
    method: wordOf(child(node, 'http_check_method'), ['GET', 'HEAD'] as const) === 'HEAD' ? 'head' : 'get',
    path: textOf(child(node, 'health_check_url')) ?? '/',
    ...optional('domain', textOf(child(node, 'health_check_domain'))),
    statusClasses: HTTP_CODES.flatMap((code, i) => (codes.includes(code) ? [i + 2] : [])),
  };
}

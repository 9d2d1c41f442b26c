/** Health checks of a listener that ask for more than its protocol has to offer: HTTP over TCP, strings over UDP. */
import type { Check } from './check.ts';
import type { ListenPorts } from './listen-ports.ts';
import { optional, textOf, wordOf } from './reading.ts';
import type { ClbListener, HealthCheck, HttpCheckSettings } from './scenario.ts';
import { HTTP_CODES, type HttpCode } from './schema-listener-checks.ts';
import type { Span, Tree } from './tree.ts';
import { child } from './tree.ts';

const HTTP_KEYS = [
  'health_check_uri',
  'health_check_domain',
  'health_check_method',
  'health_check_http_code',
] as const;
const STRING_KEYS = ['health_check_req', 'health_check_exp'] as const;

export function listenerCheckOf(
  check: Check,
  owner: Tree,
  protocol: ClbListener['protocol'] | undefined,
): Pick<HealthCheck, 'http' | 'strings'> {
  if (protocol === 'udp') {
    refuseKeys(check, owner, ['health_check_type', ...HTTP_KEYS], 'does not apply to udp', 'a tcp listener');
    return optional('strings', stringsOf(check, owner));
  }
  refuseKeys(check, owner, STRING_KEYS, `does not apply to ${protocol}`, 'a udp listener');
  if (protocol === 'http') {
    refuseKeys(check, owner, ['health_check_type'], 'does not apply to http', 'nothing: it checks over HTTP');
    return { http: httpCheckOf(owner, 'head') };
  }
  if (wordOf(child(owner, 'health_check_type'), ['tcp', 'http'] as const) === 'http')
    return { http: httpCheckOf(owner, 'get') };
  refuseKeys(check, owner, HTTP_KEYS, 'says nothing to a TCP check', 'health_check_type: http beside it');
  return {};
}

/** `method`: what is asked unless set; a TCP listener asks with GET. */
export function httpCheckOf(owner: Tree, method: HttpCheckSettings['method']): HttpCheckSettings {
  const codes = textOf(child(owner, 'health_check_http_code')) ?? 'http_2xx';
  return {
    method: wordOf(child(owner, 'health_check_method'), ['head', 'get'] as const) ?? method,
    path: textOf(child(owner, 'health_check_uri')) ?? '/',
    ...optional('domain', textOf(child(owner, 'health_check_domain'))),
    statusClasses: HTTP_CODES.flatMap((code: HttpCode, i) =>
      codes.split(',').includes(code) ? [i + 2] : [],
    ),
  };
}

/** What a server serves for a listener: probes over HTTP, and layer 7, want a process that speaks it. */
export function serveListener(
  check: Check,
  ports: ListenPorts,
  { protocol, backendPort, healthCheck }: Pick<ClbListener, 'protocol' | 'backendPort' | 'healthCheck'>,
  instance: string,
  span: Span,
): void {
  if (healthCheck.http !== undefined) ports.offer(check, instance, healthCheck.port ?? backendPort, span);
  if (protocol === 'http') ports.offer(check, instance, backendPort, span);
  else ports.add(instance, protocol, backendPort);
}

/** Both or neither. */
export function stringsOf(check: Check, owner: Tree): HealthCheck['strings'] | undefined {
  const [requestNode, responseNode] = STRING_KEYS.map((key) => child(owner, key));
  const [request, response] = [textOf(requestNode), textOf(responseNode)];
  const lone =
    requestNode === undefined ? responseNode : responseNode === undefined ? requestNode : undefined;
  if (lone !== undefined) {
    const [has, lacks] = requestNode === undefined ? [...STRING_KEYS].reverse() : STRING_KEYS;
    check.diagnostics.error('missing-key', lone.span, `${has} without ${lacks}`, {
      expected: 'both, or neither: then silence counts as an answer',
    });
  }
  return request === undefined || response === undefined ? undefined : { request, response };
}

export function refuseKeys(
  check: Check,
  owner: Tree,
  keys: readonly string[],
  why: string,
  expected: string,
): void {
  for (const key of keys) {
    const node = child(owner, key);
    if (node !== undefined)
      check.diagnostics.error('not-applicable', node.span, `${key} ${why}`, { expected });
  }
}

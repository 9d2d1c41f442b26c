/**
 * What DNS queries and answers say, A records only (RFC 1035). They ride as content of UDP datagrams; their lengths are
 * those of the real encoding, names uncompressed in the question and compressed in the answers.
 */
export interface DnsQuery {
  readonly kind: 'dns-query';
  readonly id: number;
  /** Without the final dot. */
  readonly name: string;
}

export interface DnsAnswer {
  readonly kind: 'dns-answer';
  readonly id: number;
  readonly name: string;
  readonly rcode: typeof NO_ERROR | typeof SERVER_FAILURE | typeof NAME_ERROR;
  readonly ttlSeconds: number;
  readonly addresses: readonly number[];
}

export const NO_ERROR = 0;
export const SERVER_FAILURE = 2;
export const NAME_ERROR = 3;
export const DNS_PORT = 53;

const HEADER_BYTES = 12;
/** Type and class of a question. */
const QUESTION_TAIL_BYTES = 4;
/** Pointer to the name, type, class, TTL, length, address. */
const A_RECORD_BYTES = 16;

/** Bytes of the UDP payload. */
export function dnsBytes(message: DnsQuery | DnsAnswer): number {
  // A length byte before each label and one for the root: two more than the text has characters.
  const question = HEADER_BYTES + message.name.length + 2 + QUESTION_TAIL_BYTES;
  return message.kind === 'dns-query' ? question : question + A_RECORD_BYTES * message.addresses.length;
}

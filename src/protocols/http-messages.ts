/** What HTTP requests and responses say; their sizes travel as bytes of the stream. */
export interface HttpRequest {
  readonly kind: 'http-request';
  readonly responseBytes: number;
  /** False: the server closes after its response. */
  readonly keepAlive: boolean;
  /** Host header and path, for those who route by them. */
  readonly host?: string;
  readonly path?: string;
  /** What the last response set: the server that a balancer chose. */
  readonly cookie?: string;
  /** X-Forwarded-For: the client's address, as a proxy says. */
  readonly forwardedFor?: number;
}

export interface HttpResponse {
  readonly kind: 'http-response';
  readonly status: number;
  /** Set-Cookie of a balancer, and for how long the client keeps it. */
  readonly cookie?: { readonly value: string; readonly lifeNs: number };
  /** True: a load balancer answers in place of a server. */
  readonly isFromBalancer?: boolean;
}

export const BAD_GATEWAY = 502;
export const UNAVAILABLE = 503;
export const GATEWAY_TIMEOUT = 504;

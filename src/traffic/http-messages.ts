/** What HTTP requests and responses say; their sizes travel as bytes of the stream. */
export interface HttpRequest {
  readonly kind: 'http-request';
  readonly responseBytes: number;
  /** False: the server closes after its response. */
  readonly keepAlive: boolean;
}

export interface HttpResponse {
  readonly kind: 'http-response';
  readonly status: number;
}

/** What a UDP health check with strings asks a service, and what it hears. */

/** The service knows what the request is worth: `response` is what it answers while it works. */
export interface DatagramCheck {
  readonly kind: 'check-request';
  readonly request: string;
  readonly response: string;
}

export interface DatagramCheckAnswer {
  readonly kind: 'check-answer';
  readonly text: string;
}

export function isDatagramCheck(content: unknown): content is DatagramCheck {
  return (content as { readonly kind?: unknown } | null)?.kind === 'check-request';
}

export function isDatagramCheckAnswer(content: unknown): content is DatagramCheckAnswer {
  return (content as { readonly kind?: unknown } | null)?.kind === 'check-answer';
}

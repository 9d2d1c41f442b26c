/** What the two ends of a session say to each other; sizes travel as bytes of the stream. */
export interface Message {
  readonly kind: 'message';
  readonly answerBytes: number;
}

export interface MessageAnswer {
  readonly kind: 'answer';
  readonly isError: boolean;
}

/** Every validation, in the order of docs/VALIDATION.md. */
import { erlang } from './erlang.ts';
import { queueing } from './queueing.ts';
import type { Validation } from './row.ts';
import { sharing } from './sharing.ts';
import { tcpThroughput } from './tcp-throughput.ts';
import { tcpTimeouts } from './tcp-timeouts.ts';
import { tcpWindow } from './tcp-window.ts';
import { tokenBucket } from './token-bucket.ts';

export const validations: readonly Validation[] = [
  ...queueing,
  ...erlang,
  ...tokenBucket,
  ...tcpTimeouts,
  ...tcpThroughput,
  ...tcpWindow,
  ...sharing,
];

/** HTTP in an open loop: requests come whether or not earlier ones have been answered, from the senders in turn. */
import { NONE } from '../base/brand.ts';
import { HttpClient, type HttpSettings } from './http-client.ts';
import { OpenLoopWorkload, type PacedOptions } from './workload.ts';

export class HttpWorkload extends OpenLoopWorkload<PacedOptions> {
  private readonly client: HttpClient;
  private offered = 0;

  constructor(options: PacedOptions, settings: HttpSettings) {
    super(options);
    this.client = new HttpClient(options, settings);
  }

  protected override offerUnit(): void {
    this.client.offer(this.offered++ % this.options.senders.length, NONE);
  }
}

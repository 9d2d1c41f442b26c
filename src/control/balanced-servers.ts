/** Tells VPC routers which instances serve a load balancer: why those do not reach the Internet is a question by itself. */
import type { VpcRouter } from '../devices/vpc-router.ts';
import type { IfaceId } from '../network/ids.ts';

/** Hears that an instance has become a server of one more listener or group, or of one less. */
export type ServerHandler = (instance: string, isServer: boolean) => void;

/** Where an instance is attached. */
export interface RouterPort {
  readonly router: VpcRouter;
  readonly iface: IfaceId;
}

export function balancedServers(portOf: (instance: string) => RouterPort): ServerHandler {
  return (instance, isServer) => {
    const { router, iface } = portOf(instance);
    router.countBalancer(iface, isServer ? 1 : -1);
  };
}

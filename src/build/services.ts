/** The HTTP services that a host declares, by port, and what all HTTP servers have in common. */
import type { HttpService as Declared } from '../scenario/scenario.ts';
import type { HttpServerSettings } from '../traffic/http-answer.ts';
import { HttpService } from '../traffic/http-service.ts';
import type { Plant } from './plant.ts';

export function httpServerSettings({ values }: Plant): HttpServerSettings {
  return {
    slowNs: values.get('fault.slow_response'),
    errorBytes: values.get('traffic.http_error_size'),
  };
}

/** Each draws from a stream of its own, `HOST/SERVICE`, and shows what it does among the gauges of its host. */
export function buildServices(
  plant: Plant,
  hostName: string,
  services: readonly Declared[],
): ReadonlyMap<number, HttpService> {
  const byPort = new Map<number, HttpService>();
  const host = plant.host(hostName);
  for (const declared of services) {
    const { name, port } = declared;
    const random = plant.streams.stream(`${hostName}/${name}`, 'service time');
    const settings = {
      serviceTime: declared.serviceTime,
      concurrency: unlimited(declared.concurrency),
      queue: unlimited(declared.queue),
      queueTimeoutNs: unlimited(declared.queueTimeoutNs),
      idleTimeoutNs: unlimited(declared.idleTimeoutNs),
    };
    const service = new HttpService(host.stack, plant.engine, httpServerSettings(plant), settings, random);
    host.addGauge(`${name}/busy`, () => service.busy);
    host.addGauge(`${name}/waiting`, () => service.waiting);
    byPort.set(port, service);
  }
  return byPort;
}

function unlimited(limit: number | null): number {
  return limit ?? Number.POSITIVE_INFINITY;
}

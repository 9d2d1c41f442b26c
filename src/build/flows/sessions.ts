/** `kind: sessions`. */
import { meanOf } from '../../base/distribution.ts';
import { SECOND_NS } from '../../base/units.ts';
import type { SessionsFlow } from '../../scenario/scenario.ts';
import { SessionsWorkload } from '../../traffic/sessions.ts';
import type { Plant } from '../plant.ts';
import { reconnectOf, socketOptionsOf } from './connected.ts';
import { type FlowBuilder, timeoutOf, workloadOptions } from './flow-parts.ts';

const DEFAULTS = { timeout: 'traffic.session_timeout', size: 'traffic.message_size' } as const;

export const sessionsFlows: FlowBuilder<SessionsFlow, SessionsWorkload> = {
  build: (site) => {
    const { plant, flow } = site;
    const { values } = plant;
    return new SessionsWorkload(workloadOptions(site, flow.port, DEFAULTS.timeout), {
      held: flow.connections,
      openRatePerSecond: openRateOf(plant, flow),
      arrivals: flow.arrivals,
      heartbeatNs: heartbeatOf(plant, flow),
      life: flow.life ?? null,
      messageBytes: flow.sizeBytes ?? values.get(DEFAULTS.size),
      answerBytes: flow.responseSizeBytes ?? values.get('traffic.message_answer_size'),
      reconnect: reconnectOf(plant, flow),
      socket: socketOptionsOf(plant, flow),
    });
  },
  plan: (plant, flow) => ({
    name: flow.name,
    latencyKind: 'response',
    isHttp: false,
    isOnePacket: false,
    usesTcp: true,
    meanGapNs: meanGapNs(plant, flow),
    timeoutNs: timeoutOf(plant, flow, DEFAULTS.timeout),
    // A session that has not been answered says nothing more.
    closedLoop: true,
    slots: flow.connections ?? 0,
  }),
};

function openRateOf({ values }: Plant, { openRatePerSecond }: SessionsFlow): number {
  return openRatePerSecond ?? values.get('traffic.session_open_rate');
}

function heartbeatOf({ values }: Plant, { heartbeatNs }: SessionsFlow): number {
  if (heartbeatNs === null) return Number.POSITIVE_INFINITY;
  return heartbeatNs ?? values.get('traffic.session_heartbeat');
}

/** Of the messages of all sessions together; of the openings where there are none after them. */
function meanGapNs(plant: Plant, flow: SessionsFlow): number {
  const openings = openRateOf(plant, flow) / SECOND_NS;
  const heartbeatNs = heartbeatOf(plant, flow);
  const { connections, life } = flow;
  const alive = connections ?? (life === undefined ? 0 : openings * meanOf(life));
  const beats = alive / heartbeatNs;
  return 1 / (beats > 0 && connections !== null ? beats : openings + beats);
}

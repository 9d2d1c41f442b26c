/** Programs on a host that speak by protocols and timers of their own, such as keepalived, beside the host stack. */
import type { DeviceContext } from '../network/device.ts';
import type { PacketId } from '../network/ids.ts';
import type { HostStack } from '../protocols/host-stack.ts';

/** Starts with power and is gone without it. */
export interface HostAgent {
  start(): void;
  /** `which` of its timers, from 0. */
  onTimer(which: number): void;
  onPowerLost(): void;
}

/** What a host lets a program use. */
export interface AgentHost {
  readonly context: DeviceContext;
  readonly stack: HostStack;
  /** Of its timers; the others follow downwards. */
  readonly firstToken: number;
  /** As anything the host sends: by its filter. */
  emit(packet: PacketId): void;
  /** What is no IP packet, past every filter. */
  sendFrame(packet: PacketId): void;
}

/** Tokens of agents' timers lie below those of any other timer of a host. */
const FIRST_TOKEN = -100;
const TIMERS_EACH = 4;

export class HostAgents {
  private readonly agents: HostAgent[] = [];

  get nextToken(): number {
    return FIRST_TOKEN - this.agents.length * TIMERS_EACH;
  }

  add(agent: HostAgent): void {
    this.agents.push(agent);
  }

  start(): void {
    for (const agent of this.agents) agent.start();
  }

  onPowerLost(): void {
    for (const agent of this.agents) agent.onPowerLost();
  }

  /** Whether the token was of an agent. */
  onTimer(token: number): boolean {
    if (token > FIRST_TOKEN) return false;
    const place = FIRST_TOKEN - token;
    const which = place % TIMERS_EACH;
    this.agents[(place - which) / TIMERS_EACH]?.onTimer(which);
    return true;
  }
}

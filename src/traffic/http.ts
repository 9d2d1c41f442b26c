/**
 * HTTP requests in an open loop: a unit is a request with its whole response, timed from its offer. A connection per
 * request, or a fixed number of kept-alive ones; a request for a busy connection waits in line for it. A request that
 * is not answered within the time-out takes its connection with it; the next one opens another.
 */
import { NONE } from '../base/brand.ts';
import { OUT } from '../network/packet-table.ts';
import type { HostStack } from '../protocols/host-stack.ts';
import type { CloseReason, SocketHandlers, TcpSocket } from '../protocols/tcp-socket.ts';
import { withAddress } from './destination.ts';
import type { HttpRequest, HttpResponse } from './http-messages.ts';
import type { Failure } from './ledger.ts';
import { type OpenLoopOptions, OpenLoopWorkload, type Slot, spreadSlots } from './workload.ts';

/** A connection of the flow; kept alive, it carries one request after the other. */
interface HttpSlot extends Slot {
  socket: TcpSocket | null;
  isConnected: boolean;
  /** Unit being answered; -1 when idle. */
  unit: number;
  readonly waiting: number[];
}

const IDLE = -1;

export class HttpWorkload extends OpenLoopWorkload {
  private readonly keepAlive: boolean;
  private readonly requestBytes: number;
  private readonly kept: HttpSlot[];
  /** Requests under way, to find the connection of one that times out. */
  private readonly slotOfUnit = new Map<number, HttpSlot>();
  private readonly timeout;
  private readonly request: HttpRequest;
  private readonly handlers: SocketHandlers = {
    onConnected: (socket) => {
      slotOf(socket).isConnected = true;
      this.sendRequest(socket);
    },
    onMessage: (socket, message) => this.onResponse(slotOf(socket), socket, message as HttpResponse),
    onClosed: (socket, reason) => this.onClosed(slotOf(socket), socket, reason),
  };
  private offered = 0;

  constructor(options: OpenLoopOptions, requestBytes: number, keptConnections: number | null) {
    super(options);
    this.keepAlive = keptConnections !== null;
    this.requestBytes = requestBytes;
    this.request = { kind: 'http-request', responseBytes: options.sizeBytes, keepAlive: this.keepAlive };
    this.kept = spreadSlots(options.senders, keptConnections ?? 1).map(({ stack }) => newHttpSlot(stack));
    this.timeout = options.engine.register((unit) => this.onTimeout(unit));
  }

  get slotCount(): number {
    return this.keepAlive ? this.kept.length : 0;
  }

  protected override offerUnit(): void {
    const { engine, ledger, flow, timeoutNs, senders } = this.options;
    const turn = this.offered++;
    const index = turn % this.kept.length;
    const slot = this.keepAlive
      ? (this.kept[index] as HttpSlot)
      : newHttpSlot(senders[turn % senders.length] as HostStack);
    const unit = ledger.offer(flow, this.keepAlive ? index : IDLE);
    this.slotOfUnit.set(unit, slot);
    engine.schedule(engine.nowNs + timeoutNs, this.timeout, unit);
    if (slot.unit === IDLE) this.begin(slot, unit);
    else slot.waiting.push(unit);
  }

  private begin(slot: HttpSlot, unit: number): void {
    slot.unit = unit;
    // The machine may have restarted under a kept connection: nobody was there to hear that it is gone.
    if (slot.socket === null || slot.socket.state === 'closed') this.connect(slot);
    else {
      slot.socket.billing.unit = unit;
      this.sendRequest(slot.socket);
    }
  }

  private connect(slot: HttpSlot): void {
    const { destination } = this.options;
    const { stack, unit } = slot;
    withAddress(destination, stack, unit, (address) => {
      // The unit may have been given up while its destination's name was asked for.
      if (slot.unit === unit) this.connectTo(slot, address);
    });
  }

  private connectTo(slot: HttpSlot, address: number): void {
    const { ledger, flow, port } = this.options;
    const { stack, unit } = slot;
    if (address === NONE) {
      this.fail(slot, 'name-error');
      return;
    }
    slot.connection = ledger.openConnection(flow);
    slot.isConnected = false;
    const billing = { flow, unit, connection: slot.connection, direction: OUT };
    slot.socket = stack.tcp.connect(stack.address, address, port, billing, this.handlers);
    // Without a free ephemeral port the host itself refuses.
    if (slot.socket === null) this.fail(slot, 'refused');
    else slot.socket.attachment = slot;
  }

  private sendRequest(socket: TcpSocket): void {
    socket.send(this.requestBytes, this.request);
  }

  private onResponse(slot: HttpSlot, socket: TcpSocket, response: HttpResponse): void {
    const { ledger, flow, sizeBytes } = this.options;
    const { unit } = slot;
    if (unit === IDLE) return;
    this.slotOfUnit.delete(unit);
    slot.unit = IDLE;
    if (response.status < 500) ledger.deliver(flow, unit, sizeBytes);
    else ledger.fail(flow, unit, 'status-5xx');
    if (this.keepAlive) this.next(slot);
    else socket.close();
  }

  private onClosed(slot: HttpSlot, socket: TcpSocket, reason: CloseReason): void {
    if (slot.socket !== socket) return;
    slot.socket = null;
    if (slot.unit !== IDLE) this.fail(slot, failureOf(reason, slot.isConnected));
  }

  private onTimeout(unit: number): void {
    const slot = this.slotOfUnit.get(unit);
    if (slot === undefined) return;
    if (slot.unit !== unit) {
      slot.waiting.splice(slot.waiting.indexOf(unit), 1);
      this.slotOfUnit.delete(unit);
      this.options.ledger.fail(this.options.flow, unit, 'response-timeout');
      return;
    }
    const { socket } = slot;
    slot.socket = null;
    socket?.abort();
    this.fail(slot, failureOf('timeout', slot.isConnected));
  }

  private fail(slot: HttpSlot, failure: Failure): void {
    this.slotOfUnit.delete(slot.unit);
    this.options.ledger.fail(this.options.flow, slot.unit, failure);
    slot.unit = IDLE;
    this.next(slot);
  }

  private next(slot: HttpSlot): void {
    const unit = slot.waiting.shift();
    if (unit !== undefined) this.begin(slot, unit);
  }
}

function newHttpSlot(stack: HostStack): HttpSlot {
  return { stack, connection: IDLE, socket: null, isConnected: false, unit: IDLE, waiting: [] };
}

function slotOf(socket: TcpSocket): HttpSlot {
  return socket.attachment as HttpSlot;
}

function failureOf(reason: CloseReason, isConnected: boolean): Failure {
  if (reason === 'timeout') return isConnected ? 'response-timeout' : 'connect-timeout';
  return reason === 'refused' ? 'refused' : 'reset';
}

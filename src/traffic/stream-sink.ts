/**
 * Takes the bytes of bulk transfers and throws them away. Under `hang` it stops reading, so that the receive buffer fills
 * and the window shuts; `error` and `slow` say nothing about a stream that is only taken (`refuse` never gets here).
 */
import { MILLISECOND_NS } from '../base/units.ts';
import type { Engine } from '../engine/engine.ts';
import type { HostStack } from '../protocols/host-stack.ts';
import type { SocketHandlers, TcpSocket } from '../protocols/tcp-socket.ts';

/** Of a process that hangs: how soon after the end of the fault it reads again, at most. */
const WAKE_NS = 100 * MILLISECOND_NS;

export class StreamSink {
  private readonly stack: HostStack;
  private readonly engine: Engine;
  private readonly handlers: SocketHandlers = { onReceived: (socket) => this.onReceived(socket) };

  constructor(stack: HostStack, engine: Engine) {
    this.stack = stack;
    this.engine = engine;
  }

  serve(port: number, receiveBufferBytes?: number): void {
    const options = receiveBufferBytes === undefined ? {} : { receiveBufferBytes };
    this.stack.serveTcp(port, () => this.handlers, options);
  }

  private onReceived(socket: TcpSocket): void {
    if (this.stack.serviceFault !== 'hang') return;
    socket.pause();
    this.wakeLater(socket);
  }

  private wakeLater(socket: TcpSocket): void {
    this.engine.call(this.engine.nowNs + WAKE_NS, () => {
      if (socket.state === 'closed') return;
      if (this.stack.serviceFault === 'hang') this.wakeLater(socket);
      else socket.resume();
    });
  }
}

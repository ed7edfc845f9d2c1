// The lane in front of an HTTP server: new connections come here first; the server closes, and cuts off, those that stay here like its own.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { LaneConnection, type Owner } from './connection.ts';
import type { Lane } from './types.ts';

/** How late, as a share of the shorter limit, a connection that has had its time is found out. */
const SWEEPS = 12;

export function openLane(server: Server, lane: Lane): void {
  const listeners = server.listeners('connection');
  const connections = new Set<LaneConnection>();
  const owner: Owner = {
    closing: () => !server.listening,
    date: createDate(),
    handOver: (socket) => {
      for (const listener of listeners) listener.call(server, socket);
    },
    closed: (connection) => void connections.delete(connection),
  };
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => void connections.add(new LaneConnection(socket, lane, owner)));

  const sweeper = setInterval(
    () => {
      const now = lane.now();
      for (const connection of connections) connection.sweep(now);
    },
    Math.ceil(Math.min(lane.arrivalMs, lane.idleMs) / SWEEPS),
  );
  sweeper.unref();
  server.once('close', () => clearInterval(sweeper));

  // `close` calls the first; the second is for answers that take too long.
  const closeIdle = server.closeIdleConnections.bind(server);
  const closeAll = server.closeAllConnections.bind(server);
  server.closeIdleConnections = () => {
    closeIdle();
    for (const connection of connections) connection.closeIfIdle();
  };
  server.closeAllConnections = () => {
    closeAll();
    for (const connection of connections) connection.destroy();
  };
}

/** As a header says it, made once a second. */
function createDate(): () => string {
  let second = 0;
  let text = '';
  return () => {
    const now = Math.floor(Date.now() / 1_000);
    if (now !== second) {
      second = now;
      text = new Date(now * 1_000).toUTCString();
    }
    return text;
  };
}

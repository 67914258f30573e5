// Loaded into the core and its workers by `--import`: a connection to another machine is written to
// LENSMITH_TEST_NETWORK_LOG and refused.
import { appendFileSync } from 'node:fs';
import net from 'node:net';

const log = process.env.LENSMITH_TEST_NETWORK_LOG;
const local = new Set(['localhost', '127.0.0.1', '::1', '']);
const connect = net.Socket.prototype.connect;

/** The host that `connect(options)`, `connect(port, host)` or `connect(path)` goes to. */
function hostOf(args) {
  const first = Array.isArray(args[0]) ? args[0][0] : args[0]; // net.connect passes its own list
  if (typeof first === 'object') return first.path ? '' : (first.host ?? '');
  return typeof args[1] === 'string' && typeof first === 'number' ? args[1] : '';
}

net.Socket.prototype.connect = function (...args) {
  const host = hostOf(args);
  if (local.has(host)) return connect.apply(this, args);
  if (log) appendFileSync(log, `${host}\n`);
  throw new Error(`a connection to ${host} was refused: nothing may leave this machine`);
};

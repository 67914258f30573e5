// Loaded into the core, its workers and the shell: whatever would leave this machine is written to
// LENSMITH_TEST_NETWORK_LOG and refused. Each process that is watched says so in the file beside it.
import dgram from 'node:dgram';
import dns from 'node:dns';
import { appendFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

const local = new Set(['localhost', '127.0.0.1', '::1', '', undefined, null]);

function refuse(host) {
  const log = process.env.LENSMITH_TEST_NETWORK_LOG;
  if (log) appendFileSync(log, `${host}\n`);
  throw new Error(`a connection to ${host} was refused: nothing may leave this machine`);
}

/** The host that `connect(options)`, `connect(port, host)` or `connect(path)` goes to. */
function hostOf(args) {
  const first = Array.isArray(args[0]) ? args[0][0] : args[0]; // net.connect passes its own list
  if (typeof first === 'object') return first.path ? '' : (first.host ?? '');
  return typeof args[1] === 'string' && typeof first === 'number' ? args[1] : '';
}

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...args) {
  const host = hostOf(args);
  return local.has(host) ? connect.apply(this, args) : refuse(host);
};

// What asks for a name tells it to a server of names, before any connection.
for (const table of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype]) {
  for (const name of Object.getOwnPropertyNames(table)) {
    if (!/^(lookup|resolve|reverse)/.test(name) || typeof table[name] !== 'function') continue;
    const ask = table[name];
    table[name] = function (host, ...rest) {
      return local.has(host) ? ask.call(this, host, ...rest) : refuse(host);
    };
  }
}

const { send } = dgram.Socket.prototype;
dgram.Socket.prototype.send = function (...args) {
  const host = args.find((one, at) => at > 0 && typeof one === 'string');
  return local.has(host) ? send.apply(this, args) : refuse(host);
};

syncBuiltinESMExports();

const watched = process.env.LENSMITH_TEST_WATCHED_LOG;
if (watched) appendFileSync(watched, `${process.argv[1] ?? ''}\n`);

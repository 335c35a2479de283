/**
 * Load this into a Node process with `--import` to measure it. Answers requests on the Unix socket
 * `$CENSUS_SOCKET` with JSON: `census` counts live objects, and `memory` reads the memory without collecting
 * garbage. Unlike the inspector's TCP port, a Unix socket works across network namespaces.
 */
import { EventEmitter, getEventListeners } from 'node:events';
import { readdirSync, rmSync } from 'node:fs';
import { Session } from 'node:inspector';
import { createRequire } from 'node:module';
import { createServer, Socket } from 'node:net';

const path = process.env.CENSUS_SOCKET;
if (!path) throw new Error('CENSUS_SOCKET is not set');
// The start script loads this file too, because its child inherits the environment.
if (process.argv[1]?.endsWith('cli.cjs')) serveCensus(path);

function serveCensus(path) {
  const iroh = createRequire(import.meta.url)('@number0/iroh');
  const timer = setTimeout(() => undefined, 0);
  /** The counted classes. The keys are the names of the counts. */
  const classes = {
    timers: timer.constructor,
    sockets: Socket,
    readableStreams: ReadableStream,
    writableStreams: WritableStream,
    messagePorts: MessagePort,
    abortSignals: AbortSignal,
    irohConnections: iroh.Connection,
    irohSendStreams: iroh.SendStream,
    irohReceiveStreams: iroh.RecvStream,
  };
  clearTimeout(timer);
  const countListeners = (objects) => {
    let count = 0;
    for (const object of objects) {
      if (object instanceof AbortSignal) count += getEventListeners(object, 'abort').length;
      // Prototypes are instances in name only, and lack the fields that the methods read.
      else if (Object.hasOwn(object, '_events'))
        for (const name of EventEmitter.prototype.eventNames.call(object))
          count += EventEmitter.prototype.listenerCount.call(object, name);
    }
    return count;
  };
  globalThis.censusProbe = { classes, EventEmitter, countListeners };

  let session;
  /** Sends a request to the inspector of this thread, which responds synchronously. */
  function post(method, params = {}) {
    if (!session) {
      // The inspector needs memory itself, so it is not opened before the first census.
      session = new Session();
      session.connect();
    }
    let answer;
    session.post(method, params, (error, result) => {
      if (error) throw new Error(`${method}: ${error.message}`);
      answer = result;
    });
    return answer;
  }

  /** Calls a function with the array of all live objects that inherit from a prototype. Collects garbage first. */
  function queryObjects(prototype, functionDeclaration) {
    const objectGroup = 'census';
    const { result } = post('Runtime.evaluate', { expression: prototype, objectGroup });
    const { objects } = post('Runtime.queryObjects', { prototypeObjectId: result.objectId, objectGroup });
    const answer = post('Runtime.callFunctionOn', {
      objectId: objects.objectId,
      functionDeclaration,
      returnByValue: true,
    });
    post('Runtime.releaseObjectGroup', { objectGroup });
    return answer.result.value;
  }

  function memory() {
    samplePeak();
    const residentBytes = peakResidentBytes;
    peakResidentBytes = 0;
    const { heapUsed, heapTotal, external } = process.memoryUsage();
    const fileDescriptors = readdirSync('/proc/self/fd').length;
    return {
      residentBytes,
      heapUsedBytes: heapUsed,
      heapBytes: heapTotal,
      externalBytes: external,
      fileDescriptors,
    };
  }

  function census() {
    const { residentBytes, fileDescriptors } = memory();
    const counts = {};
    for (const name of Object.keys(classes)) {
      counts[name] = queryObjects(
        `censusProbe.classes.${name}.prototype`,
        'function() { return this.length; }',
      );
    }
    const listeners = 'function() { return censusProbe.countListeners(this); }';
    counts.listeners =
      queryObjects('censusProbe.EventEmitter.prototype', listeners) +
      queryObjects('AbortSignal.prototype', listeners);
    const { heapUsed, external } = process.memoryUsage();
    return {
      residentBytes,
      liveBytes: heapUsed + external,
      fileDescriptors,
      ...counts,
    };
  }

  let peakResidentBytes = 0;
  const samplePeak = () => {
    peakResidentBytes = Math.max(peakResidentBytes, process.memoryUsage.rss());
  };
  setInterval(samplePeak, 500).unref();

  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (request) =>
      socket.end(JSON.stringify(request.toString() === 'memory' ? memory() : census())),
    );
  });
  server.listen(path).unref();
  process.on('exit', () => rmSync(path, { force: true }));
}

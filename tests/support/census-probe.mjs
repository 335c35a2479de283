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
  /** Returns the number of listeners of an event emitter or abort signal; 0 for any other object. */
  const countListeners = (object) => {
    if (object instanceof AbortSignal) return getEventListeners(object, 'abort').length;
    // Prototypes are instances in name only, and lack the fields that the methods read.
    if (!(object instanceof EventEmitter) || !Object.hasOwn(object, '_events')) return 0;
    const names = EventEmitter.prototype.eventNames.call(object);
    return names.reduce((sum, name) => sum + EventEmitter.prototype.listenerCount.call(object, name), 0);
  };
  /** Counts the instances of each class and the listeners among these objects. */
  const count = (objects) => {
    const counts = { listeners: 0 };
    for (const name of Object.keys(classes)) counts[name] = 0;
    for (const object of objects) {
      for (const [name, counted] of Object.entries(classes)) if (object instanceof counted) counts[name] += 1;
      counts.listeners += countListeners(object);
    }
    return counts;
  };
  globalThis.censusProbe = { count };

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

  /**
   * Counts all live objects. The inspector collects garbage several times for each query, so one query finds the
   * objects of all classes.
   */
  function countObjects() {
    const objectGroup = 'census';
    const { result } = post('Runtime.evaluate', { expression: 'Object.prototype', objectGroup });
    const { objects } = post('Runtime.queryObjects', { prototypeObjectId: result.objectId, objectGroup });
    const answer = post('Runtime.callFunctionOn', {
      objectId: objects.objectId,
      functionDeclaration: 'function() { return censusProbe.count(this); }',
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
    const counts = countObjects();
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

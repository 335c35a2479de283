import type { AudioObserver } from './audio-observer.ts';

/** One end of a WebRTC connection. The bench exchanges the session descriptions between the ends. */
export interface WebRtcPeer {
  /** Creates an SDP offer that includes all ICE candidates. */
  offer(): Promise<string>;
  /** Accepts an SDP offer and returns the answer. */
  answer(offer: string): Promise<string>;
  accept(answer: string): Promise<void>;
  /** Returns WebRTC's `getStats` reports. */
  stats(): Promise<Record<string, unknown>[]>;
  /** Returns the name of the video codec; null before negotiation. */
  codec(): string | null;
}

class Peer implements WebRtcPeer {
  readonly connection = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });

  async offer(): Promise<string> {
    await this.connection.setLocalDescription(await this.connection.createOffer());
    return this.#completeDescription();
  }

  async answer(offer: string): Promise<string> {
    await this.connection.setRemoteDescription({ type: 'offer', sdp: offer });
    await this.connection.setLocalDescription(await this.connection.createAnswer());
    return this.#completeDescription();
  }

  async accept(answer: string): Promise<void> {
    await this.connection.setRemoteDescription({ type: 'answer', sdp: answer });
  }

  async stats(): Promise<Record<string, unknown>[]> {
    const all: Record<string, unknown>[] = [];
    for (const report of (await this.connection.getStats()).values()) all.push({ ...report });
    return all;
  }

  codec(): string | null {
    const sdp = this.connection.localDescription?.sdp ?? '';
    const payload = /m=video \d+ \S+ (\d+)/.exec(sdp)?.[1];
    return new RegExp(`a=rtpmap:${payload} ([^/\\r]+)`).exec(sdp)?.[1] ?? null;
  }

  /** All candidates are host candidates, so gathering them is fast. */
  async #completeDescription(): Promise<string> {
    while (this.connection.iceGatheringState !== 'complete') {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return this.connection.localDescription?.sdp ?? '';
  }
}

/** Sends a stream to one viewer, with a single encoding and WebRTC's own bitrate adaptation. */
export function publish(stream: MediaStream, maxBps: number): WebRtcPeer {
  const peer = new Peer();
  for (const track of stream.getTracks()) peer.connection.addTrack(track, stream);
  const answer = peer.answer.bind(peer);
  peer.answer = async (offer) => {
    const answered = await answer(offer);
    for (const sender of peer.connection.getSenders()) {
      if (sender.track?.kind !== 'video') continue;
      const parameters = sender.getParameters();
      for (const encoding of parameters.encodings) encoding.maxBitrate = maxBps;
      await sender.setParameters(parameters);
    }
    return answered;
  };
  return peer;
}

/** Shows the received stream in a video element that fills the page, and observes its audio. */
export function watch(audioObserver: AudioObserver): WebRtcPeer {
  const peer = new Peer();
  const { connection } = peer;
  const video = connection.addTransceiver('video', { direction: 'recvonly' });
  connection.addTransceiver('audio', { direction: 'recvonly' });
  preferH264(video);
  const element = document.createElement('video');
  element.className = 'bench';
  element.autoplay = true;
  element.style.cssText = 'position:fixed;inset:0;width:100%;height:100%;background:#000';
  document.body.append(element);
  const stream = new MediaStream();
  connection.ontrack = ({ track }) => {
    stream.addTrack(track);
    element.srcObject = stream;
    if (track.kind !== 'audio') return;
    const context = new AudioContext({ sampleRate: 48_000 });
    audioObserver.observe(context.createMediaStreamSource(new MediaStream([track])));
  };
  return peer;
}

/**
 * Prefers H.264, which the application also uses, if the browser supports it in WebRTC. Otherwise, prefers
 * VP8.
 */
function preferH264(transceiver: RTCRtpTransceiver): void {
  const codecs = RTCRtpReceiver.getCapabilities('video')?.codecs ?? [];
  const rank = ({ mimeType }: { mimeType: string }) =>
    ['video/H264', 'video/VP8'].indexOf(mimeType) + 1 || 99;
  transceiver.setCodecPreferences(codecs.toSorted((a, b) => rank(a) - rank(b)));
}

import { type Readable, Store } from '../../../common/base/store.ts';
import type { Settings } from '../../../common/bridge/bridge.ts';
import type { Publisher, PublisherState } from '../../media/shared/publisher-types.ts';
import { clearSavedPreferences, loadPreferences, savePreferences } from './saved-preferences.ts';

/** What the user wants to send in a call. A shared screen replaces the camera. */
export interface SendPreferences {
  video: boolean;
  muted: boolean;
  sharing: boolean;
}

/** The default preferences: camera and microphone on, no shared screen. */
export const SEND_ALL: SendPreferences = { video: true, muted: false, sharing: false };

/** What the user currently sends, as reported to the peer. */
export interface OwnStatus {
  muted: boolean;
  pictureOff: boolean;
  sharing: boolean;
}

/** The members of the window's model that the sender uses. */
export interface CallSenderHost {
  settings(): Settings;
  /**
   * Whether the call was answered automatically. If so, a test pattern replaces a camera that cannot be
   * opened.
   */
  unattended(): boolean;
  /** Lets the user choose a screen. Resolves to false if the user cancels. */
  pickScreen(): Promise<boolean>;
  attempt(work: Promise<unknown>, what: string): void;
  /** Reports a status to the peer. Called only when the status changes. */
  sendStatus(id: string, status: OwnStatus): void;
}

/**
 * Sends the microphone and either the camera or a screen in a call. Devices are open only between
 * `setCall(id)` and `setCall(null)`.
 */
export class CallSender {
  readonly publisher: Publisher;
  readonly #host: CallSenderHost;
  readonly #preferences = new Store<SendPreferences>(SEND_ALL);
  readonly #unsubscribe: () => void;
  #callId: string | null = null;
  #running: AbortController | null = null;
  /** The last queued start or stop. The next one waits for it. */
  #queue: Promise<void> = Promise.resolve();
  #sentStatus = '';

  constructor(publisher: Publisher, host: CallSenderHost) {
    this.publisher = publisher;
    this.#host = host;
    this.#unsubscribe = publisher.state.subscribe((state) => {
      this.#detectShareEnd(state);
      this.#sendStatus();
    });
  }

  get preferences(): Readable<SendPreferences> {
    return this.#preferences;
  }

  /** Sets the preferences for the start of the next call. */
  setPreferences(preferences: SendPreferences): void {
    this.#preferences.set(preferences);
  }

  /** Starts sending in the given call; null stops sending. */
  setCall(id: string | null): void {
    if (id === this.#callId) return;
    this.#running?.abort(new Error('the call is over'));
    this.#running = null;
    // Stop the broadcast even between two consecutive calls, because each call has its own broadcast.
    if (this.#callId !== null) {
      this.#enqueue(() => this.publisher.stop(), 'Could not turn off the camera and microphone');
    }
    this.#callId = id;
    this.#sentStatus = '';
    if (id === null) {
      clearSavedPreferences();
      return;
    }
    const saved = loadPreferences(id);
    if (saved) this.#preferences.set({ video: saved.picture, muted: saved.muted, sharing: false });
    const running = new AbortController();
    this.#running = running;
    this.#enqueue(() => this.#start(id, running.signal), 'Could not send your video and sound');
    this.#save();
  }

  /** Mutes or unmutes the microphone. Unmuting also retries a microphone that could not be opened. */
  setMuted(muted: boolean): void {
    this.#change({ muted });
    this.#host.attempt(
      this.publisher.setMuted(muted),
      muted ? 'Could not mute the microphone' : 'Could not turn on the microphone',
    );
  }

  /** Turns the camera on or off. While a screen is shared, the change takes effect when sharing stops. */
  setVideo(video: boolean): void {
    this.#change({ video });
    if (this.#preferences.get().sharing) return;
    if (video) this.#reopenCamera();
    else this.#host.attempt(this.publisher.setVideoOff(true), 'Could not turn off the camera');
  }

  /** Lets the user choose a screen and sends it in place of the camera. */
  async share(): Promise<void> {
    if (!(await this.#host.pickScreen()) || this.#callId === null) return;
    try {
      await this.publisher.selectVideo({ kind: 'screen' }, this.#running?.signal);
      this.#change({ sharing: true });
      this.#sendStatus();
    } catch (error) {
      const { problem } = this.publisher.state.get();
      // Cancelling the picker is not an error. Any other problem with the screen is already shown in a
      // notice.
      if (problem?.device !== 'screen') throw error;
      if (problem.fault === 'cancelled') this.publisher.dismissProblem();
      if (!this.#preferences.get().video) await this.publisher.setVideoOff(true);
    }
  }

  /** Stops sharing the screen, and resumes the camera if it was on. */
  stopSharing(): void {
    this.#change({ sharing: false });
    if (this.#preferences.get().video) this.#reopenCamera();
    else this.#host.attempt(this.publisher.setVideoOff(true), 'Could not stop screen sharing');
  }

  /** Switches to the camera that is now selected in the settings. */
  cameraChanged(): void {
    const { video, sharing } = this.#preferences.get();
    if (this.#callId !== null && video && !sharing) this.#reopenCamera();
  }

  /** Switches to the microphone that is now selected in the settings. */
  microphoneChanged(): void {
    if (this.#callId === null) return;
    this.#host.attempt(this.#openMicrophone(), 'Could not turn on the microphone');
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    this.setCall(null);
    await this.#queue;
  }

  async #start(id: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { video, muted } = this.#preferences.get();
    this.publisher.dismissProblem();
    await this.publisher.setMuted(muted);
    const microphone = this.#openMicrophone();
    if (video) await this.#openCamera(signal);
    else await this.publisher.setVideoOff(true);
    await microphone;
    if (signal.aborted) return;
    try {
      await this.publisher.goLive(id, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    this.#sendStatus();
  }

  /**
   * Opens the camera. If opening fails, sends the test pattern in an unattended call, or no video otherwise.
   */
  async #openCamera(signal: AbortSignal): Promise<void> {
    try {
      await this.publisher.selectVideo({ kind: 'camera', cameraId: this.#host.settings().cameraId }, signal);
    } catch {
      // The publisher's state already contains the reason, so it is not reported here.
      if (signal.aborted) return;
      if (this.#host.unattended()) await this.publisher.selectVideo({ kind: 'test' }, signal);
      else await this.#continueWithoutVideo();
    }
  }

  /** Continues with audio only. The notice about the camera remains visible. */
  async #continueWithoutVideo(): Promise<void> {
    this.#change({ video: false });
    await this.publisher.setVideoOff(true);
  }

  async #openMicrophone(): Promise<void> {
    try {
      await this.publisher.selectAudio({ id: this.#host.settings().microphoneId });
    } catch (error) {
      if (!this.publisher.state.get().problem) throw error;
    }
  }

  #reopenCamera(): void {
    const signal = this.#running?.signal;
    if (!signal) return;
    this.#enqueue(async () => {
      if (!signal.aborted) await this.#openCamera(signal);
    }, 'Could not turn on the camera');
  }

  /**
   * Stops sharing if the screen track has ended, for example because the user pressed the system's stop
   * button.
   */
  #detectShareEnd({ video, problem }: PublisherState): void {
    if (!this.#preferences.get().sharing || video !== 'failed' || problem?.device !== 'screen') return;
    this.publisher.dismissProblem();
    this.stopSharing();
  }

  #change(change: Partial<SendPreferences>): void {
    this.#preferences.update((preferences) => ({ ...preferences, ...change }));
    this.#save();
    this.#sendStatus();
  }

  #save(): void {
    const { video, muted } = this.#preferences.get();
    if (this.#callId !== null) savePreferences({ id: this.#callId, picture: video, muted });
  }

  #sendStatus(): void {
    const id = this.#callId;
    if (id === null) return;
    const status = ownStatus(this.#preferences.get(), this.publisher.state.get());
    const text = JSON.stringify(status);
    if (text === this.#sentStatus) return;
    this.#sentStatus = text;
    this.#host.sendStatus(id, status);
  }

  #enqueue(work: () => Promise<void>, what: string): void {
    const run = this.#queue.then(work);
    this.#queue = run.catch(() => undefined);
    this.#host.attempt(run, what);
  }
}

/** The status to report: the preferences, minus any device that failed to open. */
export function ownStatus(
  preferences: SendPreferences,
  state: Pick<PublisherState, 'video' | 'audio'>,
): OwnStatus {
  const videoFailed = state.video === 'failed';
  return {
    muted: preferences.muted || state.audio === 'failed',
    pictureOff: videoFailed || !(preferences.video || preferences.sharing),
    sharing: preferences.sharing && !videoFailed,
  };
}

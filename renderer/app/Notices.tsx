import BroadcastIcon from 'lucide-react/icons/radio';
import OfflineIcon from 'lucide-react/icons/wifi-off';
import type { JSX } from 'react';
import { callerIdentity } from '../../common/words/caller-identity.ts';
import { useCallModel } from '../features/call/call-context.ts';
import { sourceTexts } from '../features/capture/source-words.ts';
import { useLiveModel } from '../features/live/live-context.ts';
import { Button } from '../features/shared/Button.tsx';
import { bridgeLossTexts } from '../features/shared/bridge-loss-words.ts';
import { useAppState } from '../features/shared/context.ts';
import { PhoneIcon } from '../features/shared/filled-icons.tsx';
import { Notice } from '../features/shared/Notice.tsx';
import { useReadable } from '../features/shared/readable.ts';
import type { AppModel } from './app-model.ts';

/**
 * Notices above the screen about problems that main reports, a lost bridge, or a broadcast that a reload
 * interrupted.
 */
export function Notices({ app }: { app: AppModel }): JSX.Element | null {
  const live = useLiveModel();
  const calls = useCallModel();
  const { notices, interruptedCall } = useAppState();
  const dismissed = useReadable(app.dismissedNotices);
  const connected = useReadable(app.connected);
  const loss = useReadable(app.bridge.loss);
  const interrupted = useReadable(live.boot.interrupted);
  const shown = notices.filter((notice) => !dismissed.has(notice));
  if (shown.length === 0 && connected && !interrupted && !interruptedCall) return null;
  return (
    <section className="notices" aria-label="Notices">
      {connected ? null : (
        <Notice tone="warning" icon={OfflineIcon} title={bridgeLossTexts[loss ?? 'unknown'].title}>
          {bridgeLossTexts[loss ?? 'unknown'].body}
        </Notice>
      )}
      {interruptedCall && connected ? (
        <Notice
          tone="plain"
          icon={PhoneIcon}
          title={`You were in a call with ${callerIdentity(interruptedCall).inSentence}`}
          onDismiss={() => calls.dismissInterrupted()}
          actions={
            <Button
              size="small"
              variant="primary"
              data-testid="redial-interrupted"
              onClick={() => calls.redialInterrupted(interruptedCall)}
            >
              Call again
            </Button>
          }
        >
          The app closed unexpectedly. Your camera and microphone are off.
        </Notice>
      ) : null}
      {interrupted ? (
        <Notice
          tone="plain"
          icon={BroadcastIcon}
          title="Your broadcast was interrupted"
          onDismiss={() => live.boot.dismiss()}
          actions={
            <Button
              size="small"
              variant="primary"
              data-testid="resume-live"
              onClick={() => live.boot.resume()}
            >
              Resume
            </Button>
          }
        >
          {`Choose the ${sourceTexts[interrupted.source].label.toLowerCase()} again to resume. Your ticket stays the same.`}
        </Notice>
      ) : null}
      {shown.map((notice) => (
        <Notice key={notice} tone="warning" onDismiss={() => app.dismissNotice(notice)}>
          {notice}
        </Notice>
      ))}
    </section>
  );
}

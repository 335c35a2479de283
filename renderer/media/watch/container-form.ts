import type { AudioConfig, VideoConfig } from '@moq/hang/catalog';
import * as Container from '@moq/hang/container';

export interface ContainerForm {
  container: Container.Format;
  /** What the decoder is told of the codec, where the container has it. */
  description: Uint8Array | undefined;
}

/** How a track's frames are packed. Throws for an initialisation segment that cannot be read. */
export function formOf(container: (AudioConfig | VideoConfig)['container']): ContainerForm {
  switch (container.kind) {
    case 'cmaf': {
      const init = Container.Cmaf.decodeInitSegment(fromBase64(container.init));
      return { container: new Container.Cmaf.Format(init), description: init.description };
    }
    case 'loc':
      return { container: new Container.Loc.Format(), description: undefined };
    default:
      return { container: new Container.Legacy.Format(), description: undefined };
  }
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

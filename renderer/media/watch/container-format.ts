import type { AudioConfig, VideoConfig } from '@moq/hang/catalog';
import * as Container from '@moq/hang/container';

/** Container format of a track. */
export interface ContainerFormat {
  container: Container.Format;
  /** The decoder's codec description, if the container has one. */
  description: Uint8Array | undefined;
}

/**
 * Parses the `container` entry of a track in the catalog.
 *
 * @throws Error if the CMAF initialization segment is invalid
 */
export function containerFormatOf(container: (AudioConfig | VideoConfig)['container']): ContainerFormat {
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

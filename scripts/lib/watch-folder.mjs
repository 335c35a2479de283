import { readdirSync, statSync, watch } from 'node:fs';
import { join, sep } from 'node:path';

/**
 * Calls `onChange` after each change to a file in a folder or its subfolders. On Linux, Node's recursive
 * watch loses a file that an editor replaces on saving, so each folder is watched separately.
 *
 * @param {string} path
 * @param {() => void} onChange
 * @returns {() => void} ends the watch
 */
export function watchFolder(path, onChange) {
  if (process.platform !== 'linux') {
    const watcher = watch(path, { recursive: true }, onChange);
    return () => watcher.close();
  }
  /** @type {Map<string, import('node:fs').FSWatcher>} */
  const watchers = new Map();
  /** @param {string} folder */
  const unwatch = (folder) => {
    for (const [watched, watcher] of watchers) {
      if (watched !== folder && !watched.startsWith(folder + sep)) continue;
      watcher.close();
      watchers.delete(watched);
    }
  };
  /** @param {string} folder */
  const watchAll = (folder) => {
    try {
      watchers.set(
        folder,
        watch(folder, (type, name) => onEvent(folder, type, name)),
      );
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        if (entry.isDirectory()) watchAll(join(folder, entry.name));
      }
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
  };
  /**
   * @param {string} folder
   * @param {string} type `rename` if the entry has been added, removed or replaced
   * @param {string | null} name
   */
  const onEvent = (folder, type, name) => {
    const entry = name === null ? null : join(folder, name);
    if (type === 'rename' && entry !== null) {
      unwatch(entry);
      if (isFolder(entry)) watchAll(entry);
    }
    onChange();
  };
  watchAll(path);
  return () => unwatch(path);
}

/** @param {string} path */
function isFolder(path) {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

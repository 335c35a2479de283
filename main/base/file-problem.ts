import { messageOf } from '../../common/base/errors.ts';
import { errorCode } from './error-code.ts';

/** Maps each file system error code to a description for the user. It follows a colon, as in "…: the disk is full". */
const problems: Readonly<Record<string, string>> = {
  EACCES: 'you have no permission to use it',
  EBUSY: 'another program is using it',
  EDQUOT: 'your disk quota is used up',
  EEXIST: 'a file with this name exists',
  EIO: 'the disk reports an error',
  EISDIR: 'a folder with this name exists',
  ELOOP: 'its path contains a loop of symbolic links',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'its path is too long',
  ENFILE: 'too many files are open',
  ENODEV: 'its disk is not available',
  ENOENT: 'it does not exist and cannot be created',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EPERM: 'you have no permission to change it',
  EROFS: 'the disk is read-only',
  ESTALE: 'its network disk is no longer available',
};

/** Descriptions that are different if reading a file, rather than creating it, failed. */
const readProblems: Readonly<Record<string, string>> = {
  EACCES: 'you have no permission to read it',
  EISDIR: 'it is a folder, not a file',
  ENOENT: 'it does not exist',
  EPERM: 'you have no permission to read it',
};

/**
 * Describes for the user why a file or folder cannot be created or changed, as text to follow a colon.
 * Returns the error's message if the error does not come from the file system.
 */
export function fileProblem(error: unknown): string {
  const code = errorCode(error);
  return (code !== undefined && problems[code]) || messageOf(error);
}

/** Like `fileProblem`, for a file that cannot be read. */
export function readProblem(error: unknown): string {
  const code = errorCode(error);
  return (code !== undefined && readProblems[code]) || fileProblem(error);
}

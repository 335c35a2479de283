// `node scripts/check-docs.mjs [PATH…]`: reports product exports that have no docstring.
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import ts from 'typescript';
import { listFiles, root } from './lib/project.mjs';

const PRODUCT = ['main', 'preload', 'renderer', 'common'];

const given = process.argv.slice(2);
const files = (await Promise.all((given.length > 0 ? given : PRODUCT).map(sources))).flat().sort();
const missing = (await Promise.all(files.map(undocumentedExports))).flat();
for (const line of missing) console.error(line);
console.log(`${files.length} files, ${missing.length} exports without a docstring`);
process.exitCode = missing.length > 0 ? 1 : 0;

/**
 * Returns the TypeScript files under a path, or the path itself if it is a file.
 *
 * @param {string} path relative to the project folder, or absolute
 */
async function sources(path) {
  const paths = await listFiles(path);
  return paths.filter((file) => /\.tsx?$/.test(file) && !file.endsWith('.d.ts'));
}

/**
 * Returns a line `file:line name` for each exported declaration without a docstring.
 *
 * @param {string} file
 * @returns {Promise<string[]>}
 */
async function undocumentedExports(file) {
  const source = ts.createSourceFile(file, await readFile(file, 'utf8'), ts.ScriptTarget.Latest, true);
  return source.statements.flatMap((statement) => {
    if (!isExportedDeclaration(statement) || hasDocstring(statement)) return [];
    const { line } = source.getLineAndCharacterOfPosition(statement.getStart());
    return [`${relative(root, file)}:${line + 1} ${nameOf(statement)}`];
  });
}

/** @param {ts.Statement} statement */
function isExportedDeclaration(statement) {
  // Re-exports are documented where they are declared.
  if (ts.isExportDeclaration(statement) || ts.isExportAssignment(statement)) return false;
  return (ts.getCombinedModifierFlags(/** @type {any} */ (statement)) & ts.ModifierFlags.Export) !== 0;
}

/**
 * Overloads share the docstring of the first signature.
 *
 * @param {ts.Statement} statement
 */
function hasDocstring(statement) {
  if (ts.getJSDocCommentsAndTags(statement).length > 0) return true;
  if (!ts.isFunctionDeclaration(statement)) return false;
  const siblings = /** @type {ts.SourceFile} */ (statement.parent).statements;
  const first = siblings.find(
    (other) => ts.isFunctionDeclaration(other) && other.name?.text === statement.name?.text,
  );
  return first !== undefined && first !== statement && ts.getJSDocCommentsAndTags(first).length > 0;
}

/** @param {any} statement */
function nameOf(statement) {
  return statement.name?.text ?? statement.declarationList?.declarations[0]?.name?.getText() ?? '(default)';
}

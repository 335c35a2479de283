// `npm run borders`: checks imports. The rules in .dependency-cruiser.cjs apply to files. This script adds
// two rules for folders: they must not import each other in a cycle, and `common/` must contain only files
// that both processes use.
import { dirname, relative } from 'node:path';
import { cruise } from 'dependency-cruiser';
import extractConfig from 'dependency-cruiser/config-utl/extract-depcruise-config';
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { inProject, root } from './lib/project.mjs';

/**
 * @typedef {{ from: string, to: string }} Import an import between two product files, with paths relative to the
 * project
 */

const PRODUCT = ['main', 'preload', 'renderer', 'common'];

process.chdir(root);
const config = await extractConfig(inProject('.dependency-cruiser.cjs'));
const { output } = await cruise(
  PRODUCT,
  { ...config.options, ruleSet: config, validate: true, outputType: 'json' },
  undefined,
  { tsConfig: extractTsConfig(inProject('tsconfig.json')) },
);
const { modules, summary } = JSON.parse(/** @type {string} */ (output));
/** @type {Import[]} */
const imports = modules.flatMap((/** @type {any} */ { source, dependencies }) =>
  dependencies
    .map((/** @type {any} */ { resolved }) => ({ from: source, to: resolved }))
    .filter((/** @type {Import} */ { from, to }) => isProduct(from) && isProduct(to)),
);

const problems = [
  ...summary.violations.map((/** @type {any} */ { rule, from, to }) => `${rule.name}: ${from} -> ${to}`),
  ...folderCycles(imports),
  ...oneSidedFiles(imports),
];
for (const problem of problems) console.error(problem);
console.log(`${modules.length} modules, ${imports.length} imports, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;

/** @param {string} path */
function isProduct(path) {
  return PRODUCT.some((folder) => relative(folder, path) !== '' && path.startsWith(`${folder}/`));
}

/**
 * Finds groups of folders that import each other, with the imports between them. Each file belongs to the folder that
 * directly contains it, so a folder and its subfolder count as two folders.
 *
 * @param {Import[]} edges
 * @returns {string[]}
 */
function folderCycles(edges) {
  /** @type {Map<string, Set<string>>} */
  const graph = new Map();
  for (const { from, to } of edges) {
    const [a, b] = [dirname(from), dirname(to)];
    if (a !== b) graph.set(a, (graph.get(a) ?? new Set()).add(b));
  }
  return stronglyConnected(graph).map((folders) => {
    const ties = edges
      .filter(
        ({ from, to }) => dirname(from) !== dirname(to) && [from, to].every((f) => folders.has(dirname(f))),
      )
      .map(({ from, to }) => `  ${from} -> ${to}`);
    return [`folder cycle: ${[...folders].sort().join(', ')}`, ...ties].join('\n');
  });
}

/**
 * Finds the strongly connected components with more than one member, using Tarjan's algorithm.
 *
 * @param {Map<string, Set<string>>} graph
 * @returns {Set<string>[]}
 */
function stronglyConnected(graph) {
  /** @type {Map<string, number>} */
  const index = new Map();
  /** @type {Map<string, number>} */
  const low = new Map();
  /** @type {string[]} */
  const stack = [];
  /** @type {Set<string>[]} */
  const components = [];
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return components;

  /** @param {string} node */
  function visit(node) {
    index.set(node, index.size);
    low.set(node, /** @type {number} */ (index.get(node)));
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) visit(next);
      if (stack.includes(next)) low.set(node, Math.min(lowOf(node), lowOf(next)));
    }
    if (lowOf(node) !== index.get(node)) return;
    const component = new Set(stack.splice(stack.indexOf(node)));
    if (component.size > 1) components.push(component);
  }

  /** @param {string} node */
  function lowOf(node) {
    return low.get(node) ?? Number.POSITIVE_INFINITY;
  }
}

/**
 * Finds files in `common/` that only one of the two processes imports, directly or through other files in `common/`.
 *
 * @param {Import[]} edges
 * @returns {string[]}
 */
function oneSidedFiles(edges) {
  const common = new Set(edges.flatMap(({ from, to }) => [from, to]).filter((f) => f.startsWith('common/')));
  return [...common].sort().flatMap((file) => {
    const sides = importingSides(file, edges);
    if (sides.has('main') && sides.has('renderer')) return [];
    return [`common is for both processes: ${file} is used by ${[...sides].join(', ') || 'neither'}`];
  });
}

/**
 * @param {string} file
 * @param {Import[]} edges
 */
function importingSides(file, edges) {
  const seen = new Set([file]);
  const sides = new Set();
  for (const target of seen) {
    for (const { from, to } of edges) {
      if (to !== target) continue;
      if (from.startsWith('common/')) seen.add(from);
      // The preload script is a part of the window.
      else sides.add(from.startsWith('main/') ? 'main' : 'renderer');
    }
  }
  return sides;
}

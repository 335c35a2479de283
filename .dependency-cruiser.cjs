// Who may import whom. The folder's name says where its code may run.
module.exports = {
  forbidden: [
    {
      name: 'main-never-renderer',
      severity: 'error',
      from: { path: '^main/' },
      to: { path: '^(renderer|preload)/' },
    },
    {
      name: 'renderer-never-main',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { path: '^(main|preload)/' },
    },
    {
      name: 'renderer-no-node',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'preload-only-common',
      severity: 'error',
      from: { path: '^preload/' },
      to: { path: '^(main|renderer)/' },
    },
    {
      name: 'common-is-pure',
      severity: 'error',
      from: { path: '^common/' },
      to: { path: '^(main|renderer|preload)/' },
    },
    {
      name: 'common-no-io',
      severity: 'error',
      from: { path: '^common/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'electron-only-in-its-host',
      severity: 'error',
      from: { path: '^main/', pathNot: '^main/host/electron/' },
      to: { path: '(^|/)electron(/|$)', pathNot: '^main/host/electron/' },
    },
    {
      name: 'hosts-are-the-top',
      severity: 'error',
      from: { path: '^main/(app|base|calls|endpoint|live|moq|network|origin|pull|relay|transport)/' },
      to: { path: '^main/host/' },
    },
    {
      name: 'product-never-build-code',
      severity: 'error',
      from: { path: '^(main|preload|renderer|common)/' },
      to: { path: '^(scripts|tests|bench)/' },
    },
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(node_modules|dist)/' },
  },
};

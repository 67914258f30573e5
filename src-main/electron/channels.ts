/** Names of the messages between the preload and the shell; nobody else uses them. */
export const channels = {
  /** Both ways: a frame of the contract, which the shell does not read. */
  frame: 'lensmith:frame',
  /** The page listens now: it is told the state, and what waited for it. */
  listening: 'lensmith:listening',
  connection: 'lensmith:connection',
  menu: 'lensmith:menu',
  words: 'lensmith:words',
  openPaths: 'lensmith:open-paths',
  chooseFiles: 'lensmith:choose-files',
  chooseFolder: 'lensmith:choose-folder',
  chooseSavePath: 'lensmith:choose-save-path',
  reveal: 'lensmith:reveal',
  notify: 'lensmith:notify',
  progress: 'lensmith:progress',
} as const;

import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The machine's own Node, not the pinned one that npm put first: the oldest version that is supported. */
export const machineNode = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .map((folder) => join(folder, 'node'))
  .find((program) => existsSync(program))

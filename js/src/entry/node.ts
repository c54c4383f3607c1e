// Node and Bun: Node cannot fetch a file URL, so the bytes are read.
import { readFile } from 'node:fs/promises'
import { setModuleSource } from '../load.js'

setModuleSource({
  payer: () => readFile(new URL('../farthing_bg.wasm', import.meta.url)),
  certificates: () => readFile(new URL('../farthing_bls_bg.wasm', import.meta.url)),
})

export * from '../index.js'

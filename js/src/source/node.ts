// Node and Bun: Node cannot fetch a file URL, so the bytes are read.
import { readFile } from 'node:fs/promises'
import { setModuleSource } from '../load.js'

/** Compiles a module of this package. */
export const compile = async (url: URL) => WebAssembly.compile(await readFile(url))

setModuleSource({
  payer: () => compile(new URL('../farthing_bg.wasm', import.meta.url)),
  certificates: () => compile(new URL('../farthing_bls_bg.wasm', import.meta.url)),
  owner: () => compile(new URL('../farthing_owner_bg.wasm', import.meta.url)),
})

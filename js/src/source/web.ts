import { setModuleSource } from '../load.js'

// Taken now: a program may later make the paying fetch global, which would wait for this very module.
const { fetch } = globalThis

/** Compiles a module of this package. */
export const compile = async (url: URL) => {
  const answer = await fetch(url)
  if (!answer.ok) throw new Error(`cannot fetch ${url.href}: status ${answer.status}`)
  const streams = answer.headers.get('content-type') === 'application/wasm'
  return streams ? WebAssembly.compileStreaming(answer) : WebAssembly.compile(await answer.arrayBuffer())
}

setModuleSource({
  payer: () => compile(new URL('../farthing_bg.wasm', import.meta.url)),
  certificates: () => compile(new URL('../farthing_bls_bg.wasm', import.meta.url)),
  owner: () => compile(new URL('../farthing_owner_bg.wasm', import.meta.url)),
})

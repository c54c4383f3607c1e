/**
 * The inlined wasm, for Node and Bun. Inlined there, too: a server's bundler (Next) moves files, and leaves them behind.
 */
import { Buffer } from 'node:buffer'
// Not `DecompressionStream`: loading web streams takes Node 35 ms.
import { inflateRawSync } from 'node:zlib'

/** Compiles a module that js/build/pack.mjs wrote: base64 of raw deflate. */
export async function unpack(text: string): Promise<WebAssembly.Module> {
  // Node loads its crypto when it is first asked for, 4 ms: better here than while a request waits for its id.
  void globalThis.crypto
  // Not `compile`: Node ends a program that waits for nothing else before V8 is done. 2 ms either way.
  return new WebAssembly.Module(inflateRawSync(Buffer.from(text, 'base64')))
}

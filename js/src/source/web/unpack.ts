/**
 * The inlined wasm, for places with web globals alone: pages, workers of every kind, Deno.
 *
 * Nothing is fetched, so no bundler has to find a file, no policy has to allow a connection, and it starts offline.
 */

/** Compiles a module that js/build/pack.mjs wrote: base64 of raw deflate. */
export async function unpack(text: string): Promise<WebAssembly.Module> {
  const packed = new Response(fromBase64(text)).body as ReadableStream<Uint8Array<ArrayBuffer>>
  // Not a Blob's stream: a cold page takes twice as long to read it.
  const inflated = packed.pipeThrough(new DecompressionStream('deflate-raw'))
  return WebAssembly.compile(await new Response(inflated).arrayBuffer())
}

// Browsers have it since 2025. By hand it takes a cold page 15 ms instead of none.
const fromBase64 = (text: string) => (Uint8Array as { fromBase64?: typeof decoded }).fromBase64?.(text) ?? decoded(text)

const decoded = (text: string) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0))

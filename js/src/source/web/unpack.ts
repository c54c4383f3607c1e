/**
 * The inlined wasm, for places with web globals alone: pages, workers of every kind, Deno.
 *
 * Nothing is fetched, so no bundler has to find a file, no policy has to allow a connection, and it starts offline.
 */

/** Compiles a module that js/build/pack.mjs wrote: base64 of raw deflate. */
export async function unpack(text: string): Promise<WebAssembly.Module> {
  const chars = atob(text)
  const bytes = new Uint8Array(chars.length)
  // Not `Uint8Array.from`, which takes a cold page five times as long.
  for (let at = 0; at < chars.length; at += 1) bytes[at] = chars.charCodeAt(at)
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  return WebAssembly.compile(await new Response(inflated).arrayBuffer())
}

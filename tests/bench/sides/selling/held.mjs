// What a seller's process holds after a collection, as far as it can tell: bytes.
//
// Beside the package, whose inner files nobody else may import.
import { initSync } from './node_modules/farthing/dist/generated/farthing_seller.js'

export function held() {
  // Twice: what a first collection finalises, a second one frees.
  globalThis.gc()
  globalThis.gc()
  // Started already, so this gives the exports of the running instance.
  return { wasm: initSync({}).memory.buffer.byteLength }
}

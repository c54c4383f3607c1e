// What the entries touch beyond web globals. Small on purpose: @types/node would make `Buffer` and `process`
// compile everywhere in js/src.

declare module '*.wasm' {
  const module: WebAssembly.Module
  export default module
}

declare module '*.wasm?module' {
  const module: WebAssembly.Module
  export default module
}

// js/build/pack.mjs writes them.
declare module '*.wasm.js' {
  /** Base64 of raw deflate. */
  const text: string
  export default text
}

declare module 'node:buffer' {
  export const Buffer: { from(text: string, encoding: 'base64'): Uint8Array<ArrayBuffer> }
}

declare module 'node:zlib' {
  export function inflateRawSync(bytes: Uint8Array): Uint8Array<ArrayBuffer>
}

// What the entries touch beyond web globals. Small on purpose: @types/node would make `Buffer` and `process`
// compile everywhere in js/src.

declare module '*.wasm' {
  const module: WebAssembly.Module
  export default module
}

declare module 'node:fs/promises' {
  export function readFile(path: URL): Promise<Uint8Array<ArrayBuffer>>
}

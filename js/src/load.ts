// The generated types use `Symbol.dispose`, also in programs that compile for ES2022.
/// <reference lib="esnext.disposable" preserve="true" />
/**
 * The compiled Rust: where its modules come from in, the started glue out.
 *
 * Knows how to start, share and replace an instance. Knows no runtime: an entry names the sources.
 */
import * as payerGlue from './generated/farthing.js'

/** A compiled module. Compiling is the entry's business: Workers forbid it. Called again only after a failure. */
export type ModuleSource = () => Promise<WebAssembly.Module>

/** The glue of an artefact, and its compiled module. */
export type Loaded<T> = { glue: T; module: WebAssembly.Module }

/** One source for each artefact. Where it is loaded when it is needed, its glue comes along. */
export type ModuleSources = {
  payer: ModuleSource
  certificates: () => Promise<Loaded<Certificates>>
  owner: ModuleSource
  account: ModuleSource
  sandbox: ModuleSource
  seller: ModuleSource
}

/** An artefact whose glue is there before its module. */
export type ModuleName = Exclude<keyof ModuleSources, 'certificates'>

/** The functions that Rust exports to the payer and the seller. */
export type Payer = typeof payerGlue

/** The functions that Rust exports for 4Mica certificates. */
export type Certificates = typeof import('./generated/farthing_bls.js')

let sources: Partial<ModuleSources> = {}
// Pure: a program that loads another part and no payer bundles no glue of the payer, 3 KB gzip.
const payer = /* @__PURE__ */ artefact<Payer>(payerGlue, 'payer')
const certificates = started(() => sourceOf('certificates')())

/** Names where modules come from. Nothing is fetched or compiled yet. The last name before the first load counts. */
export function setModuleSource(more: Partial<ModuleSources>): void {
  sources = { ...sources, ...more }
}

/** As {@link setModuleSource}, where no other source is named, before or after. */
export function setLazySource(more: Partial<ModuleSources>): void {
  sources = { ...more, ...sources }
}

/**
 * The function, with `name` called first. An entry that names its sources like this, and not while it is imported, can be
 * left out of a program that only knows an error or a type, wasm and all.
 */
export function after<T extends (...given: never[]) => unknown>(name: () => void, call: T): T {
  const named = (...given: Parameters<T>) => {
    name()
    return call(...given)
  }
  return named as T
}

/** Starts the payer, once. Calls that overlap share one attempt; a failed attempt is forgotten. */
export const load = (): Promise<Payer> => payer.load()

/** Starts the certificate verifier, once, apart from the payer. */
export const loadCertificates = (): Promise<Certificates> => certificates.load()

/** Replaces the payer's instance after a trap. Handles of the old instance (keys) throw from then on. */
export const reset = (): void => payer.reset()

/** Replaces the certificate verifier's instance after a trap. */
export const resetCertificates = (): void => certificates.reset()

/** Whether the thrown value says that an instance trapped, so that its memory must not be used again. */
export function isTrap(thrown: unknown): boolean {
  // Running out of stack inside wasm is a RangeError, and leaves the stack pointer where it was.
  return thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError
}

/** What the glue of every module has. */
export type Glue = {
  initSync: (init: { module: WebAssembly.Module }) => unknown
  __wbg_reset_state: () => void
}

/** One module and its glue. */
export type Artefact<T> = {
  /** Starts it, once. Calls that overlap share one attempt; a failed attempt is forgotten. */
  load(): Promise<T>
  /** Replaces the instance after a trap. */
  reset(): void
}

/** The glue of one module, and which source is its own. A module that is not imported costs a page nothing. */
export function artefact<T extends Glue>(glue: T, name: ModuleName): Artefact<T> {
  return started(async () => ({ glue, module: await sourceOf(name)() }))
}

function sourceOf<N extends keyof ModuleSources>(name: N): ModuleSources[N] {
  const source = sources[name]
  if (!source) throw new Error('cannot load farthing: no module source is named, import an entry of the package')
  return source as ModuleSources[N]
}

function started<T extends Glue>(source: () => Promise<Loaded<T>>): Artefact<T> {
  let known: T | undefined
  let ready: Promise<T> | undefined
  let attempt: Promise<T> | undefined
  let trapped = false

  async function start(): Promise<T> {
    if (trapped && known) {
      // The glue keeps the compiled module, so this neither fetches nor compiles.
      known.__wbg_reset_state()
      trapped = false
      return known
    }
    const { glue, module } = await source()
    glue.initSync({ module })
    known = glue
    return glue
  }

  return {
    load(): Promise<T> {
      if (ready) return ready
      attempt ??= start().then(
        (started) => {
          ready = Promise.resolve(started)
          attempt = undefined
          return started
        },
        (cause: unknown) => {
          attempt = undefined
          throw cause
        },
      )
      return attempt
    },
    reset(): void {
      if (!ready || !known) return
      trapped = true
      ready = undefined
      try {
        // At once, so that code which still holds the glue never meets the trapped memory.
        known.__wbg_reset_state()
        trapped = false
        ready = Promise.resolve(known)
      } catch {
        // No memory for a second instance right now: the next load tries again and reports.
      }
    },
  }
}

// How much of a download each entry is: the package's browser files bundled and minified, with their wasm. Fails above
// a budget.
import { readFileSync } from 'node:fs'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { at, fail, kilobytes } from './step.mjs'

/**
 * What a program writes that uses one entry, so that the bundler may leave out what it does not; which wasm it starts;
 * and the KB, gzip, of everything together: wasm, glue and driver.
 *
 * Each budget is what was reached in November 2026 and 2 % at most: raise it only with what the bytes buy. Those of
 * account and sandbox are for a page that loads nothing else of farthing; beside the payer most of the script is shared.
 */
const entries = {
  // Without what checks certificates, which is loaded when first used. The target is 65.
  payer: {
    entry: 'entry/web.js',
    uses: ['localWallet', 'wrapFetch'],
    program: 'export const make = (key, policy) => wrapFetch(fetch, { wallet: localWallet(key), policy })',
    wasm: 'farthing_bg.wasm',
    budget: 122,
  },
  account: {
    entry: 'entry-4mica/web.js',
    uses: ['openAccount'],
    program: 'export const open = (options) => openAccount(options)',
    wasm: 'farthing_account_bg.wasm',
    budget: 159,
  },
  sandbox: {
    entry: 'entry-sandbox/web.js',
    uses: ['createSandbox'],
    program: 'export const make = (options) => createSandbox(options)',
    wasm: 'farthing_sandbox_bg.wasm',
    budget: 118,
  },
  // Runs on servers; Workers count it against their limit of 3 MB. 3 of it find by the payer's own reader, when the terms
  // are read, a challenge that could not be paid; 3 follow what was paid at an earlier price to its sale.
  seller: {
    entry: 'entry-seller/web.js',
    uses: ['paywall'],
    program: 'export const make = (options) => paywall(options)',
    wasm: 'farthing_seller_bg.wasm',
    budget: 136,
  },
}

/** Source text bundled as for a page: one minified module, without what it loads later if it needs it. */
export async function bundle(contents, options = {}) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: at('js'), sourcefile: 'buyer.mjs' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'none',
    plugins: [{ name: 'later', setup: ({ onResolve }) => onResolve({ filter: /^\.{1,2}\// }, later) }],
    ...options,
  })
  return outputFiles[0].contents
}

// As a bundler that splits: what `import()` names becomes a file of its own.
const later = ({ kind, path }) => (kind === 'dynamic-import' ? { path, external: true } : undefined)

/** Raw, gzip and brotli bytes of several files, each compressed on its own as a server does it. */
export function sizesOf(...files) {
  const total = (measure) => files.reduce((sum, bytes) => sum + measure(bytes), 0)
  return {
    raw: total((bytes) => bytes.length),
    gzip: total((bytes) => gzipSync(bytes, { level: 9 }).length),
    brotli: total((bytes) => brotliCompressSync(bytes).length),
  }
}

/** The parts of a payer. */
export const payerSizes = () => partsOf(entries.payer)

/** `all` is the module with its wasm inlined, `wasm` the artefact alone, `script` the module without it. */
async function partsOf({ entry, uses, program, wasm }) {
  const from = JSON.stringify(at('pkg/dist', entry))
  const source = `import { ${uses.join(', ')} } from ${from}\n${program}\n`
  const whole = await bundle(source)
  const script = await bundle(source, { external: ['*.wasm.js'] })
  return { script: sizesOf(script), wasm: sizesOf(readFileSync(at('pkg/dist', wasm))), all: sizesOf(whole) }
}

if (import.meta.filename === process.argv[1]) {
  for (const [name, entry] of Object.entries(entries)) {
    const parts = await partsOf(entry)
    for (const [part, { raw, gzip, brotli }] of Object.entries(parts)) {
      const sizes = `raw ${kilobytes(raw)}, gzip ${kilobytes(gzip)}, brotli ${kilobytes(brotli)}`
      console.log(`size: ${`${name}, ${part}`.padEnd(15)} ${sizes}`)
    }
    const over = parts.all.gzip - entry.budget * 1024
    if (over > 0) {
      fail(
        `make the ${name} smaller: ${kilobytes(over)} gzip above its budget of ${entry.budget} KB (js/build/size.mjs).`,
      )
    }
  }
}

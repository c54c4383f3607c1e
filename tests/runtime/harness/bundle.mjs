// One classic script for places that load no modules: every entry, and what it would import later, is inside.
import { join } from 'node:path'
import { requireTool } from './installed.mjs'

/** `contents`, which imports from the package installed in `folder`, as one script. */
export async function bundleOf(contents, folder, options = {}) {
  const { outputFiles } = await requireTool('esbuild').build({
    stdin: { contents, resolveDir: folder, sourcefile: 'start.mjs' },
    nodePaths: [join(folder, 'node_modules')],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    // Only Workers have it; elsewhere a test sees that importing it fails.
    external: ['cloudflare:workers'],
    logLevel: 'error',
    ...options,
  })
  return outputFiles[0].text
}

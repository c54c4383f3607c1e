// Every bundler for pages, as its own documentation starts it. None of these lines is about farthing.
const html = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="./src/index.js"></script>\n'
const page = (script) => `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">${script}\n`
const moduleScript = page('<script type="module" src="./index.js"></script>')
// webpack and its relatives write classic scripts.
const classicScript = page('<script defer src="./main.js"></script>')

/**
 * `build` writes to dist, from src/index.js or index.html; `page` loads it where the tool writes no page itself.
 * `oneFile`: what is imported dynamically stays in it. `orphans`: an import that turns out to be unused leaves a file
 * behind, which nobody loads.
 */
export const tools = {
  Vite: { build: ['vite', 'build'], files: { 'index.html': html } },
  webpack: { build: ['webpack', '--mode', 'production'], page: classicScript },
  Rspack: { build: ['rspack', 'build', '--mode', 'production'], page: classicScript },
  Parcel: {
    build: ['parcel', 'build', 'index.html', '--dist-dir', 'dist', '--no-cache'],
    files: { 'index.html': html },
  },
  Rollup: {
    build: ['rollup', 'src/index.js', '--dir', 'dist', '--format', 'es', '--plugin', 'node-resolve'],
    page: moduleScript,
  },
  Rolldown: { build: ['rolldown', 'src/index.js', '--dir', 'dist', '--platform', 'browser'], page: moduleScript },
  'Bun build': {
    build: ['bun', 'build', 'src/index.js', '--target', 'browser', '--minify', '--outdir', 'dist'],
    page: moduleScript,
    oneFile: true,
  },
  esbuild: {
    build: ['esbuild', 'src/index.js', '--bundle', '--format=esm', '--minify', '--outfile=dist/index.js'],
    page: moduleScript,
    oneFile: true,
  },
  'esbuild with splitting': {
    build: ['esbuild', 'src/index.js', '--bundle', '--format=esm', '--minify', '--splitting', '--outdir=dist'],
    page: moduleScript,
    orphans: true,
  },
}

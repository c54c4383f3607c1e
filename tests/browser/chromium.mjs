// Chromium as every test and benchmark starts it: the system's, headless, silent on the network.
import { requireTool } from '../runtime/harness/installed.mjs'

const options = {
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: [
    ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
    ...['--disable-component-update', '--disable-sync'],
  ],
}

/** Playwright's browser. */
export const launchChromium = () => requireTool('playwright-core').chromium.launch(options)

/** The same with a profile on disk: its one context. */
export const launchChromiumWith = (profile) =>
  requireTool('playwright-core').chromium.launchPersistentContext(profile, options)
